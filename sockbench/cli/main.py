"""The `sockbench` command. Its commands are imported when they are called, so that `--help` stays quick."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from sockbench import __version__
from sockbench.cli.codes import CANNOT_RUN, INTERRUPTED
from sockbench.cli.examples import examples
from sockbench.cli.exits import OutputError, fail, guard_outputs, reason
from sockbench.run.causes import innermost

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETION = "_SOCKBENCH_COMPLETE"
"""A shell that sets this asks what may come next (`cli.completion`)."""
COMMANDS = {
    "run": "Run a scenario: start its servers, drive its clients, print and save what happened.",
    "serve": "Start the services and leave them running until Ctrl-C.",
    "send": "Talk to a server by hand, or ping it.",
    "relay": "Stand between clients and a server, and lose, delay or hold back what passes.",
    "check": "Check scenarios and print what they would do.",
    "calibrate": "Measure this machine's own floor, to see round-trip times beside it.",
    "compare": "Hold saved results, or the variants of one, against each other.",
    "report": "Print a saved result again, as a table, Markdown, CSV, JSON or JUnit XML.",
    "history": "List the saved results, newest first, or draw a figure over time.",
    "schema": "Print the JSON Schema of scenario files.",
    "completion": "Print the script that has a shell complete what is typed.",
}
"""Each is `sockbench.cli.<name>_command:command`."""


class LazyGroup(click.Group):
    """A group that knows the names and first lines of its commands before it imports any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sockbench.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names. Of a word that names none, what was meant instead."""
        name = args[0]
        if name in COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from sockbench.scenario import builtin_names
        from sockbench.scenario.words import either, nearest, printable, quoted

        if name in builtin_names() or name.endswith((".yaml", ".yml")):
            raise click.UsageError(
                f"{quoted(name)} is a scenario, not a command: write sockbench run {printable(name)}", ctx
            )
        near = nearest(name, COMMANDS)
        what = f", did you mean {quoted(near)}?" if near else f": write {either(COMMANDS)}"
        raise click.UsageError(f"there is no command {quoted(name)}{what}", ctx)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. What this machine refused it ends it with a sentence; click would take it for its own."""
        try:
            return super().invoke(ctx)
        except (OSError, ExceptionGroup) as error:
            cause = innermost(error)
            if not isinstance(cause, OSError):
                raise
            place = "" if cause.filename is None else f" ({str(cause.filename)!r})"
            fail(f"this machine refused to go on: {reason(cause)}{place}", CANNOT_RUN)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and flags that begin so, without importing the commands."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("sockbench run udp10", "sockbench report last", "sockbench run --help"),
)
@click.version_option(__version__, prog_name="sockbench")
def cli() -> None:
    """TCP or UDP, how fast, how many, what gets lost? sockbench benchmarks request/reply systems over real sockets.

    A scenario (YAML) describes servers and many simulated clients. `sockbench run udp10` runs one that comes with
    the package.
    """


def run() -> int:
    """Run the command line; gives the exit code. Output that cannot be written ends it with a sentence."""
    guard_outputs()
    try:
        if COMPLETION in os.environ and not _can_complete():
            return 0
        cli.main(complete_var=COMPLETION, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 0
    except (OutputError, ExceptionGroup) as error:
        cause = innermost(error)
        if not isinstance(cause, OutputError):
            raise
        return _cannot_write(cause)
    return 0


def _can_complete() -> bool:
    from sockbench.cli.completion import prepare

    return prepare()


def _cannot_write(error: OutputError) -> int:
    """Standard output is closed or full."""
    if error.is_closed:
        return 0  # whoever reads has read enough
    click.echo(f"sockbench: the output cannot be written: {reason(error.cause)}", err=True)
    return CANNOT_RUN
