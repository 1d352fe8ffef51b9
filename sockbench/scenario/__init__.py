"""A scenario's YAML text -> Experiment: a plan for each variant, or a ScenarioError. The only place that knows YAML.

Every mistake of a scenario is told at once, with its place and what to do. Starts nothing, and waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sockbench.model.experiment import Experiment
from sockbench.model.plan import Impairment, Transport
from sockbench.scenario.builtin import builtin_names
from sockbench.scenario.override import Override
from sockbench.scenario.target import parse_target
from sockbench.scenario.units import duration as parse_duration

__all__ = [
    "Override",
    "builtin_names",
    "json_schema",
    "key_tables",
    "load",
    "parse_duration",
    "parse_impairment",
    "parse_target",
]


def load(
    scenario: str,
    overrides: Sequence[Override] = (),
    stdin: Callable[[], bytes] | None = None,
    token: str | None = None,
) -> Experiment:
    """The experiment of a scenario: a path, `-` (then `stdin` is called for the bytes), or the name of a built-in one.

    Overrides are applied in their order, before anything is checked; `token` is for the targets that have none. Raises
    ScenarioError with every mistake.
    """
    from sockbench.scenario.document import parse
    from sockbench.scenario.experiment import experiment_of
    from sockbench.scenario.overrides import apply
    from sockbench.scenario.source import read_source

    source = read_source(scenario, stdin)
    document = parse(source.text, source.label)
    if isinstance(document.tree, dict):
        for override in overrides:
            apply(document, override)
    return experiment_of(document, source, token)


def parse_impairment(written: Mapping[str, Any], transport: Transport) -> Impairment:
    """The impairment of a mapping like `impair:` in a scenario. ScenarioError, each mistake's source its `--flag`."""
    from sockbench.scenario.impair import impairment_of_flags

    return impairment_of_flags(written, transport)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of scenario files."""
    from sockbench.scenario.schema import json_schema

    return json_schema()


def key_tables() -> str:
    """Every key of a scenario, in tables of Markdown."""
    from sockbench.scenario.reference import markdown

    return markdown()
