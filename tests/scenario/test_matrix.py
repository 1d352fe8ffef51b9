"""`matrix`, `exclude` and `repeat`: which variants there are, what `${key}` becomes, and every mistake in them."""

from __future__ import annotations

import copy
import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockbench.model.experiment import Experiment
from sockbench.model.plan import Closed, Rate, SizePayload, TextPayload
from sockbench.scenario import json_schema, load
from sockbench.scenario.findings import Tree
from sockbench.scenario.variables import Scalar, filled, filled_tree, text_of
from tests.scenario.helpers import mistakes, override

COMPARISON = """\
name: tcp-vs-udp
matrix: {transport: [udp, tcp]}
repeat: 5
duration: 3s
servers:
  echo: {service: echo, transport: "${transport}", port: 0}
clients:
  - {name: askers, count: 10, server: echo, payload: {size: 64B}, arrivals: closed, window: 1, timeout: 200ms}
"""


def experiment(text: str, *settings: str) -> Experiment:
    return load("-", [override(setting) for setting in settings], text.encode)


def scenario(matrix: str, group: str = "{server: echo}", server: str = "{service: echo, transport: udp}") -> str:
    """A small scenario in which the first line is the matrix."""
    return f"{matrix}\nservers:\n  echo: {server}\nclients:\n  - {group}\n"


def test_the_scenario_of_the_design() -> None:
    found = experiment(COMPARISON)
    assert [variant.values for variant in found.variants] == [{"transport": "udp"}, {"transport": "tcp"}]
    assert [variant.plan.groups[0].transport for variant in found.variants] == ["udp", "tcp"]
    assert [variant.name for variant in found.variants] == ["transport=udp", "transport=tcp"]
    assert (found.repeat, found.runs) == (5, 10)
    assert found.longest == 10 * (3.0 + 0.2 + 0.25)


def test_without_a_matrix_there_is_one_variant() -> None:
    found = experiment("clients: [{target: 'udp://h:1'}]")
    assert [(variant.values, variant.name) for variant in found.variants] == [({}, "")]
    assert found.repeat == 1


def test_each_list_multiplies_the_variants() -> None:
    text = scenario("matrix: {a: [1, 2], b: [x, y, z]}", "{server: echo, count: '${a}', name: '${b}'}")
    found = [(variant.plan.groups[0].count, variant.plan.groups[0].name) for variant in experiment(text).variants]
    assert found == [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("[{a: 1}]", ["2x", "2y"]),
        ("[{a: 1, b: x}]", ["1y", "2x", "2y"]),
        ("[{a: 1}, {b: x}]", ["2y"]),
        ("[{a: 1, b: x}, {a: '2', b: y}]", ["1y", "2x"]),
    ],
)
def test_excluded_combinations_are_left_out(exclude: str, left: list[str]) -> None:
    text = scenario(f"matrix: {{a: [1, 2], b: [x, y]}}\nexclude: {exclude}", "{server: echo, name: '${a}${b}'}")
    assert [variant.plan.groups[0].name for variant in experiment(text).variants] == left


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${n}", 10),
        ("${f}", 0.5),
        ("${b}", True),
        ("${s}", "a b"),
        ("x-${n}-y", "x-10-y"),
        ("${n}${n}", "1010"),
        (" ${n}", " 10"),
        ("${f}s, ${b}", "0.5s, true"),
        ("$${n}", "${n}"),
        ("$${", "${"),
        ("a$${n}b${n}", "a${n}b10"),
        ("$n $$ {n} }", "$n $$ {n} }"),
        ("${tricky}", "${n}$${"),
        ("<${tricky}>", "<${n}$${>"),
    ],
)
def test_what_a_text_becomes(text: str, value: Tree) -> None:
    values: dict[str, Scalar] = {"n": 10, "f": 0.5, "b": True, "s": "a b", "tricky": "${n}$${"}
    found = filled(text, values)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (3, "3"), (0.25, "0.25"), (float("inf"), ".inf"), ("é", "é"), ("", "")],
)
def test_the_text_of_a_value(value: str | float, text: str) -> None:
    assert text_of(value) == text


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
NO_VARIABLE = st.text(max_size=8).filter(lambda text: "${" not in text)
TREES: st.SearchStrategy[Tree] = st.recursive(
    PLAIN | NO_VARIABLE,
    lambda inner: st.lists(inner, max_size=3).map(list) | st.dictionaries(NO_VARIABLE, inner, max_size=3).map(dict),
    max_leaves=20,
)


