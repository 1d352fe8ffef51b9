"""What a person sees of `serve`: where it listens, a line an event or a live table, and the totals at the end.

The list and the totals go to standard output, the rest to standard error.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from sockbench.cli.codes import CANNOT_RUN
from sockbench.cli.columns import columns
from sockbench.cli.exits import fail, unread
from sockbench.errors import RunError
from sockbench.model.event import Event, ServerView
from sockbench.model.plan import Server
from sockbench.report.event_log import LineLimit, as_json, left_out, left_out_as_json, words
from sockbench.report.server_report import listening, totals
from sockbench.run.serve import Audience, serve_until_signal

CommandFor = Callable[[Server, str], str]
"""From a server and its address to the command that talks to it."""

Look = Callable[[Sequence[ServerView]], None]


def serve_on_screen(
    plans: Sequence[Server], command_for: CommandFor, *, quiet: bool, json_log: bool, live: bool
) -> None:
    """Serve until a signal. Exits 106, with the name of the service, when one cannot listen."""
    log = Log(json_log)

    def ready(views: Sequence[ServerView]) -> None:
        rows = [
            (view.name, view.transport, view.address, command_for(plan, view.address))
            for plan, view in zip(plans, views, strict=True)
        ]
        with unread():  # which ends no server
            click.echo(
                listening(rows, has_token=any(plan.token is not None for plan in plans), width=columns()), nl=False
            )
        if json_log and tell is not None:
            for view in views:
                tell(Event("listening", view.name, view.transport, view.address))

    tell: Callable[[Event], None] | None = (lambda event: None) if live else None if quiet else log.tell
    try:
        with _table() if live else _no_table() as draw:

            def look(views: Sequence[ServerView]) -> None:
                log.turn()
                draw(views)

            counted = serve_until_signal(plans, Audience(ready, tell, look, log.wants))
    except RunError as error:
        fail(str(error), CANNOT_RUN)
    log.rest()
    click.echo()
    click.echo(totals(counted, columns()), nl=False)


class Log:
    """Events on standard error, not more than a person can follow. That nobody reads them any more ends no server."""

    def __init__(self, json_log: bool) -> None:
        self._json = json_log
        self._limit = LineLimit()

    def tell(self, event: Event) -> None:
        """Write one event, unless its service writes too much; what needs a person's hand is written all the same."""
        self.turn()
        if self._limit.admit(event.service) or event.kind == "exhausted":
            moment = datetime.datetime.now().astimezone()
            click.echo(as_json(event, moment) if self._json else f"{moment:%H:%M:%S} {words(event)}", err=True)

    def wants(self, service: str) -> bool:
        """Would it write one more line of `service` in this second?"""
        return self._limit.wants(service)

    def turn(self) -> None:
        """Say what was left out, when its second is over."""
        self._say(self._limit.turn(time.monotonic()))

    def rest(self) -> None:
        """Say what was left out last."""
        self._say(self._limit.rest())

    def _say(self, told: Sequence[tuple[str, int]]) -> None:
        moment = datetime.datetime.now().astimezone()
        for service, events in told:
            if self._json:
                click.echo(left_out_as_json(service, events, moment), err=True)
            else:
                click.echo(f"{moment:%H:%M:%S} {left_out(service, events)}", err=True)


@contextmanager
def _no_table() -> Iterator[Look]:
    yield lambda views: None


@contextmanager
def _table() -> Iterator[Look]:
    from rich.console import Console
    from rich.live import Live

    from sockbench.cli.live_table import live_table

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as screen:
        yield lambda views: screen.update(live_table(views), refresh=True)
