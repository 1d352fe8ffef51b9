"""`sockbench check`, `sockbench schema` and `sockbench --help`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from sockbench.scenario import builtin_names
from tests.cli.command import SMALL, sockbench
from tests.cli.here import called

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def test_check_prints_the_expanded_plan(tmp_path: Path) -> None:
    done = called("check", SCENARIOS / "udp10.yaml")
    assert done.returncode == 0
    assert "takes at most 12.25 s: a warm-up of 1 s, 10 s of load, a drain of up to 1 s, 250 ms more for" in done.stdout
    assert "1 variant, 10 clients, seed 7" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("students"))
    assert row.split() == [
        "students",
        "10",
        "registry",
        "udp",
        "envelope",
        "100/s",
        "4",
        "500",
        "ms",
        "1,000",
        "75",
        "kB",
    ]


def test_check_goes_on_after_a_wrong_scenario(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(SMALL)
    (tmp_path / "bad.yaml").write_text(SMALL.replace("count", "cuont"))
    done = called("check", "bad.yaml", "good.yaml", cwd=tmp_path)
    assert done.returncode == 104
    assert "bad.yaml:6:20: " in done.stderr
    assert "good.yaml is a good scenario" in done.stdout


def test_every_scenario_that_comes_with_the_package_is_good() -> None:
    assert {"udp10", "numbers", "echo-tcp", "echo-udp", "upper", "ping"} <= set(builtin_names())
    done = called("check", *builtin_names())
    assert (done.returncode, done.stderr) == (0, "")


def test_the_schema_accepts_the_scenarios_and_refuses_a_wrong_one() -> None:
    schema = json.loads(called("schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    for path in SCENARIOS.glob("*.yaml"):
        validator.validate(YAML(typ="safe", pure=True).load(path))
    wrong = YAML(typ="safe", pure=True).load(SMALL.replace("count", "cuont"))
    assert not validator.is_valid(wrong)


def test_the_keys_are_printed_as_tables() -> None:
    done = called("schema", "--format", "markdown")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("### scenario\n")
    assert "\n| `timeout` | time | `1s` | " in done.stdout


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_scenario_opens_with_what_it_shows(path: Path) -> None:
    first, second, third = path.read_text().splitlines()[:3]
    assert first.startswith("# ")
    assert second.startswith("# ")
    assert third == "# yaml-language-server: $schema=../docs/scenario.schema.json"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"], ["--version"]])
def test_help(arguments: list[str]) -> None:
    done = sockbench(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith(("Usage: sockbench", "sockbench, version "))


def test_help_imports_no_heavy_library() -> None:
    program = (
        "import sys\nfrom sockbench.cli.main import cli\ncli.main(['--help'], standalone_mode=False)\n"
        "print(sorted({'trio', 'pydantic', 'rich', 'ruamel', 'tabulate'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
