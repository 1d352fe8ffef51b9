"""Scenario files, `--set`, and the small languages of flags: a value, or mistakes in our own printable words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from fuzz.draw import Draw
from sockbench.cli.check_command import _describe
from sockbench.cli.moments import since, until
from sockbench.cli.relay_command import _impairment
from sockbench.errors import ScenarioError
from sockbench.model.experiment import Experiment
from sockbench.model.find import Aim
from sockbench.model.plan import Plan, Transport
from sockbench.scenario import Override, load, units
from sockbench.scenario.conditions import parse_condition, parse_figure
from sockbench.scenario.find import parse_aim, parse_resolution, parse_value, parse_while
from sockbench.scenario.kinds import digits, stage_rate, think
from sockbench.scenario.target import parse_target
from sockbench.scenario.template import longest_bytes, template_mistakes
from sockbench.scenario.thresholds import parse_threshold

LONGEST = 1_000
"""Characters of one mistake: it quotes the beginning of what is wrong, and never all of it."""

BASE = """\
servers:
  s: {service: registry, transport: udp, impair: {loss: 1%}}
  t: {service: echo, transport: tcp}
matrix: {n: [1, 2]}
clients:
  - {name: a, server: s, count: "${n}", register: "c{index}", arrivals: {rate: 10/s}, payload: {text: "{seq}"}}
  - {name: b, server: t, arrivals: {stages: [{duration: 1s, rate: 1/s..5/s}]}, timeout: 1s, churn: 1s}
