"""`token:` of servers and groups: what may go with it, and the secret that is meant. No mistake quotes one.

Reads the files that are named with `@`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

from sockbench.model.secret import LONGEST, SHORTEST, Secret
from sockbench.scenario.defaults import format_of, token_of
from sockbench.scenario.findings import Findings, Path
from sockbench.scenario.keys import GroupKeys, ScenarioKeys, ServerKeys
from sockbench.scenario.kinds import token as check_token
from sockbench.scenario.source import read_limited, read_named
from sockbench.scenario.words import quoted

_BESIDE = "; the file of a token is looked for beside the scenario"
_LARGEST = 4 * LONGEST + 2  # bytes: every character has four, and a line end


def parse_token(written: str, folder: FilePath, read: Callable[[FilePath, int], bytes] = read_limited) -> Secret:
    """The secret that is written, or that stands in the file named after an `@`, looked for in `folder` and `read` up
    to a limit. ValueError.
    """
    if not written.startswith("@"):
        return Secret(check_token(written))
    try:
        text = read(folder / written[1:], _LARGEST).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{quoted(written[1:])} is not UTF-8 text: save it as UTF-8") from None
    if not SHORTEST <= len(text) <= LONGEST:
        size = f"{len(text)} characters" if text else "nothing"
        raise ValueError(f"{quoted(written[1:])} has {size} in it: write {SHORTEST} to {LONGEST}")
    if text.startswith("@"):
        raise ValueError(f'{quoted(written[1:])} begins with "@": a secret does not')
    return Secret(text)


def given_to_targets(keys: ScenarioKeys, token: str | None) -> ScenarioKeys:
    """The keys as if `token` stood in each group with a target that could have one, and has none of its own."""
    if token is None:
        return keys
    groups = [
        group.model_copy(update={"token": token})
        if group.target is not None and group.token is None and group.format in (None, "envelope")
        else group
        for group in keys.clients
    ]
    return keys.model_copy(update={"clients": groups})


def check_tokens(keys: ScenarioKeys, folder: FilePath, findings: Findings) -> dict[str | None, Secret]:
    """The secrets of a scenario, by how they are written."""
    found: dict[str | None, Secret] = {}

    def find(written: str, path: Path) -> None:
        try:
            found[written] = parse_token(written, folder, read_named)
        except ValueError as error:
            findings.value(path, f"{error}{_BESIDE if written.startswith('@') else ''}")

    for name, server in keys.servers.items():
        if server.token is not None:
            find(server.token, ("servers", name, "token"))
            if server.banner:
                words = '"banner" speaks before anybody has proven a token: leave one of them out'
                findings.key(("servers", name, "banner"), words)
    for index, group in enumerate(keys.clients):
        if group.token is not None:
            find(group.token, ("clients", index, "token"))
        _check_group(group, ("clients", index), keys.servers, findings)
    return found


def _check_group(group: GroupKeys, at: Path, servers: Mapping[str, ServerKeys], findings: Findings) -> None:
    server = servers.get(group.server or "")
    if token_of(group, servers) is None or findings.touches((*at, "format")) or findings.touches((*at, "token")):
        return
    if format_of(group) != "envelope":
        whose = '"token"' if group.token is not None else f"the token of the server {quoted(group.server or '')}"
        findings.value((*at, "format"), f"{whose} is proven in envelopes only: write format: envelope")
    elif server is not None and server.token is None and not findings.touches(("servers", group.server or "")):
        findings.key(
            (*at, "token"), f"the server {quoted(group.server or '')} has no token: give it this one, or leave it out"
        )
