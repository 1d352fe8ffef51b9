"""The `sockbench` command. Its commands are imported when they are called, so that `--help` stays quick."""

from __future__ import annotations

import importlib

import click

from sockbench import __version__
from sockbench.cli.exits import INTERRUPTED

COMMANDS = {
    "run": "Run a scenario: start its servers, drive its clients, print and save what happened.",
    "serve": "Start the services and leave them running until Ctrl-C.",
    "send": "Talk to a server by hand, or ping it.",
    "check": "Check scenarios and print what they would do.",
    "schema": "Print the JSON Schema of scenario files.",
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sockbench")
def cli() -> None:
    """TCP or UDP, how fast, how many, what gets lost? sockbench benchmarks request/reply systems over real sockets.

    A scenario (YAML) describes servers and many simulated clients. `sockbench run udp10` runs one that comes with
    the package.
    """


def main() -> None:
    """Run the command line; Ctrl-C before a run has begun is an interrupt, not a traceback."""
    try:
        cli.main(standalone_mode=True)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
