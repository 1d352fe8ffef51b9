"""Socket options of a plan, and what was told of TCP connections, as JSON values and back.

Options stand flat among the other keys, as in a scenario. A result of before there were any has the defaults.
"""

from __future__ import annotations

from dataclasses import asdict

from sockbench.model.result import Buffer, Spread, TcpResult
from sockbench.model.sockets import SocketOptions
from sockbench.store.reading import Json, Reader

_COUNTS = ("retransmits", "dsack_dups", "lost_at_end", "segments", "delivered", "reorderings")


def encode_options(options: SocketOptions) -> dict[str, Json]:
    """The keys, to be set among those of a server or a group."""
    return {
        "nodelay": options.nodelay,
        "quickack": options.quickack,
        "send_buffer": options.send_buffer,
        "receive_buffer": options.receive_buffer,
        "congestion": options.congestion,
    }


def decode_options(raw: Reader) -> SocketOptions:
    """From the keys of a server or a group."""
    if "nodelay" not in raw:
        return SocketOptions()
    return SocketOptions(
        nodelay=raw.truth("nodelay"),
        quickack=None if raw.is_null("quickack") else raw.truth("quickack"),
        send_buffer=raw.maybe_whole("send_buffer"),
        receive_buffer=raw.maybe_whole("receive_buffer"),
        congestion=raw.maybe_text("congestion"),
    )


def encode_tcp(tcp: TcpResult | None) -> Json:
    """`tcp` of a group's result."""
    if tcp is None:
        return None
    values: dict[str, Json] = asdict(tcp)
    return values


def decode_tcp(raw: Reader) -> TcpResult | None:
    """From a group's result; None where it has none."""
    if "tcp" not in raw or raw.is_null("tcp"):
        return None
    tcp = raw.inner("tcp")
    counts = {name: tcp.maybe_whole(name) for name in _COUNTS}
    return TcpResult(
        connections=tcp.whole("connections"),
        **counts,
        rtt=_decode_spread(tcp.inner("rtt")),
        rttvar=_decode_spread(tcp.inner("rttvar")),
        min_rtt_s=tcp.maybe_number("min_rtt_s"),
        congestion=tcp.maybe_text("congestion"),
    )


def decode_buffer(raw: Reader, name: str) -> Buffer | None:
    """A buffer of a group's or a server's result; None where it has none."""
    if name not in raw or raw.is_null(name):
        return None
    buffer = raw.inner(name)
    return Buffer(size=buffer.whole("size"), wanted=buffer.whole("wanted"))


def _decode_spread(raw: Reader) -> Spread:
    return Spread(
        min_s=raw.maybe_number("min_s"), median_s=raw.maybe_number("median_s"), max_s=raw.maybe_number("max_s")
    )
