"""What a server does with the bytes it gets: one service, spoken to in envelopes and in texts. Pure: it never waits.

Whatever the bytes are, they are answered, dropped and counted, or end their connection; they never end a server.
"""

from __future__ import annotations

import codecs
from collections.abc import Hashable

from sockbench.errors import BadMessage
from sockbench.model.message import ASKING, Decoder, Kind, Message
from sockbench.net.watcher import Watcher
from sockbench.services import Answer, Service
from sockbench.wire import Envelope, Seen, is_envelope

SESSIONS = 65_536
"""How many UDP peers are remembered; beyond them, those that were silent the longest make room for new ones."""

FORGOTTEN = 600.0
"""Seconds of silence after which a UDP peer may be forgotten, to make room for one that is new."""

IP_UDP_HEADERS = 28
"""Bytes of the IPv4 and UDP headers of a datagram: amplification is a matter of packets, not of payloads."""

AMPLIFICATION = 3
"""A peer that has no place is sent at most so many times what it sent (as in RFC 9000, section 8)."""

_ENVELOPE = Envelope()
_datagram, _reply = _ENVELOPE.datagram, _ENVELOPE.reply
# Looking up a member of an enumeration takes 30 ns.
_REPLY, _REGISTERED, _REJECTED = int(Kind.REPLY), int(Kind.REGISTERED), int(Kind.REJECTED)
_REGISTER, _LEAVE = int(Kind.REGISTER), int(Kind.LEAVE)
_ERRORS = "surrogateescape"  # bytes that are not UTF-8 pass through a service unchanged


class Responder:
    """One service and its counts, shared by everything that listens for it."""

    unproven: int | None = None
    """Messages without proof of the token; None where there is no token (`sockbench.net.proven`)."""

    def __init__(self, service: Service, watcher: Watcher | None = None) -> None:
        self.service = service
        self._answer = service.answer
        self.watcher = watcher
        self.received = 0
        self.answered = 0
        self.rejected = 0
        self._sessions: dict[Hashable, Seen] = {}  # heard since the last turn
        self._quiet: dict[Hashable, Seen] = {}  # heard in the turn before, and not since
        self._turned = 0.0
        self._connections = 0
        self._peak = 0

    @property
    def clients_peak(self) -> int:
        """The most clients at once: places taken, where the service gives places; otherwise peers heard."""
        peak = self.service.clients_peak
        return self._peak if peak is None else peak

    # UDP

    def datagram(self, data: bytes, peer: Hashable, now: float) -> bytes | None:
        """The datagram to send back to `peer`, if any."""
        if is_envelope(data):
            try:
                message = _datagram(data)
            except BadMessage as error:
                self.drop(peer, str(error), now)
                return None
            session = (peer, message[1])
            known = self._sessions.get(session)
            seen = self._heard(session) if known is None else known
            reply = self.envelope(message, seen, peer, now)
            if reply is None:
                return None
            if known is None:
                self._remember(session, seen, now)
        else:
            session = (peer, 0)
            self._remember(session, self._heard(session), now)
            reply = self.text(data.decode(errors=_ERRORS), peer, now)
        if IP_UDP_HEADERS + len(reply) > AMPLIFICATION * (IP_UDP_HEADERS + len(data)) and not (
            self.service.is_registered(peer, now)
        ):
            self.drop(peer, f"a reply of {len(reply)} bytes is too much for {len(data)}", now)
            return None
        self.answered += 1
        return reply

    def drop(self, peer: Hashable, reason: str, now: float) -> None:
        """What `peer` sent is not answered."""
        self.rejected += 1
        if self.watcher is not None:
            self.watcher.dropped(peer, reason, now)

    def _heard(self, session: Hashable) -> Seen:
        """Which requests came from it, as far as it is remembered."""
        return self._sessions.get(session) or self._quiet.get(session) or Seen()

    def _remember(self, session: Hashable, seen: Seen, now: float) -> None:
        """Keep it. When half of the table is full, or old, it is the quiet half, and the other is forgotten."""
        if session not in self._sessions:
            if len(self._sessions) >= SESSIONS // 2 or now - self._turned >= FORGOTTEN:
                self._quiet, self._sessions, self._turned = self._sessions, {}, now
            self._quiet.pop(session, None)
            self._peak = max(self._peak, len(self._sessions) + len(self._quiet) + 1)
        self._sessions[session] = seen

    # TCP

    def connection(self, peer: Hashable, now: float) -> Conversation:
        """A peer connected."""
        self._connections += 1
        self._peak = max(self._peak, self._connections)
        if self.watcher is not None:
            self.watcher.connected(peer, now)
        return Conversation(self, peer)

    def turn_away(self, peer: Hashable, reason: str) -> None:
        """A peer connected for which there is no room."""
        self.rejected += 1
        if self.watcher is not None:
            self.watcher.turned_away(peer, reason)

    def left(self, peer: Hashable) -> None:
        """Its connection is closed."""
        self._connections -= 1
        self.service.leave(peer)
        if self.watcher is not None:
            self.watcher.closed(peer)

    def expire(self, now: float) -> None:
        """Time passed without messages: places may be free again."""
        departed = self.service.expire(now)
        if self.watcher is not None:
            for departure in departed:
                self.watcher.departed(departure)

    # Both

    def envelope(self, message: Message, seen: Seen, peer: Hashable, now: float) -> bytes | None:
        """The reply to an enveloped message of a client of which `seen` came before, if any is due."""
        asked, client, number, _, payload, _, _ = message
        if asked == _LEAVE:
            return self._part(client, seen, peer)
        if seen.has_left:  # a copy, or overtaken by the good-bye: it is not to take a place again
            self.drop(peer, "it came after the good-bye of its client", now)
            return None
        text = payload.decode("utf-8", _ERRORS)
        if asked in ASKING:
            seen.take(number)
            answer, kind, received = self._answer(text, peer, now), _REPLY, seen.received % 2**32
        elif asked == _REGISTER:
            answer, kind = self.service.register(text, peer, now), _REGISTERED
            received = answer.client or 0
        else:
            self.drop(peer, f"an envelope of kind {asked} is not for a server", now)
            return None
        said, is_accepted, _, _, _ = answer
        self.received += 1
        if not is_accepted:
            self.rejected += 1
            kind, received = _REJECTED, seen.received % 2**32
        if self.watcher is not None:
            self.watcher.message(peer, text, answer, now, registering=asked == _REGISTER)
        return _reply(kind, client, number, received, seen.highest, seen.told, said.encode("utf-8", _ERRORS))

    def _part(self, client: int, seen: Seen, peer: Hashable) -> bytes:
        """A client of `peer` said good-bye, perhaps not for the first time: its place is free."""
        self.received += 1
        if not seen.has_left:
            seen.has_left = True
            self.service.leave(peer)
            if self.watcher is not None:
                self.watcher.dismissed(peer)
        return _ENVELOPE.encode(Message(Kind.LEAVE, client, 0, 0, b""))

    def text(self, text: str, peer: Hashable, now: float) -> bytes:
        """The reply to a text."""
        answer = self.service.answer(text, peer, now)
        self._count(answer)
        if self.watcher is not None:
            self.watcher.message(peer, text, answer, now)
        return answer.text.encode(errors=_ERRORS)

    def _count(self, answer: Answer) -> None:
        self.received += 1
        if not answer.accepted:
            self.rejected += 1


