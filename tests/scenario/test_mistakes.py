"""Every mistake of a scenario: one row each, with the sentence that it is told."""

from __future__ import annotations

import pytest

from tests.scenario.helpers import SERVERS, group_mistakes, mistakes

GROUP = "clients: [{target: udp://h:1}]\n"

TOP = [
    ("duration: 10", '1:11: duration: "10" has no unit: write 10s, 10ms or 1m30s'),
    ("duration: -10", '1:11: duration: "-10" is negative: write a duration of 0 or more, like 10s, 10ms or 1m30s'),
    ("duration: 0s", '1:11: duration: "0s" is no time at all: write more than 0s'),
    ("duration: 169h", '1:11: duration: "169h" is longer than seven days (168h): write less'),
    ("duration: .inf", '1:11: duration: ".inf" is not a duration: write it like 10s, 10ms or 1m30s'),
    ("duration: .nan", '1:11: duration: ".nan" is not a duration: write it like 10s, 10ms or 1m30s'),
    ("duration: true", '1:11: duration: "true" is not a duration: write 10s, 10ms or 1m30s'),
    ("duration: [1s]", "1:11: duration: a list is not a duration: write 10s, 10ms or 1m30s"),
    ("duration:", "1:1: duration: has no value: write 10s, 10ms or 1m30s"),
    ("warmup: 1", '1:9: warmup: "1" has no unit: write 1s, 1ms or 1m30s'),
    ("drain: x", '1:8: drain: "x" is not a duration: write it like 10s, 10ms or 1m30s'),
    ("seed: yes", '1:7: seed: "yes" is not a whole number from 0 to 9223372036854775807'),
    ('seed: "5"', '1:7: seed: "5" is not a whole number here: leave the quotes out'),
    ("seed: -1", '1:7: seed: "-1" is out of range: write a whole number from 0 to 9223372036854775807'),
    ("seed: 1.0", '1:7: seed: "1.0" is not a whole number from 0 to 9223372036854775807'),
    ("seed: " + "9" * 5000, '1:7: seed: "' + "9" * 57 + '..." is not a whole number here: '
     "write one from 0 to 9223372036854775807"),
    ("name: 5", '1:7: name: "5" is a number, not text: write it in quotes'),
    ("name: true", '1:7: name: "true" is true or false, not text: write it in quotes'),
    ('name: ""', '1:7: name: "" is empty: write some text or leave the key out'),
    ("name: {a: b}", "1:7: name: a mapping is not text"),
    ("description: 1.5", '1:14: description: "1.5" is a number, not text: write it in quotes'),
    ("servers: []", "1:10: servers: a list is not a mapping of names"),
    ("servers:", "1:1: servers: has no value: write a mapping of names or leave the key out"),
    ("thresholds: lost < 1%", '1:13: thresholds: "lost < 1%" is not a list'),
    ("thresholds: [5]", '1:14: thresholds[0]: "5" is a number, not text: write it in quotes'),
    ("thresholds: [lsot < 1%]", '1:14: thresholds[0]: "lsot < 1%": "lsot" is not a metric, did you mean "lost"?'),
    ("thresholds: [grup1.lost < 1]", '1:14: thresholds[0]: "grup1.lost < 1": no group is called "grup1", '
     'did you mean "group1"?'),
    ("durration: 1s", '1:1: unknown key "durration", did you mean "duration"?'),
    ("zzz: 1s", '1:1: unknown key "zzz": the keys here are name, description, seed, warmup, duration, drain, servers, '
     "clients, thresholds, matrix, exclude or repeat"),
    ("count: 5", '1:1: unknown key "count": it belongs in clients'),
    ("phase: lockstep", '1:1: unknown key "phase": it belongs in clients or arrivals'),
    ("repeat: 0", '1:9: repeat: "0" is out of range: write a whole number from 1 to 1000'),
    ("repeat: 5s", '1:9: repeat: "5s" is not a whole number from 1 to 1000'),
    ("stages: []", '1:1: unknown key "stages": it belongs in arrivals'),
    ("burst: 20", '1:1: unknown key "burst": it belongs in arrivals'),
    ("start: 1s", '1:1: unknown key "start": it belongs in clients'),
]  # fmt: skip

