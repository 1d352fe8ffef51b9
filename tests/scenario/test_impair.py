"""`impair`: what each key becomes, each mistake with its sentence, and the same from flags."""

from __future__ import annotations

import pytest

from sockbench.errors import ScenarioError
from sockbench.model.plan import BurstLoss, Impairment, Jitter, RandomLoss, Stall, Transport, Way
from sockbench.scenario import parse_impairment
from tests.scenario.helpers import group, group_mistakes, mistakes, plan

KEYS = "loss, delay, jitter, duplicate, reorder, corrupt, rate, queue"
NOT_TCP = (
    "is for UDP: nothing in user space can lose or change a TCP segment, and TCP would repair it below us; use delay, "
    "rate, stall or reset"
)


def server(transport: str, impair: str) -> str:
    return f"servers: {{s: {{service: echo, transport: {transport}, impair: {impair}}}}}\nclients: [{{server: s}}]\n"


RIGHT: list[tuple[str, str, Impairment]] = [
    ("udp", "{loss: 5%}", Impairment(Way(RandomLoss(0.05)), Way(RandomLoss(0.05)))),
    ("udp", "{loss: 0%, delay: 0s}", Impairment(Way(RandomLoss(0.0)), Way(RandomLoss(0.0)))),
    ("udp", "{up: {loss: 5%}}", Impairment(up=Way(RandomLoss(0.05)))),
    ("udp", "{loss: 5%, down: {loss: 1%}}", Impairment(Way(RandomLoss(0.05)), Way(RandomLoss(0.01)))),
    ("udp", "{delay: 20ms, up: {delay: 0s}}", Impairment(Way(), Way(delay=0.02))),
    ("udp", "{up: {loss: {p: 1%, r: 25%}}}", Impairment(up=Way(BurstLoss(0.01, 0.25, 1.0, 0.0)))),
    (
        "udp",
        "{down: {loss: {p: 1%, r: 25%, bad: 90%, good: 1%}}}",
        Impairment(down=Way(BurstLoss(0.01, 0.25, 0.9, 0.01))),
    ),
    ("udp", "{up: {jitter: 5ms}}", Impairment(up=Way(jitter=Jitter("uniform", 0.005)))),
    ("udp", "{up: {jitter: {uniform: 5ms}}}", Impairment(up=Way(jitter=Jitter("uniform", 0.005)))),
    ("udp", "{up: {jitter: {normal: 5ms}}}", Impairment(up=Way(jitter=Jitter("normal", 0.005)))),
    (
        "udp",
        "{up: {duplicate: 2%, reorder: 1%, corrupt: 0.1%, rate: 1MB/s, queue: 64KiB}}",
        Impairment(up=Way(duplicate=0.02, reorder=0.01, corrupt=0.001, rate=1e6, queue=65_536)),
    ),
    (
        "udp",
        "{queue: 64KiB, up: {rate: 10Mbit/s}}",
        Impairment(Way(rate=1.25e6, queue=65_536), Way(queue=65_536)),
    ),
    ("tcp", "{loss: 0%, up: {reorder: 0%}}", Impairment(Way(RandomLoss(0.0)), Way(RandomLoss(0.0)))),
    (
        "tcp",
        "{delay: 5ms, queue: 64KiB, stall: {every: 5s, for: 500ms}, reset: 30s}",
        Impairment(Way(delay=0.005, queue=65_536), Way(delay=0.005, queue=65_536), Stall(5.0, 0.5), 30.0),
    ),
]


@pytest.mark.parametrize(("transport", "written", "expected"), RIGHT)
def test_right(transport: str, written: str, expected: Impairment) -> None:
    assert plan(server(transport, written)).servers[0].impair == expected


