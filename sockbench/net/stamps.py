"""A UDP link that has the kernel stamp each datagram as it leaves and as it comes. Linux only.

Stamps of replies come with them; those of requests come on the socket's error queue, numbered in the order of sending.
After Documentation/networking/timestamping.rst of Linux. What the stamps mean is `load/stamps.py`'s.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
from collections import deque
from collections.abc import Sequence

import trio

from sockbench.errors import RunError
from sockbench.load.stamps import Stamps
from sockbench.net.addresses import Endpoint, explain
from sockbench.net.buffers import LEAST_BACKLOG
from sockbench.net.links import PIECE, UNFITTED, Fitting, UdpLink, open_udp

# <asm-generic/socket.h>: the option, and the type of the control message that carries three `struct timespec`: the
# stamp that software made, one that is no longer used, and the hardware's.
_SO_TIMESTAMPING = 37
_STAMPS = struct.Struct("@6l")
# <linux/net_tstamp.h>
_TX_SOFTWARE = 1 << 1  # stamp what leaves, as late as software can
_RX_SOFTWARE = 1 << 3  # stamp what comes, as the kernel takes it from the device
_SOFTWARE = 1 << 4  # report such stamps
_OPT_ID = 1 << 7  # number them: datagrams since the option was set, from 0
_OPT_TSONLY = 1 << 11  # give them without the datagrams
_REPORT = _RX_SOFTWARE | _SOFTWARE | _OPT_ID | _OPT_TSONLY
_ALL = _REPORT | _TX_SOFTWARE
# <linux/errqueue.h>: `struct sock_extended_err` and what says that it is about a stamp.
_ERROR = struct.Struct("=IBBBBII")  # ee_errno, ee_origin, ee_type, ee_code, ee_pad, ee_info, ee_data
_FROM_TIMESTAMPING = 4  # SO_EE_ORIGIN_TIMESTAMPING
_AT_SENDING = 0  # SCM_TSTAMP_SND
_ERROR_KINDS = ((0, 11), (41, 25))  # (SOL_IP, IP_RECVERR), (SOL_IPV6, IPV6_RECVERR)
_MSG_ERRQUEUE = 0x2000

_CONTROL = 256
"""Bytes of control messages: the two of one stamp take about half of it."""
LOOK_EVERY = 32
"""Datagrams after which the error queue is read though replies keep coming: its memory is that of the replies."""
UNSTAMPED = 4096
"""Datagrams whose stamp is waited for; beyond them the oldest has none."""
SKIPPED = 256
"""Datagrams that go unstamped while the stamps of those before a failed one are waited for."""
STAMPING_PATIENCE = 2.0
"""Seconds that the kernel has to begin; it was seen to take 70 ms."""

Ancillary = Sequence[tuple[int, int, bytes]]
"""Control messages, as `recvmsg` gives them: (level, type, data)."""


def receive_stamp(ancillary: Ancillary) -> int | None:
    """When the datagram came, in ns of CLOCK_REALTIME, as its control messages tell; None when they do not."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPING) and len(data) >= _STAMPS.size:
            seconds, nanoseconds, *_ = _STAMPS.unpack_from(data)
            return (int(seconds) * 1_000_000_000 + int(nanoseconds)) or None
    return None


def transmit_stamp(ancillary: Ancillary) -> tuple[int, int] | None:
    """(number, stamp) of a datagram that left, from the control messages of the error queue; None for anything else."""
    stamp = receive_stamp(ancillary)
    for level, kind, data in ancillary:
        if (level, kind) in _ERROR_KINDS and len(data) >= _ERROR.size and stamp is not None:
            error, origin, _, _, _, moment, number = _ERROR.unpack_from(data)
            if (error, origin, moment) == (errno.ENOMSG, _FROM_TIMESTAMPING, _AT_SENDING):
                return int(number), stamp
    return None


