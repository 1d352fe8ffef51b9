"""The proof of a token: what is written with it is read with it, and nothing else is, in either direction."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockbench.errors import BadMessage
from sockbench.model.secret import Secret
from sockbench.wire import FORMATS, HEADER_SIZE, MAX_PAYLOAD, PROOF_SIZE, Guard, Kind, Message, Repeated, Token, plain
from sockbench.wire.envelope import HEADER, MAGIC, VERSION
from sockbench.wire.guard import TOLERANCE
from sockbench.wire.seen import SPAN
from sockbench.wire.token import PREFIX, STAMP, Cutter, Keys, Unproven, seal
from tests.wire.messages import EXAMPLES, cut, envelopes

SECRET, OTHER = Secret("correct horse battery"), Secret("correct horse batterz")
ENVELOPE = FORMATS["envelope"]
DAY = 1_750_000_000 * 10**9
REQUEST = Message(Kind.REQUEST, 7, 1, 0, b"hello")
REPLY = Message(Kind.REPLY, 7, 1, 1, b"HELLO", 1)
SECOND = 10**9


class Hand:
    """A clock that is set by hand, in nanoseconds."""

    def __init__(self, now: int = DAY) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Pair:
    """A server's guard, and clients of it, with a clock each; the guard began a second ago."""

    def __init__(self, secret: Secret = SECRET, clients: int = 64) -> None:
        self.clock, self.other = Hand(DAY - SECOND), Hand()
        self.guard = Guard(SECRET, self.clock, clients)
        self.clock.now = DAY
        self.secret = secret

    def client(self, first: int = 1 << 40) -> Token:
        return Token(self.secret, self.other, first)


def asked(token: Token, message: Message = REQUEST) -> bytes:
    return token.encode(message)


def admitted(guard: Guard, data: bytes) -> Message:
    return ENVELOPE.datagram(guard.admit(data))


def refused(guard: Guard, data: bytes, words: str) -> None:
    with pytest.raises(BadMessage, match=words):
        guard.admit(data)


# What is written is read


@pytest.mark.parametrize("message", EXAMPLES["envelope"])
def test_there_and_back(message: Message) -> None:
    pair = Pair()
    client = pair.client()
    data = client.encode(message)
    assert len(data) == client.overhead + len(message.payload) == PROOF_SIZE + HEADER_SIZE + len(message.payload)
    assert admitted(pair.guard, data) == message
    assert client.datagram(pair.guard.reply(ENVELOPE.encode(message), data)) == message


def test_a_request_is_the_envelope_that_says_nothing_else() -> None:
    pair = Pair()
    assert admitted(pair.guard, pair.client().request(Kind.REQUEST, 7, 1, b"hello")) == REQUEST