SERVER = [
    ("{transport: udp}", '1:11: servers.s: the key "service" is missing: '
     "write service: registry, echo, upper or number"),
    ("{service: echo}", '1:11: servers.s: the key "transport" is missing: write transport: udp or tcp'),
    ("{service: ecko, transport: udp}", '1:24: servers.s.service: "ecko" is not a service, did you mean "echo"?'),
    ("{service: zzz, transport: udp}", '1:24: servers.s.service: "zzz" is not a service: '
     "write registry, echo, upper or number"),
    ("{service: mine.pkg:name, transport: udp}", "1:24: servers.s.service: a service of your own is not supported yet: "
     "name one that comes with sockbench"),
    ("{service: echo, transport: UDP}", '1:41: servers.s.transport: "UDP" is not a transport, did you mean "udp"?'),
    ("{service: echo, transport: 5}", '1:41: servers.s.transport: "5" is not a transport: write udp or tcp'),
    ("{service: echo, transprot: udp}", '1:30: servers.s: unknown key "transprot", did you mean "transport"?'),
    ("{service: echo, transport: udp, port: 65536}", '1:52: servers.s.port: "65536" is out of range: '
     "write a whole number from 0 to 65535"),
    ("{service: echo, transport: udp, port: -1}", '1:52: servers.s.port: "-1" is out of range: '
     "write a whole number from 0 to 65535"),
    ("{service: echo, transport: udp, host: 'a b'}", '1:52: servers.s.host: "a b" is not a host: '
     "write a name or an address, like 127.0.0.1"),
    ("{service: echo, transport: udp, host: '1.2.3.4:5'}", '1:52: servers.s.host: "1.2.3.4:5" is not a host: '
     "write a name or an address, like 127.0.0.1 or ::1, without a port"),
    ("{service: echo, transport: udp, max_clients: 0}", '1:59: servers.s.max_clients: "0" is out of range: '
     "write a whole number from 1 to 1000000"),
    ("{service: echo, transport: udp, idle: 0s}", '1:52: servers.s.idle: "0s" is no time at all: write more than 0s'),
    ("{service: echo, transport: udp, banner: yes}", '1:54: servers.s.banner: "yes" is not true or false'),
    ("{service: upper, transport: tcp, banner: true}", '1:47: servers.s: "banner" goes with the service echo only: '
     "leave it out"),
    ("{service: echo, transport: tcp, once: true}", '1:46: servers.s: "once" goes with the service upper only: '
     "leave it out"),
    ("5", '1:14: servers.s: "5" is not a mapping of keys'),
    ("", "1:11: servers.s: has no value: write a mapping of keys or leave the key out"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), TOP)
def test_top(line: str, expected: str) -> None:
    assert mistakes(f"{line}\n{GROUP}") == [expected]


@pytest.mark.parametrize(("server", "expected"), SERVER)
def test_server(server: str, expected: str) -> None:
    assert mistakes(f"servers: {{s: {server}}}\n{GROUP}") == [expected]


@pytest.mark.parametrize("name", ["a.b", "''"])
def test_server_name(name: str) -> None:
    (found,) = mistakes(f"servers: {{{name}: {{service: echo, transport: udp}}}}\n{GROUP}")
    assert found.startswith("1:11: servers: the server's name \"")


