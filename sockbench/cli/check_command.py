"""`sockbench check`: is the scenario right, and what would it do? Starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sockbench.cli import names
from sockbench.cli.columns import columns
from sockbench.cli.examples import examples
from sockbench.cli.exits import unread
from sockbench.cli.plans import load_experiment, scenario_flags, settings_of

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.plan import Plan
    from sockbench.report.plan_report import Estimate


@click.command("check", epilog=examples("sockbench check udp10", "sockbench check tcp-vs-udp numbers --duration 5s"))
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=names.scenarios)
@scenario_flags
def command(
    scenarios: tuple[str, ...], sets: tuple[str, ...], duration: str | None, seed: str | None, repeat: str | None
) -> None:
    """Check each SCENARIO and print its plan: variants, clients, requests, bytes, and the time it will take.

    Exits 104 when any is wrong, after printing every mistake of all of them.
    """
    settings = settings_of(sets, duration=duration, seed=seed, repeat=repeat)
    wrong = 0
    experiments: list[Experiment] = []
    for scenario in scenarios:
        try:
            experiments.append(load_experiment(scenario, settings))
        except SystemExit as exit_:
            wrong = int(exit_.code or 0)
    with unread():
        for number, experiment in enumerate(experiments):
            if number:
                click.echo()
            click.echo(_describe(experiment), nl=False)
    raise SystemExit(wrong)


def _describe(experiment: Experiment) -> str:
    from sockbench.report.experiment_report import render_experiment

    estimates = [_estimates(variant.plan) for variant in experiment.variants]
    return render_experiment(experiment, estimates, columns())


def _estimates(plan: Plan) -> list[Estimate]:
    from sockbench.load.payloads import payload_size
    from sockbench.load.span import requests_of
    from sockbench.report.plan_report import Estimate
    from sockbench.wire import overhead_of

    sizes = [payload_size(group.payload) + overhead_of(group.format, group.token is not None) for group in plan.groups]
    return [Estimate(requests_of(plan, group), size) for group, size in zip(plan.groups, sizes, strict=True)]
