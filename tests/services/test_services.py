"""What each service answers, byte for byte as the design words it."""

from __future__ import annotations

import pytest

from sockbench.model.outcome import Outcome
from sockbench.model.plan import Server
from sockbench.services import SERVICES, make_service
from sockbench.services.echo import Echo
from sockbench.services.number import Number
from sockbench.services.registry import Registry
from sockbench.services.upper import Upper


def server(service: str, *, max_clients: int | None = None, banner: bool = False, once: bool = False) -> Server:
    return Server("s", service, "udp", "127.0.0.1", 0, max_clients, 60.0, banner=banner, once=once)


ERROR = "ERRO: não é um número inteiro"


@pytest.mark.parametrize(
    ("service", "message", "reply"),
    [
        ("registry", "(A1) : Olá", "Resposta do servidor para o cliente 1"),
        ("echo", "Olá, servidor!", "Resposta do servidor: Olá, servidor!"),
        ("echo", "", "Resposta do servidor: "),
        ("echo", "a\r\n", "Resposta do servidor: a\r\n"),
        ("upper", "Olá, ção!", "OLÁ, ÇÃO!"),
        ("upper", "straße", "STRASSE"),
        ("upper", "ŉ", "ʼN"),
        ("upper", "", ""),
        ("upper", "123 \n", "123 \n"),
        ("upper", "a\udcff\udc80z", "A\udcff\udc80Z"),
        ("number", "0", "PAR"),
        ("number", "7", "ÍMPAR"),
        ("number", "10", "PAR"),
        ("number", "-3", "ÍMPAR"),
        ("number", "-0", "PAR"),
        ("number", "000", "PAR"),
        ("number", "0007", "ÍMPAR"),
        ("number", "1234567890", "PAR"),
        ("number", "12345678901", "12345678901"),
        ("number", "-123456789", "ÍMPAR"),
        ("number", "-1234567890", "-1234567890"),
        ("number", "00000000012", "PAR"),
        ("number", "000012345678901", "12345678901"),
        ("number", "-00000000001", "ÍMPAR"),
        ("number", "-000012345678901", "-12345678901"),
        ("number", "9" * 4000, "9" * 4000),
        ("number", "-" + "9" * 4000, "-" + "9" * 4000),
        ("number", "9" * 5000, "9" * 5000),  # beyond what int() reads
        ("number", "", ERROR),
        ("number", "-", ERROR),
        ("number", "--5", ERROR),
        ("number", "5-", ERROR),
        ("number", "+5", ERROR),
        ("number", " 12 ", ERROR),
        ("number", "12\n", ERROR),
        ("number", "1_000", ERROR),
        ("number", "1.0", ERROR),
        ("number", "1e3", ERROR),
        ("number", "0x10", ERROR),
        ("number", "１２", ERROR),  # full-width digits
        ("number", "٣", ERROR),
        ("number", "²", ERROR),
        ("number", "nan", ERROR),
        ("number", "1\udcff", ERROR),
    ],
)
def test_a_reply_is_worded_as_the_design_words_it(service: str, message: str, reply: str) -> None:
    answer = make_service(server(service)).answer(message, "peer", 0.0)
    assert answer.text == reply
    assert answer.accepted


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("0" * 1_000_000, "PAR"),
        ("0" * 1_000_000 + "x", ERROR),
        ("-" * 1_000_000, ERROR),
        ("1" * 1_000_000 + " ", ERROR),
        ("0" * 1_000_000 + "12345678901", "12345678901"),
        ("1" * 1_000_000, "1" * 1_000_000),
    ],
    ids=["zeros", "zeros and a letter", "signs", "ones and a space", "zeros first", "ones"],
)
def test_a_million_characters_cost_no_more_than_their_length(message: str, reply: str) -> None:
    assert Number().reply(message) == reply