def test_the_tag_is_the_one_of_the_page() -> None:
    """Written out with nothing of ours but the layout that docs/design.md gives."""
    data = Token(SECRET, Hand(), 41).encode(REQUEST)
    key = hmac.digest(SECRET.text.encode(), b"sockbench/1 token to the server", "sha256")
    stamp = (DAY // 1000).to_bytes(8) + (42).to_bytes(8)
    body = stamp + ENVELOPE.encode(REQUEST)
    assert data == b"\xf5T\x01\x00" + hmac.digest(key, body, "sha256")[:16] + body


@given(st.lists(envelopes(st.binary(max_size=40)), max_size=6), st.lists(st.integers(0, 900), max_size=10))
def test_any_messages_in_any_pieces(messages: list[Message], places: list[int]) -> None:
    pair = Pair()
    client = pair.client()
    stream = b"".join(client.encode(message) for message in messages)
    cutter = Cutter()
    got = [admitted(pair.guard, sealed) for piece in cut(stream, places) for sealed in cutter.feed(piece)]
    assert got == messages


def test_a_reply_byte_by_byte_and_with_the_next_behind_it() -> None:
    pair = Pair()
    client = pair.client()
    data = pair.guard.reply(ENVELOPE.encode(REPLY), asked(client))
    decoder = client.decoder()
    assert [message for byte in data for message in decoder.feed(bytes([byte]))] == [REPLY]
    for end in range(len(data)):
        decoder = client.decoder()
        assert decoder.feed(data + data + data[:end]) == [REPLY, REPLY]
        assert decoder.feed(data[end:]) == [REPLY]


def test_a_long_message_in_small_pieces_is_looked_at_once() -> None:
    cutter, message = Cutter(), asked(Pair().client(), REQUEST._replace(payload=bytes(MAX_PAYLOAD)))
    pieces = [message[at : at + 4096] for at in range(0, len(message), 4096)]
    assert [sealed for piece in pieces for sealed in cutter.feed(piece)] == [message]


# Nothing else is


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_each_single_flipped_bit_is_refused_by_both() -> None:
    pair = Pair()
    client = pair.client()
    request = asked(client)
    reply = pair.guard.reply(ENVELOPE.encode(REPLY), request)
    for bit in range(8 * len(request)):
        with pytest.raises(Unproven):
            pair.guard.admit(flipped(request, bit))
    for bit in range(8 * len(reply)):
        with pytest.raises(Unproven):
            client.datagram(flipped(reply, bit))
    assert admitted(pair.guard, request) == REQUEST
    assert client.datagram(reply) == REPLY


@pytest.mark.parametrize("end", [0, 1, 3, 4, 20, 36, 95, 96, -1])
def test_what_is_cut_or_longer_is_refused(end: int) -> None:
    pair = Pair()
    data = asked(pair.client())
    for wrong in (data[:end], data + b"\x00", data + data):
        with pytest.raises(Unproven):
            pair.guard.admit(wrong)


UNPROVEN: dict[str, Any] = {
    "an envelope": ENVELOPE.encode(REQUEST),
    "a text": b"hello",
    "nothing": b"",
    "a line": b"hello\n",
    "a length": FORMATS["length"].encode(plain(b"hello" * 40)),
    "another token": Token(OTHER, Hand(), 5).encode(REQUEST),
    "no tag": PREFIX + bytes(32) + ENVELOPE.encode(REQUEST),
    "an envelope that is long enough": ENVELOPE.encode(REQUEST._replace(payload=bytes(200))),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_who_does_not_know_the_token_is_refused(name: str) -> None:
    pair = Pair()
    with pytest.raises(Unproven):
        pair.guard.admit(UNPROVEN[name])
    with pytest.raises(BadMessage):
        pair.client().datagram(UNPROVEN[name])


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda data: PREFIX + data)))
@example(PREFIX + bytes(32) + HEADER.pack(MAGIC, VERSION, 1, 1, 1, 0, 0, bytes(32), MAX_PAYLOAD) + bytes(4))
@example(PREFIX + bytes(32) + HEADER.pack(MAGIC, VERSION, 1, 1, 1, 0, 0, bytes(32), 2**32 - 1) + bytes(4))
def test_random_bytes_are_refused(data: bytes) -> None:
    pair = Pair()
    with pytest.raises(Unproven):
        pair.guard.admit(data)
    for decoder in (pair.client().decoder(), Cutter()):
        try:
            assert not [message for byte in data for message in decoder.feed(bytes([byte]))]
        except BadMessage:
            continue


@pytest.mark.parametrize("data", [b"G", b"\xf5S", b"\xf5T\x02", b"\xf5T\x01\x01", b"\xff" * 96])
def test_a_stream_that_begins_otherwise_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(Unproven):
        Cutter().feed(data)


def test_a_length_that_is_too_long_is_refused_before_its_payload() -> None:
    head = HEADER.pack(MAGIC, VERSION, 1, 1, 1, 0, 0, bytes(32), MAX_PAYLOAD + 1) + bytes(4)
    with pytest.raises(Unproven):
        Cutter().feed(PREFIX + bytes(32) + head)