WRONG = [
    ("udp", "{}", f"1:54: servers.s.impair: says nothing: give it one of {KEYS}, up, down, stall or reset"),
    ("udp", "{up: {}}", "1:59: servers.s.impair.up: says nothing: give it one of "
     "loss, delay, jitter, duplicate, reorder, corrupt, rate or queue"),
    ("udp", "{up: }", "1:55: servers.s.impair.up: has no value: write a mapping of keys or leave the key out"),
    ("udp", "{loss: 5}", '1:61: servers.s.impair.loss: "5" has no unit: write 5%'),
    ("udp", "{loss: }", "1:55: servers.s.impair.loss: has no value: write 5% or 0.1%"),
    ("udp", "{loss: [1]}", "1:61: servers.s.impair.loss: a list is not a share: write 5% or 0.1%"),
    ("udp", "{loss: 101%}", '1:61: servers.s.impair.loss: "101%" is more than 100%'),
    ("udp", "{loss: {p: 1%}}", '1:55: servers.s.impair.loss: the key "r" is missing: write r: 25%'),
    ("udp", "{loss: {p: 0%, r: 1%}}", '1:65: servers.s.impair.loss.p: "0%" never happens: write more than 0%'),
    ("udp", "{loss: {p: 1%, r: 1%, share: 1%}}", '1:76: servers.s.impair.loss: unknown key "share": '
     "the keys here are p, r, bad or good"),
    ("udp", "{delay: 2m}", '1:62: servers.s.impair.delay: "2m" is longer than a minute: write less'),
    ("udp", "{jitter: 0s}", '1:63: servers.s.impair.jitter: "0s" is no time at all: write more than 0s'),
    ("udp", "{jitter: {}}", "1:63: servers.s.impair.jitter: does not say how delays vary: write 5ms, or one of uniform "
     "and normal in it"),
    ("udp", "{jitter: {normal: 1ms, uniform: 1ms}}", "1:72: servers.s.impair.jitter.normal: the jitter has uniform and "
     "normal: keep one of them"),
    ("udp", "{duplicate: 2}", '1:66: servers.s.impair.duplicate: "2" has no unit: write 2%'),
    ("udp", "{rate: 100/s}", '1:61: servers.s.impair.rate: "100/s" is not a rate of bytes: write it like 125kB/s, '
     "1MB/s or 10Mbit/s"),
    ("udp", "{rate: 0B/s}", '1:61: servers.s.impair.rate: "0B/s" is out of range: write a rate from 1B/s to 100GB/s'),
    ("udp", "{rate: 1MB/s, queue: 2GiB}", '1:75: servers.s.impair.queue: "2GiB" is out of range: write a size from '
     "1B to 1GiB"),
    ("udp", "{queue: 64KiB}", '1:55: servers.s.impair: "queue" goes with a rate, for which it waits: give a rate, or '
     "leave it out"),
    ("udp", "{up: {queue: 1kB}, down: {rate: 1kB/s}}", '1:60: servers.s.impair.up: "queue" goes with a rate, for which '
     "it waits: give a rate, or leave it out"),
    ("udp", "{reset: 1s}", '1:55: servers.s.impair: "reset" is for TCP: UDP has no connection; leave it out'),
    ("udp", "{stall: {every: 1s, for: 1ms}}", '1:55: servers.s.impair: "stall" is for TCP: UDP has no connection; '
     "leave it out"),
    ("udp", "{latency: 5ms}", '1:55: servers.s.impair: unknown key "latency": '
     f"the keys here are {KEYS}, up, down, stall or reset"),
    ("udp", "{up: {dely: 5ms}}", '1:60: servers.s.impair.up: unknown key "dely", did you mean "delay"?'),
    ("tcp", "{loss: 5%}", f'1:55: servers.s.impair: "loss" {NOT_TCP}'),
    ("tcp", "{up: {jitter: 1ms}}", f'1:60: servers.s.impair.up: "jitter" {NOT_TCP}'),
    ("tcp", "{stall: {every: 1s}}", '1:55: servers.s.impair.stall: the key "for" is missing: write for: 500ms'),
    ("tcp", "{stall: {every: 1s, for: 1s}}", "1:79: servers.s.impair.stall.for: a stall of 1 s every 1 s never ends: "
     "write less, or more between"),
    ("tcp", "{stall: {every: 0.4ns, for: 0.2ns}}", "1:70: servers.s.impair.stall.every: stalls more often than every "
     "1ms are none: write 1ms or more"),
    ("tcp", "{reset: 0s}", '1:62: servers.s.impair.reset: "0s" is no time at all: write more than 0s'),
]  # fmt: skip


@pytest.mark.parametrize(("transport", "written", "expected"), WRONG)
def test_wrong(transport: str, written: str, expected: str) -> None:
    assert mistakes(server(transport, written)) == [expected]


def test_all_mistakes_come_at_once() -> None:
    found = mistakes(server("tcp", "{loss: 5, delay: 20, up: {corrupt: 1%, rate: 5}, reset: never}"))
    assert [one.split(": ")[1] for one in found] == [
        "servers.s.impair.loss",
        "servers.s.impair.delay",
        "servers.s.impair.up",
        "servers.s.impair.up.rate",
        "servers.s.impair.reset",
    ]


