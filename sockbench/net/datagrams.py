"""Datagrams that came to a server, answered in a batch, several of one peer with one call. It decides nothing."""

from __future__ import annotations

import contextlib
import socket
import time

from sockbench.net.addresses import SocketAddress
from sockbench.net.bursts import send_burst
from sockbench.net.responder import Responder

BATCH = 64
"""Datagrams answered before other tasks get their turn."""
DATAGRAM = 65_535
_A_BATCH = range(BATCH)


def answer_datagrams(bound: socket.socket, responder: Responder) -> None:
    """Answer what has come, a batch at most, which takes half a millisecond: it came at one time."""
    receive, answer, send, now = bound.recvfrom, responder.datagram, bound.sendto, time.monotonic()
    last: SocketAddress = ()  # who was answered last
    waiting: list[bytes] = []  # further replies to that one, of one size
    for _ in _A_BATCH:
        try:
            data, peer = receive(DATAGRAM)
        except BlockingIOError:
            break
        except ConnectionError:
            continue  # some systems report an earlier reply's ICMP error here
        if waiting and peer != last:
            _send_waiting(bound, responder, waiting, last)
        reply = answer(data, peer, now)
        if reply is None:
            continue
        if peer == last:
            if waiting and len(waiting[0]) != len(reply):
                _send_waiting(bound, responder, waiting, last)
            waiting.append(reply)
            continue
        last = peer
        try:
            send(reply, peer)  # the first is not kept waiting: with one request in flight there is no other
        except OSError:
            responder.not_taken()
    if waiting:
        _send_waiting(bound, responder, waiting, last)


def _send_waiting(bound: socket.socket, responder: Responder, waiting: list[bytes], peer: SocketAddress) -> None:
    """Send them all, and forget them."""
    with contextlib.suppress(OSError):
        if send_burst(bound, waiting, peer):
            waiting.clear()
            return
    for reply in waiting:
        try:
            bound.sendto(reply, peer)
        except OSError:
            responder.not_taken()
    waiting.clear()
