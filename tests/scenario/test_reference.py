"""What people read of the keys is what is checked: the README's tables, the schema in docs/, and docs/scenarios.md.

`SOCKBENCH_GOLDEN=write` writes the first two anew.
"""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from sockbench.scenario import json_schema, key_tables
from sockbench.scenario.reference import SOCKETS, reference
from tests.docs.pages import ROOT, assert_between_marks, assert_written

EXPLAINED = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_readme() -> None:
    assert_between_marks(ROOT / "README.md", "keys", f"\n{key_tables()}\n")


def test_the_schema_is_the_one_in_the_documentation() -> None:
    assert_written(
        ROOT / "docs" / "scenario.schema.json", json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    )
    jsonschema.Draft202012Validator.check_schema(json_schema())


def in_schema() -> list[tuple[str, str]]:
    """(mapping, key) of every key."""
    schema = json_schema()
    parts = {"scenario": schema, **schema["$defs"]}
    return [(part, key) for part, keys in parts.items() for key in keys.get("properties", {})]


def test_no_key_is_missing() -> None:
    told = [key.name.rpartition(".")[2] for table in reference() for key in table.keys]
    ways = [key for part, key in in_schema() if part == "WayKeys"]  # those of `up` and `down`, told with `impair`
    schema = sorted(key for part, key in in_schema() if part != "WayKeys")
    assert sorted([*told, *SOCKETS]) == schema
    assert set(ways) < {key.name for table in reference() if table.title == "impair" for key in table.keys}


@pytest.mark.parametrize("key", sorted({key for _, key in in_schema()}))
def test_every_key_is_explained(key: str) -> None:
    code = " ".join(re.findall("```.*?```|`[^`]+`", EXPLAINED, re.DOTALL))
    assert re.search(rf"(?<![\w.]){key}(?![\w.])", code), f"explain {key} in docs/scenarios.md"


@pytest.mark.parametrize("title", [table.title for table in reference()])
def test_every_cell_says_something(title: str) -> None:
    (table,) = (table for table in reference() if table.title == title)
    assert table.about.endswith(".")
    for key in table.keys:
        assert key.value
        assert key.meaning.endswith("."), key.name
        assert "|" not in (key.value + key.default + key.meaning).replace("\\|", ""), key.name
