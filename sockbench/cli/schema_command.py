"""`sockbench schema`: the JSON Schema of scenario files, for editors and checks elsewhere; or tables of their keys."""

from __future__ import annotations

import json

import click

from sockbench.cli.examples import examples


@click.command(
    "schema", epilog=examples("sockbench schema > scenario.schema.json", "sockbench schema --format markdown")
)
@click.option(
    "--format",
    "output",
    type=click.Choice(("json", "markdown")),
    default="json",
    show_default=True,
    help="As JSON Schema, or as tables of the keys in Markdown, those of the README.",
)
def command(output: str) -> None:
    """Print the JSON Schema of scenario files.

    Save it beside your scenarios and begin them with `# yaml-language-server: $schema=<file>`: editors then complete
    and check the keys.
    """
    from sockbench.scenario import json_schema, key_tables

    text = key_tables() if output == "markdown" else json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    click.echo(text, nl=False)
