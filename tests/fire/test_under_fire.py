"""Servers under fire, in small: 20,000 datagrams and 300 TCP sessions while ten honest clients ask and are answered."""

from __future__ import annotations

import trio

from sockbench.model.message import Kind, Message
from sockbench.net.kernel import udp_drops
from sockbench.net.responder import HELD
from sockbench.net.servers import RunningServer
from sockbench.wire import FORMATS
from tests.fire.attack import fire_datagrams, fire_sessions
from tests.net.test_servers import serving, udp_client

ENVELOPE = FORMATS["envelope"]
DATAGRAMS, SESSIONS = 20_000, 300
ANSWERED = b"Resposta do servidor: "


class Honest:
    """Clients that ask one question after the other, and what became of them."""

    def __init__(self, over: trio.Event) -> None:
        self.over = over
        self.asked = self.answered = self.lost = 0

    async def over_udp(self, server: RunningServer, client: int) -> None:
        with await udp_client(server) as own:
            number = 0
            while not self.over.is_set():
                number += 1
                self.asked += 1
                await own.send(ENVELOPE.encode(Message(Kind.REQUEST, client, number, 0, b"%d" % number)))
                with trio.move_on_after(5) as patience:
                    reply = ENVELOPE.datagram(await own.recv(1000))
                    assert (reply.client, reply.number, reply.payload) == (client, number, ANSWERED + b"%d" % number)
                    assert reply.received == number - self.lost
                    self.answered += 1
                self.lost += patience.cancelled_caught
                await trio.sleep(0.002)

    async def over_tcp(self, server: RunningServer, client: int) -> None:
        async with await trio.open_tcp_stream(*server.address) as stream:
            decoder, number = ENVELOPE.decoder(), 0
            while not self.over.is_set():
                number += 1
                self.asked += 1
                await stream.send_all(ENVELOPE.encode(Message(Kind.REQUEST, client, number, 0, b"%d" % number)))
                replies: list[Message] = []
                while not replies:
                    data = await stream.receive_some()
                    assert data, "the server closed an honest connection"
                    replies = decoder.feed(bytes(data))
                assert [(reply.number, reply.received) for reply in replies] == [(number, number)]
                self.answered += 1
                await trio.sleep(0.002)


async def test_ten_honest_clients_are_answered_under_fire() -> None:
    over = trio.Event()
    honest = Honest(over)
    ended = {}
    async with serving("echo", "udp") as udp, serving("echo", "tcp", idle=2.0) as tcp:
        async with trio.open_nursery() as clients:
            for client in range(1, 6):
                clients.start_soon(honest.over_udp, udp, client)
                clients.start_soon(honest.over_tcp, tcp, client)

            async def datagrams() -> None:
                ended["sent"] = await fire_datagrams(udp.address[:2], DATAGRAMS, 20_000, seed=8)

            async with trio.open_nursery() as fire:
                fire.start_soon(datagrams)
                ended.update(await fire_sessions(tcp.address[:2], SESSIONS, 300, seed=8))
            over.set()
        drops = udp_drops(udp.socket) or 0
        assert honest.lost <= drops
        assert honest.answered == honest.asked - honest.lost > 100
        assert ended["sent"] == DATAGRAMS
        assert "unreachable" not in ended
        # Each datagram was answered or counted, or dropped by the kernel, which counts too.
        heard = udp.responder
        assert heard.received + heard.rejected + drops >= DATAGRAMS
        assert tcp.responder.idled > 0
        assert tcp.responder.hold(HELD)  # nothing is kept of those who are gone