GROUPS = [
    ("{cuont: 5, server: echo}", 'clients[0]: unknown key "cuont", did you mean "count"?'),
    ("{sever: echo}", 'clients[0]: unknown key "sever", did you mean "server"?'),
    ("{server: echo, rate: 5/s}", 'clients[0]: unknown key "rate": it belongs in arrivals or stages'),
    ("{server: echo, size: 5B}", 'clients[0]: unknown key "size": it belongs in payload'),
    ("{server: regisry}", 'clients[0].server: no server is called "regisry", did you mean "registry"?'),
    ("{server: qqq}", 'clients[0].server: no server is called "qqq": write "registry", "echo" or "wild"'),
    ("{count: 5}", "clients[0]: names neither a server nor a target: write server: registry, or target: udp://host:port"),
    ("{server: echo, target: udp://h:1}", 'clients[0]: has both "server" and "target": keep one of them'),
    ("5", 'clients[0]: "5" is not a mapping of keys'),
    ("{server: echo, count: 0}", 'clients[0].count: "0" is out of range: write a whole number from 1 to 1000000'),
    ("{server: echo, count: true}", 'clients[0].count: "true" is not a whole number from 1 to 1000000'),
    ("{server: echo, window: 0}", 'clients[0].window: "0" is out of range: write a whole number from 1 to 65536'),
    ("{server: echo, timeout: 0s}", 'clients[0].timeout: "0s" is no time at all: write more than 0s'),
    ("{server: echo, name: a.b}", 'clients[0].name: "a.b" has a "." in it: names are text without one'),
    ("{server: echo, format: txet}", 'clients[0].format: "txet" is not a format, did you mean "text"?'),
    ("{server: echo, connect: per-requst}", 'clients[0].connect: "per-requst" is not a way to connect, '
     'did you mean "per-request"?'),
    ("{server: echo, timestamps: kernel}", 'clients[0].timestamps: "kernel" is for UDP only, and this is TCP: '
     "leave it out"),
    ("{target: tcp://h:1, timestamps: kernel}", 'clients[0].timestamps: "kernel" is for UDP only, and this is TCP: '
     "leave it out"),
    ("{server: wild, timestamps: kernal}", 'clients[0].timestamps: "kernal" is not a kind of timestamps, '
     'did you mean "kernel"?'),
    ("{server: wild, timestamps: 5}", 'clients[0].timestamps: "5" is not a kind of timestamps: '
     "write application or kernel"),
    ("{server: wild, connect: per-request}", 'clients[0].connect: "per-request" is for TCP only, and this is UDP: '
     "leave it out"),
    ('{target: "tcp://127.0.0.1:9", format: envelope, register: a, connect: per-request}',
     'clients[0].connect: a place is lost with its connection, so "register" needs "once" here'),
    ("{server: echo, format: line}", 'clients[0].format: "line" is for a target only: '
     "our servers answer envelope and text"),
    ("{server: echo, format: length}", 'clients[0].format: "length" is for a target only: '
     "our servers answer envelope and text"),
    ("{server: echo, format: text, window: 2}", 'clients[0].window: "2" is too many: the text format matches replies '
     "by order, so one request is in flight; write 1, or format: envelope"),
    ("{target: udp://h:1, format: line, window: 2}", 'clients[0].window: "2" is too many: the line format matches '
     "replies by order over UDP, so one request is in flight; write 1, or format: envelope"),
    ("{target: udp://h:1, format: length, window: 2}", 'clients[0].window: "2" is too many: the length format matches '
     "replies by order over UDP, so one request is in flight; write 1, or format: envelope"),
    ("{server: echo, register: x}", 'clients[0]: "register" goes with the service registry, not echo: leave it out'),
    ('{server: registry, register: "a{seq}"}', 'clients[0].register: "{seq}" is not a placeholder: write {index}, '
     'or "{{seq}}" for the braces themselves'),
    ('{server: registry, register: "a{indx}"}', 'clients[0].register: "{indx}" is not a placeholder, '
     'did you mean "{index}"?'),
    ("{server: registry, register: " + "a" * 1025 + "}", 'clients[0].register: "' + "a" * 57 + '..." is longer than '
     "1024 bytes: shorten it"),
    ("{target: 127.0.0.1:5}", 'clients[0].target: "127.0.0.1:5" has no transport: '
     'write it like udp://127.0.0.1:10125 or tcp://[::1]:8888'),
    ("{target: upd://h:5}", 'clients[0].target: "upd://h:5": "upd" is not a transport, did you mean "udp"?'),
    ("{target: udp://h}", 'clients[0].target: "udp://h" has no port: '
     'write it like udp://127.0.0.1:10125 or tcp://[::1]:8888'),
    ("{target: udp://h:0}", 'clients[0].target: "udp://h:0": "0" is not a port: write a number from 1 to 65535'),
    ("{target: udp://h:65536}", 'clients[0].target: "udp://h:65536": "65536" is not a port: '
     "write a number from 1 to 65535"),
    ('{target: "tcp://::1:5"}', 'clients[0].target: "tcp://::1:5" does not say where the host ends: '
     "put an IPv6 address in brackets"),
    ('{target: "tcp://[h]:5"}', 'clients[0].target: "tcp://[h]:5": only an IPv6 address stands in brackets: '
     "leave them out"),
    ("{target: tcp://u@h:5}", 'clients[0].target: "u@h" is not a host: write a name or an address, like 127.0.0.1'),
    ("{server: echo, payload: {}}", "clients[0].payload: the payload is empty: "
     "give it one of text, size, digits, choice or file"),
    ("{server: echo, payload: {text: a, size: 1B}}", "clients[0].payload.size: the payload has text and size: "
     "keep one of them"),
    ("{server: echo, payload: hello}", 'clients[0].payload: "hello" is not a mapping of keys'),
    ("{server: echo, payload: {txt: a}}", 'clients[0].payload: unknown key "txt", did you mean "text"?'),
    ("{server: echo, payload: {size: 64}}", 'clients[0].payload.size: "64" has no unit: write 64B, 64kB or 64KiB'),
    ("{server: echo, payload: {size: 2MiB}}", 'clients[0].payload.size: "2MiB" is out of range: '
     "write a size from 1B to 1MiB"),
    ("{server: echo, payload: {size: 0B}}", 'clients[0].payload.size: "0B" is out of range: '
     "write a size from 1B to 1MiB"),
    ("{server: wild, payload: {size: 65448B}}", "clients[0].payload.size: a message of 65448 bytes is too long, "
     "a datagram has room for 65447: send less"),
    ("{server: wild, format: text, payload: {size: 65508B}}", "clients[0].payload.size: a message of 65508 bytes is "
     "too long, a datagram has room for 65507: send less"),
    ("{server: echo, payload: {digits: 30..1}}", 'clients[0].payload.digits: "30..1" begins with the larger number: '
     "write 1..30"),
    ("{server: echo, payload: {digits: 0}}", 'clients[0].payload.digits: "0" is out of range: write 1 to 4000 digits'),
    ("{server: echo, payload: {digits: 1..4001}}", 'clients[0].payload.digits: "1..4001" is out of range: '
     "write 1 to 4000 digits"),
    ("{server: echo, payload: {digits: many}}", 'clients[0].payload.digits: "many" is not a number of digits: '
     "write 5 or 1..30"),
    ("{server: echo, payload: {choice: []}}", "clients[0].payload.choice: the list is empty: write at least one text"),
    ("{server: echo, payload: {choice: [a, 5]}}", 'clients[0].payload.choice[1]: "5" is a number, not text: '
     "write it in quotes"),
    ('{server: echo, payload: {text: "{sqe}"}}', 'clients[0].payload.text: "{sqe}" is not a placeholder, '
     'did you mean "{seq}"?'),
    ('{server: echo, payload: {text: "{zzz}"}}', 'clients[0].payload.text: "{zzz}" is not a placeholder: '
     'write {index}, {seq} or {random}, or "{{zzz}}" for the braces themselves'),
    ('{server: echo, payload: {text: "a { b"}}', 'clients[0].payload.text: a single "{" at character 3: write "{{"'),
    ('{server: echo, payload: {text: "a } b"}}', 'clients[0].payload.text: a single "}" at character 3: write "}}"'),
    ('{target: tcp://h:1, format: line, payload: {text: "a\\nb"}}', 'clients[0].payload.text: "a\\nb" has a newline, '
     'which ends a message in the "line" format: take it out'),
    ('{target: tcp://h:1, format: line, payload: {choice: [a, "a\\nb"]}}', 'clients[0].payload.choice[1]: "a\\nb" has '
     'a newline, which ends a message in the "line" format: take it out'),
    ("{server: echo, arrivals: open}", 'clients[0].arrivals: "open" is not a kind of arrivals: write closed'),
    ("{server: echo, arrivals: 5}", 'clients[0].arrivals: "5" is not a mapping of keys'),
    ("{server: echo, arrivals: {}}", "clients[0].arrivals: does not say when requests are due: write closed, "
     "or one of think, every, rate and stages in it"),
    ("{server: echo, arrivals: {every: 1s, rate: 1/s}}", "clients[0].arrivals.rate: the arrivals have every and rate: "
     "keep one of them"),
    ("{server: echo, arrivals: {think: 1s, rate: 1/s}}", "clients[0].arrivals.rate: the arrivals have think and rate: "
     "keep one of them"),
    ("{server: echo, arrivals: {every: 0s}}", 'clients[0].arrivals.every: "0s" is no time at all: write more than 0s'),
    ("{server: echo, arrivals: {rate: 0/s}}", 'clients[0].arrivals.rate: "0/s" is no load at all: write more than 0/s'),
    ("{server: echo, arrivals: {rate: 10}}", 'clients[0].arrivals.rate: "10" has no unit: write 10/s, 10/m or 10/h'),
    ("{server: echo, arrivals: {rate: 10000001/s}}", 'clients[0].arrivals.rate: "10000001/s" is more than 10000000/s: '
     "write less"),
    ("{server: echo, arrivals: {every: 1s, pattern: poisson}}", 'clients[0].arrivals: "pattern" goes with a rate '
     "or stages only: leave it out"),
    ("{server: echo, arrivals: {rate: 1/s, pattern: posson}}", 'clients[0].arrivals.pattern: "posson" is not a '
     'pattern, did you mean "poisson"?'),
    ("{server: echo, arrivals: {every: 1s, burst: 2}}", 'clients[0].arrivals: "burst" goes with a rate '
     "or stages only: leave it out"),
    ("{server: echo, arrivals: {rate: 1/s, pattern: burst}}", 'clients[0].arrivals.pattern: "burst" does not say how '
     "many are due together: write burst: 20 beside it"),
    ("{server: echo, arrivals: {rate: 1/s, burst: 20}}", 'clients[0].arrivals: "burst" goes with the pattern burst: '
     "write pattern: burst, or leave it out"),
    ("{server: echo, arrivals: {rate: 1/s, pattern: poisson, burst: 20}}", 'clients[0].arrivals: "burst" goes with '
     "the pattern burst: write pattern: burst, or leave it out"),
    ("{server: echo, arrivals: {rate: 1/s, pattern: burst, burst: 0}}", 'clients[0].arrivals.burst: "0" is out of '
     "range: write a whole number from 1 to 65536"),
    ("{server: echo, arrivals: {rate: 1/s, pattern: burst, burst: 2.5}}", 'clients[0].arrivals.burst: "2.5" is not '
     "a whole number from 1 to 65536"),
    ("{server: echo, stages: []}", 'clients[0]: unknown key "stages": it belongs in arrivals'),
    ("{server: echo, arrivals: {think: 1s}, think: 1s}", 'clients[0]: "think" is in the arrivals too: '
     "keep one of them"),
    ("{server: echo, arrivals: {every: 1s, phase: lockstep}, phase: lockstep}", 'clients[0]: "phase" is in the '
     "arrivals too: keep one of them"),
    ("{server: echo, arrivals: {every: 1s}, think: 1s}", 'clients[0]: "think" goes with closed arrivals, and these '
     'have "every": leave one of them out'),
    ("{server: echo, phase: lokstep}", 'clients[0].phase: "lokstep" is not a phase, did you mean "lockstep"?'),
]  # fmt: skip


