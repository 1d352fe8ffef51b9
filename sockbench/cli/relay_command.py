"""`sockbench relay`: a bad link to put between any clients and any server, until Ctrl-C; its counts at the end."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.columns import below_keys, columns
from sockbench.cli.examples import examples
from sockbench.cli.exits import OutputError, fail
from sockbench.cli.numbers import Number
from sockbench.cli.times import seconds

if TYPE_CHECKING:
    from sockbench.model.plan import Impairment, Target, Transport
    from sockbench.model.relay import RelayReport

LOOPBACK = "127.0.0.1"
LONGEST = 500
"""Characters of what one flag says."""
_ITEM = re.compile(r"\s*([\w-]+)\s*=\s*(?:\{([^{}]*)\}|([^,{}]*))\s*(?:,|$)")

_EXAMPLES = {"stall": "every=5s,for=500ms", "loss": "5% or p=1%,r=25%", "jitter": "5ms or normal=5ms"}


@click.command(
    "relay",
    epilog=examples(
        "sockbench relay udp://127.0.0.1:9000 udp://127.0.0.1:10125 --loss 5% --delay 20ms",
        "sockbench relay tcp://127.0.0.1:9001 tcp://127.0.0.1:1234 --stall every=5s,for=500ms",
    ),
)
@click.argument("listen")
@click.argument("target")
@click.option("--loss", metavar="SHARE", help="UDP: lost; or in bursts: p=1%,r=25%[,bad=100%,good=0%].")
@click.option("--delay", metavar="TIME", help="Held back for so long.")
@click.option("--jitter", metavar="TIME", help="UDP: the delay varies by up to this; or normal=TIME.")
@click.option("--duplicate", metavar="SHARE", help="UDP: comes twice.")
@click.option("--reorder", metavar="SHARE", help="UDP: held back until the next has gone.")
@click.option("--corrupt", metavar="SHARE", help="UDP: arrives with one bit turned.")
@click.option("--rate", metavar="RATE", help="Bytes per second, such as 1MB/s or 10Mbit/s.")
@click.option("--queue", metavar="SIZE", help="UDP: may wait for the rate. TCP: may be under way, of a connection.")
@click.option("--stall", multiple=True, metavar="every=TIME,for=TIME", help="TCP: nothing moves for so long, so often.")
@click.option("--reset", metavar="TIME", help="TCP: each connection is reset when it is so old.")
@click.option("--up", multiple=True, metavar="KEY=VALUE,...", help="Other values for the way to the server.")
@click.option("--down", multiple=True, metavar="KEY=VALUE,...", help="Other values for the way to the client.")
@click.option("--seed", type=Number(0), default=1, show_default=True, help="Of every random choice.")
@click.option("--duration", metavar="TIME", help="End after this, as at Ctrl-C.")
def command(listen: str, target: str, seed: int, duration: str | None, **flags: str | tuple[str, ...] | None) -> None:
    """Listen like a server, and pass all on to the one at TARGET over a link as bad as asked for.

    TARGET is udp://HOST:PORT or tcp://HOST:PORT; LISTEN the same, or HOST:PORT, or only a port of 127.0.0.1. What
    happens, happens each way: a delay of 20ms makes a round trip 40ms longer. At the end the counts of each way are
    printed.

    \b
    sockbench relay 9000 udp://127.0.0.1:1234 --loss 5% --delay 20ms
    sockbench relay 9000 udp://127.0.0.1:1234 --up 'loss={p=1%,r=25%}' --down loss=1%
    sockbench relay 9000 tcp://127.0.0.1:8888 --up delay=100ms,rate=1MB/s
    """
    from sockbench.cli.exposure import warn_of_relay
    from sockbench.errors import RunError
    from sockbench.report.relay_report import counted, relaying
    from sockbench.run.relay import RelayWish, relay_until_signal

    there = _target(target)
    here = _listen(listen, there)
    impairment = _impairment(flags, there.transport)
    wish = RelayWish(here, there, impairment, seed, None if duration is None else seconds(duration, "--duration"))

    warn_of_relay(here, there)

    def ready(relay: RelayReport) -> None:
        click.echo(f"{relaying(relay, impairment)}; Ctrl-C to stop", err=True)

    def tell(words: str) -> None:
        with contextlib.suppress(OutputError):  # words that nobody reads any more end no relay
            click.echo(f"sockbench: {words}", err=True)

    try:
        report = relay_until_signal(wish, ready, tell)
    except RunError as error:
        fail(str(error), CANNOT_RUN)
    below_keys()
    click.echo(counted(report, columns()), nl=False)


def _target(text: str) -> Target:
    from sockbench.scenario import parse_target

    try:
        return parse_target(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="TARGET") from None


def _listen(text: str, target: Target) -> Target:
    """Where to listen: a URL, HOST:PORT, or a port of the loopback; 0 is any free port."""
    from sockbench.scenario import parse_target

    if re.fullmatch("[0-9]+", text):
        text = f"{LOOPBACK}:{text}"
    if ":" in text and "://" not in text:
        text = f"{target.transport}://{text}"
    try:
        listen = parse_target(text, lowest=0)
    except ValueError as error:
        raise click.BadParameter(f"{error}; or HOST:PORT, or only a port, like 9000", param_hint="LISTEN") from None
    if listen.transport != target.transport:
        raise click.UsageError(
            f"LISTEN is {listen.transport} and TARGET is {target.transport}: a relay speaks one of them on both sides"
        )
    if listen == target:
        raise click.UsageError(f"LISTEN and TARGET are both {target.url}: a relay leads from one place to another")
    return listen


def _impairment(flags: dict[str, str | tuple[str, ...] | None], transport: Transport) -> Impairment:
    from sockbench.errors import ScenarioError
    from sockbench.scenario import parse_impairment

    # What was given more than once is one list of keys, in which none may come twice.
    texts = {name: ",".join(text) if isinstance(text, tuple) and text else text for name, text in flags.items()}
    given = {name: _value(name, text) for name, text in texts.items() if isinstance(text, str)}
    try:
        return parse_impairment(given, transport)
    except ScenarioError as error:
        raise click.UsageError(str(error)) from None


def _value(flag: str, text: str) -> Any:
    """A text, or the mapping that `key=value,key={key=value}` stands for."""
    needs_keys = flag in ("up", "down", "stall")
    return _mapping(flag, text) if needs_keys or "=" in text else text


def _mapping(flag: str, text: str) -> dict[str, Any]:
    from sockbench.scenario.words import cut

    found: dict[str, Any] = {}
    at = 0
    if len(text) > LONGEST:
        raise click.BadParameter(
            f"{cut(text)!r} is longer than {LONGEST} characters: write less", param_hint=f"--{flag}"
        )
    while at < len(text) or not found:
        item = _ITEM.match(text, at)
        if item is None:
            example = _EXAMPLES.get(flag, "delay=20ms,loss={p=1%,r=25%}")
            raise click.BadParameter(f"{cut(text)!r} is not KEY=VALUE: write it like {example}", param_hint=f"--{flag}")
        key, inner, value = item.groups()
        if key in found:
            raise click.BadParameter(f"{cut(text)!r} has {cut(key)!r} twice: keep one", param_hint=f"--{flag}")
        nested = inner if inner is not None else value if "=" in value else None
        found[key] = value.strip() if nested is None else _mapping(flag, nested)
        at = item.end()
    return found
