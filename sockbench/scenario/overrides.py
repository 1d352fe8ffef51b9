"""`--set clients.0.count=100`: one value of the tree replaced before anything is checked.

A mistake in an overridden value names the flag. Decides only whether the path leads somewhere.
"""

from __future__ import annotations

import re

from sockbench.errors import ScenarioError
from sockbench.scenario.document import Document, parse
from sockbench.scenario.findings import Findings, Path, Place, Places, Tree, child, put, where
from sockbench.scenario.keys import model_at, names_of
from sockbench.scenario.override import Override
from sockbench.scenario.words import hint, quoted, written

_MADE = (
    "payload",
    "arrivals",
    "servers",
    "matrix",
    "impair",
    "up",
    "down",
)  # mappings that a path may lead through before they are written
_OWN_WORDS = (("servers",), ("matrix",))  # mappings whose keys are the scenario's own


def apply(document: Document, override: Override) -> None:
    """Set one value in the document's tree, or add a mistake to the document."""
    places = Places(Place(override.source, 0, 0))
    findings = Findings(places)
    try:
        value = parse(override.text, override.source, lines=False)
    except ScenarioError as error:
        document.mistakes.extend(error.mistakes)
        return
    path = _put(document.tree, override, value.tree, findings)
    document.mistakes.extend(value.mistakes + findings.mistakes)
    if path is not None:
        document.broken.extend((*path, *inner) for inner in value.broken)
        document.places.forget(path)
        document.places.keys[path] = places.root
        document.places.values.update({(*path, *inner): place for inner, place in value.places.values.items()})
        document.places.keys.update({(*path, *inner): place for inner, place in value.places.keys.items()})
        document.places.values.setdefault(path, places.root)


def _put(tree: Tree, override: Override, value: Tree, findings: Findings) -> Path | None:
    here: Tree = tree
    path: Path = ()
    made: tuple[dict[str, Tree], str] | None = None  # the outermost mapping that was not written
    parts = override.path.split(".")
    if "" in parts:
        findings.value((), f"{quoted(override.path)} is not a path: write it like clients.0.count")
        return None
    for part in parts[:-1]:
        step = _step(here, part, path, findings, last=False)
        if step is None:
            break
        if isinstance(here, dict) and isinstance(step, str) and step not in here:
            made = made or (here, step)
            here[step] = {}
        here = child(here, step)
        path = (*path, step)
    else:
        step = _step(here, parts[-1], path, findings, last=True)
    if step is None:
        if made is not None:
            del made[0][made[1]]  # an empty mapping would be a mistake of its own, which nobody made
        return None
    put(here, step, value)
    return (*path, step)


def _step(here: Tree, part: str, path: Path, findings: Findings, *, last: bool) -> str | int | None:
    """The key or index that `part` stands for, or None and a mistake."""
    at = where(path) or "the scenario"
    if isinstance(here, list):
        if re.fullmatch("[0-9]{1,9}", part) and int(part) < len(here):
            return int(part)
        range_ = f"write a number from 0 to {len(here) - 1}" if here else "it is empty"
        findings.value((), f"{at} has no item {quoted(part)}: {range_}")
        return None
    if not isinstance(here, dict):
        what = "text" if path[-1:] == ("token",) else written(here)
        findings.value((), f"{at} is {what}, which has no {quoted(part)} in it: set {at} as a whole")
        return None
    model = model_at(path)
    valid = names_of(model) if model is not None else tuple(here)
    if part in here or (last and (part in valid or path in _OWN_WORDS)) or (part in _MADE and part in valid):
        return part
    if not last and part in valid:
        findings.value((), f"{at} has no {quoted(part)} yet: set it as a whole")
    else:
        findings.value((), f"{at} has no key {quoted(part)}{hint(part, [*here, *valid], 'see sockbench schema')}")
    return None