STAGES = [
    ("[]", ".stages: the list is empty: write at least one stage, {duration: 10s, rate: 100/s}"),
    ("", ".stages: has no value: write a list or leave the key out"),
    ("100/s", '.stages: "100/s" is not a list'),
    ("{duration: 1s, rate: 1/s}", ".stages: a mapping is not a list"),
    ("[100/s]", '.stages[0]: "100/s" is not a mapping of keys'),
    ("[{}]", [".stages[0]: the key \"duration\" is missing: write duration: 10s",
     ".stages[0]: the key \"rate\" is missing: write rate: 0/s..1000/s"]),
    ("[{rate: 1/s}]", '.stages[0]: the key "duration" is missing: write duration: 10s'),
    ("[{duration: 1s, rate: 5/s}, {duration: 1s}]", '.stages[1]: the key "rate" is missing: write rate: 0/s..1000/s'),
    ("[{duration: 1s, rat: 5/s}]", '.stages[0]: unknown key "rat", did you mean "rate"?'),
    ("[{duration: 0s, rate: 5/s}]", '.stages[0].duration: "0s" is no time at all: write more than 0s'),
    ("[{duration: 1, rate: 5/s}]", '.stages[0].duration: "1" has no unit: write 1s, 1ms or 1m30s'),
    ("[{duration: 1s, rate: 5}]", '.stages[0].rate: "5" has no unit: write 5/s, 5/m or 5/h'),
    ("[{duration: 1s, rate: 1000/s..}]", '.stages[0].rate: "1000/s.." has not a second rate: '
     "write it like 1000/s or 0/s..1000/s"),
    ("[{duration: 1s, rate: ..1000/s}]", '.stages[0].rate: "..1000/s" has not a first rate: '
     "write it like 1000/s or 0/s..1000/s"),
    ("[{duration: 1s, rate: 0..1000/s}]", '.stages[0].rate: "0..1000/s": "0" has no unit: write 0/s, 0/m or 0/h'),
    ("[{duration: 1s, rate: 1/s..x}]", '.stages[0].rate: "1/s..x": "x" is not a rate: '
     "write it like 100/s, 6/m or 1/h"),
    ("[{duration: 1s, rate: 1/s..2/s..3/s}]", '.stages[0].rate: "1/s..2/s..3/s": "2/s..3/s" is not a rate: '
     "write it like 100/s, 6/m or 1/h"),
    ("[{duration: 1s, rate: 1/s..10000001/s}]", '.stages[0].rate: "1/s..10000001/s": "10000001/s" is more than '
     "10000000/s: write less"),
    ("[{duration: 1s, rate: 0/s}, {duration: 1s, rate: 0/m..0/h}]", ".stages: every stage is a pause, "
     "which is no load at all: write a rate of more than 0/s in one"),
    ("[{duration: 100h, rate: 1/s}, {duration: 100h, rate: 1/s}]", ".stages: the stages take more than seven days "
     "(168h): write less"),
    ("[{duration: 1s, rate: 1/s}], rate: 5/s", ".stages: the arrivals have rate and stages: keep one of them"),
    ("[{duration: 1s, rate: 1/s}], rate: 5/s, every: 1s", ".stages: the arrivals have every, rate and stages: "
     "keep one of them"),
    ("[{duration: 1s, rate: 1/s}], pattern: burst", '.pattern: "burst" does not say how many are due together: '
     "write burst: 20 beside it"),
]  # fmt: skip


