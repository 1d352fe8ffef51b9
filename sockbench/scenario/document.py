"""YAML 1.2 text -> plain values and the place of each. Knows nothing of what a scenario means.

Reads the parser's events and resolves plain scalars by the core schema itself, so that no constructor, tag or merge key
ever takes part. Bounds depth and size, aliases expanded; a text that is not one document raises ScenarioError.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner, ScannerError

from sockbench.errors import Mistake, ScenarioError
from sockbench.scenario.findings import Path, Place, Places, Tree, where
from sockbench.scenario.known import MEBIBYTE
from sockbench.scenario.words import printable, quoted

MAX_NODES = 10_000
MAX_LETTERS = MEBIBYTE
MAX_DEPTH = 50
LONGEST_NUMBER = 40
LONGEST_TAG = 1_000

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CORE: tuple[tuple[re.Pattern[str], Callable[[str], Tree]], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text[0] in "tT"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)"), lambda text: float(text.replace(".", ""))),
    (re.compile(r"\.(?:nan|NaN|NAN)"), lambda text: float("nan")),
)


@dataclass(slots=True)
class Document:
    """A tree of plain values, the place of each, and the mistakes that did not stop the reading."""

    tree: Tree
    places: Places
    mistakes: list[Mistake] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)  # what those mistakes are about, not to be judged again


def parse(text: str, source: str, *, lines: bool = True) -> Document:
    """The one document in `text`. Without `lines`, places name the source alone (a flag)."""
    reader = _Reader(source, lines)
    reader.guard(text)
    events, anchors = reader.events(text)
    if not events:
        return Document(None, Places(Place(source, int(lines), int(lines))))
    walk = _Walk(reader, events, anchors)
    tree, _ = walk.value(0, ())
    walk.places.root = walk.places.values[()]
    return Document(tree, walk.places, walk.mistakes, walk.broken)


def core(text: str) -> Tree:
    """A plain scalar's value by the core schema of YAML 1.2: `yes`, `on` and dates are text."""
    if len(text) <= LONGEST_NUMBER:
        for pattern, make in _CORE:
            if pattern.fullmatch(text):
                return make(text)
    return text