class Conversation:
    """One TCP connection. Its first byte tells whether the peer speaks in envelopes or in texts."""

    def __init__(self, responder: Responder, peer: Hashable) -> None:
        self.closing = False
        self._responder = responder
        self._peer = peer
        self._decoder: Decoder | None = None
        self._characters: codecs.IncrementalDecoder | None = None
        self._seen = Seen()

    def greeting(self) -> bytes:
        """What the peer hears first, before it is known in which format it will speak."""
        return (self._responder.service.greeting or "").encode()

    def receive(self, data: bytes, now: float) -> bytes:
        """The bytes to send back for `data`; when `closing` is then set, the connection ends after them."""
        if self._decoder is None and self._characters is None:
            if is_envelope(data):
                self._decoder = _ENVELOPE.decoder()
            else:
                self._characters = codecs.getincrementaldecoder("utf-8")(errors=_ERRORS)
        if self._decoder is None:
            return self._texts(data, now)
        try:
            messages = self._decoder.feed(data)
        except BadMessage as error:
            self._responder.drop(self._peer, str(error), now)
            self.closing = True
            return b""
        replies = []
        for message in messages:
            reply = self._responder.envelope(message, self._seen, self._peer, now)
            if reply is None:
                continue
            self._responder.answered += 1
            replies.append(reply)
            if self._responder.service.closes and message.kind in ASKING:
                self.closing = True
                break
        return b"".join(replies)

    def _texts(self, data: bytes, now: float) -> bytes:
        """One read is one message; a character cut in two at its end waits for its other half."""
        assert self._characters is not None
        text = self._characters.decode(data)
        if not text:
            return b""
        reply = self._responder.text(text, self._peer, now)
        self._responder.answered += 1
        self.closing = self._responder.service.closes
        return reply