@pytest.mark.parametrize(("stages", "expected"), STAGES)
def test_stages(stages: str, expected: str | list[str]) -> None:
    sentences = [expected] if isinstance(expected, str) else expected
    found = group_mistakes(f"{{server: echo, arrivals: {{stages: {stages}}}}}")
    assert found == [f"clients[0].arrivals{sentence}" for sentence in sentences]


def test_think_does_not_go_with_stages() -> None:
    (found,) = group_mistakes("{server: echo, arrivals: {stages: [{duration: 1s, rate: 1/s}]}, think: 1s}")
    assert found == 'clients[0]: "think" goes with closed arrivals, and these have "stages": leave one of them out'


THINKS = [
    ("50ms..10ms", '"50ms..10ms" begins with the longer time: write 10ms..50ms'),
    ("5..10ms", '"5..10ms": "5" has no unit: write 5s, 5ms or 1m30s'),
    ("10ms..", '"10ms.." has not a second time: write it like 10ms or 10ms..50ms'),
    ("..10ms", '"..10ms" has not a first time: write it like 10ms or 10ms..50ms'),
    ("1ms..2ms..3ms", '"1ms..2ms..3ms": "2ms..3ms" is not a duration: write it like 10s, 10ms or 1m30s'),
    ("1s..169h", '"1s..169h": "169h" is longer than seven days (168h): write less'),
    ("5", '"5" has no unit: write 5s, 5ms or 1m30s'),
    ("[1s, 2s]", "a list is not a duration: write 10s, 10ms or 1m30s"),
]


