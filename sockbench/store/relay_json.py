"""What relays counted, as JSON values and back: the names are those of `sockbench.model.relay`."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Literal, get_args

from sockbench.model.plan import Transport
from sockbench.model.relay import GroupTruth, RelayReport, RelayResult, WayCounts
from sockbench.store.reading import Json, Reader

_TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
_BEFORE: tuple[Literal["server", "group"], ...] = ("server", "group")
_WAY = tuple(field.name for field in fields(WayCounts))
_TRUTH = tuple(field.name for field in fields(GroupTruth) if field.name != "group")


def encode_relay(relay: RelayResult) -> dict[str, Json]:
    """One relay of a run: its counts, and what it saw of each group's requests."""
    return {
        "before": relay.before,
        "name": relay.name,
        **asdict(relay.report),
        "groups": [asdict(truth) for truth in relay.groups],
    }


def decode_relay(raw: Reader) -> RelayResult:
    """The relay that `encode_relay` wrote."""
    report = RelayReport(
        transport=raw.one_of("transport", _TRANSPORTS),
        address=raw.text("address"),
        target=raw.text("target"),
        up=_way(raw.inner("up")),
        down=_way(raw.inner("down")),
        flows=raw.whole("flows"),
        turned_away=raw.whole("turned_away"),
        forgotten=raw.whole("forgotten"),
        refused=raw.whole("refused"),
        resets=raw.whole("resets"),
        kernel_drops=raw.maybe_whole("kernel_drops"),
        own=raw.whole("own"),
    )
    groups = tuple(
        GroupTruth(group=truth.text("group"), **{name: truth.whole(name) for name in _TRUTH})
        for truth in raw.rows("groups")
    )
    return RelayResult(raw.one_of("before", _BEFORE), raw.text("name"), report, groups)


def _way(raw: Reader) -> WayCounts:
    return WayCounts(**{name: raw.whole(name) for name in _WAY})
