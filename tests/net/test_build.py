"""From a plan to client machines: ids, slots, formats, places, and how replies are judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sockbench.load.arrivals import NS
from sockbench.load.client import Client
from sockbench.model.outcome import Outcome
from sockbench.model.plan import (
    Arrivals,
    Closed,
    Every,
    Format,
    Group,
    Plan,
    Rate,
    Server,
    SizePayload,
    Stage,
    Stages,
    Target,
    TextPayload,
    Think,
)
from sockbench.net.build import RETRY, SHORTEST_RETRY, GroupBooks, Recruiter, build_clients, server_says
from sockbench.wire import FORMATS, Kind, Message, plain
from tests.load.books import Books

GROUP = Group(
    name="g",
    count=4,
    transport="udp",
    server="s",
    target=None,
    register=None,
    payload=TextPayload("n{index} {seq}"),
    arrivals=Closed(),
    window=1,
    timeout=1.0,
    connect="once",
    format="envelope",
)
TARGET = Target("udp", "127.0.0.1", 9)


def plan_of(group: Group, *, service: str = "echo", banner: bool = False, seed: int = 1) -> Plan:
    server = Server("s", service, group.transport, "127.0.0.1", 0, None, 60.0, banner=banner)
    return Plan("p", "", "p.yaml", seed, 0.0, 10.0, 1.0, (server,), (group,), ())


def group_books(books: Books) -> GroupBooks:
    def meter(number: int, rtt: int) -> None:
        books.rtts.append(rtt)

    return GroupBooks(books.warmup.book, books.measured.book, lambda: meter)


def built(
    group: Group, *, service: str = "echo", workers: int = 1, worker: int = 0, first_id: int = 1, seed: int = 1
) -> tuple[list[Client], Books]:
    books = Books()
    plan = plan_of(group, service=service, seed=seed)
    clients = build_clients(plan, group, lambda index: index % workers == worker, first_id, group_books(books))
    for client in clients:
        client.begin(0, 0, 10 * NS)
    return clients, books


def first_due(client: Client) -> int:
    wake = client.wake_at()
    assert wake is not None
    return wake


def said(client: Client, wire: str = "envelope") -> Message:
    request = client.take(first_due(client))
    assert request is not None
    return FORMATS[wire].datagram(request.data)


def test_each_client_has_an_id_an_index_and_texts_of_its_own() -> None:
    clients, _ = built(GROUP, first_id=100)
    assert [said(client) for client in clients] == [
        Message(Kind.REQUEST, 100 + index, 1, 0, b"n%d 1" % (index + 1)) for index in range(4)
    ]


@pytest.mark.parametrize("arrivals", [Every(1.0), Rate(4.0), Rate(4.0, "poisson"), Closed(Think(1.0, 1.0))])
def test_the_clients_are_the_same_however_many_workers_share_them(arrivals: Arrivals) -> None:
    group = replace(GROUP, arrivals=arrivals)

    def all_of(workers: int) -> list[tuple[int, Message]]:
        clients = [client for worker in range(workers) for client in built(group, workers=workers, worker=worker)[0]]
        return sorted((first_due(client), said(client)) for client in clients)

    assert all_of(1) == all_of(2) == all_of(4) == all_of(9)


@pytest.mark.parametrize(
    ("arrivals", "times"),
    [
        (Every(4.0), [0, NS, 2 * NS, 3 * NS]),
        (Every(4.0, "lockstep"), [0] * 4),
        (Rate(1.0), [0, NS, 2 * NS, 3 * NS]),
        (Rate(1.0, phase="lockstep"), [0] * 4),
        (Closed(), [0] * 4),
        (Closed(Think(4.0, 4.0)), [0, NS, 2 * NS, 3 * NS]),
        (Closed(Think(4.0, 4.0), phase="lockstep"), [0] * 4),
    ],
)
def test_the_clients_are_spread_over_a_period_or_fire_together(arrivals: Arrivals, times: list[int]) -> None:
    orders = set()
    for seed in range(10):
        clients, _ = built(replace(GROUP, arrivals=arrivals), seed=seed)
        order = [first_due(client) for client in clients]
        assert sorted(order) == times
        orders.add(tuple(order))
    assert (len(orders) > 1) == (len(set(times)) > 1)  # who comes first is seeded


def test_newcomers_have_ids_that_still_name_their_place() -> None:
    books = Books()
    plan = replace(plan_of(GROUP), groups=(GROUP, replace(GROUP, name="h", count=3)))
    recruiter = Recruiter(plan, GROUP, 100, group_books(books))
    old = recruiter.first(2)
    old.begin(0, 0, 10 * NS)
    said(old)
    for generation in range(1, 4):
        new = recruiter.newcomer(2, generation)
        old.leave(0)
        new.succeed(old, 0)
        assert said(new) == Message(Kind.REQUEST, 100 + 2 + 7 * generation, 1, 0, b"n3 %d" % (generation + 1))
        old = new


OPEN = [
    Every(0.5),
    Rate(20.0),
    Rate(20.0, "poisson"),
    Rate(20.0, "burst", burst=3),
    Stages((Stage(4.0, 0.0, 30.0), Stage(1.0, 0.0, 0.0), Stage(2.0, 10.0, 10.0))),
    Stages((Stage(4.0, 30.0, 0.0), Stage(1.0, 5.0, 5.0)), "poisson"),
    Stages((Stage(4.0, 30.0, 0.0), Stage(1.0, 5.0, 5.0)), "burst", "lockstep", 4),
]


@pytest.mark.parametrize("arrivals", OPEN)
@pytest.mark.parametrize("warmup", [0.0, 1.5])
def test_the_load_is_the_same_on_every_transport_and_with_churn(arrivals: Arrivals, warmup: float) -> None:
    def offered(group: Group) -> list[int]:
        books = Books()
        plan = replace(plan_of(group), warmup=warmup)
        recruiter = Recruiter(plan, group, 1, group_books(books))
        for index in range(group.count):
            client = recruiter.first(index)
            client.begin(0, round(warmup * NS), 10 * NS)
            for now, generation in ((3 * NS, 1), (5 * NS, 2)):
                client.skip_due(now)
                if group.churn is not None:
                    client.leave(now)
                    newcomer = recruiter.newcomer(index, generation)
                    newcomer.succeed(client, now)
                    client = newcomer
            client.skip_due(10 * NS)
        return sorted(row.due for row in books.rows)

    group = replace(GROUP, arrivals=arrivals)
    tcp = replace(group, transport="tcp")
    assert len(offered(group)) > 20
    assert offered(group) == offered(tcp) == offered(replace(tcp, churn=1.0, format="length", window=5))


def test_ids_wrap_into_four_bytes() -> None:
    clients, _ = built(GROUP, first_id=2**32 - 2)
    assert [said(client).client for client in clients] == [2**32 - 2, 2**32 - 1, 0, 1]


def test_in_an_envelope_a_place_is_asked_for_and_in_a_text_the_code_comes_with_each_message() -> None:
    group = replace(GROUP, register="aluno-{index}")
    clients, _ = built(group, service="registry")
    assert [said(client) for client in clients[:2]] == [
        Message(Kind.REGISTER, 1, 0, 0, b"aluno-1"),
        Message(Kind.REGISTER, 2, 0, 0, b"aluno-2"),
    ]
    assert not clients[0].registered
    wires: tuple[Format, ...] = ("text", "line", "length")
    for wire in wires:
        clients, _ = built(replace(group, format=wire), service="registry")
        assert [said(client, wire) for client in clients[:2]] == [
            plain(b"(aluno-1) : n1 1"),
            plain(b"(aluno-2) : n2 1"),
        ]
        assert clients[0].registered


@pytest.mark.parametrize(
    ("timeout", "retry"),
    [(1.0, RETRY), (0.2, RETRY), (0.05, 0.05), (0.01, 0.01), (1e-6, SHORTEST_RETRY), (1e-12, 0.01)],
)
def test_how_often_a_place_is_asked_for(timeout: float, retry: float) -> None:
    clients, _ = built(replace(GROUP, register="A", timeout=timeout), service="registry")
    said(clients[0])
    assert clients[0].wake_at() == round(retry * NS)


def test_window_and_timeout_are_the_groups() -> None:
    clients, books = built(replace(GROUP, count=1, window=3, timeout=0.5))
    client = clients[0]
    numbers = [request.number for request in iter(lambda: client.take(0), None) if request is not None]
    assert numbers == [1, 2, 3]
    half = NS // 2
    text = b"Resposta do servidor: n1 %d"
    client.receive(Message(Kind.REPLY, 1, 1, 1, text % 1), half)
    client.receive(Message(Kind.REPLY, 1, 2, 1, text % 2), half + 1)
    assert [row.outcome for row in books.rows] == [Outcome.OK, Outcome.LATE]
    assert books.rtts == [half]


@pytest.mark.parametrize(
    ("service", "register", "reply", "outcome"),
    [
        ("echo", None, "Resposta do servidor: n1 1", Outcome.OK),
        ("echo", None, "n1 1", Outcome.CORRUPT),
        ("upper", None, "N1 1", Outcome.OK),
        ("number", None, "ERRO: não é um número inteiro", Outcome.OK),
        ("registry", None, "Resposta do servidor para o cliente 3", Outcome.OK),
        ("registry", "A", "Resposta do servidor para o cliente 3", Outcome.OK),
        ("registry", "A", "Resposta do servidor para o cliente 4", Outcome.CORRUPT),
        ("registry", "A", "Servidor cheio: limite de 10 clientes", Outcome.REFUSED),
    ],
)
def test_replies_are_held_against_what_the_service_must_answer(
    service: str, register: str | None, reply: str, outcome: Outcome
) -> None:
    clients, books = built(replace(GROUP, count=1, register=register), service=service)
    client = clients[0]
    if register is not None:
        client.receive(Message(Kind.REGISTERED, 1, 0, 3, b"3"), 0)
    assert said(client).kind == Kind.REQUEST
    client.receive(Message(Kind.REPLY, 1, 1, 1, reply.encode()), 1)
    assert [row.outcome for row in books.rows] == [outcome]


def test_of_a_targets_replies_nothing_is_known() -> None:
    clients, books = built(replace(GROUP, count=1, server=None, target=TARGET, format="text"))
    said(clients[0], "text")
    clients[0].receive(plain(b"\xff anything"), 1)
    assert [row.outcome for row in books.rows] == [Outcome.OK]


def test_bytes_that_are_no_text_are_judged_like_any_others() -> None:
    clients, books = built(replace(GROUP, count=1))
    said(clients[0])
    clients[0].receive(Message(Kind.REPLY, 1, 1, 1, b"\xff\xc3"), 1)
    assert [row.outcome for row in books.rows] == [Outcome.CORRUPT]


@pytest.mark.parametrize(
    ("group", "service", "banner", "words"),
    [
        (replace(GROUP, transport="tcp"), "echo", True, b"Bem-vindo ao servidor TCP!"),
        (replace(GROUP, transport="tcp"), "echo", False, b""),
        (replace(GROUP, transport="tcp"), "upper", False, b""),
        (GROUP, "echo", True, b""),
        (replace(GROUP, server=None, target=TARGET), "echo", True, b""),
    ],
)
def test_what_the_server_says_first(group: Group, service: str, banner: bool, words: bytes) -> None:
    assert server_says(plan_of(group, service=service, banner=banner), group) == words


def test_a_size_is_that_of_the_payload() -> None:
    clients, _ = built(replace(GROUP, payload=SizePayload(64)))
    payloads = [said(client).payload for client in clients]
    assert [len(payload) for payload in payloads] == [64] * 4
    assert len(set(payloads)) == 4
