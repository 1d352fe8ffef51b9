"""The keys that set up sockets, which a group and a server have in common: what they take, and how they are described.

Flat beside the others, and called as the system calls them: `nodelay: false`, `quickack: true`.
"""

from __future__ import annotations

from pydantic import Field

from sockbench.scenario import kinds
from sockbench.scenario.base_keys import UNWRITTEN, Keys


class SocketKeys(Keys):
    """Options of sockets: of each client's in a group, and of a server's and the connections that it accepts."""

    nodelay: kinds.Truth = Field(
        default=True,
        description="TCP_NODELAY. `false`: Nagle's algorithm (RFC 896) holds a small segment back while another is not "
        "acknowledged.",
    )
    quickack: kinds.MaybeTruth = Field(
        default=None,
        description="TCP_QUICKACK, on Linux. `true`: what was read is acknowledged at once; `false`: later (RFC 1122). "
        "Default: as the kernel decides.",
        json_schema_extra=UNWRITTEN,
    )
    send_buffer: kinds.BufferSize = Field(
        default=None,
        description="SO_SNDBUF as the kernel counts it. Default: by the load over UDP, by use over TCP.",
        examples=["64KiB"],
    )
    receive_buffer: kinds.BufferSize = Field(
        default=None,
        description="SO_RCVBUF as the kernel counts it. Default: by the load over UDP, by use over TCP.",
        examples=["64KiB"],
    )
    congestion: kinds.Algorithm = Field(
        default=None,
        description="TCP_CONGESTION: the algorithm that controls congestion. Default: the system's.",
        examples=["reno", "cubic"],
    )
