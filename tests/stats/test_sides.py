"""Which runs are held against which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sockbench.model.experiment import Variant, called
from sockbench.model.result import Result, Run
from sockbench.stats.sides import cut_short, of_results, of_variants, variants_of
from tests.report.samples import PLAN, RESULT
from tests.stats.runs import group_of, run_of


def run(repetition: int = 1, **variant: str) -> Run:
    return run_of(group_of(), repetition=repetition, variant=variant)


def result(runs: Sequence[Run], variants: Sequence[dict[str, str]] = ()) -> Result:
    return replace(RESULT, runs=tuple(runs), variants=tuple(Variant(values, PLAN) for values in variants))


BOTH = result(
    [run(1, transport="tcp"), run(1, transport="udp"), run(2, transport="udp"), run(2, transport="tcp")],
    [{"transport": "udp"}, {"transport": "tcp"}],
)
ALONE = result([run(1), run(2), run(3)])


def test_variants_are_in_the_order_of_the_matrix_not_in_that_of_the_runs() -> None:
    match = of_variants(BOTH)
    assert [side.label for side, _ in match.sides] == ["transport=udp", "transport=tcp"]
    assert [[one.repetition for one in runs] for _, runs in match.sides] == [[1, 2], [1, 2]]
    assert [side.variant for side, _ in match.sides] == [{"transport": "udp"}, {"transport": "tcp"}]


def test_another_base() -> None:
    assert [side.label for side, _ in of_variants(BOTH).based_on(1).sides] == ["transport=tcp", "transport=udp"]


def test_a_run_that_was_cut_short_is_no_run() -> None:
    cut = result([run(1), replace(run(2), elapsed_s=1.0)])
    assert cut_short(cut) == 1
    assert len(variants_of(cut)[""]) == 1
    assert cut_short(ALONE) == 0


def test_a_run_whose_groups_all_stop_before_its_end_is_whole() -> None:
    groups = tuple(replace(group, stop=0.5) for group in PLAN.groups)
    stopped = replace(result([replace(run(), elapsed_s=0.5)]), scenario=replace(PLAN, groups=groups))
    assert cut_short(stopped) == 0
    assert cut_short(replace(stopped, runs=(replace(run(), elapsed_s=0.3),))) == 1


def test_what_has_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="one variant only"):
        of_variants(ALONE)
    with pytest.raises(ValueError, match="no whole run"):
        of_variants(result([]))


def test_variants_that_were_cut_are_named() -> None:
    cut = {str(clients): replace(run(clients=str(clients)), elapsed_s=1.0) for clients in (2, 4)}
    both = [{"clients": "1"}, {"clients": "2"}]
    with pytest.raises(ValueError, match=r"only 'clients=1' has a whole run, not 'clients=2'$"):
        of_variants(result([run(clients="1"), cut["2"]], both))
    with pytest.raises(ValueError, match=r"only 'clients=1' has a whole run, not 'clients=2'$"):
        of_variants(result([run(clients="1")], both))  # never begun
    many = [{"clients": str(clients)} for clients in range(1, 7)]
    with pytest.raises(ValueError, match=r"not 'clients=2', 'clients=3', 'clients=4' and 2 more$"):
        of_variants(result([run(clients="1"), *cut.values()], many))


def test_results_are_held_against_each_other_variant_by_variant() -> None:
    matches = of_results([("A", BOTH), ("B", BOTH)])
    assert [match.title for match in matches] == ["transport=udp", "transport=tcp"]
    assert [[side.label for side, _ in match.sides] for match in matches] == [["A", "B"], ["A", "B"]]


def test_a_single_variant_of_each_is_compared_whatever_it_is() -> None:
    (match,) = of_results([("A", result([run(transport="udp")])), ("B", ALONE)])
    assert match.title == ""
    assert [(side.label, side.runs) for side, _ in match.sides] == [("A", 1), ("B", 3)]


def test_results_with_nothing_in_common() -> None:
    other = result([run(clients="1"), run(clients="2")])
    with pytest.raises(ValueError, match="no variant in common"):
        of_results([("A", BOTH), ("B", other)])
    with pytest.raises(ValueError, match="B has no whole run"):
        of_results([("A", BOTH), ("B", result([]))])


def test_no_two_variants_are_called_alike() -> None:
    assert called({"transport": "udp", "clients": "10"}) == "transport=udp, clients=10"
    assert called({"a": "1, b=2", "b": "2"}) == 'a="1, b=2", b=2'
    assert called({"a": "1", "b": "2, b=2"}) == 'a=1, b="2, b=2"'
