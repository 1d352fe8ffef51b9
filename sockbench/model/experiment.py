"""An experiment: everything one `sockbench run` will do. The plan of each variant, and how often it is run.

Nouns, and how a variant is called. Without a matrix there is one variant, which has no values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sockbench.model.plan import Plan


def called(values: Mapping[str, str]) -> str:
    """What a variant is called: `transport=udp, clients=10`; empty where there is no matrix. No two are called alike: a
    value that could be read as more than one is quoted.
    """
    return ", ".join(f"{key}={_unmistakable(value)}" for key, value in values.items())


def _unmistakable(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if not value or any(mark in value for mark in ',="') else value


def run_called(values: Mapping[str, str], repetition: int, repeat: int) -> str:
    """What one run of several is called: `transport=udp, repetition 2`; empty where there is but one."""
    return ", ".join(filter(None, [called(values), f"repetition {repetition}" if repeat > 1 else ""]))


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination of the matrix: the value of each of its keys, as text, and the plan that they make."""

    values: dict[str, str]
    plan: Plan

    @property
    def name(self) -> str:
        """What it is called; empty where there is no matrix."""
        return called(self.values)


@dataclass(frozen=True, slots=True)
class Experiment:
    """The variants, at least one, each of which is run `repeat` times. They share the scenario's name and its seed."""

    variants: tuple[Variant, ...]
    repeat: int = 1

    @property
    def plan(self) -> Plan:
        """The plan of the first variant: the only one where there is no matrix."""
        return self.variants[0].plan

    @property
    def runs(self) -> int:
        """How many runs there will be."""
        return len(self.variants) * self.repeat

    @property
    def longest(self) -> float:
        """Seconds that all runs take, at most; starting their processes not counted."""
        return self.repeat * sum(variant.plan.longest for variant in self.variants)