@given(TREES, st.dictionaries(st.text(max_size=3), PLAIN.filter(lambda value: value is not None), max_size=3))
def test_what_is_no_variable_stays_as_it_is(tree: Tree, values: dict[str, str | float]) -> None:
    before = copy.deepcopy(tree)
    found = filled_tree(tree, values, ())
    assert found == tree == before
    assert repr(found) == repr(tree)  # 1 is not True


@given(st.text(alphabet="a${}", max_size=12), st.text(alphabet="a${}", max_size=12))
def test_a_text_that_is_escaped_comes_out_as_it_was(text: str, value: str) -> None:
    escaped = text.replace("${", "$${")
    if "$$${" not in escaped:  # a dollar before it cannot be told from the escape's own
        assert filled(escaped, {"a": value}) == text


def test_values_stand_anywhere() -> None:
    text = """\
matrix: {transport: [udp, tcp], clients: [10, 100], size: [64, 1024], rate: [closed], limit: [20ms], banner: [true]}
exclude: [{transport: udp, clients: 100}]
duration: "${clients}s"
servers:
  echo: {service: echo, transport: "${transport}", port: 0, banner: "${banner}"}
clients:
  - {name: "${transport} askers", count: "${clients}", server: echo, payload: {size: "${size}B"}, arrivals: "${rate}"}
  - {name: talkers, server: echo, payload: {text: "${size} {seq} $${index}"}, arrivals: {rate: "${clients}/s"}}
thresholds: ["${transport} askers.rtt.p99 < ${limit}"]
"""
    found = experiment(text)
    assert len(found.variants) == 6
    first = found.variants[0].plan
    assert (first.duration, first.servers[0].banner) == (10.0, True)
    assert first.groups[0].payload == SizePayload(64)
    assert first.groups[0].arrivals == Closed()
    assert first.groups[1].payload == TextPayload("64 {seq} ${index}")
    assert first.groups[1].arrivals == Rate(10.0)
    assert (first.thresholds[0].group, first.thresholds[0].value) == ("udp askers", 0.02)


def test_variants_share_everything_else() -> None:
    first, second = experiment(COMPARISON).variants
    assert (first.plan.seed, first.plan.name, first.plan.source) == (second.plan.seed, "tcp-vs-udp", "<stdin>")
    assert first.plan.groups[0].payload == second.plan.groups[0].payload


def test_flags_change_the_matrix() -> None:
    found = experiment(COMPARISON, "matrix.transport=[udp]", "repeat=2")
    assert [variant.name for variant in found.variants] == ["transport=udp"]
    assert found.repeat == 2
    settings = ("matrix.clients=[1, 2]", "clients.0.count=${clients}")
    assert [variant.plan.clients for variant in experiment(COMPARISON, *settings).variants] == [1, 2, 1, 2]
    made = experiment(scenario(""), "matrix.t=[udp, tcp]", "servers.echo.transport=${t}")
    assert [variant.values for variant in made.variants] == [{"t": "udp"}, {"t": "tcp"}]


def test_what_a_flag_took_out_need_not_be_excluded() -> None:
    text = scenario("matrix: {a: [1, 2]}\nexclude: [{a: 2}]", "{server: echo, count: '${a}'}")
    assert len(experiment(text, "matrix.a=[1]").variants) == 1


