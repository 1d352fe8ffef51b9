"""`sockbench send`: the interactive client, the one-shot client and the ping, in one."""

from __future__ import annotations

import os
import statistics
import sys
from typing import TYPE_CHECKING

import click

from sockbench.cli.codes import CANNOT_RUN, FINE, INTERRUPTED
from sockbench.cli.columns import below_keys
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail
from sockbench.cli.numbers import Number
from sockbench.cli.times import seconds
from sockbench.cli.token import is_on_command_line, token_flag
from sockbench.services import DEFAULTS

if TYPE_CHECKING:
    from sockbench.load.talk import Heard, Judge
    from sockbench.model.plan import Target, Transport
    from sockbench.model.secret import Secret
    from sockbench.run.send import Said

LOOPBACK = "127.0.0.1"


@click.command(
    "send",
    epilog=examples(
        "sockbench send udp://127.0.0.1:10125 --code A1",
        "sockbench send tcp://127.0.0.1:1234 --message 'hello'",
        "sockbench send udp://127.0.0.1:1234 --count 10 --interval 1s",
    ),
)
@click.argument("url")
@click.option("--transport", type=click.Choice(["udp", "tcp"]), help="For a service's name: over this one.")
@click.option("--code", help="The code to register with; each message goes as `(CODE) : message`.")
@click.option("-m", "--message", "messages", multiple=True, help="Send this; repeatable.")
@click.option("--count", type=Number(1), metavar="N", help="Send N messages, and print a summary.")
@click.option("--interval", default="1s", show_default=True, metavar="TIME", help="From one of the N to the next.")
@click.option("--timeout", default="1s", show_default=True, metavar="TIME", help="Wait so long for a reply.")
@click.option("--digits", metavar="A..B", help="Send a random integer of A to B digits.")
@click.option("--seed", type=Number(), help="Of the random integers.")
@click.option("--banner", is_flag=True, help="The server speaks first.")
@click.option(
    "--format",
    "wire",
    type=click.Choice(["text", "line", "length", "envelope"]),
    help="Where a message ends: with its datagram or write, a newline, or by the length before or in its header.  "
    "[default: text; envelope with a token]",
)
@token_flag("Prove it to the server, in envelopes.")
def command(
    url: str,
    transport: Transport | None,
    code: str | None,
    messages: tuple[str, ...],
    count: int | None,
    interval: str,
    timeout: str,
    digits: str | None,
    seed: int | None,
    banner: bool,
    wire: str | None,
    token: Secret | None,
) -> None:
    """Talk to a server by hand: udp://HOST:PORT, tcp://HOST:PORT, or the name of a service that `serve` started.

    Without a message it asks for messages, or reads them from standard input, a line each, until the end or `exit`.
    Prints each reply and its round-trip time. Exits 106 when the server cannot be reached or answers nothing.
    """
    target, service = _target(url, transport)
    wire, token = _format(wire, token)
    _check(code)
    from sockbench.errors import RunError
    from sockbench.run.send import Order, send

    interactive = not (messages or count or digits) and _has_terminal()
    order = Order(
        target=target,
        format=wire,
        token=token,
        judge=_judge(service),
        timeout=seconds(timeout, "--timeout"),
        interval=seconds(interval, "--interval"),
        code=code,
        asks_code=service == "registry" and code is None and interactive,
        greeted=banner,
        messages=messages,
        count=count,
        digits=None if digits is None else _digits(digits),
        seed=int.from_bytes(os.urandom(4)) if seed is None else seed,
    )
    try:
        screen = Screen(interactive)
        said = send(order, screen, screen.ask)
    except RunError as error:
        fail(str(error), CANNOT_RUN)
    _print_end(said, count, interactive)
    raise SystemExit(_exit_code(said))


def _print_end(said: Said, count: int | None, interactive: bool) -> None:
    if count is not None and said.sent:
        if said.sent < count:  # cut short, by Ctrl-C for one
            below_keys()
        click.echo(_summary(said))
    elif interactive:
        click.echo()


def _check(code: str | None) -> None:
    if code is not None and not code.strip():
        raise click.BadParameter("it must not be empty", param_hint="--code")


def _has_terminal() -> bool:
    """Whether a person types what is sent, rather than a file or a pipe saying it."""
    if sys.stdin is None:
        raise click.UsageError("standard input is closed: say what to send with --message, --count or --digits")
    return sys.stdin.isatty()


def _format(wire: str | None, token: Secret | None) -> tuple[str, Secret | None]:
    """The format, and the token if that can carry one; one of the environment gives way to another format."""
    if token is None or wire in (None, "envelope"):
        return wire or ("text" if token is None else "envelope"), token
    if is_on_command_line():
        raise click.UsageError(f"--token is proven in envelopes only: leave --format {wire} out")
    return wire, None


