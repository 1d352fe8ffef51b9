"""`${key}` in the values of a scenario: finding them, and putting a variant's values in their place.

Pure. A value that is nothing but `${key}` becomes the matrix's own value, with its type; elsewhere its text stands in
the text around it. `$${` stands for the characters `${`. What is put in is not looked at again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from sockbench.scenario.findings import Findings, Path, Tree
from sockbench.scenario.words import either, nearest, quoted

Scalar = str | int | float | bool

SHARED = ("name", "description", "seed")
"""The keys that all variants have in common: their values cannot differ."""

_PIECE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_WHOLE = re.compile(r"\$\{([^{}]*)\}")


def text_of(value: Scalar) -> str:
    """The value as it is written in YAML, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return value if isinstance(value, str) else repr(value)


def braced(name: str) -> str:
    """`${name}`."""
    return "${" + name + "}"


def filled(text: str, values: Mapping[str, Scalar]) -> Scalar:
    """The text with the values in it; one of the values itself when the text is nothing but its name."""
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return values[whole[1]]
    return _PIECE.sub(lambda piece: "${" if piece[0] == "$${" else text_of(values[piece[1]]), text)


def filled_tree(tree: Tree, values: Mapping[str, Scalar], without: Collection[Path], at: Path = ()) -> Tree:
    """A copy of the tree with the values in it. What stands at `without` is left out of mappings, as if not written."""
    if isinstance(tree, dict):
        return {
            key: filled_tree(value, values, without, (*at, key))
            for key, value in tree.items()
            if (*at, key) not in without
        }
    if isinstance(tree, list):
        return [filled_tree(value, values, without, (*at, place)) for place, value in enumerate(tree)]
    if isinstance(tree, str) and "${" in tree and at not in without:
        return filled(tree, values)
    return tree


def texts_of(tree: Tree, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in the tree that has a `${` in it, and where it stands."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from texts_of(value, (*at, key))
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from texts_of(value, (*at, place))
    elif isinstance(tree, str) and "${" in tree:
        yield at, tree


def names_in(text: str) -> list[str]:
    """The names in the text, in their order."""
    return [piece[1] for piece in _PIECE.finditer(text) if piece[1] is not None]


def check_variables(
    tree: dict[str, Tree], keys: Collection[str] | None, findings: Findings
) -> tuple[set[str], set[Path]]:
    """The names that the tree uses, and where a text is wrong, with a mistake for each.

    `keys` are those of the matrix; None when there is no matrix.
    """
    used: set[str] = set()
    wrong: set[Path] = set()
    for path, text in texts_of(tree):
        names = names_in(text)
        used.update(names)
        problem = _problem(path, text, names, keys)
        if problem is not None:
            findings.value(path, problem)
            findings.silence(path)
            wrong.add(path)
    _keys(tree, (), lambda path, key: findings.key(path, f"{quoted(key)} is a key, and ${{...}} stands in values only"))
    return used, wrong


def _problem(path: Path, text: str, names: list[str], keys: Collection[str] | None) -> str | None:
    if path[-1] == "token":
        return 'a token has no "${" in it, since reports show the values of a matrix: write it out, or name its @FILE'
    for piece in _PIECE.finditer(text):
        if piece[0] == "${":
            return f'{quoted(text)} has a "${{" without its "}}": close it, or write "$${{" for these characters'
    if names and path[0] in SHARED:
        return f"{quoted(text)} cannot be: the {path[0]} is that of all variants, so leave {braced(names[0])} out"
    for name in names:
        itself = f"or $${{{name}}} for these characters"
        if keys is None:
            return f"{quoted(braced(name))} names a key of the matrix, and there is none: write a matrix, {itself}"
        if keys and name not in keys:  # a matrix without keys is a mistake of its own
            near = nearest(name, keys)
            if near is not None:
                return f"{quoted(braced(name))} names no key of the matrix, did you mean {quoted(braced(near))}?"
            known = either(map(braced, keys))
            return f"{quoted(braced(name))} names no key of the matrix: write {known}, {itself}"
    return None


def _keys(tree: Tree, at: Path, tell: Callable[[Path, str], None]) -> None:
    """Tell of every key with a variable in it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if "${" in key:
                tell((*at, key), key)
            _keys(value, (*at, key), tell)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            _keys(value, (*at, place), tell)
