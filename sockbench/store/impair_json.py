"""An impairment as JSON values and back, in the words of a scenario file; numbers are seconds, bytes and shares."""

from __future__ import annotations

from sockbench.model.plan import BurstLoss, Impairment, Jitter, Loss, RandomLoss, Stall, Way
from sockbench.store.reading import Json, Reader, ResultError


def encode_impairment(impairment: Impairment | None) -> dict[str, Json] | None:
    """What stands under `impair`; null without one."""
    if impairment is None:
        return None
    stall = impairment.stall
    return {
        "up": _encode_way(impairment.up),
        "down": _encode_way(impairment.down),
        "stall": None if stall is None else {"every": stall.every, "for": stall.length},
        "reset": impairment.reset,
    }


def decode_impairment(holder: Reader) -> Impairment | None:
    """The `impair` of a server or a group; results of before there were any have none."""
    if "impair" not in holder or holder.is_null("impair"):
        return None
    raw = holder.inner("impair")
    stall = None if raw.is_null("stall") else raw.inner("stall")
    return Impairment(
        up=_decode_way(raw.inner("up")),
        down=_decode_way(raw.inner("down")),
        stall=None if stall is None else Stall(stall.number("every"), stall.number("for")),
        reset=raw.maybe_number("reset"),
    )


def _encode_way(way: Way) -> dict[str, Json]:
    return {
        "loss": _encode_loss(way.loss),
        "delay": way.delay,
        "jitter": None if way.jitter is None else {way.jitter.kind: way.jitter.amount},
        "duplicate": way.duplicate,
        "reorder": way.reorder,
        "corrupt": way.corrupt,
        "rate": way.rate,
        "queue": way.queue,
    }


def _decode_way(raw: Reader) -> Way:
    return Way(
        loss=_decode_loss(raw),
        delay=raw.number("delay"),
        jitter=_decode_jitter(raw),
        duplicate=raw.number("duplicate"),
        reorder=raw.number("reorder"),
        corrupt=raw.number("corrupt"),
        rate=raw.maybe_number("rate"),
        queue=raw.maybe_whole("queue"),
    )


def _encode_loss(loss: Loss | None) -> Json:
    if loss is None or isinstance(loss, RandomLoss):
        return None if loss is None else loss.share
    return {"p": loss.p, "r": loss.r, "bad": loss.bad, "good": loss.good}


def _decode_loss(raw: Reader) -> Loss | None:
    if raw.is_null("loss"):
        return None
    if raw.is_number("loss"):
        return RandomLoss(raw.number("loss"))
    loss = raw.inner("loss")
    return BurstLoss(loss.number("p"), loss.number("r"), loss.number("bad"), loss.number("good"))


def _decode_jitter(raw: Reader) -> Jitter | None:
    if raw.is_null("jitter"):
        return None
    jitter = raw.inner("jitter")
    if "uniform" in jitter:
        return Jitter("uniform", jitter.number("uniform"))
    if "normal" in jitter:
        return Jitter("normal", jitter.number("normal"))
    raise ResultError(f"{jitter.path} is neither uniform nor normal")
