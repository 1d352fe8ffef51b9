"""What the keys of `impair` mean to each other and to the transport, and the Impairment that they make.

The same for a scenario and for the flags of `sockbench relay`. Decides nothing of what a relay then does.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from sockbench.errors import Mistake, ScenarioError
from sockbench.model.plan import BurstLoss, Impairment, Jitter, Loss, RandomLoss, Stall, Transport, Way
from sockbench.scenario import known
from sockbench.scenario.findings import Findings, Path, Place, Places
from sockbench.scenario.impair_keys import ImpairKeys, JitterKeys, LossKeys, PlainLoss, StallKeys, WayKeys
from sockbench.scenario.keys import names_of
from sockbench.scenario.messages import fit_part
from sockbench.scenario.words import either, quoted

_DATAGRAMS = ("loss", "jitter", "duplicate", "reorder", "corrupt")
_STREAMS = ("stall", "reset")
_WAYS = ("up", "down")


def check_impair(keys: ImpairKeys, at: Path, transport: Transport | None, findings: Findings) -> None:
    """Everything about one `impair`, whose keys were written at `at`."""
    _not_empty(keys, at, findings)
    for way in _WAYS:
        if way in keys.model_fields_set:
            _not_empty(getattr(keys, way), (*at, way), findings)
    _transport(keys, at, transport, findings)
    for part, path in ((keys, at), (keys.up, (*at, "up")), (keys.down, (*at, "down"))):
        if "loss" in part.model_fields_set:
            _loss(part.loss, (*path, "loss"), findings)
        if "jitter" in part.model_fields_set:
            _jitter(part.jitter, (*path, "jitter"), findings)
    if transport == "udp":
        _queues(keys, at, findings)
    if "stall" in keys.model_fields_set:
        _stall(keys.stall, (*at, "stall"), findings)


def impairment_of(keys: ImpairKeys) -> Impairment:
    """The impairment, of keys without a mistake."""
    stall = None
    if keys.stall.every is not None and keys.stall.length is not None:
        stall = Stall(keys.stall.every, keys.stall.length)
    return Impairment(_way(keys, keys.up), _way(keys, keys.down), stall, keys.reset)


def impairment_of_flags(flags: Mapping[str, Any], transport: Transport) -> Impairment:
    """The impairment that flags named like the keys of `impair` ask for; ScenarioError with every mistake."""
    tree = copy.deepcopy(dict(flags))
    places = Places(Place("", 0, 0))
    for name in tree:
        places.keys[name,] = places.values[name,] = Place(f"--{name}", 0, 0)
    findings = Findings(places)
    keys = fit_part(ImpairKeys, tree, findings, ("servers", "", "impair"))
    if keys.model_fields_set:
        check_impair(keys, (), transport, findings)
    if findings.mistakes:
        raise ScenarioError([_of_flag(mistake) for mistake in dict.fromkeys(findings.mistakes)])
    return impairment_of(keys)


def _of_flag(mistake: Mistake) -> Mistake:
    """Without the place inside of the flag where it only repeats the flag."""
    name = mistake.source.removeprefix("--")
    text = mistake.text.removeprefix(f"{name}: ").removeprefix(f"{name}.")
    text = re.sub(r'^unknown key "(\w+)": it belongs in impair$', r'"\1" is not of one way: use --\1', text)
    return Mistake(0, 0, mistake.source, text)


def _not_empty(keys: WayKeys, at: Path, findings: Findings) -> None:
    if not keys.model_fields_set and not findings.touches(at):
        findings.value(at, f"says nothing: give it one of {either(names_of(type(keys)))}")


def _transport(keys: ImpairKeys, at: Path, transport: Transport | None, findings: Findings) -> None:
    if transport == "udp":
        for key in _STREAMS:
            if key in keys.model_fields_set:
                findings.key((*at, key), f"{quoted(key)} is for TCP: UDP has no connection; leave it out")
    elif transport == "tcp":
        for part, path in ((keys, at), (keys.up, (*at, "up")), (keys.down, (*at, "down"))):
            for key in _DATAGRAMS:
                if key in part.model_fields_set and not _is_nothing(getattr(part, key)):
                    findings.key(
                        (*path, key),
                        f"{quoted(key)} is for UDP: nothing in user space can lose or change a TCP segment, and TCP "
                        "would repair it below us; use delay, rate, stall or reset",
                    )


def _is_nothing(value: Any) -> bool:
    """Is it a share of 0%? That changes nothing on any transport, so variants of a matrix may differ in it."""
    return value == 0.0 or (isinstance(value, PlainLoss) and value.share == 0.0)


def _loss(keys: LossKeys, path: Path, findings: Findings) -> None:
    if isinstance(keys, PlainLoss):
        return
    for key, example in (("p", "1%"), ("r", "25%")):
        if getattr(keys, key) is None:
            _missing(key, example, path, findings)


def _jitter(keys: JitterKeys, path: Path, findings: Findings) -> None:
    given = [key for key in names_of(JitterKeys) if getattr(keys, key) is not None]
    if len(given) > 1:
        findings.value((*path, given[-1]), f"the jitter has {' and '.join(given)}: keep one of them")
    elif not given and not findings.touches(path):
        findings.value(path, "does not say how delays vary: write 5ms, or one of uniform and normal in it")


def _stall(keys: StallKeys, path: Path, findings: Findings) -> None:
    for name, key, example in (("every", "every", "5s"), ("length", "for", "500ms")):
        if getattr(keys, name) is None:
            _missing(key, example, path, findings)
    if keys.every is not None and keys.every < known.SHORTEST_STALL:
        findings.value((*path, "every"), "stalls more often than every 1ms are none: write 1ms or more")
    elif keys.every is not None and keys.length is not None and keys.length >= keys.every:
        shown = f"{keys.length:g} s"
        findings.value(
            (*path, "for"), f"a stall of {shown} every {keys.every:g} s never ends: write less, or more between"
        )


def _missing(key: str, example: str, path: Path, findings: Findings) -> None:
    if not findings.touches((*path, key)) and not findings.spoiled(path):
        findings.lack(path, f"the key {quoted(key)} is missing: write {key}: {example}")


def _queues(keys: ImpairKeys, at: Path, findings: Findings) -> None:
    """Over UDP only what waits for a rate is in a queue; one that holds each way needs a rate on one of them."""
    rated = {way for way in _WAYS if _value(keys, getattr(keys, way), "rate") is not None}
    written_at = {at: _WAYS, (*at, "up"): ("up",), (*at, "down"): ("down",)}
    for path, ways in written_at.items():
        part = keys if path == at else getattr(keys, ways[0])
        places = [path, at, *((*at, way) for way in ways)]
        known = not any(findings.touches((*place, key)) for place in places for key in ("rate", "queue"))
        if "queue" in part.model_fields_set and rated.isdisjoint(ways) and known:
            findings.key((*path, "queue"), '"queue" goes with a rate, for which it waits: give a rate, or leave it out')


def _holder(keys: ImpairKeys, side: WayKeys, name: str) -> WayKeys:
    """Where the value that holds for one way was written."""
    return side if name in side.model_fields_set else keys


def _value(keys: ImpairKeys, side: WayKeys, name: str) -> Any:
    return getattr(_holder(keys, side, name), name)


def _way(keys: ImpairKeys, side: WayKeys) -> Way:
    return Way(
        loss=_loss_of(_value(keys, side, "loss")),
        delay=_value(keys, side, "delay"),
        jitter=_jitter_of(_value(keys, side, "jitter")),
        duplicate=_value(keys, side, "duplicate"),
        reorder=_value(keys, side, "reorder"),
        corrupt=_value(keys, side, "corrupt"),
        rate=_value(keys, side, "rate"),
        queue=_value(keys, side, "queue"),
    )


def _loss_of(keys: LossKeys) -> Loss | None:
    if isinstance(keys, PlainLoss):
        return RandomLoss(keys.share)
    if keys.p is None or keys.r is None:
        return None
    return BurstLoss(keys.p, keys.r, keys.bad, keys.good)


def _jitter_of(keys: JitterKeys) -> Jitter | None:
    if keys.normal is not None:
        return Jitter("normal", keys.normal)
    return Jitter("uniform", keys.uniform) if keys.uniform is not None else None
