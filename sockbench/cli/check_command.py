"""`sockbench check`: is the scenario right, and what would it do? Starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sockbench.cli.plans import load_plan, scenario_flags, settings_of

if TYPE_CHECKING:
    from sockbench.model.plan import Plan


@click.command("check")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@scenario_flags
def command(
    scenarios: tuple[str, ...], sets: tuple[str, ...], duration: str | None, seed: str | None, repeat: str | None
) -> None:
    """Check each SCENARIO and print its plan: clients, requests, bytes, and the time it will take.

    Exits 104 when any is wrong, after printing every mistake of all of them.
    """
    settings = settings_of(sets, duration=duration, seed=seed, repeat=repeat)
    wrong = 0
    plans: list[Plan] = []
    for scenario in scenarios:
        try:
            plans.append(load_plan(scenario, settings))
        except SystemExit as exit_:
            wrong = int(exit_.code or 0)
    for number, plan in enumerate(plans):
        if number:
            click.echo()
        click.echo(_describe(plan), nl=False)
    raise SystemExit(wrong)


def _describe(plan: Plan) -> str:
    from sockbench.load.payloads import payload_size
    from sockbench.load.span import requests_of
    from sockbench.report.plan_report import Estimate, render_plan
    from sockbench.wire import FORMATS

    estimates = []
    for group in plan.groups:
        size = payload_size(group.payload) + FORMATS[group.format].overhead
        estimates.append(Estimate(requests_of(plan, group), size))
    return render_plan(plan, estimates)