@pytest.mark.parametrize(("think", "expected"), THINKS)
def test_think(think: str, expected: str) -> None:
    assert group_mistakes(f"{{server: echo, think: {think}}}") == [f"clients[0].think: {expected}"]
    assert group_mistakes(f"{{server: echo, arrivals: {{think: {think}}}}}") == [
        f"clients[0].arrivals.think: {expected}"
    ]


TIMES = [
    ("start: 5s, stop: 5s", "stop: the group stops at 5s and starts at 5s: write a later stop"),
    ("start: 5s, stop: 4s", "stop: the group stops at 4s and starts at 5s: write a later stop"),
    ("stop: 11s", "stop: the group stops at 11s, after the load of 10s: write less, or a longer duration"),
    ("stop: 0s", 'stop: "0s" is no time at all: write more than 0s'),
    ("start: 10s", "start: the group starts at 10s, and the load takes 10s: write less, or a longer duration"),
    ("start: 5", 'start: "5" has no unit: write 5s, 5ms or 1m30s'),
    ("start: 5s..6s", 'start: "5s..6s" is not a duration: write it like 10s, 10ms or 1m30s'),
    ("churn: 5", 'churn: "5" has no unit: write 5s, 5ms or 1m30s'),
    ("churn: 1ms", 'churn: "1ms" is too short a life for a client: write 10ms or more'),
]