USED = "{server: echo, count: '${a}'}"
MATRIX = [
    ("matrix:", "{server: echo}", "1:1: matrix: has no value: write matrix: {transport: [udp, tcp]}"),
    ("matrix: {}", "{server: echo}", "1:9: matrix: is empty: write matrix: {transport: [udp, tcp]}"),
    ("matrix: [a]", "{server: echo}", "1:9: matrix: a list is not a mapping of keys: write matrix: {transport: [udp, "
     "tcp]}"),
    ("matrix: {a: 1}", USED, '1:13: matrix.a: "1" is not a list: write a: [1]'),
    ("matrix: {a: }", USED, "1:10: matrix.a: has no value: write a list, a: [...]"),
    ('matrix: {a: "\\x1b"}', USED, r'1:13: matrix.a: "\x1b" is not a list: write a: [\x1b]'),
    ('matrix: {a: [1], "b\\x1b": }', USED, r"1:18: matrix.b\x1b: has no value: write a list, b\x1b: [...]"),
    ("matrix: {a: {b: 1}}", USED, "1:13: matrix.a: a mapping is not a list: write a: [...]"),
    ("matrix: {a: []}", USED, "1:13: matrix.a: the list is empty: write at least one value, or leave the key out"),
    ("matrix: {a: [1, [2]]}", USED, "1:17: matrix.a[1]: a list is not a value: write text, a number, true or false"),
    ("matrix: {a: [{b: 1}]}", USED, "1:14: matrix.a[0]: a mapping is not a value: write text, a number, true or false"),
    ("matrix: {a: [1, ]}", USED, None),
    ("matrix: {a: [1, ~]}", USED, "1:17: matrix.a[1]: has no value: write one, or leave it out"),
    ("matrix: {a: [1, 2, 1]}", USED, '1:20: matrix.a[2]: "1" is in the list twice: keep one'),
    ("matrix: {a: [1, '1']}", USED, '1:17: matrix.a[1]: "1" is in the list twice: keep one'),
    ("matrix: {a: [1, '${b}']}", USED, '1:17: matrix.a[1]: "${b}" cannot be: a value of the matrix stands for itself'),
    ("matrix: {a.b: [1]}", "{server: echo}", '1:10: matrix: "a.b" cannot be a key of the matrix: write a word of at '
     'most 200 characters without ".", "$", "{" and "}"'),
    ("matrix: {a: [1], b: [2]}", USED, '1:18: matrix: "b" is used nowhere: write ${b} where its values belong, or '
     "leave it out"),
    ("matrix: {a: [1], exclude: [{a: 1}]}", USED, "1:28: matrix.exclude[0]: a mapping is not a value: write text, a "
     "number, true or false"),
    ("exclude: [{a: 1}]", "{server: echo}", '1:1: "exclude" leaves variants of a matrix out, and there is none: write '
     "matrix: {transport: [udp, tcp]}"),
    ("", USED, '5:27: clients[0].count: "${a}" names a key of the matrix, and there is none: write a matrix, or $${a} '
     "for these characters"),
    ("matrix: {nama: [1]}", "{server: echo, count: '${nama}', name: 'x${nam}'}", '5:44: clients[0].name: "${nam}" '
     'names no key of the matrix, did you mean "${nama}"?'),
    ("matrix: {a: [1]}", "{server: echo, count: '${a}', name: 'x${zzz}'}", '5:41: clients[0].name: "${zzz}" names no '
     "key of the matrix: write ${a}, or $${zzz} for these characters"),
    ("matrix: {a: [1]}", "{server: echo, count: '${a}', name: '${a'}", '5:41: clients[0].name: "${a" has a "${" '
     'without its "}": close it, or write "$${" for these characters'),
    ("matrix: {a: [1]}\nseed: '${a}'", USED, '2:7: seed: "${a}" cannot be: the seed is that of all variants, so leave '
     "${a} out"),
    ("matrix: {a: [1]}\nname: 'x ${a}'", USED, '2:7: name: "x ${a}" cannot be: the name is that of all variants, so '
     "leave ${a} out"),
    ("matrix: {a: [1]}\nrepeat: '${a}'", USED, '2:9: repeat: "${a}" is not a whole number from 1 to 1000'),
]  # fmt: skip


@pytest.mark.parametrize(("matrix", "group", "expected"), MATRIX)
def test_a_mistake_in_the_matrix(matrix: str, group: str, expected: str | None) -> None:
    assert mistakes(scenario(matrix, group)) == ([] if expected is None else [expected])


