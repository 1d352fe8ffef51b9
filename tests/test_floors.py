"""The floors of the house: imports point down, never up, and a library is imported only where it belongs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sockbench

HOUSE = Path(sockbench.__file__).parent

# Rooms from the ground up. A room may import from any room on a lower floor, and from itself; not from its neighbours.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "model"}),
    frozenset({"wire", "services", "load", "stats", "impair"}),
    frozenset({"scenario", "store", "report", "net"}),
    frozenset({"run"}),
    frozenset({"cli"}),
)
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}

# Where a library may be imported; one that is not listed may be imported nowhere.
LIBRARIES = {
    "click": {"cli"},
    "trio": {"net", "run"},
    "ruamel": {"scenario"},
    "pydantic": {"scenario"},
    "pydantic_core": {"scenario"},
    "tabulate": {"report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},  # of jinja2
    "rich": {"cli"},
}
DOORS = {"__init__", "__main__"}  # the package itself: its version, and `python -m sockbench`


def files() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports_of(source: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield node.lineno, node.module or ""


def wrongs(room: str, source: str) -> list[str]:
    """What is wrong with the imports of a file that stands in `room`."""
    found = []
    for line, module in imports_of(source):
        top, _, rest = module.partition(".")
        if top == "sockbench":
            other = rest.partition(".")[0]
            if other and other != room and room not in DOORS and LEVEL[other] >= LEVEL[room]:
                found.append(f"line {line}: {room} imports {module}, which is not below it")
        elif top not in sys.stdlib_module_names and room not in LIBRARIES.get(top, set()):
            found.append(f"line {line}: {room} imports {module}, which belongs elsewhere")
    return found


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_point_down(path: Path) -> None:
    assert wrongs(room_of(path), path.read_text()) == []


def test_every_room_has_a_floor_and_contents() -> None:
    rooms = {room_of(path) for path in files()} - DOORS
    assert rooms == set(LEVEL)
    for room in rooms - {"errors"}:
        contents = [path for path in (HOUSE / room).glob("*.py") if path.name != "__init__.py"]
        assert contents, f"{room} is empty"


@pytest.mark.parametrize(
    ("room", "source", "wrong"),
    [
        ("load", "from sockbench.model.plan import Plan", 0),
        ("load", "from sockbench.wire import FORMATS", 1),
        ("model", "from sockbench.errors import BadMessage", 1),
        ("net", "import trio, socket", 0),
        ("load", "import trio", 1),
        ("run", "def later():\n    import click", 1),
        ("report", "import requests", 1),
    ],
)
def test_the_rule_itself(room: str, source: str, wrong: int) -> None:
    assert len(wrongs(room, source)) == wrong


def test_files_and_functions_stay_small() -> None:
    long = [str(path) for path in files() if len(path.read_text().splitlines()) > 400]
    assert long == []
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno <= 50, f"{path}: {node.name} has more than 50 lines"
