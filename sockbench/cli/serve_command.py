"""`sockbench serve`: the services on their ports until Ctrl-C; who does what, a line an event, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import click

from sockbench.cli import names
from sockbench.cli.codes import WRONG_SCENARIO
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail
from sockbench.cli.numbers import Number
from sockbench.cli.times import seconds
from sockbench.cli.token import is_on_command_line, token_flag
from sockbench.services import DEFAULTS

if TYPE_CHECKING:
    from sockbench.model.plan import Server, Transport
    from sockbench.model.secret import Secret

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options that say what servers are like."""

    host: str | None
    port: int | None
    transport: Transport | None
    max_clients: int | None
    max_per_address: int | None
    idle: str | None
    banner: bool
    once: bool
    token: Secret | None


@click.command(
    "serve",
    epilog=examples(
        "sockbench serve",
        "sockbench serve registry --max-clients 5",
        "sockbench serve echo --transport tcp --port 7000",
    ),
)
@click.argument("services", nargs=-1, metavar="[SERVICE]...", type=click.Choice(list(DEFAULTS)))
@click.option("--host", envvar="SOCKBENCH_HOST", help=f"Address to listen on, IPv4 or IPv6.  [default: {LOOPBACK}]")
@click.option("--port", type=Number(0, 65535), help="Instead of the service's own; for one SERVICE.")
@click.option("--transport", type=click.Choice(["udp", "tcp"]), help="This one only.")
@click.option("--max-clients", type=Number(1), help="Places of the registry; connections of the others.")
@click.option(
    "--max-per-address",
    type=Number(1),
    help="TCP: connections of one address.  [default: 1000; loopback: no limit]",
)
@click.option("--idle", metavar="TIME", help="Silence after which a place or a connection is lost.  [default: 60s]")
@click.option("--banner", is_flag=True, help="echo: speak first over TCP.")
@click.option("--once", is_flag=True, help="upper: close a TCP connection after one reply.")
@token_flag("Answer only who proves to know it, in envelopes (`run`, `send` with the same); drop the rest.")
@click.option(
    "--scenario", metavar="FILE", shell_complete=names.scenarios, help="The servers of this scenario instead."
)
@click.option("-q", "--quiet", is_flag=True, help="No line for each event.")
@click.option("--json-log", is_flag=True, help="Events as lines of JSON.")
@click.option("--live", is_flag=True, help="A table of services and clients instead of lines; needs a terminal.")
def command(
    services: tuple[str, ...], scenario: str | None, quiet: bool, json_log: bool, live: bool, **options: Any
) -> None:
    """Start services and leave them running until Ctrl-C.

    They are registry (udp 10125), echo (tcp and udp 1234), upper (tcp and udp 12000) and number (tcp 8888), or those
    named. Each event is a line on standard error.
    """
    if scenario is not None and not is_on_command_line():
        options["token"] = None  # of the environment: the scenario's own are meant
    wanted = Wanted(**options)
    if live and (sys.stderr is None or not sys.stderr.isatty()):
        raise click.UsageError("--live needs a terminal")
    plans = _own(services, wanted) if scenario is None else _of_scenario(scenario, services, wanted)
    from sockbench.cli.exposure import warn_of_servers
    from sockbench.cli.serve_screen import serve_on_screen

    warn_of_servers(plans, as_json=json_log)
    serve_on_screen(plans, send_command, quiet=quiet, json_log=json_log, live=live)


def _of_scenario(scenario: str, services: tuple[str, ...], wanted: Wanted) -> Sequence[Server]:
    if services or any(value for value in astuple(wanted)):
        raise click.UsageError("--scenario says all about its servers: leave the services and their options out")
    from sockbench.cli.plans import load_experiment

    plans, *others = dict.fromkeys(variant.plan.servers for variant in load_experiment(scenario, ()).variants)
    if others:
        words = f"the scenario {scenario} has other servers in each variant of its matrix: name one without a matrix"
        fail(words, WRONG_SCENARIO)
    if not plans:
        fail(f"the scenario {scenario} starts no servers: nothing to serve", WRONG_SCENARIO)
    for server in plans:
        if server.impair is not None:
            words = f"the server {server.name!r} is served without its impair: put `sockbench relay` before it"
            click.echo(f"sockbench: {words}", err=True)
    return plans


def _own(services: tuple[str, ...], wanted: Wanted) -> list[Server]:
    if wanted.port is not None and len(services) != 1:
        raise click.UsageError("--port is for one service: name it, such as `sockbench serve echo --port 5000`")
    from sockbench.model.plan import Server

    if wanted.banner and wanted.token is not None:
        raise click.UsageError("--banner speaks before anybody has proven the --token: leave one of them out")
    idle = 60.0 if wanted.idle is None else seconds(wanted.idle, "--idle")
    plans = []
    for service in dict.fromkeys(services or DEFAULTS):
        usual_port, transports = DEFAULTS[service]
        for transport in transports if wanted.transport is None else (wanted.transport,):
            plans.append(
                Server(
                    name=service,
                    service=service,
                    transport=transport,
                    host=wanted.host or LOOPBACK,
                    port=usual_port if wanted.port is None else wanted.port,
                    max_clients=wanted.max_clients,
                    idle=idle,
                    banner=wanted.banner and service == "echo",
                    once=wanted.once and service == "upper",
                    max_per_address=wanted.max_per_address,
                    token=wanted.token,
                )
            )
    return plans


def send_command(plan: Server, address: str) -> str:
    """The command that talks to a server which listens on `address`."""
    usual_port, transports = DEFAULTS[plan.service]
    address = address.replace("0.0.0.0:", f"{LOOPBACK}:").replace("[::]:", "[::1]:")
    if address == f"{LOOPBACK}:{usual_port}" and plan.transport == transports[0]:
        place = plan.service
    else:
        place = f"{plan.transport}://{address}" + (" --code A1" if plan.service == "registry" else "")
    return f"sockbench send {place}" + (" --banner" if plan.banner and plan.transport == "tcp" else "")
