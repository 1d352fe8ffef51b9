"""pydantic's errors -> our mistakes, and a tree without what they were about.

Every kind of value words its own mistakes (`kinds`); this knows the few errors that pydantic finds itself. Nothing of
pydantic's own wording is passed on.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sockbench.scenario.base_keys import Keys
from sockbench.scenario.findings import Findings, Path, Tree, child, put
from sockbench.scenario.keys import ScenarioKeys, homes, model_at, names_of
from sockbench.scenario.words import either, nearest, quoted, written

Model = TypeVar("Model", bound=Keys)

_SHAPES = {"model_type": "a mapping of keys", "dict_type": "a mapping of names", "list_type": "a list"}


def fit(tree: dict[str, Tree], findings: Findings) -> ScenarioKeys:
    """The keys in `tree`; what is wrong is told to `findings` and taken out of `tree`, as if it was not written."""
    return fit_part(ScenarioKeys, tree, findings, ())


def fit_part(model: type[Model], tree: dict[str, Tree], findings: Findings, at: Path) -> Model:
    """The same for a `tree` that in a scenario would stand at the path `at`."""
    while True:
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=True)
        paths = [_known_path(tree, detail["loc"]) for detail in details]
        for detail, path in zip(details, paths, strict=True):
            _tell(detail, path, findings, at)
        for path in paths:
            _take_out(tree, path)


def _known_path(tree: Tree, loc: Path) -> Path:
    """As much of pydantic's location as there is in the tree."""
    path: Path = ()
    here: Tree = tree
    for part in loc:
        try:
            here = child(here, part)
        except LookupError:
            break
        path = (*path, part)
    return path


def _tell(detail: ErrorDetails, path: Path, findings: Findings, at: Path) -> None:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        _unknown(path, findings, at)
    elif kind == "value_error":
        findings.value(path, str(detail["ctx"]["error"]))
    elif value is None:
        findings.value(path, f"has no value: write {_SHAPES.get(kind, 'one')} or leave the key out")
    else:
        findings.value(path, f"{written(value)} is not {_SHAPES.get(kind, 'what belongs here')}")


def _unknown(path: Path, findings: Findings, at: Path) -> None:
    key = str(path[-1])
    model = model_at((*at, *path[:-1]))
    options = names_of(model) if model is not None else ()
    near = nearest(key, options)
    elsewhere = homes(key)
    if near is not None and not elsewhere:
        findings.key(path, f"unknown key {quoted(key)}, did you mean {quoted(near)}?")
        findings.spoil((*path[:-1], near))
    elif elsewhere:
        findings.key(path, f"unknown key {quoted(key)}: it belongs in {either(elsewhere)}")
    else:
        findings.key(path, f"unknown key {quoted(key)}: the keys here are {either(options)}")


def _take_out(tree: dict[str, Tree], path: Path) -> None:
    """Remove the key at the end of `path`; an item of a list takes the list with it, a group leaves an empty one."""
    while len(path) > 1 and isinstance(path[-1], int) and path[:-1] != ("clients",):
        path = path[:-1]
    here: Tree = tree
    try:
        for part in path[:-1]:
            here = child(here, part)
    except LookupError:  # it went with an earlier mistake
        return
    if isinstance(path[-1], int):
        put(here, path[-1], {})
    elif isinstance(here, dict):
        here.pop(path[-1], None)
