"""What was found wrong so far, and where: mistakes with their places, and the paths that can no longer be trusted.

A check asks `touches` before it complains of something that an earlier mistake explains. Decides no rule itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sockbench.errors import Mistake, ScenarioError
from sockbench.scenario.words import escaped, printable

Path = tuple[str | int, ...]
Tree = dict[str, "Tree"] | list["Tree"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written. `line` is 0 in a flag."""

    source: str
    line: int
    column: int


@dataclass(slots=True)
class Places:
    """The place of every key and of every value, by path."""

    root: Place
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)

    def of_value(self, path: Path) -> Place:
        """The place of the value at `path`, or of the nearest thing around it."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, self.root)

    def of_key(self, path: Path) -> Place:
        """The place of the key that leads to `path`; of the value where there is no key (an item of a list)."""
        return self.keys.get(path) or self.of_value(path)

    def forget(self, path: Path) -> None:
        """Drop every place at or under `path`."""
        for table in (self.keys, self.values):
            for known in [known for known in table if known[: len(path)] == path]:
                del table[known]


def child(here: Tree, part: str | int) -> Tree:
    """What `part` leads to. LookupError when there is nothing."""
    if isinstance(here, dict) and isinstance(part, str):
        return here[part]
    if isinstance(here, list) and isinstance(part, int):
        return here[part]
    raise LookupError(part)


def put(here: Tree, part: str | int, value: Tree) -> None:
    """Set what `part`, which fits `here`, leads to."""
    if isinstance(here, dict) and isinstance(part, str):
        here[part] = value
        return
    if not isinstance(here, list) or not isinstance(part, int):
        raise LookupError(part)
    here[part] = value


def count_of(tree: Tree) -> int:
    """How many values there are in a tree, itself included."""
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + sum(map(count_of, inner))


def where(path: Path) -> str:
    """`clients[0].server`, as mistakes name it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{printable(part)}"
    return text


class Findings:
    """Collects mistakes; the tree itself is never changed here."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.mistakes: list[Mistake] = []
        self._spoiled: set[Path] = set()
        self._touched: set[Path] = set()
        self._silenced: set[Path] = set()

    def key(self, path: Path, text: str) -> None:
        """The key at the end of `path` is wrong; the sentence is about what holds it."""
        if not self._silent(path):
            self._add(self.places.of_key(path), path[:-1], text)
        self.spoil(path)

    def value(self, path: Path, text: str) -> None:
        """The value at `path` is wrong."""
        if not self._silent(path):
            self._add(self.places.of_value(path), path, text)
        self.spoil(path)

    def lack(self, path: Path, text: str) -> None:
        """Something is missing in what `path` leads to."""
        self._add(self.places.of_key(path), path, text)

    def spoil(self, path: Path) -> None:
        """Trust nothing at or under `path`, though no mistake is to be told of it."""
        self._spoiled.add(path)
        self._touched.update(path[:length] for length in range(len(path) + 1))

    def touches(self, path: Path) -> bool:
        """Is something wrong at, under or around `path`?"""
        return path in self._touched or self.spoiled(path)

    def spoiled(self, path: Path) -> bool:
        """Is the thing at `path` wrong as a whole, or what it is in?"""
        return any(path[:length] in self._spoiled for length in range(len(path) + 1))

    def silence(self, path: Path) -> None:
        """Tell no further mistake of anything at or under `path`."""
        self._silenced.add(path)
        self.spoil(path)

    def raise_any(self) -> None:
        """Raise ScenarioError if there is a mistake."""
        if self.mistakes:
            raise ScenarioError(list(dict.fromkeys(self.mistakes)))

    def _silent(self, path: Path) -> bool:
        return any(path[:length] in self._silenced for length in range(len(path) + 1))

    def _add(self, place: Place, path: Path, text: str) -> None:
        words = f"{where(path)}: {text}" if path else text
        self.mistakes.append(Mistake(place.line, place.column, place.source, escaped(words)))