def test_messages_before_the_fault_are_not_lost_with_it() -> None:
    pair = Pair()
    client = pair.client()
    good = pair.guard.reply(ENVELOPE.encode(REPLY), asked(client))
    for bad in (b"GET / HTTP/1.1", flipped(good, 300)):
        decoder = client.decoder()
        assert decoder.feed(good + bad) == [REPLY]
        with pytest.raises(BadMessage):
            decoder.feed(b"")


def test_what_one_side_says_is_no_message_to_it() -> None:
    pair = Pair()
    client = pair.client()
    request = asked(client)
    with pytest.raises(Unproven):
        client.datagram(request)
    with pytest.raises(Unproven):
        pair.guard.admit(pair.guard.reply(ENVELOPE.encode(REPLY), request))


def test_a_proven_text_is_no_envelope() -> None:
    data = seal(Keys(SECRET).up, STAMP.pack(DAY // 1000, 1), b"hello" * 20)
    refused(Pair().guard, data, "no envelope")


# Copies, and what is old


def test_a_copy_is_refused() -> None:
    pair = Pair()
    client = pair.client()
    first, second = asked(client), asked(client)
    for data in (first, second):
        assert admitted(pair.guard, data) == REQUEST
    for data in (first, second, first):
        refused(pair.guard, data, "a copy")


@given(st.permutations(range(40)))
def test_within_the_window_any_order_is_good_and_each_is_taken_once(order: list[int]) -> None:
    pair = Pair()
    client = pair.client()
    data = [asked(client) for _ in order]
    for place in order:
        assert admitted(pair.guard, data[place]) == REQUEST
    for place in order:
        refused(pair.guard, data[place], "a copy")


def test_the_edge_of_the_window() -> None:
    pair = Pair()
    client = pair.client()
    data = [asked(client) for _ in range(SPAN + 1)]
    assert admitted(pair.guard, data[SPAN])
    assert admitted(pair.guard, data[1])
    refused(pair.guard, data[0], "messages late")


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.WARMUP, Kind.REGISTER, Kind.LEAVE])
def test_each_kind_may_be_said_again_but_not_copied(kind: Kind) -> None:
    pair = Pair()
    client = pair.client()
    message = Message(kind, 7, 0, 0, b"A1")
    said, again = client.encode(message), client.encode(message)
    for data in (said, again):
        assert admitted(pair.guard, data) == message
        refused(pair.guard, data, "a copy")


def test_clients_have_a_window_each() -> None:
    pair = Pair()
    for identity in (1, 2, 3):
        client = pair.client(first=5)
        message = REQUEST._replace(client=identity)
        assert admitted(pair.guard, asked(client, message)) == message


@pytest.mark.parametrize(("away", "is_good"), [(0, True), (59.9, True), (-59.9, True), (60.1, False), (-60.1, False)])
def test_how_far_clocks_may_differ(away: float, is_good: bool) -> None:
    pair = Pair()
    clock = Hand(DAY - 1000 * SECOND)
    pair.guard, clock.now = Guard(SECRET, clock), DAY  # it began long ago
    pair.other.now = DAY + round(away * SECOND)
    data = asked(pair.client())
    if is_good:
        assert admitted(pair.guard, data) == REQUEST
    else:
        refused(pair.guard, data, "ahead of" if away > 0 else "behind")


def test_what_was_held_back_is_too_old() -> None:
    pair = Pair()
    client = pair.client()
    assert admitted(pair.guard, asked(client))
    held = asked(client)
    pair.clock.now += round((TOLERANCE + 1) * SECOND)
    refused(pair.guard, held, "61 s behind")


def test_a_server_that_began_anew_takes_nothing_from_before() -> None:
    pair = Pair()
    client = pair.client()
    recorded = [asked(client) for _ in range(3)]
    pair.clock.now += SECOND
    anew = Guard(SECRET, pair.clock)
    for data in recorded:
        refused(anew, data, "before this server began")
    pair.other.now = pair.clock.now + 1000
    assert admitted(anew, asked(client)) == REQUEST  # the client goes on


