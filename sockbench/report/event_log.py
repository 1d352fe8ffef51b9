"""Events in words, a line each, or as JSON for machines; and a limit on how many lines a busy server writes.

Pure: times are arguments. It decides nothing about what an event is.
"""

from __future__ import annotations

import json
from datetime import datetime

from sockbench.model.event import Event
from sockbench.report import cells

LINES_A_SECOND = 10
SHOWN = 80
"""Characters of a message that a line shows."""
LOGGED = 1024
"""Characters of a text that a line of JSON holds: a message may be of megabytes, and nobody else is answered while one
is written."""


def words(event: Event) -> str:
    """One event as a sentence after its service: `registry: new client 3 at 127.0.0.1:40112 (code A1)`."""
    return f"{cells.plain(event.service)}: {_sentence(event)}"


def _sentence(event: Event) -> str:
    who = f"client {event.client} at {event.address}" if event.client is not None else event.address
    code = f" (code {_shown(event.code)})" if event.code else ""
    match event.kind:
        case "exposed":
            return f"other machines can reach {event.transport} {event.address}: {_shown(event.text)}"
        case "listening":
            return f"listening on {event.transport} {event.address}"
        case "connected":
            return f"connected with {who}"
        case "registered":
            return f"new {who}{code}"
        case "message":
            reply = f", answered {_shown(event.reply)}" if event.client is None and event.reply is not None else ""
            return f"message from {who}: {_shown(event.text)}{reply}"
        case "refused":
            return f"no room for {who}{code}, answered {_shown(event.text)}"
        case "exhausted":
            return f"{_shown(event.text)}: who comes is turned away until one is free; raise the limit with `ulimit -n`"
        case "dropped":
            return f"dropped what {who} sent: {_shown(event.text)}"
        case "left":
            return f"{who} gave its place back: {_shown(event.text)}"
        case "closed":
            return f"connection with {who} closed"
        case "stopped":
            return f"stopped listening on {event.transport} {event.address}"


def _shown(text: str | None) -> str:
    return cells.cut(cells.plain(_beginning(text, SHOWN + 1) or ""), SHOWN)


def _beginning(text: str | None, most: int) -> str | None:
    """At most so many characters of what a peer said, and `…` when there were more. Characters, since not all take a
    column."""
    return text if text is None or len(text) <= most else text[: most - 1] + cells.ELLIPSIS


def as_json(event: Event, moment: datetime) -> str:
    """One event as a line of JSON; what does not belong to it is left out."""
    fields = {
        "time": moment.isoformat(timespec="milliseconds"),
        "event": event.kind,
        "service": event.service,
        "transport": event.transport,
        "address": event.address,
        "client": event.client,
        "code": _beginning(event.code, LOGGED),
        "text": _beginning(event.text, LOGGED),
        "reply": _beginning(event.reply, LOGGED),
    }
    return json.dumps({key: value for key, value in fields.items() if value is not None}, ensure_ascii=True)


def left_out(service: str, events: int) -> str:
    """That events of a service were not shown."""
    return f"{cells.plain(service)}: {events:,} more events, not shown"


def left_out_as_json(service: str, events: int, moment: datetime) -> str:
    """The same for machines."""
    fields = {"time": moment.isoformat(timespec="milliseconds"), "event": "left_out", "service": service}
    return json.dumps({**fields, "events": events}, ensure_ascii=True)


class LineLimit:
    """At most so many lines a second of each service; what it leaves out is counted, and told when the second is over.

    Seconds are those of the clock that `now` comes from.
    """

    def __init__(self, per_second: int = LINES_A_SECOND) -> None:
        self._per_second = per_second
        self._second = 0
        self._written: dict[str, int] = {}
        self._left_out: dict[str, int] = {}

    def admit(self, service: str) -> bool:
        """May `service` write one more line in this second? Ask `turn` first."""
        if not self.wants(service):
            return False
        self._written[service] = self._written.get(service, 0) + 1
        return True

    def wants(self, service: str) -> bool:
        """Is there room for one more line of `service`? If not, one more is left out."""
        if self._written.get(service, 0) < self._per_second:
            return True
        self._left_out[service] = self._left_out.get(service, 0) + 1
        return False

    def turn(self, now: float) -> list[tuple[str, int]]:
        """It is `now`: when a new second has begun, (service, lines left out) of the one before."""
        if int(now) == self._second:
            return []
        self._second = int(now)
        return self.rest()

    def rest(self) -> list[tuple[str, int]]:
        """What was left out and not yet told."""
        told = list(self._left_out.items())
        self._written.clear()
        self._left_out.clear()
        return told