def test_every_service_of_the_design_is_in_the_table() -> None:
    assert set(SERVICES) == {"registry", "echo", "upper", "number"}
    with pytest.raises(KeyError):
        make_service(server("nothing"))


@pytest.mark.parametrize(
    ("given", "greeting", "closes", "at_once"),
    [
        (server("registry"), None, False, None),
        (server("echo"), None, False, None),
        (server("echo", banner=True), "Bem-vindo ao servidor TCP!", False, None),
        (server("upper"), None, False, None),
        (server("upper", once=True), None, True, None),
        (server("number", max_clients=5), None, True, 5),
    ],
)
def test_what_a_connection_can_expect(given: Server, greeting: str | None, closes: bool, at_once: int | None) -> None:
    service = make_service(given)
    assert (service.greeting, service.closes, service.serves_at_once) == (greeting, closes, at_once)


def test_defaults_of_the_design() -> None:
    assert Number().serves_at_once == 5
    service = make_service(server("registry"))
    accepted = [service.answer("x", peer, 0.0).accepted for peer in range(12)]
    assert accepted == [True] * 10 + [False] * 2
    assert make_service(server("registry", max_clients=2)).answer("x", 0, 0.0).accepted


@pytest.mark.parametrize("service", [Echo(), Upper(), Number()])
def test_who_asks_does_not_matter_to_a_service_without_places(service: Echo | Upper | Number) -> None:
    assert service.register("A1", "peer", 0.0)[:2] == ("0", True)
    assert not service.is_registered("peer", 0.0)
    assert service.clients_peak is None
    service.leave("peer")
    assert service.answer("5", "peer", 0.0) == service.answer("5", "other", 9e9)


@pytest.mark.parametrize(
    ("service", "request_", "reply", "client", "outcome"),
    [
        (Echo(), "hi", "Resposta do servidor: hi", None, Outcome.OK),
        (Echo(), "hi", "Resposta do servidor: ho", None, Outcome.CORRUPT),
        (Echo(), "hi", "hi", 3, Outcome.CORRUPT),
        (Upper(), "ß", "SS", None, Outcome.OK),
        (Upper(), "ß", "ß", None, Outcome.CORRUPT),
        (Number(), "4", "PAR", None, Outcome.OK),
        (Number(), "4", "ÍMPAR", None, Outcome.CORRUPT),
        (Number(), "x", ERROR, None, Outcome.OK),
        (Registry(), "x", "Resposta do servidor para o cliente 3", 3, Outcome.OK),
        (Registry(), "x", "Resposta do servidor para o cliente 3", 4, Outcome.CORRUPT),
        (Registry(), "x", "Resposta do servidor para o cliente 3", None, Outcome.OK),
        (Registry(), "x", "Resposta do servidor para o cliente 0", None, Outcome.CORRUPT),
        (Registry(), "x", "Resposta do servidor para o cliente 03", None, Outcome.CORRUPT),
        (Registry(), "x", "Resposta do servidor para o cliente ３", None, Outcome.CORRUPT),
        (Registry(), "x", "Resposta do servidor para o cliente 3\n", None, Outcome.CORRUPT),
        (Registry(), "x", "Resposta do servidor para o cliente ", None, Outcome.CORRUPT),
        (Registry(), "x", "", None, Outcome.CORRUPT),
        (Registry(), "x", "Servidor cheio: limite de 10 clientes", None, Outcome.REFUSED),
        (Registry(), "x", "Servidor cheio: limite de 10 clientes", 3, Outcome.REFUSED),
        (Registry(max_clients=5), "x", "Servidor cheio: limite de 10 clientes", 3, Outcome.CORRUPT),
        (Registry(max_clients=5), "x", "Servidor cheio: limite de 5 clientes", 3, Outcome.REFUSED),
    ],
)
def test_what_a_reply_means(
    service: Echo | Upper | Number | Registry, request_: str, reply: str, client: int | None, outcome: Outcome
) -> None:
    assert service.judge(request_, reply, client) is outcome