class _Reader:
    """The parser's events, with everything that a scenario may not have refused."""

    def __init__(self, source: str, lines: bool) -> None:
        self.source = source
        self.lines = lines

    def place(self, mark: Any) -> Place:
        """A mark of the parser, counted from 1."""
        return Place(self.source, mark.line + 1, mark.column + 1) if self.lines else Place(self.source, 0, 0)

    def stop(self, place: Place, text: str) -> NoReturn:
        """Give up: nothing after this can be understood."""
        raise ScenarioError([Mistake(place.line, place.column, place.source, text)])

    def guard(self, text: str) -> None:
        """Refuse characters that YAML has no place for, and directives."""
        bad = _UNPRINTABLE.search(text)
        if bad is not None:
            line = text.count("\n", 0, bad.start())
            column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1)
            place = Place(self.source, line + 1, column + 1) if self.lines else Place(self.source, 0, 0)
            name = f"U+{ord(bad[0]):04X}"
            self.stop(place, f"the control character {name} cannot be in a scenario: write it in quotes, as an escape")
        for number, line_text in enumerate(text.split("\n"), start=1):
            words = line_text.split()
            if words and not words[0].startswith(("%", "#")):
                break
            if words and words[0].startswith("%") and words[:2] != ["%YAML", "1.2"]:
                place = Place(self.source, number, 1) if self.lines else Place(self.source, 0, 0)
                self.stop(
                    place, f"{quoted(line_text)} is not supported: a scenario is YAML 1.2, so leave this line out"
                )

    def events(self, text: str) -> tuple[list[Any], dict[int, int]]:
        """The events of the nodes of the one document, and for each alias (by index) the index of its anchor."""
        try:
            return self._events(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self.place(mark) if mark is not None else Place(self.source, 0, 0)
            text = f"not valid YAML: {_problem(error)}"
            raise ScenarioError([Mistake(place.line, place.column, self.source, text)]) from None
        except (YAMLError, ValueError, OverflowError, AssertionError) as error:
            # The parser lets these out for an escape that is no character and for odd directives.
            words = printable(str(error).split("\n")[0])
            raise ScenarioError([Mistake(0, 0, self.source, f"not valid YAML: {words}")]) from None

    def _events(self, text: str) -> tuple[list[Any], dict[int, int]]:
        events: list[Any] = []
        anchors: dict[str, int] = {}
        aliases: dict[int, int] = {}
        depth = documents = 0
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = _Scanner
        for event in yaml.parse(text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop(self.place(event.start_mark), "a second document begins here: a scenario is one document")
            if not isinstance(event, _NODES):
                continue
            if isinstance(event, AliasEvent):
                if event.anchor not in anchors:
                    name = quoted(f"*{event.anchor}")
                    self.stop(self.place(event.start_mark), f"{name} names no anchor above it: write the value out")
                aliases[len(events)] = anchors[event.anchor]
            elif isinstance(event, NodeEvent) and event.anchor is not None:
                anchors[event.anchor] = len(events)
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            if depth > MAX_DEPTH:
                self.stop(self.place(event.start_mark), f"nested more than {MAX_DEPTH} deep: a scenario is shallow")
            events.append(event)
            if len(events) > 2 * MAX_NODES:
                self.too_big(event)
        return events, aliases

    def too_big(self, event: Any) -> NoReturn:
        """Give up on a document of too many values, aliases expanded."""
        self.stop(
            self.place(event.start_mark), f"more than {MAX_NODES} values, aliases included: write a smaller scenario"
        )

    def too_long(self, event: Any) -> NoReturn:
        """Give up on a document of too much text, aliases expanded."""
        self.stop(
            self.place(event.start_mark),
            f"more than {MAX_LETTERS} characters, aliases included: write a smaller scenario",
        )


class _Scanner(Scanner):
    """Refuses a tag that is very long before it is read, which takes the parser time with the square of its length."""

    def scan_tag_uri(self, name: Any, start_mark: Any) -> Any:
        """The rest of a tag."""
        if _TAG.fullmatch(self.reader.prefix(LONGEST_TAG)):
            raise ScannerError(
                f"while scanning a {name}", start_mark, "a tag is too long, and a scenario has none", start_mark
            )
        return super().scan_tag_uri(name, start_mark)


_TAG = re.compile(rf"[^\s\0]{{{LONGEST_TAG}}}")


_NODES = (AliasEvent, ScalarEvent, MappingStartEvent, MappingEndEvent, SequenceStartEvent, SequenceEndEvent)


def _problem(error: MarkedYAMLError) -> str:
    """The parser's words in one sentence, with where the unfinished thing began."""
    problem = str(error.problem or "it cannot be read").strip()
    problem = next((words for start, words in _PROBLEMS.items() if problem.startswith(start)), printable(problem))
    began = error.context_mark
    if began is not None and error.problem_mark is not None and began.line != error.problem_mark.line:
        problem += f" ({printable(str(error.context))} that begins on line {began.line + 1})"
    advice = "indent with spaces" if "'\\t'" in problem else "check the indentation, brackets and quotes here"
    return f"{problem}: {advice}"


_PROBLEMS = {
    "expected '<document start>'": "this does not go with what stands before it",
    "expected <block end>": "this does not line up with what it belongs to",
    "could not find expected ':'": 'a key here has no ":" after it',
    "mapping values are not allowed here": 'a ":" cannot stand here',
    "found unexpected end of stream": "the text ends too soon",
    "expected the node content": "a value is missing",
}


class _Walk:
    """Builds the tree from the events; an alias is walked again, so that each path has values of its own."""

    def __init__(self, reader: _Reader, events: list[Any], aliases: dict[int, int]) -> None:
        self.reader = reader
        self.events = events
        self.aliases = aliases
        self.places = Places(Place(reader.source, 0, 0))
        self.mistakes: list[Mistake] = []
        self.broken: list[Path] = []
        self.visited = self.letters = 0
        self.open: set[int] = set()
        self.depth = 0

    def value(self, at: int, path: Path) -> tuple[Tree, int]:
        """The value whose first event has index `at`, and the index after its last."""
        event = self.events[at]
        place = self.reader.place(event.start_mark)
        if isinstance(event, ScalarEvent) and not event.value and event.implicit[0]:
            place = self.places.keys.get(path, place)  # the parser puts a value that is not there at the next one
        self.places.values.setdefault(path, place)
        self.visited += 1
        if self.visited > MAX_NODES:
            self.reader.too_big(event)
        if isinstance(event, AliasEvent):
            return self._alias(at, path), at + 1
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._wrong(place, path, f"the tag {quoted(str(tag))} cannot be used: a scenario has no tags")
            self.broken.append(path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place, path), at + 1
        if self.depth >= MAX_DEPTH:
            self.reader.stop(place, f"nested more than {MAX_DEPTH} deep: a scenario is shallow")
        self.depth += 1
        self.open.add(at)
        mapping = isinstance(event, MappingStartEvent)
        tree, after = self._mapping(at, path) if mapping else self._sequence(at, path)
        self.open.discard(at)
        self.depth -= 1
        return tree, after

    def _alias(self, at: int, path: Path) -> Tree:
        target = self.aliases[at]
        if target in self.open:
            name = quoted(f"*{self.events[at].anchor}")
            self._wrong(self.reader.place(self.events[at].start_mark), path, f"{name} contains itself: write it out")
            self.broken.append(path)
            return None
        return self.value(target, path)[0]

    def _scalar(self, event: Any, place: Place, path: Path) -> Tree:
        text = str(event.value)
        self.letters += len(text)
        if self.letters > MAX_LETTERS:
            self.reader.too_long(event)
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self._wrong(
                place, path, f"{quoted(text)} has an escape that is half a character: write the character itself"
            )
            self.broken.append(path)
        return core(text) if event.implicit[0] and event.tag is None else text

    def _sequence(self, at: int, path: Path) -> tuple[list[Tree], int]:
        items: list[Tree] = []
        at += 1
        while not isinstance(self.events[at], SequenceEndEvent):
            item, at = self.value(at, (*path, len(items)))
            items.append(item)
        return items, at + 1

    def _mapping(self, at: int, path: Path) -> tuple[dict[str, Tree], int]:
        tree: dict[str, Tree] = {}
        at += 1
        while not isinstance(self.events[at], MappingEndEvent):
            key, place, at = self._key(at, path)
            if key is None or key in tree:
                if key is not None:
                    first = self.places.keys[(*path, key)]
                    line = f" (first on line {first.line})" if first.line else ""
                    self._wrong(place, path, f"the key {quoted(key)} is here twice{line}: keep one")
                _, at = self._aside(at, path)
                continue
            self.places.keys[(*path, key)] = place
            tree[key], at = self.value(at, (*path, key))
        return tree, at + 1

    def _key(self, at: int, path: Path) -> tuple[str | None, Place, int]:
        event = self.events[at]
        place = self.reader.place(event.start_mark)
        key, after = self._aside(at, path)
        if isinstance(key, str):
            return key, place, after
        shown = quoted(str(event.value)) if isinstance(event, ScalarEvent) else "this"
        advice = "write it in quotes" if isinstance(event, ScalarEvent) and event.value else "keys are words"
        self._wrong(place, path, f"{shown} is not text, so it cannot be a key: {advice}")
        return None, place, after

    def _aside(self, at: int, path: Path) -> tuple[Tree, int]:
        """A value that takes no place in the tree: a key, or what a repeated key leads to."""
        kept, self.places = self.places, Places(self.places.root)
        tree, after = self.value(at, path)
        self.places = kept
        return tree, after

    def _wrong(self, place: Place, path: Path, text: str) -> None:
        words = f"{where(path)}: {text}" if path else text
        self.mistakes.append(Mistake(place.line, place.column, place.source, words))