@pytest.mark.parametrize(("keys", "expected"), TIMES)
def test_when_a_group_is_there(keys: str, expected: str) -> None:
    assert group_mistakes(f"{{server: echo, {keys}}}") == [f"clients[0].{expected}"]


def test_churn_is_for_clients_that_stay_connected() -> None:
    (found,) = group_mistakes("{server: echo, connect: per-request, churn: 30s}")
    words = '"churn" is for clients that stay connected, and these connect per-request: leave one of them out'
    assert found == f"clients[0]: {words}"


def test_the_duration_that_times_are_held_against() -> None:
    """The one that is written, else that of the stages; and none while it cannot be known."""
    late = "  - {server: echo, start: 12s}\n"
    staged = "  - {server: echo, start: 5s, arrivals: {stages: [{duration: 8s, rate: 5/s}]}}\n"
    told = "clients[0].start: the group starts at 12s, and the load takes 10s: write less, or a longer duration"
    assert [found.split(": ", 1)[1] for found in mistakes(f"{SERVERS}clients:\n{late}")] == [told]
    assert mistakes(f"{SERVERS}clients:\n{late}{staged}") == []
    assert mistakes(f"{SERVERS}clients:\n{late}", "duration=20s") == []
    assert len(mistakes(f"{SERVERS}clients:\n{late}", "duration=20")) == 1
    assert len(mistakes(f"{SERVERS}clients:\n{late}{staged}".replace("8s", "8"))) == 1


@pytest.mark.parametrize(("line", "expected"), GROUPS)
def test_group(line: str, expected: str) -> None:
    assert group_mistakes(line) == [expected]


def test_clients_are_required() -> None:
    assert mistakes("name: x\n") == ['1:1: the key "clients" is missing: write at least one group of clients']
    assert mistakes("clients: []\n") == ["1:10: clients: the list is empty: write at least one group of clients"]
    assert mistakes("clients: {}\n") == ["1:10: clients: a mapping is not a list"]
    assert mistakes("clients:\n") == ["1:1: clients: has no value: write a list or leave the key out"]


def test_group_names_are_unique() -> None:
    text = "clients:\n- {name: group2, target: udp://h:1}\n- {target: udp://h:1}\n- {name: group2, target: udp://h:1}\n"
    advice = 'clients[0] is already called "group2": give this group another name'
    assert mistakes(text) == [f"3:3: clients[1]: {advice}", f"4:10: clients[2].name: {advice}"]


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = f"""\
duration: 10
{SERVERS}clients:
  - cuont: 5
    server: regisry
    payload: {{text: "{{sqe}} {{indx}}"}}
  - name: b
    server: wild
    connect: per-request
    timeout: 1
thresholds:
  - 5
  - bb.lost < 1%
  - lsot < 1%
"""
    assert [found.split(":")[0] for found in mistakes(text)] == ["1", "7", "8", "9", "9", "12", "13", "15", "16", "17"]


def test_a_mistake_is_not_told_twice_in_other_words() -> None:
    matrix = """\
matrix: {transport: udp}
servers:
  echo: {service: echo, transport: "${transport}"}
clients:
  - {name: "${transport}", server: echo, payload: {text: "${transport}"}, arrivals: {rate: "${transport}"}}
thresholds: ["${transport}.lost < 1%", "lost < ${transport}"]
"""
    assert mistakes(matrix) == ['1:21: matrix.transport: "udp" is not a list: write transport: [udp]']
    broken_server = "servers: {s: {service: nope, transport: nope}}\nclients: [{server: s, register: x, window: 5}]\n"
    assert len(mistakes(broken_server)) == 2
    assert len(mistakes("servers: 5\nclients: [{server: s}]\n")) == 1
    assert len(mistakes("clients: [5]\nthresholds: [a.lost < 1]\n")) == 1
