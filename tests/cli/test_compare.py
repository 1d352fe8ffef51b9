"""`sockbench compare` on saved results: what it prints, its exit codes, and one sentence for each mistake."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sockbench.model.result import GroupResult, Result, Run, Verdict
from sockbench.store import save
from tests.cli.here import called
from tests.report.samples import ENVIRONMENT, PLAN, RESULT
from tests.stats.runs import drawn, group_of, run_of


def runs_of(groups: Sequence[GroupResult], **variant: str) -> list[Run]:
    return [run_of(group, repetition=number, variant=variant) for number, group in enumerate(groups, start=1)]


def saved(folder: Path, name: str, runs: Sequence[Run], **changes: Any) -> str:
    """A result saved below `folder`; the name of its folder."""
    result: Result = replace(RESULT, name=name, runs=tuple(runs), thresholds=(), **changes)
    return save(result, [], folder).name


def quick_and_slow(folder: Path, runs: int = 5, **changes: Any) -> tuple[str, str]:
    """Two results: the second has a median that is longer by a fifth."""
    chance = random.Random(3)
    quick = saved(folder / "results", "echo", runs_of(drawn(chance, runs, 0.02)))
    slow = saved(folder / "results", "echo", runs_of(drawn(chance, runs, 0.02, p50=1.2)), **changes)
    return quick, slow


def test_two_results(tmp_path: Path) -> None:
    quick, slow = quick_and_slow(tmp_path)
    done = called("compare", quick, slow, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"comparison of A and B\n\nA: results/{quick} (5 runs, valid)\nB: results/{slow} (5 ")
    assert "B's median round trip was 1" in done.stdout or "B's median round trip was 2" in done.stdout
    assert "% higher than A's (95% interval " in done.stdout
    assert ", 5 runs each); at p99 and in requests a second no difference was found" in " ".join(done.stdout.split())
    assert "before you compare" not in done.stdout


def test_the_variants_of_one(tmp_path: Path) -> None:
    chance = random.Random(4)
    runs = [
        *runs_of(drawn(chance, 5, 0.02), transport="udp"),
        *runs_of(drawn(chance, 5, 0.02, p50=0.5), transport="tcp"),
    ]
    name = saved(tmp_path, "tcp-vs-udp", runs)
    done = called("compare", tmp_path / name)
    assert done.returncode == 0
    assert "TCP's median round trip was " in done.stdout
    assert "% lower than UDP's" in done.stdout
    for base in ("tcp", "transport=tcp"):
        turned = called("compare", name, "--results", tmp_path, "--base", base)
        assert "% higher than TCP's" in turned.stdout


def test_variants_of_two_results_are_held_against_their_like(tmp_path: Path) -> None:
    names = []
    for p50 in (0.001, 0.002):
        runs = [*runs_of([group_of(p50=p50)], transport="udp"), *runs_of([group_of()], transport="tcp")]
        if p50 == 0.001:
            runs += runs_of([group_of()], transport="dtls")
        names.append(saved(tmp_path, "x", runs))
    done = called("compare", *names, cwd=tmp_path, SOCKBENCH_RESULTS=str(tmp_path))
    assert done.returncode == 0
    assert "\ntransport=udp\n" in done.stdout
    assert "\ntransport=tcp\n" in done.stdout
    assert "variant transport=dtls of A is not in all results, and is left out" in done.stdout


def test_results_of_different_scenarios_are_called_by_their_names(tmp_path: Path) -> None:
    names = [saved(tmp_path, name, runs_of([group_of(name=name)] * 5)) for name in ("echo-udp", "echo-tcp")]
    done = called("compare", *names, "--results", tmp_path)
    assert done.stdout.startswith("comparison of echo-udp and echo-tcp\n")
    assert "group echo-udp / echo-tcp" in done.stdout


@pytest.mark.parametrize(
    ("conditions", "code", "result"),
    [
        (["rtt.p50 > +10%"], 1, "FAILED"),
        (["rtt.p50 > +50%"], 0, "ok"),
        (["p99 > +10%"], 0, "ok"),
        (["throughput < -5%", "p50 > +10%"], 1, "FAILED"),
        (["askers.p50 > +10%"], 1, "FAILED"),
        (["response.p999 > +10%"], 0, "ok"),
    ],
)
def test_a_regression_fails_and_nothing_else_does(
    tmp_path: Path, conditions: list[str], code: int, result: str
) -> None:
    flags = [flag for condition in conditions for flag in ("--fail-if", condition)]
    done = called("compare", *quick_and_slow(tmp_path), *flags, cwd=tmp_path)
    assert done.returncode == code
    row = done.stdout.split("\n\n")[-1].strip().split("\n")[-1]
    assert row.startswith(conditions[-1])
    assert f"  {result}  " in row


def test_what_cannot_be_judged_fails_only_when_strict(tmp_path: Path) -> None:
    names = quick_and_slow(tmp_path, runs=3)
    done = called("compare", *names, "--fail-if", "p50 > +10%", cwd=tmp_path)
    assert done.returncode == 0
    assert "not judged: too few runs" in done.stdout
    assert "Nothing can be said of a difference between A (3 runs) and B (3 runs)" in done.stdout
    assert called("compare", *names, "--fail-if", "p50 > +10%", "--strict", cwd=tmp_path).returncode == 1


def test_a_run_cut_short_is_left_out(tmp_path: Path) -> None:
    cut = replace(run_of(group_of(p50=99.0)), elapsed_s=1.0)
    quick, _ = quick_and_slow(tmp_path)
    name = saved(tmp_path / "results", "echo", [*runs_of([group_of()] * 5), cut], interrupted=True)
    done = called("compare", quick, name, cwd=tmp_path)
    assert "1 run of B ended too early, and is left out" in done.stdout
    assert "5 + 5" in done.stdout


def test_doubts_come_first(tmp_path: Path) -> None:
    other = replace(PLAN, seed=8, groups=(replace(PLAN.groups[0], window=1),))
    names = quick_and_slow(
        tmp_path,
        verdict=Verdict("suspect", ("the server process was busy",)),
        scenario=other,
        environment=replace(ENVIRONMENT, cpus=8, libraries={"trio": "0.36.0"}),
    )
    done = called("compare", *names, cwd=tmp_path)
    text = " ".join(done.stdout.split())
    assert "before you compare: - B is suspect: the server process was busy" in text
    assert (
        "the scenarios of A and B differ: seed is 7 in A and 8 in B; groups.students.window is 4 in A and 1 in B"
        in text
    )
    assert (
        "the machines, or the versions, of A and B differ: libraries.trio is 0.35.0 in A and 0.36.0 in B; cpus is 2 in "
        "A and 8 in B" in text
    )
    assert text.index("differ") < text.index("figure")


def test_a_result_against_itself_or_a_copy_is_said(tmp_path: Path) -> None:
    quick, slow = quick_and_slow(tmp_path)
    shutil.copytree(tmp_path / "results" / quick, tmp_path / "copy")
    done = called("compare", slow, quick, quick, "copy", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("are the same result") == 2
    assert (
        "before you compare:\n  - B and C are the same result: no difference can be found\n  - B and D are the same"
        in done.stdout
    )


def test_a_variant_that_was_cut_is_named(tmp_path: Path) -> None:
    whole, cut = runs_of([group_of()], transport="udp"), runs_of([group_of()], transport="tcp")
    name = saved(tmp_path, "long", [*whole, *(replace(run, elapsed_s=0.5) for run in cut)])
    done = called("compare", tmp_path / name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "sockbench: there is nothing to compare 'long' with: of its variants only 'transport=udp' has a whole run, not "
        "'transport=tcp'; give another result with it\n"
    )


def test_an_invalid_result_is_refused(tmp_path: Path) -> None:
    names = quick_and_slow(tmp_path, verdict=Verdict("invalid", ("a server died",)))
    done = called("compare", *names, cwd=tmp_path)
    assert done.returncode == 107
    assert done.stdout == ""
    assert (
        done.stderr
        == f"sockbench: 'B' ('results/{names[1]}') is invalid: a server died; --force compares it all the same\n"
    )
    forced = called("compare", *names, "--force", cwd=tmp_path)
    assert forced.returncode == 0
    assert "B is invalid: a server died" in forced.stdout


def test_the_smallest_effect_that_counts(tmp_path: Path) -> None:
    done = called("compare", *quick_and_slow(tmp_path), "--min-effect", "50%", cwd=tmp_path)
    assert "(small)" in done.stdout
    assert "less than the 50% that count" in " ".join(done.stdout.split())


def test_formats(tmp_path: Path) -> None:
    names = quick_and_slow(tmp_path, environment=replace(ENVIRONMENT, cpus=8))
    values = json.loads(called("compare", *names, "--format", "json", "--fail-if", "p50 > +1%", cwd=tmp_path).stdout)
    assert list(values) == ["results", "doubts", "comparisons", "conditions"]
    assert values["conditions"][0]["failed"] is True
    assert values["comparisons"][0]["groups"][0]["figures"][0]["changes"][0]["answer"] == "higher"
    done = called("compare", *names, "--format", "csv", cwd=tmp_path)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["figure"], row["side"]) for row in rows][:2] == [("rtt.p50", "A"), ("rtt.p50", "B")]
    assert "cpus is 2 in A and 8 in B" in done.stderr
    assert called("compare", *names, "--format", "markdown", cwd=tmp_path).stdout.startswith("## comparison of A and B")


def damaged(text: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / "bad").mkdir()
        (folder / "bad" / "result.json").write_text(text)
        return "bad"

    return make


def empty(folder: Path) -> str:
    (folder / "bad").mkdir()
    return "bad"


def cut(folder: Path) -> str:
    name = saved(folder, "cut", runs_of([group_of()]))
    path = folder / name / "result.json"
    path.write_text(path.read_text()[:2000])
    return name


def readme(folder: Path) -> str:
    (folder / "README.md").write_text("# sockbench\n")
    return "README.md"


def numbers(folder: Path) -> str:
    (folder / "numbers.json").write_text("[1, 2]")
    return "numbers.json"


def without_runs(folder: Path) -> str:
    return saved(folder, "none", [])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: "nowhere", "there is no result at 'nowhere': give the folder that a run saved, such as "),
        (lambda folder: "", "there is no result at '': give the folder"),
        (lambda folder: "results", "'results' holds 2 results, and is none itself: give the folder that a run saved"),
        (empty, "'bad' holds no result.json: give the folder that a run saved"),
        (damaged(""), "bad/result.json is not JSON; it was cut, changed, or is of another version: run the scenario"),
        (readme, "'README.md' holds no result (it is not JSON): give the folder that a run saved"),
        (numbers, "'numbers.json' holds no result (result is not an object): give the folder that a run saved"),
        (damaged("[]"), "bad/result.json: result is not an object; it was cut, changed, or is of another version: "),
        (damaged('{"schema": 2}'), "result.schema is 2, and this version of sockbench reads schema 1 only; "),
        (damaged("\x00\xff"), "bad/result.json is not JSON; "),
        (cut, "is not JSON; "),
        (without_runs, "the results cannot be compared: none has no whole run"),
    ],
)
def test_a_result_that_is_none(tmp_path: Path, make: Callable[[Path], str], sentence: str) -> None:
    quick, _ = quick_and_slow(tmp_path)
    (tmp_path / "result").mkdir()
    name = make(tmp_path)
    done = called("compare", f"results/{quick}", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.startswith("sockbench: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--fail-if", "p98 > +10%"], '"p98 > +10%": "p98" is not a figure, did you mean "p99"?'),
        (["--fail-if", "p99 > 10%"], '"p99 > 10%": "10%" has no sign: write > +10%'),
        (["--fail-if", "asker.p99 > +10%"], 'no group is called "asker", did you mean "askers"?'),
        (["--fail-if", ""], '"" compares nothing'),
        (["--min-effect", "5"], '"5" has no unit: write 5%'),
        (["--base", "C"], "no side is called 'C': write A or B"),
        (["--format", "xml"], "'xml' is not one of"),
    ],
)
def test_a_flag_that_is_wrong(tmp_path: Path, flags: list[str], sentence: str) -> None:
    done = called("compare", *quick_and_slow(tmp_path), *flags, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_nothing_to_compare_with(tmp_path: Path) -> None:
    name, _ = quick_and_slow(tmp_path)
    done = called("compare", name, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "sockbench: there is nothing to compare 'echo' with: it has one variant only; give another result with it\n"
    )
    assert called("compare", cwd=tmp_path).returncode == 2


def test_nothing_in_common(tmp_path: Path) -> None:
    one = saved(tmp_path, "a", [*runs_of([group_of()], transport="udp"), *runs_of([group_of()], transport="tcp")])
    other = saved(tmp_path, "b", runs_of([group_of()], clients="10"))
    done = called("compare", one, other, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "sockbench: the results cannot be compared: they have no variant in common\n",
    )


def test_a_condition_about_a_group_that_is_not_compared(tmp_path: Path) -> None:
    one = saved(tmp_path, "x", [run_of(group_of(name="a"), group_of(name="b"))])
    other = saved(tmp_path, "x", [run_of(group_of(name="a"), group_of(name="c"))])
    done = called("compare", one, other, "--results", tmp_path, "--fail-if", "c.p99 > +1%", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sockbench: 'c.p99 > +1%' is about a group that not all sides have: leave it out\n"
    plain = called("compare", one, other, "--results", tmp_path)
    assert "group b is not on all sides, and is left out" in plain.stdout


def test_a_csv_hides_no_failure(tmp_path: Path) -> None:
    done = called("compare", *quick_and_slow(tmp_path), "--fail-if", "p50 > +5%", "--format", "csv", cwd=tmp_path)
    assert done.returncode == 1
    assert "FAILED" in done.stderr
