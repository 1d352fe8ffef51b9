"""`sockbench schema`: the JSON Schema of scenario files, for editors and for checks elsewhere."""

from __future__ import annotations

import json

import click

from sockbench.cli.examples import examples


@click.command("schema", epilog=examples("sockbench schema > scenario.schema.json"))
def command() -> None:
    """Print the JSON Schema of scenario files.

    Save it beside your scenarios and begin them with `# yaml-language-server: $schema=<file>`: editors then complete
    and check the keys.
    """
    from sockbench.scenario import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
