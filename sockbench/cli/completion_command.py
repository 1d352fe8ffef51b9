"""`sockbench completion`: the script that has a shell complete commands, flags, scenarios and results."""

from __future__ import annotations

import click

from sockbench.cli.examples import examples


@click.command(
    "completion",
    epilog=examples(
        "sockbench completion bash > ~/.local/share/bash-completion/completions/sockbench",
        "sockbench completion fish > ~/.config/fish/completions/sockbench.fish",
    ),
)
@click.argument("shell", metavar="SHELL", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print the script that has SHELL complete what is typed: commands, flags, scenarios, saved results.

    Its first lines say how it is installed. bash takes version 4.4 or later.
    """
    from sockbench.cli.completion import script
    from sockbench.cli.main import cli

    click.echo(script(shell, cli), nl=False)
