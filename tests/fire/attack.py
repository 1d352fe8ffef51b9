"""What is fired at servers: random datagrams, and TCP sessions that behave in every bad way. All from one seed.

Every datagram and session is real; nothing waits for an answer that a good server need not give.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from sockbench.model.message import MAX_PAYLOAD, Kind, Message
from sockbench.wire import FORMATS, HEADER_SIZE

ENVELOPE = FORMATS["envelope"]
SOCKETS = 64
"""Addresses that the datagrams come from."""
AT_ONCE = 400
"""TCP sessions under way."""
BATCH = 20
"""Datagrams between two pauses."""
GIVE_UP = 20.0
"""Seconds after which a session ends, whatever the server does."""
RESET = struct.pack("ii", 1, 0)

Address = tuple[str, int]


def request(chance: random.Random, kind: Kind = Kind.REQUEST, size: int = 30) -> bytes:
    """A good envelope of a client that nobody has heard of."""
    return ENVELOPE.encode(Message(kind, chance.getrandbits(32), chance.getrandbits(32), 0, chance.randbytes(size)))


def datagram(chance: random.Random) -> bytes:
    """Anything: noise, good requests, parts and neighbours of them, texts, replies."""
    what = chance.randrange(20)
    if what < 8:
        return chance.randbytes(chance.randrange(200))
    if what < 10:
        return b"\xf5S\x01" + chance.randbytes(chance.randrange(120))
    if what < 12:
        return request(chance)[: chance.randrange(HEADER_SIZE + 30)]
    if what < 14:
        changed = bytearray(request(chance))
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if what < 17:
        return request(chance, chance.choice(list(Kind)))
    if what < 19:
        return chance.choice([b"", b"7", b"PING", b"(A1) : oi", "Olá".encode(), b"Resposta do servidor: x", b"ERRO"])
    return chance.randbytes(chance.choice([1_000, 1_472, 9_000, 60_000] if chance.random() < 0.05 else [300]))


async def fire_datagrams(
    address: Address, count: int, per_second: float, seed: int, *, on_batch: Callable[[int], None] = lambda sent: None
) -> int:
    """Send so many; gives how many this machine took."""
    chance = random.Random(seed)
    sent = 0
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(SOCKETS)]
        for each in sockets:
            each.setblocking(False)
        async for size in _paced(count, per_second, BATCH):
            for _ in range(size):
                each = chance.choice(sockets)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    each.sendto(datagram(chance), address)
                    sent += 1
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    each.recv(70_000)  # so that answers do not fill this machine's memory
            on_batch(sent)
    return sent


async def fire_sessions(address: Address, count: int, per_second: float, seed: int) -> Counter[str]:
    """Open so many; gives how many of each kind came to their end, `unreachable` those that could not connect."""
    chance = random.Random(seed)
    ended: Counter[str] = Counter()
    room = trio.CapacityLimiter(AT_ONCE)
    names = [name for name, (weight, _) in KINDS.items() for _ in range(weight)]
    async with trio.open_nursery() as nursery:
        async for size in _paced(count, per_second, 1):
            for _ in range(size):
                name = chance.choice(names)
                own = random.Random(chance.getrandbits(64))
                nursery.start_soon(_session, address, name, own, room, ended)
    return ended


async def _paced(count: int, per_second: float, batch: int) -> AsyncIterator[int]:
    begun = trio.current_time()
    done = 0
    while done < count:
        size = min(batch, count - done)
        yield size
        done += size
        await trio.sleep_until(begun + done / per_second)


async def _session(
    address: Address, name: str, chance: random.Random, room: trio.CapacityLimiter, ended: Counter[str]
) -> None:
    async with room:
        with trio.move_on_after(GIVE_UP):
            try:
                stream = await trio.open_tcp_stream(*address)
            except OSError:
                ended["unreachable"] += 1
                return
            async with stream:
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await KINDS[name][1](stream, chance)
            ended[name] += 1


async def _until_closed(stream: trio.SocketStream) -> None:
    while await stream.receive_some():
        pass


async def _noise(stream: trio.SocketStream, chance: random.Random) -> None:
    for _ in range(chance.randrange(1, 6)):
        await stream.send_all(chance.randbytes(chance.randrange(1, 3_000)))


async def _noise_after_the_magic(stream: trio.SocketStream, chance: random.Random) -> None:
    await stream.send_all(b"\xf5S\x01" + chance.randbytes(chance.randrange(200)))
    await _until_closed(stream)


async def _half_closed(stream: trio.SocketStream, chance: random.Random) -> None:
    await stream.send_all(request(chance)[: chance.randrange(1, HEADER_SIZE + 30)])
    await stream.send_eof()
    await _until_closed(stream)


async def _reset(stream: trio.SocketStream, chance: random.Random) -> None:
    await stream.send_all(request(chance) * chance.randrange(1, 20))
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


async def _nothing(stream: trio.SocketStream, chance: random.Random) -> None:
    """Closes at once."""


async def _silent(stream: trio.SocketStream, chance: random.Random) -> None:
    await _until_closed(stream)


async def _slow(stream: trio.SocketStream, chance: random.Random) -> None:
    for byte in request(chance, size=1_000):
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.05)


async def _never_reading(stream: trio.SocketStream, chance: random.Random) -> None:
    piece = ENVELOPE.encode(Message(Kind.REQUEST, 1, 1, 0, b"x" * 30_000)) * 4
    for _ in range(60):
        await stream.send_all(piece)
    await _until_closed(stream)


async def _endless(stream: trio.SocketStream, chance: random.Random) -> None:
    await stream.send_all(request(chance, size=MAX_PAYLOAD)[: chance.randrange(100_000)])
    await _until_closed(stream)


async def _too_long(stream: trio.SocketStream, chance: random.Random) -> None:
    await stream.send_all(request(chance, size=MAX_PAYLOAD + 1)[:1_000])
    await _until_closed(stream)


KINDS: dict[str, tuple[int, Callable[[trio.SocketStream, random.Random], Awaitable[None]]]] = {
    "noise": (25, _noise),
    "noise after the magic": (10, _noise_after_the_magic),
    "half-closed": (20, _half_closed),
    "reset": (20, _reset),
    "nothing": (10, _nothing),
    "silent": (4, _silent),
    "slow": (5, _slow),
    "never reading": (2, _never_reading),
    "endless": (2, _endless),
    "too long": (2, _too_long),
}
"""Kinds of sessions: how many of a hundred, and what they do."""
