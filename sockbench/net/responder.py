"""What a server does with the bytes it gets: one service, spoken to in envelopes and in texts. Pure: it never waits.

Whatever the bytes are, they are answered, dropped and counted, or end their connection; they never end a server.
"""

from __future__ import annotations

import codecs
from collections.abc import Hashable

from sockbench.errors import BadMessage
from sockbench.model.message import ASKING, Kind, Message
from sockbench.net.memory import Memory
from sockbench.net.reflections import RETURNS, Mirror, reason_for_silence
from sockbench.net.regular import EVERY, Regular, regular_of
from sockbench.net.watcher import Watcher
from sockbench.services import Answer, Service
from sockbench.wire import HEADER_SIZE, MAX_PAYLOAD, Envelope, Seen, is_envelope
from sockbench.wire.envelope import EnvelopeDecoder

REGULARS = 4096
"""UDP peers of which it is remembered what they may ask next, 2 KiB each; others are answered at the usual cost."""

IP_UDP_HEADERS = 28
"""Bytes of the IPv4 and UDP headers of a datagram: amplification is a matter of packets, not of payloads."""

AMPLIFICATION = 3
"""A peer that has no place is sent at most so many times what it sent (as in RFC 9000, section 8)."""

HELD = 256 * 1024 * 1024
"""Bytes that one server keeps of all its peers: of messages that are not whole yet, and of replies not yet taken."""

ANSWER = 1
"""What the answer to a good-bye has as `received`: a good-bye itself has 0, so no server answers another's answer."""

LONGEST_REPLY = HEADER_SIZE + MAX_PAYLOAD

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
        self.idled = 0
        self._held = 0
        self._sessions: Memory[Seen] = Memory()  # of UDP clients that speak in envelopes, by address and id
        self._mirrors: Memory[Mirror] = Memory()  # of UDP peers that speak in texts, by address
        self._regulars: dict[Hashable, Regular] = {}  # by peer
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
        regular = self._regulars.get(peer)
        if regular is not None and data == regular.awaited:
            reply: bytes | None = self.again(regular, peer, now)
        else:
            if regular is not None:
                del self._regulars[peer]
            reply = self._any_datagram(data, peer, now)
        if reply is None:
            return None
        if IP_UDP_HEADERS + len(reply) > AMPLIFICATION * (IP_UDP_HEADERS + len(data)) and not (
            self.service.is_registered(peer, now)
        ):
            self.drop(peer, f"a reply of {len(reply)} bytes is too much for {len(data)}", now)
            return None
        self.answered += 1
        return reply

    def not_taken(self) -> None:
        """The peer, or this machine, took no reply."""
        self.answered -= 1
        self.rejected += 1

    def _any_datagram(self, data: bytes, peer: Hashable, now: float) -> bytes | None:
        """The reply to a datagram of which nothing was known before."""
        if not is_envelope(data):
            return self._text_datagram(data, peer, now)
        try:
            message = _datagram(data)
        except BadMessage as error:
            self.drop(peer, str(error), now)
            return None
        session, recent = (peer, message[1]), self._sessions.recent
        known = recent.get(session)
        seen = self._sessions.find(session) or Seen() if known is None else known
        reply = self.envelope(message, seen, peer, now)
        if reply is None:
            return None
        if known is None:
            self._sessions.keep(session, seen, now)
            self._note_peak()
            if self._sessions.recent is not recent:
                self._regulars.clear()  # their sessions are looked up again, and so stay
        elif (
            message[2] % EVERY == 0
            and len(self._regulars) < REGULARS
            and (new := regular_of(data, message, reply, seen))
        ):
            self._regulars[peer] = new
        return reply

    def drop(self, peer: Hashable, reason: str, now: float) -> None:
        """What `peer` sent is not answered."""
        self.rejected += 1
        if self.watcher is not None:
            self.watcher.dropped(peer, reason, now)

    def _text_datagram(self, data: bytes, peer: Hashable, now: float) -> bytes | None:
        """The reply to a datagram that is a text, unless it may be another server's reply."""
        text = data.decode(errors=_ERRORS)
        reason = reason_for_silence(text, peer)
        if reason is not None:
            self.drop(peer, reason, now)
            return None
        mirror = self._mirrors.find(peer) or Mirror()
        self._mirrors.keep(peer, mirror, now)
        self._note_peak()
        reply = self.text(text, peer, now)
        if reply == data and mirror.is_loop(data):
            self.drop(peer, f"it has said {RETURNS:,} times what it was answered: a loop?", now)
            return None
        return reply

    def _note_peak(self) -> None:
        """Another UDP peer may be remembered."""
        self._peak = max(self._peak, len(self._sessions) + len(self._mirrors))

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

    def hold(self, size: int) -> bool:
        """Keep `size` bytes more of a peer, or less. Gives whether there was room; it is kept all the same."""
        self._held += size
        return self._held <= HELD

    def left(self, peer: Hashable) -> None:
        """Its connection is closed."""
        self._connections -= 1
        self.service.leave(peer)
        if self.watcher is not None:
            self.watcher.closed(peer)

    def expire(self, now: float) -> None:
        """Time passed without messages: places may be free again."""
        departed = self.service.expire(now)
        self.idled += len(departed)
        if self.watcher is not None:
            for departure in departed:
                self.watcher.departed(departure)

    # Both

    def envelope(self, message: Message, seen: Seen, peer: Hashable, now: float) -> bytes | None:
        """The reply to an enveloped message of a client of which `seen` came before, if any is due."""
        asked, client, number, marked, payload, _, _ = message
        if asked == _LEAVE and not marked:
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
        said, is_accepted, _, _, departed = answer
        self.received += 1
        if departed:
            self.idled += len(departed)
        if not is_accepted:
            self.rejected += 1
            kind, received = _REJECTED, seen.received % 2**32
        if self.watcher is not None:
            self.watcher.message(peer, text, answer, now, registering=asked == _REGISTER)
        return _reply(kind, client, number, received, seen.highest, seen.told, said.encode("utf-8", _ERRORS))

    def again(self, regular: Regular, peer: Hashable, now: float) -> bytes:
        """The reply to what `regular` awaited: what `envelope` gives, for a third of its cost."""
        reply, seen = regular.go_on(), regular.seen
        seen.take(regular.number)
        answer = self._answer(regular.text, peer, now)
        self._count(answer)
        if self.watcher is not None:
            self.watcher.message(peer, regular.text, answer, now)
        if answer.text == regular.said and answer.accepted:
            return reply
        regular.awaited = None  # it is no regular any more
        kind = _REPLY if answer.accepted else _REJECTED
        said = answer.text.encode("utf-8", _ERRORS)
        return _reply(kind, regular.client, regular.number, seen.received % 2**32, seen.highest, seen.told, said)

    def _part(self, client: int, seen: Seen, peer: Hashable) -> bytes:
        """A client of `peer` said good-bye, perhaps not for the first time: its place is free."""
        self.received += 1
        if not seen.has_left:
            seen.has_left = True
            self.service.leave(peer)
            if self.watcher is not None:
                self.watcher.dismissed(peer)
        return _ENVELOPE.encode(Message(Kind.LEAVE, client, 0, ANSWER, b""))

    def text(self, text: str, peer: Hashable, now: float) -> bytes:
        """The reply to a text."""
        answer = self.service.answer(text, peer, now)
        self._count(answer)
        if self.watcher is not None:
            self.watcher.message(peer, text, answer, now)
        return answer.text.encode(errors=_ERRORS)

    def _count(self, answer: Answer) -> None:
        self.received += 1
        self.idled += len(answer.departed)
        if not answer.accepted:
            self.rejected += 1


