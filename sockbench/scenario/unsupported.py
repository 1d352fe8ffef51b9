"""What the design names and this version does not do: each is refused by name, once, and taken out of the tree.

Nothing here is ever ignored silently, and none of it reaches the check of the keys, which would call it unknown.
"""

from __future__ import annotations

from sockbench.scenario.findings import Findings, Path, Tree

ADVICE = {
    "matrix": "write one scenario for each variant",
    "repeat": "run the scenario again instead",
}


def take_out(tree: dict[str, Tree], findings: Findings) -> None:
    """Refuse and remove every key and value that is not supported yet."""
    _keys(tree, (), ("matrix", "repeat"), findings)
    servers = tree.get("servers")
    for name, server in servers.items() if isinstance(servers, dict) else ():
        service = server.get("service") if isinstance(server, dict) else None
        if isinstance(server, dict) and isinstance(service, str) and ":" in service:
            path = ("servers", name, "service")
            findings.value(path, "a service of your own is not supported yet: name one that comes with sockbench")
            del server["service"]
    if findings.touches(("matrix",)):
        _variables(tree, (), findings)


def _keys(tree: dict[str, Tree], path: Path, keys: tuple[str, ...], findings: Findings) -> None:
    for key in keys:
        if key in tree:
            findings.key((*path, key), f"{key} is not supported yet: {ADVICE[key]}")
            del tree[key]


def _variables(tree: Tree, path: Path, findings: Findings) -> None:
    """With a matrix, `${transport}` stands for a value of it: take it out, for the matrix is mistake enough."""
    if isinstance(tree, dict):
        for key in list(tree):
            if _is_variable(tree[key]):
                findings.silence((*path, key))
                del tree[key]
            else:
                _variables(tree[key], (*path, key), findings)
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            if _is_variable(item):
                findings.silence((*path, index))
            _variables(item, (*path, index), findings)


def _is_variable(value: Tree) -> bool:
    return isinstance(value, str) and "${" in value