def test_what_two_memories_cannot_know() -> None:
    """What SECURITY.md does not promise: one copy more for another process, and for a server that began anew, of a
    client whose clock is ahead. The copy after that is refused.
    """
    pair = Pair()
    data = asked(pair.client())
    another = Pair().guard
    pair.other.now = DAY + 30 * SECOND
    ahead = asked(pair.client(), REQUEST._replace(client=8))
    assert admitted(pair.guard, ahead)._replace(client=7) == admitted(pair.guard, data) == admitted(another, data)
    pair.clock.now += SECOND
    anew = Guard(SECRET, pair.clock)
    assert admitted(anew, ahead)
    for guard, again in ((anew, ahead), (anew, data), (another, data), (pair.guard, data)):
        refused(guard, again, "a copy|before this server began")
    pair.clock.now += 30 * SECOND
    refused(Guard(SECRET, pair.clock), ahead, "before this server began")


def test_a_clock_that_is_set_back_shuts_out_who_is_new_and_nobody_who_is_known() -> None:
    pair = Pair()
    client = pair.client()
    assert admitted(pair.guard, asked(client))
    later = asked(client)
    pair.clock.now = pair.other.now = DAY - 3600 * SECOND
    assert admitted(pair.guard, asked(client)) == REQUEST
    refused(pair.guard, later, "3,600 s ahead of")
    refused(pair.guard, asked(pair.client(), REQUEST._replace(client=8)), "before this server began")
    pair.clock.now = pair.other.now = DAY + SECOND  # an hour later
    assert admitted(pair.guard, asked(pair.client(), REQUEST._replace(client=8)))
    assert admitted(pair.guard, later)  # held back all the while, and taken once
    refused(pair.guard, later, "a copy")


def test_clients_that_were_forgotten_cannot_be_played_again() -> None:
    """However many come, of those that are no longer remembered nothing that was recorded is taken."""
    pair = Pair(clients=8)
    recorded = []
    for identity in range(40):
        pair.clock.now = pair.other.now = pair.other.now + SECOND // 10
        data = asked(pair.client(), REQUEST._replace(client=identity))
        recorded.append(data)
        assert admitted(pair.guard, data)
        assert len(pair.guard._lately) + len(pair.guard._before) <= 8
    for data in recorded:
        with pytest.raises(BadMessage, match=r"a copy|was forgotten"):
            pair.guard.admit(data)


def test_who_knows_no_token_takes_no_room() -> None:
    pair = Pair()
    for identity in range(50):
        with pytest.raises(Unproven):
            pair.guard.admit(Token(OTHER, Hand(), 1).encode(REQUEST._replace(client=identity)))
    assert not pair.guard._lately


# The client's side


def test_a_reply_to_another_is_none() -> None:
    """A run that has drawn the same ids: its clients number their messages from elsewhere."""
    pair = Pair()
    earlier, later = pair.client(first=1 << 30), pair.client(first=1 << 40)
    reply = pair.guard.reply(ENVELOPE.encode(REPLY), asked(earlier))
    asked(later)
    with pytest.raises(BadMessage, match="answers no message"):
        later.datagram(reply)
    assert earlier.datagram(reply) == REPLY


def test_a_copy_of_a_reply_is_the_clients_to_count() -> None:
    pair = Pair()
    client = pair.client()
    reply = pair.guard.reply(ENVELOPE.encode(REPLY), asked(client))
    assert client.datagram(reply) == client.datagram(reply) == REPLY


@pytest.mark.parametrize("kind", [Kind.REGISTERED, Kind.REJECTED, Kind.LEAVE])
def test_an_old_answer_about_the_place_is_not_heeded_again(kind: Kind) -> None:
    pair = Pair()
    client = pair.client()
    answer = Message(kind, 7, 0, 1, b"1")
    first, second = asked(client), asked(client)
    old, new = (pair.guard.reply(ENVELOPE.encode(answer), data) for data in (first, second))
    assert client.datagram(old) == answer
    assert client.datagram(new) == answer
    for data in (old, new):
        with pytest.raises(Repeated):
            client.datagram(data)


def test_a_secret_is_not_shown() -> None:
    assert SECRET.text not in f"{SECRET} {SECRET!r} {[SECRET]}"