class Conversation:
    """One TCP connection. Its first byte tells whether the peer speaks in envelopes or in texts."""

    def __init__(self, responder: Responder, peer: Hashable) -> None:
        self.closing = False
        self._responder = responder
        self._peer = peer
        self._decoder: EnvelopeDecoder | None = None
        self._characters: codecs.IncrementalDecoder | None = None
        self._seen = Seen()
        self._regular: Regular | None = None
        self._kept = 0  # bytes of a message that is not whole yet, or of replies that it does not take

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
        regular, self._regular = self._regular, None
        if regular is not None and data == regular.awaited:
            self._responder.answered += 1
            self._regular = regular
            again = self._responder.again(regular, self._peer, now)
            if len(again) <= LONGEST_REPLY:
                return again
            return self._refusal(regular.client, regular.number, len(again), now)
        try:
            messages = self._decoder.feed(data)
        except BadMessage as error:
            self._responder.drop(self._peer, str(error), now)
            self.closing = True
            return b""
        if not messages:
            self.keep(len(data), now)
            return b""
        if self._kept:
            self.release()
        replies = []
        for message in messages:
            reply = self._responder.envelope(message, self._seen, self._peer, now)
            if reply is None:
                continue
            if len(reply) > LONGEST_REPLY:
                reply = self._refusal(message.client, message.number, len(reply), now)
            self._responder.answered += 1
            replies.append(reply)
            if self._responder.service.closes and message.kind in ASKING:
                self.closing = True
                break
        else:
            if self._decoder.rest:
                self.keep(len(self._decoder.rest), now)
            elif len(replies) == 1 and message.number % EVERY == 0:
                self._regular = regular_of(data, message, replies[0], self._seen)
        return b"".join(replies)

    def keep(self, size: int, now: float) -> bool:
        """Bytes of the peer must be kept for a while. False, and it is to be closed, when the server keeps too many."""
        self._kept += size
        if self._responder.hold(size):
            return True
        self._responder.drop(self._peer, f"the server keeps more than {HELD} bytes of its peers", now)
        self.closing = True
        return False

    def release(self, size: int | None = None) -> None:
        """So many bytes of the peer are kept no more; None: nothing is."""
        free = self._kept if size is None else size
        self._responder.hold(-free)
        self._kept -= free

    def _refusal(self, client: int, number: int, size: int, now: float) -> bytes:
        """In place of a reply that no decoder would take."""
        reason = f"a reply of {size - HEADER_SIZE} bytes is longer than {MAX_PAYLOAD}"
        self._responder.drop(self._peer, reason, now)
        return _ENVELOPE.encode(Message(Kind.REJECTED, client, number, 0, reason.encode()))

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
