"""From what the user names to a plan: defaults, sources, overrides, built-in scenarios, and anything at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sockbench.errors import ScenarioError
from sockbench.model.plan import (
    ChoicePayload,
    Closed,
    DigitsPayload,
    Every,
    FilePayload,
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
    Threshold,
)
from sockbench.scenario import Override, builtin_names, load
from tests.scenario.helpers import SERVERS, group, mistakes, plan

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def refused(scenario: str, *overrides: Override) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(scenario, overrides)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_udp10() -> None:
    assert load("udp10").plan == Plan(
        name="udp10",
        description="Ten registered UDP clients talk to the classroom server",
        source="udp10",
        seed=7,
        warmup=1.0,
        duration=10.0,
        drain=1.0,
        servers=(Server("registry", "registry", "udp", "127.0.0.1", 10125, 10, 60.0),),
        groups=(
            Group(
                name="students",
                count=10,
                transport="udp",
                server="registry",
                target=None,
                register="aluno-{index}",
                payload=TextPayload("Olá, servidor!"),
                arrivals=Rate(100.0),
                window=4,
                timeout=0.5,
                connect="once",
                format="envelope",
            ),
        ),
        thresholds=(
            Threshold("students.rtt.p99 < 20ms", "students", "rtt", "p99", "<", 0.02, "seconds"),
            Threshold("lost < 1%", None, "lost", None, "<", 0.01, "share"),
        ),
    )


def test_numbers() -> None:
    found = load("numbers").plan
    (generators,) = found.groups
    assert (found.duration, found.drain) == (60.0, 2.0)
    assert found.servers == (Server("number", "number", "tcp", "127.0.0.1", 8888, 5, 60.0),)
    assert (generators.payload, generators.arrivals) == (DigitsPayload(1, 30), Every(10.0))
    assert (generators.count, generators.connect, generators.timeout) == (5, "per-request", 2.0)


def test_ping_sends_ten_on_each_transport() -> None:
    found = load("ping").plan
    assert [one.transport for one in found.groups] == ["udp", "tcp"]
    assert {one.arrivals for one in found.groups} == {Every(1.0, "lockstep")}
    assert {one.payload for one in found.groups} == {TextPayload("ping {seq}")}
    assert (found.duration, found.clients) == (10.0, 2)


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_scenarios(name: str) -> None:
    assert load(name).plan.name == name
    first, second, third = (SCENARIOS / f"{name}.yaml").read_text("utf-8").split("\n")[:3]
    assert first.startswith("# ")
    assert second.startswith("# ")
    assert third == "# yaml-language-server: $schema=../docs/scenario.schema.json"


def test_built_in_names() -> None:
    assert builtin_names() == [
        *("bad-link", "clients-sweep", "echo-tcp", "echo-udp", "nagle", "numbers", "payload-sweep", "ping"),
        *("rush-hour", "tcp-vs-udp", "tcp-vs-udp-loss", "udp10", "upper"),
    ]


def test_defaults() -> None:
    found = plan("clients: [{target: 'tcp://[::1]:8'}]\n")
    assert found == Plan(
        name="stdin",
        description="",
        source="<stdin>",
        seed=1,
        warmup=0.0,
        duration=10.0,
        drain=1.0,
        servers=(),
        groups=(
            Group(
                name="group1",
                count=1,
                transport="tcp",
                server=None,
                target=Target("tcp", "::1", 8),
                register=None,
                payload=SizePayload(64),
                arrivals=Closed(),
                window=1,
                timeout=1.0,
                connect="once",
                format="text",
            ),
        ),
        thresholds=(),
    )


def test_server_defaults_and_options() -> None:
    lines = [
        "a: {service: registry, transport: udp}",
        "b: {service: number, transport: tcp, idle: 5s}",
        "c: {service: echo, transport: tcp, banner: true, host: '::1', port: 1}",
        "'strange name!': {service: upper, transport: tcp, once: true, max_clients: 3}",
    ]
    found = plan("servers:\n  " + "\n  ".join(lines) + "\nclients: [{server: strange name!}]\n")
    assert found.servers == (
        Server("a", "registry", "udp", "127.0.0.1", 0, 10, 60.0),
        Server("b", "number", "tcp", "127.0.0.1", 0, 5, 5.0),
        Server("c", "echo", "tcp", "::1", 1, None, 60.0, banner=True),
        Server("strange name!", "upper", "tcp", "127.0.0.1", 0, 3, 60.0, once=True),
    )


WINDOWS = [
    ("{server: echo}", 1),
    ("{server: echo, arrivals: {think: 1s}}", 1),
    ("{server: echo, arrivals: {every: 1s}}", 1024),
    ("{server: wild, arrivals: {rate: 1/s}}", 1024),
    ("{server: echo, arrivals: {rate: 1/s}, window: 9}", 9),
    ("{server: echo, format: text, arrivals: {rate: 1/s}}", 1),
    ("{target: udp://h:1, arrivals: {rate: 1/s}}", 1),
    ("{target: tcp://h:1, format: envelope, arrivals: {rate: 1/s}}", 1024),
    ("{target: tcp://h:1, format: line, arrivals: {rate: 1/s}}", 1024),
    ("{target: tcp://h:1, format: length, window: 7}", 7),
    ("{target: udp://h:1, format: line, arrivals: {rate: 1/s}}", 1),
]


@pytest.mark.parametrize(("line", "expected"), WINDOWS)
def test_window(line: str, expected: int) -> None:
    assert group(line).window == expected


ARRIVALS = [
    ("arrivals: closed", Closed()),
    ("arrivals: closed, think: 10ms", Closed(Think(0.01, 0.01))),
    ("arrivals: {think: 0s}", Closed(Think(0.0, 0.0))),
    ("arrivals: {think: 10ms, phase: lockstep}", Closed(Think(0.01, 0.01), "lockstep")),
    ("think: 10ms, phase: lockstep", Closed(Think(0.01, 0.01), "lockstep")),
    ("arrivals: {every: 10s}", Every(10.0)),
    ("arrivals: {every: 10s}, phase: lockstep", Every(10.0, "lockstep")),
    ("arrivals: {rate: 6/m}", Rate(0.1)),
    ("arrivals: {rate: 5/s, pattern: poisson}", Rate(5.0, "poisson")),
    ("arrivals: {rate: 5/s, pattern: constant, phase: lockstep}", Rate(5.0, "constant", "lockstep")),
    ("arrivals: {rate: 5/s, pattern: burst, burst: 20}", Rate(5.0, "burst", burst=20)),
    ("arrivals: closed, think: 10ms..50ms", Closed(Think(0.01, 0.05))),
    ("arrivals: {think: 0s..1m}", Closed(Think(0.0, 60.0))),
    ("arrivals: {stages: [{duration: 10s, rate: 0/s..6/m}]}", Stages((Stage(10.0, 0.0, 0.1),))),
    (
        "arrivals: {stages: [{duration: 1s, rate: 5/s}, {duration: 2s, rate: 0/s}], pattern: burst, burst: 3}",
        Stages((Stage(1.0, 5.0, 5.0), Stage(2.0, 0.0, 0.0)), "burst", burst=3),
    ),
    (
        "arrivals: {stages: [{duration: 1s, rate: 50/s..5/s}], pattern: poisson}, phase: lockstep",
        Stages((Stage(1.0, 50.0, 5.0),), "poisson", "lockstep"),
    ),
]


@pytest.mark.parametrize(("keys", "expected"), ARRIVALS)
def test_arrivals(keys: str, expected: object) -> None:
    assert group(f"{{server: echo, {keys}}}").arrivals == expected


def test_when_a_group_is_there() -> None:
    found = group("{server: echo, start: 2s, stop: 8s, churn: 30s}")
    assert (found.start, found.stop, found.churn) == (2.0, 8.0, 30.0)
    found = group("{server: echo}")
    assert (found.start, found.stop, found.churn) == (0.0, None, None)


STAGED = "{server: echo, start: 5s, arrivals: {stages: [{duration: 10s, rate: 0/s..5/s}, {duration: 3s, rate: 5/s}]}}"


@pytest.mark.parametrize(
    ("groups", "settings", "duration"),
    [
        ([STAGED], [], 18.0),
        ([STAGED, "{server: echo}"], [], 18.0),
        (["{server: echo}", STAGED.replace("start: 5s", "start: 1s"), STAGED], [], 18.0),
        ([STAGED], ["duration=7s"], 7.0),
        ([STAGED], ["duration=10s"], 10.0),
        ([STAGED], ["clients.0.arrivals.stages.1.duration=1m"], 75.0),
        (["{server: echo}"], [], 10.0),
    ],
)
def test_without_a_duration_it_is_that_of_the_stages(groups: list[str], settings: list[str], duration: float) -> None:
    text = SERVERS + "clients:\n" + "".join(f"  - {line}\n" for line in groups)
    assert plan(text, *settings).duration == duration


PAYLOADS = [
    ("{text: 'a {index} {seq} {random} {{b}}'}", TextPayload("a {index} {seq} {random} {{b}}")),
    ("{size: 1KiB}", SizePayload(1024)),
    ("{size: 65447B}", SizePayload(65447)),
    ("{digits: 5}", DigitsPayload(5, 5)),
    ("{digits: '5'}", DigitsPayload(5, 5)),
    ("{digits: 1..30}", DigitsPayload(1, 30)),
    ("{choice: [sim, não]}", ChoicePayload(("sim", "não"))),
]


@pytest.mark.parametrize(("keys", "expected"), PAYLOADS)
def test_payload(keys: str, expected: object) -> None:
    assert group(f"{{server: wild, payload: {keys}}}").payload == expected


def test_yes_is_text_in_yaml_1_2() -> None:
    assert group("{server: echo, payload: {choice: [yes, no, on, 12:30]}}").payload == ChoicePayload(
        ("yes", "no", "on", "12:30")
    )


def test_drain_is_the_longest_timeout() -> None:
    clients = "clients: [{target: udp://h:1, timeout: 2s}, {target: udp://h:1, timeout: 3s}]\n"
    assert plan(clients).drain == 3.0
    assert plan(clients + "drain: 0s\n").drain == 0.0


def test_file_payload(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("clients: [{target: 'tcp://h:1', payload: {file: data.bin}}]\n")
    (found,) = refused(str(scenario))
    assert found.startswith(f"{scenario}:1:49: clients[0].payload.file: there is no file ")
    (tmp_path / "data.bin").write_bytes(b"")
    assert 'clients[0].payload.file: "data.bin" is empty' in refused(str(scenario))[0]
    (tmp_path / "data.bin").write_bytes(b"x" * (2**20 + 1))
    assert "is larger than 1048576 bytes" in refused(str(scenario))[0]
    (tmp_path / "data.bin").write_bytes(b"\x00\xff\n")
    found_plan = load(str(scenario)).plan
    assert found_plan.groups[0].payload == FilePayload("data.bin", b"\x00\xff\n")
    assert (found_plan.name, found_plan.source) == ("mine", str(scenario))
    assert "has a newline" in refused(str(scenario), Override("clients.0.format", "line", "--set f"))[0]


def test_source_mistakes(tmp_path: Path) -> None:
    missing = "udp1O.yaml"
    assert refused(missing) == [f'{missing}: there is no file "{missing}", did you mean the built-in scenario "udp10"?']
    assert "no built-in scenario of that name: those are bad-link," in refused("nothing-like-it")[0]
    assert refused("") == [
        "scenario: its name is empty: write a file's path, - or bad-link, clients-sweep, echo-tcp, echo-udp, "
        "nagle, numbers, payload-sweep, ping, rush-hour, tcp-vs-udp, tcp-vs-udp-loss, udp10 or upper"
    ]
    assert "is a folder" in refused(str(tmp_path))[0]
    assert "is not a file's name" in refused("a\0b")[0]
    assert "cannot be read" in refused("a" * 5000)[0]
    assert refused("-") == ["<stdin>: there is no standard input to read: name a file"]
    cases = [
        (b"name: caf\xe9\n", "it is not UTF-8 text: byte 0xe9 at offset 9; save it as UTF-8"),
        (b"\xff\xfea\0", "it is not UTF-8 text: byte 0xff at offset 0"),
        (b"# " + b"x" * 2**20, "is larger than 1048576 bytes"),
    ]
    for data, expected in cases:
        (tmp_path / "bad.yaml").write_bytes(data)
        (found,) = refused(str(tmp_path / "bad.yaml"))
        assert expected in found


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    scenario = tmp_path / "secret.yaml"
    scenario.write_text("clients: []\n")
    scenario.chmod(0)
    assert "cannot be read (Permission denied)" in refused(str(scenario))[0]


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    scenario = tmp_path / "windows.yaml"
    scenario.write_bytes(b"\xef\xbb\xbfduration: 5s\r\nclients:\r\n  - target: udp://h:1\r\n")
    assert load(str(scenario)).plan.duration == 5.0


def test_a_file_goes_before_a_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load("udp10").plan.seed == 7
    (tmp_path / "udp10").write_text("seed: 99\nclients: [{target: udp://h:1}]\n")
    assert load("udp10").plan.seed == 99


BASE = SERVERS + "clients:\n  - {server: echo, count: 3, payload: {text: hi}}\n  - {name: b, server: wild}\n"


def test_overrides() -> None:
    settings = ["clients.0.count=100", "duration=5s", "clients.1.payload.size=1KiB", "clients.1.arrivals={every: 2s}",
                "servers.echo.port=7", "servers.new={service: upper, transport: tcp}", "seed=1", "seed=2"]  # fmt: skip
    found = plan(BASE, *settings)
    assert (found.groups[0].count, found.duration, found.seed) == (100, 5.0, 2)
    assert (found.groups[1].payload, found.groups[1].arrivals) == (SizePayload(1024), Every(2.0))
    assert (found.server("echo").port, found.server("new").service) == (7, "upper")


OVERRIDES = [
    ("clients.0.count=abc", 'clients[0].count: "abc" is not a whole number from 1 to 1000000'),
    ("clients.0.cuont=5", 'clients[0] has no key "cuont", did you mean "count"?'),
    ("client.0.count=5", 'the scenario has no key "client", did you mean "clients"?'),
    ("clients.7.count=5", 'clients has no item "7": write a number from 0 to 1'),
    ("clients.x.count=5", 'clients has no item "x": write a number from 0 to 1'),
    ("clients.0.count.x=5", 'clients[0].count is "3", which has no "x" in it: set clients[0].count as a whole'),
    ("servers.ecko.port=5", 'servers has no key "ecko", did you mean "echo"?'),
    ("clients..count=5", '"clients..count" is not a path: write it like clients.0.count'),
    ("=5", '"" is not a path: write it like clients.0.count'),
    ("zzz=5", 'the scenario has no key "zzz": see sockbench schema'),
    ("seed=", "seed: has no value: write a whole number from 0 to 9223372036854775807"),
    ("seed=[", "not valid YAML: a value is missing: check the indentation, brackets and quotes here"),
    ("seed=!!int 5", 'the tag "tag:yaml.org,2002:int" cannot be used: a scenario has no tags'),
    ("clients.0.payload={txt: a}", 'clients[0].payload: unknown key "txt", did you mean "text"?'),
    ("thresholds=[lsot < 1]", 'thresholds[0]: "lsot < 1": "lsot" is not a metric, did you mean "lost"?'),
    ("clients.1.server=ecko", 'clients[1].server: no server is called "ecko", did you mean "echo"?'),
]


@pytest.mark.parametrize(("setting", "expected"), OVERRIDES)
def test_override_mistakes_name_the_flag(setting: str, expected: str) -> None:
    assert mistakes(BASE, setting) == [f"--set {setting}: {expected}"]


def test_an_override_mends_a_mistake_and_keeps_its_own_label() -> None:
    assert mistakes(BASE + "duration: 5\n", "duration=5s") == []
    assert refused("udp10", Override("duration", "5", "--duration 5")) == [
        '--duration 5: duration: "5" has no unit: write 5s, 5ms or 1m30s'
    ]
