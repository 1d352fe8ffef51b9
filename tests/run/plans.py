"""Plans for tests, from the text of a scenario."""

from __future__ import annotations

from sockbench.model.plan import Plan
from sockbench.scenario import load


def plan_of(text: str) -> Plan:
    """The plan of a scenario."""
    return load("-", stdin=text.encode).plan