def test_a_group_has_a_way_of_its_own() -> None:
    lossy = Impairment(Way(RandomLoss(0.05)), Way(RandomLoss(0.05)))
    assert group("{server: wild, impair: {loss: 5%}}").impair == lossy
    assert group("{target: 'udp://h:1', impair: {loss: 5%}}").impair == lossy
    assert group("{server: wild}").impair is None
    assert group_mistakes("{server: echo, impair: {loss: 5%}}") == [f'clients[0].impair: "loss" {NOT_TCP}']
    assert group_mistakes("{server: wild, loss: 5%}") == ['clients[0]: unknown key "loss": it belongs in impair']


def test_overrides_reach_into_it() -> None:
    text = "servers: {s: {service: echo, transport: udp}}\nclients: [{server: s}]\n"
    found = plan(text, "servers.s.impair.loss=2%", "servers.s.impair.up.delay=5ms").servers[0].impair
    assert found == Impairment(Way(RandomLoss(0.02), 0.005), Way(RandomLoss(0.02)))
    assert mistakes(text, "servers.s.impair.loss=2") == [
        '--set servers.s.impair.loss=2: servers.s.impair.loss: "2" has no unit: write 2%'
    ]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("lost=5%", 'servers.s.impair has no key "lost", did you mean "loss"?'),
        ("stall.every=1s", 'servers.s.impair has no "stall" yet: set it as a whole'),
        ("up.lost=5%", 'servers.s.impair.up has no key "lost", did you mean "loss"?'),
    ],
)
def test_an_override_that_leads_nowhere_is_one_mistake(setting: str, expected: str) -> None:
    text = "servers: {s: {service: echo, transport: udp}}\nclients: [{server: s}]\n"
    assert mistakes(text, f"servers.s.impair.{setting}") == [f"--set servers.s.impair.{setting}: {expected}"]


def test_flags_make_the_same() -> None:
    found = parse_impairment({"loss": {"p": "1%", "r": "25%"}, "up": {"delay": "5ms"}, "jitter": "1ms"}, "udp")
    jitter = Jitter("uniform", 0.001)
    assert found == Impairment(Way(BurstLoss(0.01, 0.25), 0.005, jitter), Way(BurstLoss(0.01, 0.25), 0.0, jitter))
    assert parse_impairment({}, "tcp") == Impairment()


@pytest.mark.parametrize(
    ("transport", "flags", "expected"),
    [
        ("udp", {"loss": "5"}, ['--loss: "5" has no unit: write 5%']),
        ("udp", {"up": {"delay": "20", "x": "1"}}, ['--up: delay: "20" has no unit: write 20s, 20ms or 1m30s',
         '--up: unknown key "x": the keys here are loss, delay, jitter, duplicate, reorder, corrupt, rate or queue']),
        ("udp", {"loss": {"p": "1%"}}, ['--loss: the key "r" is missing: write r: 25%']),
        ("tcp", {"loss": "5%"}, [f'--loss: "loss" {NOT_TCP}']),
        ("udp", {"queue": "1kB"}, ['--queue: "queue" goes with a rate, for which it waits: give a rate, or '
         "leave it out"]),
    ],
)  # fmt: skip
def test_mistakes_in_flags_name_them(transport: Transport, flags: dict[str, object], expected: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_impairment(flags, transport)
    assert [str(mistake) for mistake in caught.value.mistakes] == expected


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("server: wild, format: text, impair: {duplicate: 1%}", "clients[0].impair"),
        ("target: 'udp://h:1', impair: {down: {duplicate: 1%}}", "clients[0].impair"),
        ("target: 'udp://h:1', format: line, impair: {up: {duplicate: 1%}}", "clients[0].impair"),
        ("target: 'udp://h:1', format: envelope, impair: {duplicate: 1%}", None),
        ("target: 'udp://h:1', impair: {duplicate: 0%, loss: 1%}", None),
        ("server: wild, impair: {duplicate: 1%}", None),
    ],
)
def test_copies_are_for_clients_who_can_tell_them(keys: str, place: str | None) -> None:
    found = [] if place is None else [mistake.split(": ")[0] for mistake in group_mistakes(f"{{{keys}}}")]
    if place is None:
        group(f"{{{keys}}}")
    else:
        assert found == [place]