class StampedLink(UdpLink):
    """A connected UDP socket whose stamps go to `stamps`. OSError when the kernel gives none.

    IP_RECVERR stays off: stamps come without it, and a refusal is told by `send` and `poll` as on any socket.
    """

    def __init__(
        self, connected: socket.socket, nursery: trio.Nursery, stamps: Stamps, most: int = LEAST_BACKLOG
    ) -> None:
        super().__init__(connected, nursery, most)
        self._stamps = stamps
        self._numbers: deque[int] = deque()  # of what waits in the backlog
        self._unstamped: dict[int, int] = {}  # the kernel's number of a datagram -> the request's
        self._next = 0
        self._since_look = 0
        self._paused = False
        self._skipped = 0  # sent while paused
        self._ask_for(_ALL)

    def send(self, data: bytes) -> None:
        """One datagram, of the request `stamps.number`."""
        number = self._stamps.number
        if self._backlog:
            self._wait(self._backlog, data)
            self._numbers.append(number)
            return
        try:
            self._transmit(data, number)
        except BlockingIOError:
            self._backlog = deque([data])
            self._numbers.append(number)
            self._nursery.start_soon(self._send_later, self._backlog)

    def _send_first(self, data: bytes) -> None:
        number = self._numbers.popleft()
        try:
            self._transmit(data, number)
        except BlockingIOError:
            self._numbers.appendleft(number)
            raise

    def poll(self) -> bytes | None:
        """One datagram. The error queue is empty when there is none: a stamp in it would end every wait at once."""
        try:
            data, ancillary, _, _ = self._socket.recvmsg(PIECE, _CONTROL)
        except BlockingIOError:
            self._read_stamps()
            return None
        self._stamps.arrived = receive_stamp(ancillary)
        return data

    def close(self) -> None:
        """Close the socket, the last stamps read."""
        if self._socket.fileno() >= 0:
            self._read_stamps()
        super().close()

    def _transmit(self, data: bytes, number: int) -> None:
        try:
            self._socket.send(data)
        except OSError:
            self._pause()
            self._read_stamps()
            raise
        if self._paused:
            self._skipped += 1
        else:
            self._unstamped[self._next] = number
            self._next = (self._next + 1) % 2**32
            if len(self._unstamped) > UNSTAMPED:
                del self._unstamped[next(iter(self._unstamped))]
        self._since_look += 1
        if self._since_look >= LOOK_EVERY:
            self._read_stamps()

    def _read_stamps(self) -> None:
        self._since_look = 0
        while True:
            try:
                _, ancillary, _, _ = self._socket.recvmsg(0, _CONTROL, _MSG_ERRQUEUE)
            except BlockingIOError:
                break
            found = transmit_stamp(ancillary)
            if found is not None and (number := self._unstamped.pop(found[0], None)) is not None:
                self._stamps.left(number, found[1])
        if self._paused and (not self._unstamped or self._skipped >= SKIPPED):
            self._resume()

    # Whether a datagram that could not be sent uses up a number depends on the error and the kernel (before Linux 6.9
    # most do). So after one no stamps are asked for until all that are due have come; then the numbers begin anew.

    def _pause(self) -> None:
        self._paused = True
        self._ask_for(_REPORT)

    def _resume(self) -> None:
        self._ask_for(_REPORT & ~_OPT_ID)
        self._ask_for(_ALL)  # setting OPT_ID anew begins at 0
        self._unstamped.clear()
        self._next = self._skipped = 0
        self._paused = False

    def _ask_for(self, flags: int) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, flags)


async def connect_stamped(
    endpoint: Endpoint, nursery: trio.Nursery, stamps: Stamps, fitting: Fitting = UNFITTED
) -> StampedLink:
    """A connected UDP link to `endpoint`, with stamps. OSError when there is no way, or when there are none."""
    await trio.lowlevel.checkpoint()
    opened = open_udp(endpoint, fitting)
    try:
        return StampedLink(opened, nursery, stamps, fitting.backlog)
    except BaseException:
        opened.close()
        raise


async def keep_stamping(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Have the kernel stamp what arrives, until cancelled; started as soon as it does, or when patience is at its end.

    What comes before then has no stamp at all. The kernel leaves the beginning to a work queue when the first socket
    asks, and the end when the last one is closed (net_enable_timestamp() in net/core/dev.c): on a busy machine 70 ms
    and a thousand datagrams later. So one socket asks first, and longest.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        with trio.move_on_after(STAMPING_PATIENCE), contextlib.suppress(OSError):  # 127.0.0.1 need not be there
            own.setblocking(False)
            own.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)
            own.bind(("127.0.0.1", 0))
            own.connect(own.getsockname())
            while True:
                own.send(b"?")
                await trio.lowlevel.wait_readable(own)
                _, ancillary, _, _ = own.recvmsg(16, _CONTROL)
                if receive_stamp(ancillary) is not None:
                    break
                await trio.sleep(0.001)
        task_status.started()
        await trio.sleep_forever()


def require_stamps(group: str, system: str = sys.platform) -> None:
    """RunError, naming the group that asks for them, when this machine's kernel gives no stamps."""
    advice = "write timestamps: application"
    if system != "linux":
        raise RunError(
            f"group {group!r} asks for timestamps: kernel, which needs Linux, and this is {system}: {advice}"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _ALL)
        except OSError as error:
            why = explain(error)
            raise RunError(
                f"group {group!r} asks for timestamps: kernel, which this kernel refuses ({why}): {advice}"
            ) from None