def _exit_code(said: Said) -> int:
    if said.interrupted:
        return INTERRUPTED
    return CANNOT_RUN if said.sent and not said.answered else FINE


class Screen:
    """Prints what happens, as it happens; what comes while a person is asked for something leaves the prompt whole."""

    def __init__(self, interactive: bool) -> None:
        self._interactive = interactive
        self._asked = ""

    def ask(self, text: str) -> None:
        """Ask for something; only a person is."""
        if self._interactive:
            self._asked = text
            click.echo(text, nl=False)

    def greeted(self, words: bytes) -> None:
        """The server spoke first."""
        click.echo(f"server: {_shown(words)}")

    def sent(self, message: bytes) -> None:
        """A message went out."""
        self._asked = ""
        click.echo(f"sent:   {_shown(message)}")

    def resent(self, message: bytes) -> None:
        """It went out a second time, so the server may have done it twice."""
        click.echo("sockbench: the connection was closed before the reply; sent again on a new one", err=True)

    def heard(self, heard: Heard) -> None:
        """A reply came."""
        from sockbench.report.units import duration

        reply = _shown(heard.reply)
        if self._asked:
            click.echo()
        if heard.message is None:
            click.echo(f"unexpected: {reply}")
        elif heard.late:
            click.echo(f"late:   {reply}   ({duration(heard.rtt / 1e9)} after {_shown(heard.message)!r} was sent)")
        else:
            click.echo(f"reply:  {reply}   ({duration(heard.rtt / 1e9)})")
        if self._asked:
            click.echo(self._asked, nl=False)

    def unanswered(self, message: bytes, why: str) -> None:
        """A message has no reply."""
        click.echo(f"none:   {why}")


def _shown(data: bytes) -> str:
    """What a peer sent, or was sent: shown, never interpreted."""
    from sockbench.report.cells import plain

    return plain(data.decode(errors="backslashreplace"))


def _summary(said: Said) -> str:
    from sockbench.report.units import duration

    twice = f", {said.ends.twice} of them twice" if said.ends.twice else ""
    late = f", {said.late} late" if said.late else ""
    ends = [(said.ends.refused, "refused"), (said.ends.failed, "failed")]
    others = "".join(f", {number} {word}" for number, word in ends if number)
    lost = f"{said.lost} lost ({said.lost / said.sent:.0%})"
    counts = f"{said.sent} sent{twice}, {len(said.rtts)} answered in time{late}, {lost}{others}"
    if not said.rtts:
        return counts
    least, middle, most = min(said.rtts), statistics.median(said.rtts), max(said.rtts)
    return f"{counts}; RTT min {duration(least)}, median {duration(middle)}, max {duration(most)}"


def _target(url: str, transport: Transport | None) -> tuple[Target, str | None]:
    """Where to send, and which service is there as far as that is known."""
    from sockbench.model.plan import Target
    from sockbench.scenario import parse_target

    if url in DEFAULTS:
        port, transports = DEFAULTS[url]
        return Target(transport or transports[0], LOOPBACK, port), url
    if transport is not None:
        raise click.UsageError("--transport goes with the name of a service; a URL begins with its own")
    try:
        target = parse_target(url)
    except ValueError as error:
        services = "" if "://" in url else f"; or the name of a service: {', '.join(DEFAULTS)}"
        raise click.BadParameter(f"{error}{services}", param_hint="URL") from None
    known = [name for name, (port, usual) in DEFAULTS.items() if port == target.port and target.transport in usual]
    return target, known[0] if known else None


def _judge(service: str | None) -> Judge:
    """Whether a reply is the one that the service gives; of an unknown server every reply may be."""
    from sockbench.model.outcome import Outcome

    if service is None:
        return lambda message, reply: Outcome.OK
    from sockbench.model.plan import Server
    from sockbench.services import make_service

    judge = make_service(Server(service, service, "udp", LOOPBACK, 0, None, 60.0)).judge
    return lambda message, reply: judge(
        message.decode(errors="surrogateescape"), reply.decode(errors="surrogateescape"), None
    )


def _digits(text: str) -> tuple[int, int]:
    low, dots, high = text.partition("..")
    bounds = (low, high if dots else low)
    if all(bound.isascii() and bound.isdigit() for bound in bounds):
        fewest, most = map(int, bounds)
        if 1 <= fewest <= most <= 4000:
            return fewest, most
    raise click.BadParameter(f"{text!r} is not A..B, such as 1..30", param_hint="--digits")
