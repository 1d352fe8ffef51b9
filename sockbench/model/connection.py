"""What the kernel tells of one TCP connection at its end. Times are ns; None: this kernel does not tell."""

from __future__ import annotations

from typing import NamedTuple


class TcpInfo(NamedTuple):
    """From TCP_INFO of tcp(7): of one end, so of what that end sent. Cumulative where nothing else is said."""

    rtt: int | None  # smoothed (RFC 6298), as it was last
    rttvar: int | None  # its mean deviation, as it was last
    min_rtt: int | None  # the shortest of some minutes (net.ipv4.tcp_min_rtt_wlen)
    retransmits: int | None  # segments that were sent again
    lost: int | None  # segments taken for lost and not repaired, at that moment
    segments: int | None  # with data, those sent again included
    delivered: int | None  # segments that the other end acknowledged, the one that opens the connection included
    dsack_dups: int | None  # segments that were sent again in vain: the other end had them (RFC 2883)
    reorderings: int | None  # times that segments were seen to overtake others