@pytest.mark.parametrize("matrix", ["5", "[udp]", "", "{}"])
def test_a_matrix_that_is_none_is_told_without_what_comes_of_it(matrix: str) -> None:
    (found,) = mistakes(scenario(f"matrix: {matrix}", "{server: echo, count: '${a}', name: 'x${b}'}"))
    assert ": write matrix: {transport: [udp, tcp]}" in found
    (found,) = mistakes(COMPARISON, "matrix=5")
    assert found.startswith('--set matrix=5: matrix: "5" is not a mapping of keys: write matrix: {transport: ')


EXCLUDE = [
    ("", "2:1: exclude: has no value: write exclude: [{transport: tcp}], or leave it out"),
    ("[]", "2:10: exclude: is empty: write exclude: [{transport: tcp}], or leave it out"),
    ("{a: 1}", "2:10: exclude: a mapping is not a list: write exclude: [{transport: tcp}], or leave it out"),
    ("[a]", '2:11: exclude[0]: "a" is not a mapping of keys of the matrix: write it like exclude: [{transport: tcp}]'),
    ("[{}]", "2:11: exclude[0]: is empty: write it like exclude: [{transport: tcp}]"),
    ("[{aa: 1}]", '2:12: exclude[0]: "aa" is not a key of the matrix, did you mean "a"?'),
    ("[{a: 3}]", '2:15: exclude[0].a: "3" is not a value of "a": write 1 or 2'),
    ("[{a: }]", '2:12: exclude[0].a: nothing is not a value of "a": write 1 or 2'),
    ("[{a: 1}, {a: 2}]", "2:1: every variant of the matrix is excluded, so there is nothing to run: exclude fewer"),
]


@pytest.mark.parametrize(("exclude", "expected"), EXCLUDE)
def test_a_mistake_in_what_is_excluded(exclude: str, expected: str) -> None:
    assert mistakes(scenario(f"matrix: {{a: [1, 2]}}\nexclude: {exclude}", USED)) == [expected]


def test_a_key_is_no_place_for_a_variable() -> None:
    text = "matrix: {a: [x]}\nservers: {'${a}': {service: echo, transport: udp}}\nclients: [{server: '${a}'}]\n"
    assert '2:11: servers: "${a}" is a key, and ${...} stands in values only' in mistakes(text)


def test_variants_and_runs_are_bounded() -> None:
    values = ", ".join(map(str, range(1, 102)))
    text = scenario(
        f"matrix: {{a: [{values}], b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}", "{server: echo, name: '${a}${b}'}"
    )
    assert mistakes(text) == ["1:9: matrix: has 101 x 10 variants, and 1000 is the most: write fewer values"]
    text = scenario(f"matrix: {{a: [{values}]}}\nrepeat: 100", "{server: echo, name: 'x${a}'}")
    assert mistakes(text) == ["2:9: repeat: 101 variants x 100 repetitions are more than 10000 runs: write fewer"]


@pytest.mark.parametrize(
    ("matrix", "group", "expected"),
    [
        ("matrix: {a: [0, 1]}", USED, ['5:27: clients[0].count: "0" is out of range: write a whole number from 1 to '
         "1000000 (with a=0)"]),
        ("matrix: {a: [x, y]}", USED, ['5:27: clients[0].count: "x" is not a whole number from 1 to 1000000 (with a=x)',
         '5:27: clients[0].count: "y" is not a whole number from 1 to 1000000 (with a=y)']),
        ("matrix: {a: [x, 1], b: [p, q]}", "{server: echo, count: '${a}', name: '${b}'}",
         ['5:27: clients[0].count: "x" is not a whole number from 1 to 1000000 (with a=x)']),
        ("matrix: {a: [x], b: [p, q]}", "{server: echo, count: '${a}', name: '${b}'}",
         ['5:27: clients[0].count: "x" is not a whole number from 1 to 1000000']),
        ("matrix: {a: [1, 2]}", "{server: ecko, count: '${a}'}",
         ['5:14: clients[0].server: no server is called "ecko", did you mean "echo"?']),
        ("matrix: {a: [1, 2], b: [p, q]}", "{server: echo, count: '${a}', name: '${b}', cuont: 1}",
         ['5:49: clients[0]: unknown key "cuont": it belongs in clients']),
    ],
)  # fmt: skip
def test_a_mistake_says_which_variants_have_it(matrix: str, group: str, expected: list[str]) -> None:
    found = mistakes(scenario(matrix, group))
    assert [line.replace(', did you mean "count"?', ": it belongs in clients") for line in found] == expected