thresholds: [a.rtt.p99 < 20ms, {expression: lost < 1%, abort: true, grace: 1s}]
"""
WORDS = (
    *("\n", "\n  ", "\n    ", "\n      ", "\n  - ", "\n    - ", "\n- ", ": ", ":", ", ", "{", "}", "[", "]", " "),
    *("'", '"', "&a ", "*a", "!!str ", "? ", "| ", "> ", "# ", "---", "...", "%YAML 1.2\n", "<<: ", "~", "\\u0000"),
    *("name", "description", "seed", "warmup", "duration", "drain", "servers", "clients", "thresholds", "matrix"),
    *("exclude", "repeat", "service", "transport", "port", "host", "max_clients", "idle", "banner", "once", "impair"),
    *("count", "server", "target", "register", "payload", "arrivals", "think", "phase", "window", "timeout", "start"),
    *("stop", "churn", "connect", "writes", "format", "timestamps", "text", "size", "digits", "choice", "file"),
    *("every", "rate", "stages", "pattern", "burst", "expression", "abort", "grace", "up", "down", "loss", "delay"),
    *("jitter", "duplicate", "reorder", "corrupt", "queue", "stall", "reset", "p", "r", "bad", "good", "uniform"),
    *("normal", "for", "nodelay", "quickack", "send_buffer", "receive_buffer", "congestion", "udp", "tcp", "echo"),
    *("upper", "registry", "number", "closed", "envelope", "line", "length", "once", "per-request", "kernel"),
    *("constant", "poisson", "burst", "lockstep", "staggered", "s", "t", "a", "b", "${n}", "${", "}", "$${", "{index}"),
    *("{seq}", "{random}", "{{", "}}", "true", "false", "null", ".nan", "-.inf", "0x10", "1e9", "-1", "0", "1", "2"),
    *("1000000", "10000000000000000000", "64B", "1MiB", "1GiB", "0.5kB", "1s", "0s", "10ms", "168h", "1m30s", "1s..2s"),
    *("100/s", "0/s..5/m", "1..30", "1%", "100%", "1MB/s", "udp://h:1", "tcp://[::1]:2", "lost < 1%", "rtt.p99 < 1ms"),
    *("a.rtt.p99", " > ", " < ", "+10%", " and ", "rtt", ".", "p50", "é", "\u202e", "\ufeff", "\t", "\r\n", "\x85"),
)
"""Pieces of scenarios: any line of them is a text, and some are scenarios."""


def told(text: str) -> None:
    """A sentence for a person."""
    assert text
    assert text.isprintable(), text
    assert len(text) <= LONGEST, len(text)


def experiment_of(data: bytes, overrides: list[Override]) -> Experiment | None:
    """The experiment of a file, which can be shown; or None once its mistakes are seen to be sentences."""
    try:
        found = load("-", overrides, lambda: data)
    except ScenarioError as error:
        assert error.mistakes
        for mistake in error.mistakes:
            told(str(mistake))
        return None
    assert _describe(found)
    return found


def scenario(data: bytes) -> None:
    """Any bytes as a scenario file."""
    experiment_of(data, [])


def words(data: bytes) -> None:
    """Any line of pieces of scenarios."""
    experiment_of("".join(WORDS[byte % len(WORDS)] for byte in data).encode(), [])


def overrides(data: bytes) -> None:
    """Any `--set` of a scenario that is right."""
    draw = Draw(data)
    settings = []
    for _ in range(1 + draw.number() % 3):
        path = ".".join(_text(draw) for _ in range(1 + draw.number() % 5))
        settings.append(Override(path, _text(draw), "--set"))
    experiment_of(BASE.encode(), settings)


def _text(draw: Draw) -> str:
    """A few pieces of scenarios, or any text."""
    if draw.number() % 4 == 0:
        return draw.piece().decode(errors="surrogateescape")
    return "".join(draw.pick(WORDS) for _ in range(1 + draw.number() % 4))


NOW = datetime(2026, 11, 21, 6, 50, tzinfo=UTC)
PLAN: Plan = load("-", [], BASE.encode).plan
GROUPS = ["a", "b"]
PARSERS: tuple[Callable[[str], object], ...] = (
    units.duration,
    units.size,
    units.rate,
    units.byte_rate,
    units.share,
    digits,
    think,
    stage_rate,
    parse_target,
    lambda text: parse_threshold(text, GROUPS),
    lambda text: parse_threshold(text, None),
    lambda text: parse_condition(text, GROUPS),
    lambda text: parse_figure(text, GROUPS),
    lambda text: parse_aim(text, PLAN),
    lambda text: parse_while(text, PLAN),
    parse_resolution,
    lambda text: parse_value(text, Aim("clients", 0, "a")),
    lambda text: parse_value(text, Aim("rate", 0, "a")),
    lambda text: (template_mistakes(text, ["index"]), longest_bytes(text)),
    lambda text: since(text, NOW),
    lambda text: until(text, NOW),
)


PIECES = (
    *(
        "rtt",
        ".",
        "p99",
        "p999",
        "a",
        "b",
        "lost",
        "kernel_rtt",
        "requests_per_s",
        "jitter",
        "ipdv_mean",
        " ",
        "<",
        ">",
    ),
    *(
        "<=",
        "==",
        "=",
        "20ms",
        "1%",
        "+10%",
        "-5%",
        "10",
        "100/s",
        " and ",
        "and",
        " or ",
        "..",
        "1",
        "0",
        "9" * 45,
        "-",
    ),
    *("s", "ms", "us", "µs", "h", "m", "ns", "B", "kB", "KiB", "GiB", "bit", "Mbit", "/s", "/m", "/h", "%", "e9", ".5"),
    *("udp", "tcp", "://", ":", "[", "]", "::1", "h", "127.0.0.1", "@", "/", "?", "#", "{index}", "{", "}", "{{", "\n"),
    *("2026-11-01", "T10:00", "Z", "+00:00", "7d", "2w", "9999-12-31", "0001-01-01", "W", "clients.0.count", "rate"),
    *("clients", "arrivals", "count", "=", "p", "r", ",", "every", "for", "loss", "delay", "normal", "five", "\u202e"),
    *("clients.0.arrivals.rate", "0.5", "\ud800", "٣", "²", "\x00"),
)
"""Pieces of what stands in flags, thresholds and conditions."""


def expressions(data: bytes) -> None:
    """Any text as what a unit, a threshold, a condition, a target, a moment, a search or a template is read from."""
    draw = Draw(data)
    parse = draw.pick(PARSERS)
    text = _expression(draw)
    try:
        parse(text)
    except ValueError as error:
        told(str(error))


def _expression(draw: Draw) -> str:
    if draw.number() % 4 == 0:
        return draw.rest().decode(errors="surrogateescape")
    return "".join(PIECES[byte % len(PIECES)] for byte in draw.rest())


FLAGS = ("loss", "delay", "jitter", "duplicate", "reorder", "corrupt", "rate", "queue", "stall", "reset", "up", "down")


def relay(data: bytes) -> None:
    """Any texts as the flags of `sockbench relay`, which are the keys of `impair`."""
    draw = Draw(data)
    transport: Transport = draw.pick(["udp", "tcp"])
    flags: dict[str, str | tuple[str, ...] | None] = {}
    for _ in range(1 + draw.number() % 4):
        name = draw.pick(FLAGS)
        text = Draw(draw.piece())
        said = _expression(text)
        flags[name] = (said,) if name in ("stall", "up", "down") else said
    try:
        _impairment(flags, transport)
    except click.UsageError as error:
        for line in error.format_message().splitlines():
            told(line)
