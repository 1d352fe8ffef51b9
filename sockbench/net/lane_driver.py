"""A client on a lane, and what it returns in a rally. It waits for nothing: the lane says when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sockbench.load.client import Client
from sockbench.load.place import NEVER
from sockbench.load.rally import Rally, Volley, may_rally
from sockbench.load.request import Request
from sockbench.load.stamps import Stamps
from sockbench.model.message import Decoder, Format
from sockbench.net.clock import Clock
from sockbench.net.links import TcpLink, UdpLink
from sockbench.net.tasks import Dial, Driver


class Looking(Protocol):
    """The lane, as its drivers know it."""

    def look_at(self, driver: LaneDriver) -> None:
        """Look at `driver` as soon as may be."""


class LaneDriver(Driver):
    """A client on a lane: what the driver `tasks` knows of it, and its link, as long as it has one."""

    __slots__ = (
        "decoder",
        "in_flight",
        "lane",
        "link",
        "may_rally",
        "plays_volleys",
        "rally",
        "receive",
        "send",
        "wake",
    )

    def __init__(
        self,
        lane: Looking,
        client: Client,
        wire: Format,
        clock: Clock,
        dial: Dial,
        greeting: bytes = b"",
        stamps: Stamps | None = None,
    ) -> None:
        super().__init__(client, wire, clock, dial, greeting, stamps)
        self.lane = lane
        self.link: UdpLink | TcpLink | None = None
        self.in_flight = client.ledger.in_flight
        self.receive: Callable[[int], bytes] = bytes  # of the link's socket
        self.send: Callable[[bytes], object] = bytes  # of the link
        self.may_rally = stamps is None and may_rally(client)
        self.plays_volleys = self.may_rally and client.window > 1
        self.rally: Rally | None = None  # while there is one, the client is asked nothing
        self.decoder: Decoder | None = None
        self.wake = NEVER  # the earliest entry of the calendar that is this client's

    def end_rally(self) -> None:
        """The client is asked again."""
        if self.rally is not None:
            self.rally.end()
            self.rally = None

    def return_volley(self, link: UdpLink, bulks: list[tuple[int, list[bytes]]]) -> list[bytes] | None:
        """Replies came, of each bulk of them when it was read: send what they make due. Gives those that are not the
        rally's; None when there are none, and all is sent.
        """
        rally, requests, rest = self.rally, list[bytes](), list[bytes]()
        playing = isinstance(rally, Volley)
        for moment, replies in bulks:
            for data in replies:
                if playing:
                    assert rally is not None
                    request = rally.answer(data, moment)
                    if request is not None:
                        requests.append(request)
                        continue
                    playing = False
                rest.append(data)
        is_sent = True
        if requests:
            assert isinstance(rally, Volley)
            is_sent = self._send_volley(link, rally, requests)
        return rest if rest or not is_sent else None

    def _send_volley(self, link: UdpLink, rally: Volley, requests: list[bytes]) -> bool:
        """Send them. False when that failed: the rally is ended, and the client to be asked."""
        now, sent = self.clock.now, 0
        moment = now()
        try:
            if link.send_burst(requests):
                rally.leave(moment)
                return True
            for request in requests:
                rally.leave_one(now())  # each waits for a call to the system for each before it
                link.send(request)
                sent += 1
        except OSError as error:
            rally.leave(now())
            self.end_rally()
            first = self.client.ledger.next_number - len(requests)
            self.not_sent(link, Request(first + sent, requests[sent]), error)
            for number, request in enumerate(requests[sent + 1 :], start=first + sent + 1):
                try:
                    link.send(request)
                except OSError as another:
                    self.not_sent(link, Request(number, request), another)
            return False
        return True

    def nudge(self) -> None:
        """Something changed that the client should look at now: have the lane look."""
        super().nudge()
        self.lane.look_at(self)