def test_a_combination_that_cannot_be_says_so() -> None:
    server = "{service: echo, transport: '${t}', impair: {loss: '${loss}'}}"
    (found,) = mistakes(scenario("matrix: {t: [udp, tcp], loss: [0%, 1%, 5%]}", server=server))
    assert found.startswith('3:53: servers.echo.impair: "loss" is for UDP: ')
    assert found.endswith("(with t=tcp, loss=1%, and in 1 other variant)")
    (found,) = mistakes(scenario("matrix: {t: [udp, tcp], loss: [1%, 5%]}", server=server))
    assert found.endswith("(with t=tcp)")
    odd = "matrix: {t: [udp, tcp], loss: [1%, 5%]}\nexclude: [{t: tcp, loss: 1%}]"
    (found,) = mistakes(scenario(odd, server=server))
    assert found.endswith("(with t=tcp, loss=5%)")
    with_a_hole = scenario(
        "matrix: {a: [0, 1], b: [0, 1]}\nexclude: [{a: 0, b: 0}]", "{server: echo, count: '${a}${b}'}"
    )
    assert len(mistakes(with_a_hole)) == 3  # "01" and the like are texts, not numbers


def test_a_flag_with_a_mistake_is_named() -> None:
    (found,) = mistakes(COMPARISON, "matrix.transport=[udp, upd]")
    place = '6:36: servers.echo.transport: "upd" is not a transport, did you mean "udp"? (with transport=upd)'
    assert found == place
    assert mistakes(COMPARISON, "matrix.transprot=[udp]") == [
        '--set matrix.transprot=[udp]: matrix: "transprot" is used nowhere: write ${transprot} where its values '
        "belong, or leave it out"
    ]
    assert mistakes(COMPARISON, "clients.0.count=${clients}") == [
        '--set clients.0.count=${clients}: clients[0].count: "${clients}" names no key of the matrix: write '
        "${transport}, or $${clients} for these characters"
    ]


LEAVES = st.sampled_from(["udp", "tcp", "${a}", "${b}", "x${a}", "$${a}", 1, 0, True, None, "64B", "1s", "${", "${zz}"])
SMALL = st.fixed_dictionaries(
    {
        "matrix": st.dictionaries(
            st.sampled_from(["a", "b", "a.b"]), st.lists(LEAVES, max_size=3) | LEAVES, max_size=3
        ),
        "clients": st.lists(
            st.dictionaries(st.sampled_from(["name", "server", "target", "count", "timeout"]), LEAVES), max_size=2
        ),
    },
    optional={
        "exclude": st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), LEAVES, max_size=2), max_size=2) | LEAVES,
        "repeat": LEAVES,
        "servers": st.dictionaries(
            LEAVES.map(str), st.fixed_dictionaries({"service": st.just("echo"), "transport": LEAVES}), max_size=2
        ),
        "seed": LEAVES,
    },
)


@given(SMALL)
def test_any_matrix_is_an_experiment_or_mistakes(tree: dict[str, Tree]) -> None:
    text = json.dumps(tree)
    found = mistakes(text)
    assert all(line.isprintable() for line in found)
    if not found:
        assert experiment(text).runs >= 1
        jsonschema.validate(tree, json_schema())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", "${n}"),
        ("timeout", "${n}ms"),
        ("arrivals", "${n}"),
        ("payload", {"size": "${n}KiB"}),
        ("churn", "${n}"),
    ],
)
def test_the_schema_lets_a_variable_stand_for_any_value(key: str, value: Tree) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    tree: Tree = {"matrix": {"n": ["a", 1, True]}, "clients": [{"server": "s", key: value}]}
    assert validator.is_valid(tree)
    assert not validator.is_valid({"clients": [{"server": "s", key: "n"}]}) or key == "name"
    assert not validator.is_valid({"seed": "${n}", "clients": [{"server": "s"}]})
