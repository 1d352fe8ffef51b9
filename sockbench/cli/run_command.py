"""`sockbench run`: scenario -> plan -> run -> result, saved first, then printed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sockbench.cli import names
from sockbench.cli.aside import aside
from sockbench.cli.cache import cache_flag, with_floor
from sockbench.cli.codes import CANNOT_RUN, FINE, INTERRUPTED, INVALID, THRESHOLD_FAILED
from sockbench.cli.columns import columns
from sockbench.cli.entry import has_measured, ignore_interrupts
from sockbench.cli.examples import examples
from sockbench.cli.exits import fail, reason, unread
from sockbench.cli.exposure import warn_of_servers
from sockbench.cli.find import FindWish, find_flags, question_of, tell_steps
from sockbench.cli.folders import Folder
from sockbench.cli.html_file import html_path, write_html
from sockbench.cli.listening import incomplete, listening, open_samples
from sockbench.cli.output import format_flag, text_of, write_out
from sockbench.cli.plans import load_experiment, scenario_flags, settings_of
from sockbench.cli.shown import Shown, shown_flags
from sockbench.cli.token import token_flag
from sockbench.cli.workers import workers_wish
from sockbench.run.spares import Spares

if TYPE_CHECKING:
    from sockbench.model.experiment import Experiment
    from sockbench.model.result import Result
    from sockbench.model.secret import Secret
    from sockbench.run.drivers import Wish
    from sockbench.run.experiment import Finished
    from sockbench.run.workers import WorkersWish


@click.command(
    "run",
    epilog=examples(
        "sockbench run udp10",
        "sockbench run tcp-vs-udp --repeat 5 --duration 3s",
        "sockbench run echo-udp --set clients.0.count=100 --workers auto",
        "sockbench run rush-hour --live",
        "sockbench run tcp-vs-udp --html report.html",
        "sockbench run udp10 --format junit --strict > junit.xml",
        "sockbench run echo-udp --find rate --while 'rtt.p99 < 10ms and lost < 0.1%'",
    ),
)
@click.argument("scenario", shell_complete=names.scenarios)
@scenario_flags
@click.option(
    "--workers",
    envvar="SOCKBENCH_WORKERS",
    callback=workers_wish,
    default="1",
    show_default=True,
    metavar="NUMBER|auto",
    help="Client processes; auto: one for each core that may be used, less one for the scenario's own servers.",
)
@click.option(
    "--driver",
    envvar="SOCKBENCH_DRIVER",
    type=click.Choice(("auto", "tasks", "lanes")),
    default="auto",
    show_default=True,
    help="What drives the clients: a task for each of them, or one for all (Linux, faster).",
)
@click.option(
    "--results",
    envvar="SOCKBENCH_RESULTS",
    type=Folder(refuses_files=True),
    default=Path("results"),
    show_default=True,
    metavar="DIR",
    help="Where the result is saved, in a folder of its own.",
)
@click.option("--no-save", envvar="SOCKBENCH_NO_SAVE", is_flag=True, help="Print the result only.")
@format_flag
@click.option(
    "--html",
    callback=html_path,
    metavar="FILE",
    shell_complete=names.files,
    help="Write the report as one HTML file with charts, too.",
)
@shown_flags
@click.option(
    "--samples",
    envvar="SOCKBENCH_SAMPLES",
    metavar="FILE",
    shell_complete=names.files,
    help="Write every request to FILE, as a row of CSV (docs: results/README.md).",
)
@click.option(
    "--strict",
    envvar="SOCKBENCH_STRICT",
    is_flag=True,
    help="Exit 107 when the verdict is invalid, and 99 when a threshold could not be judged.",
)
@token_flag("Prove it to each target that has no token of its own, in envelopes.")
@find_flags
@cache_flag
def command(
    scenario: str,
    sets: tuple[str, ...],
    duration: str | None,
    seed: str | None,
    repeat: str | None,
    results: Path,
    no_save: bool,
    output: str,
    html: Path | None,
    strict: bool,
    cache: Path | None,
    wish: FindWish | None,
    shown: Shown,
    token: Secret | None,
    **options: Any,
) -> None:
    """Run SCENARIO: a file, `-` for standard input, or a name such as `udp10` that comes with the package.

    --find runs it again and again with another rate, or number of clients, and says what it takes.

    Exit codes: 0 fine, 2 wrong use, 99 a threshold failed or a search found nothing, 104 the scenario is wrong, 105
    interrupted, 106 it could not run, 107 invalid verdict under --strict.
    """
    _check(options["samples"], wish)
    settings = settings_of(sets, duration=duration, seed=seed, repeat=repeat)
    with aside(shown.live) as errors, Spares(errors) as spares:
        spares.add("servers")
        spares.add("worker", 1 if options["workers"] == "auto" else options["workers"])
        experiment = load_experiment(scenario, settings, token)
        _suit(spares, experiment)
        finished, incomplete = _run(experiment, wish, spares, shown, **options)
    result, remark = with_floor(finished.result, cache, shown.quiet)
    finished = replace(finished, result=result)
    saved, unsaved = (None, None) if no_save else _save(finished, results)
    unwritten = None if html is None else write_html(html, finished.result, finished.histograms)
    problems = [problem for problem in (finished.problem, unsaved, unwritten, incomplete) if problem is not None]
    ignore_interrupts(False)
    code = _exit_code(finished.result, strict, bool(problems)) if finished.problem is None else CANNOT_RUN
    with unread():
        place = str(saved) if saved is not None else None
        write_out(text_of(finished.result, place, output, columns()), None)
    for text in (*problems, remark):
        if text is not None:
            click.echo(f"sockbench: {text}", err=True)
    raise SystemExit(code)


def _suit(spares: Spares, experiment: Experiment) -> None:
    """Spare children of the roles that the plans ask for, now that they are known."""
    plans = [variant.plan for variant in experiment.variants]
    if not any(plan.servers for plan in plans):
        spares.drop("servers")
    if any(plan.is_impaired for plan in plans):
        spares.add("relays")


def _check(samples: str | None, wish: FindWish | None) -> None:
    """What flags mean to each other, and no kind of value tells."""
    if samples in ("", "-"):
        raise click.BadParameter("it must name a file: standard output is the report's", param_hint="--samples")
    if wish is not None and samples is not None:
        raise click.BadParameter("a search keeps no requests: leave it out", param_hint="--samples")


def _run(
    experiment: Experiment,
    wish: FindWish | None,
    spares: Spares,
    shown: Shown,
    *,
    workers: WorkersWish,
    driver: Wish,
    samples: str | None,
) -> tuple[Finished, str | None]:
    """The run, and what is wrong with the file of its requests. Exits 105 or 106 when there is nothing to save."""
    from sockbench.errors import RunError
    from sockbench.run.experiment import Interrupted, run_experiment
    from sockbench.run.find import Wishes, run_find

    question = question_of(wish, experiment) if wish is not None else None
    file = open_samples(samples, experiment)
    warn_of_servers(list(dict.fromkeys(server for variant in experiment.variants for server in variant.plan.servers)))
    common: dict[str, Any] = {
        "new_id": lambda: int.from_bytes(os.urandom(4)),
        "measured": has_measured,
        "spares": spares,
    }
    try:
        with listening(experiment.plan.name, shown, file) as (ears, say):
            if question is None:
                finished = run_experiment(experiment, workers=workers, driver=driver, ears=ears, **common)
            else:
                wishes, tell = Wishes(workers, driver), tell_steps(say)
                finished = run_find(experiment.plan, question, wishes, ears=ears, on_step=tell, **common)
    except RunError as error:
        fail(str(error), CANNOT_RUN)
    except Interrupted as interruption:
        fail(str(interruption), INTERRUPTED)
    return finished, incomplete(samples, file)


def _save(finished: Finished, results: Path) -> tuple[Path | None, str | None]:
    """The folder, or what went wrong: the tables are printed all the same."""
    from sockbench.store.folder import save

    try:
        return save(finished.result, finished.histograms, results), None
    except OSError as error:
        return (
            None,
            f"the result could not be saved in {str(results)!r}: {reason(error)}; choose another with --results DIR",
        )


def _exit_code(result: Result, strict: bool, has_problems: bool) -> int:
    if result.interrupted:
        return INTERRUPTED
    if strict and result.verdict.status == "invalid":
        return INVALID
    if any(threshold.ok is False or (strict and threshold.ok is None) for threshold in result.thresholds):
        return THRESHOLD_FAILED
    if has_problems:
        return CANNOT_RUN
    return THRESHOLD_FAILED if result.find is not None and result.find.value is None else FINE
