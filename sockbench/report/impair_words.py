"""An impairment in a few words, as `check` and `relay` show it: `each way: loss 5%, delay 20 ms`. Values to text."""

from __future__ import annotations

from sockbench.model.plan import Impairment, Jitter, Loss, RandomLoss, Way
from sockbench.report import units

UNIMPAIRED = "unimpaired"
_RATES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def words(impairment: Impairment) -> str:
    """All of it, on one line; `unimpaired` when nothing happens."""
    up, down = _way(impairment.up), _way(impairment.down)
    if up == down:
        parts = [f"each way: {up}"] if up else []
    else:
        parts = [f"to the server: {up or UNIMPAIRED}", f"to the client: {down or UNIMPAIRED}"]
    if impairment.stall is not None:
        stall = impairment.stall
        parts.append(f"stalls of {units.span(stall.length)} every {units.span(stall.every)}")
    if impairment.reset is not None:
        parts.append(f"reset after {units.span(impairment.reset)}")
    return "; ".join(parts) or UNIMPAIRED


def _way(way: Way) -> str:
    parts = []
    if way.loss is not None:
        parts.append(_loss(way.loss))
    if way.delay or way.jitter is not None:
        parts.append(_delay(way.delay, way.jitter))
    for name in ("duplicate", "reorder", "corrupt"):
        if share := getattr(way, name):
            parts.append(f"{name} {_percent(share)}")
    if way.rate is not None:
        parts.append(_rate(way.rate))
    if way.queue is not None:
        parts.append(f"queue {way.queue:,} B")
    return ", ".join(parts)


def _loss(loss: Loss) -> str:
    if isinstance(loss, RandomLoss):
        return f"loss {_percent(loss.share)}"
    extra = "".join(f", {name} {_percent(share)}" for name, share in (("bad", loss.bad), ("good", loss.good)))
    return (
        f"loss in bursts (p {_percent(loss.p)}, r {_percent(loss.r)}{extra if (loss.bad, loss.good) != (1, 0) else ''})"
    )


def _delay(delay: float, jitter: Jitter | None) -> str:
    """`±` is for bounds; a standard deviation is none."""
    mean = f"delay {units.span(delay)}" if delay else ""
    if jitter is None:
        return mean
    amount = units.span(jitter.amount)
    if jitter.kind == "normal":
        return f"{mean}{', ' if mean else ''}jitter {amount} (normal)"
    return f"{mean or 'jitter'} ± {amount}"


def _rate(bytes_per_second: float) -> str:
    factor, unit = next((step for step in _RATES if bytes_per_second >= step[0]), _RATES[-1])
    return f"{bytes_per_second / factor:.6g} {unit}/s"


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"
