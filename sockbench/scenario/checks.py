"""What the keys of a scenario mean to each other: references, what goes with what, what is required.

Each check passes over what an earlier mistake already explains, so that all mistakes of a scenario come at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sockbench.model.plan import Threshold, Transport
from sockbench.scenario import known
from sockbench.scenario.arrivals import check_arrivals
from sockbench.scenario.defaults import format_of, group_name, one_in_flight, transport_of
from sockbench.scenario.findings import Findings, Path, Tree
from sockbench.scenario.impair import check_impair
from sockbench.scenario.keys import GroupKeys, ScenarioKeys, ServerKeys
from sockbench.scenario.kinds import name as check_name
from sockbench.scenario.sockets import check_sockets, check_writes
from sockbench.scenario.template import template_mistakes
from sockbench.scenario.thresholds import check_abort, check_stamped, parse_threshold
from sockbench.scenario.units import duration
from sockbench.scenario.words import either, hint, quoted


def check_top(keys: ScenarioKeys, findings: Findings) -> None:
    """A scenario has clients."""
    if not keys.clients and not findings.touches(("clients",)):
        if "clients" in keys.model_fields_set:
            findings.value(("clients",), "the list is empty: write at least one group of clients")
        else:
            findings.lack((), 'the key "clients" is missing: write at least one group of clients')


def check_servers(keys: ScenarioKeys, findings: Findings) -> None:
    """Each server has a name, a service and a transport, and only options that its service has."""
    taken: dict[tuple[str, int, str | None], str] = {}
    for name, server in keys.servers.items():
        path = ("servers", name)
        place = (server.host, server.port, server.transport)
        if server.port and place in taken and not findings.touches((*path, "port")):
            other = quoted(taken[place])
            findings.value((*path, "port"), f"the server {other} has that port already: choose another, or 0 for any")
        taken.setdefault(place, name)
        try:
            check_name(name)
        except ValueError as error:
            findings.key(path, f"the server's name {error}")
        for key, options in (("service", tuple(known.SERVICES)), ("transport", known.TRANSPORTS)):
            if getattr(server, key) is None and not findings.touches((*path, key)) and not findings.spoiled(path):
                findings.lack(path, f"the key {quoted(key)} is missing: write {key}: {either(options)}")
        facts = known.SERVICES.get(server.service or "")
        for option in ("banner", "once"):
            if facts is not None and option in server.model_fields_set and option not in facts.options:
                owner = next(name for name, other in known.SERVICES.items() if option in other.options)
                findings.key((*path, option), f"{quoted(option)} goes with the service {owner} only: leave it out")
        check_sockets(server, path, server.transport, findings)
        if "impair" in server.model_fields_set:
            check_impair(server.impair, (*path, "impair"), server.transport, findings)


def check_names(keys: ScenarioKeys, findings: Findings) -> None:
    """No two groups share a name."""
    first: dict[str, int] = {}
    for index, group in enumerate(keys.clients):
        at = ("clients", index)
        if findings.touches((*at, "name")):
            continue
        name = group_name(group, index)
        if name in first:
            advice = f"clients[{first[name]}] is already called {quoted(name)}: give this group another name"
            if group.name is None:
                findings.lack(at, advice)
            else:
                findings.value((*at, "name"), advice)
        first.setdefault(name, index)


def check_group(group: GroupKeys, at: Path, servers: Mapping[str, ServerKeys], findings: Findings) -> None:
    """Everything about one group but its payload."""
    _peer(group, at, servers, findings)
    _register(group, at, servers, findings)
    check_arrivals(group, at, findings)
    _format(group, at, transport_of(group, servers), findings)
    check_sockets(group, at, transport_of(group, servers), findings)
    check_writes(group, at, findings)
    if "impair" in group.model_fields_set:
        check_impair(group.impair, (*at, "impair"), transport_of(group, servers), findings)
    _copies(group, at, servers, findings)


def _copies(group: GroupKeys, at: Path, servers: Mapping[str, ServerKeys], findings: Findings) -> None:
    """A link that copies datagrams is for clients who can tell a copy."""
    server = servers.get(group.server or "")
    is_own = "impair" in group.model_fields_set
    keys = group.impair if is_own or server is None else server.impair
    shares = (keys.duplicate, keys.up.duplicate, keys.down.duplicate)
    if any(shares) and transport_of(group, servers) == "udp" and one_in_flight(format_of(group), "udp"):
        findings.value(
            (*at, "impair") if is_own else (*at, "format" if group.format is not None else "server"),
            f"the link copies datagrams (duplicate), and nothing in the {format_of(group)} format tells a copy from "
            "the next reply: leave duplicate out, or write format: envelope",
        )


def _peer(group: GroupKeys, at: Path, servers: Mapping[str, ServerKeys], findings: Findings) -> None:
    if group.server is not None and group.target is not None:
        findings.key((*at, "target"), 'has both "server" and "target": keep one of them')
    elif group.server is None and group.target is None:
        if not any(findings.touches((*at, key)) for key in ("server", "target")):
            example = next(iter(servers), "echo")
            findings.lack(
                at, f"names neither a server nor a target: write server: {example}, or target: udp://host:port"
            )
    elif group.server is not None and group.server not in servers and not findings.touches(("servers", group.server)):
        known_ = f"write {either(map(quoted, servers))}" if servers else "write it under servers:, or give a target"
        findings.value(
            (*at, "server"), f"no server is called {quoted(group.server)}{hint(group.server, servers, known_)}"
        )


def _register(group: GroupKeys, at: Path, servers: Mapping[str, ServerKeys], findings: Findings) -> None:
    if group.register_as is None:
        return
    path = (*at, "register")
    for words in template_mistakes(group.register_as, ("index",)):
        findings.value(path, words)
    if len(group.register_as.encode()) > known.MAX_REGISTER:
        findings.value(path, f"{quoted(group.register_as)} is longer than {known.MAX_REGISTER} bytes: shorten it")
    if "\n" in group.register_as and format_of(group) == "line":
        findings.value(path, f'{quoted(group.register_as)} has a newline, which ends a message in the "line" format')
    server = servers.get(group.server or "")
    if group.target is None and server is not None and server.service not in (None, "registry"):
        findings.key(path, f'"register" goes with the service registry, not {server.service}: leave it out')


def _format(group: GroupKeys, at: Path, transport: Transport | None, findings: Findings) -> None:
    if group.connect == "per-request" and transport == "udp":
        findings.value((*at, "connect"), '"per-request" is for TCP only, and this is UDP: leave it out')
    elif group.connect == "per-request" and group.register_as is not None and format_of(group) == "envelope":
        findings.value((*at, "connect"), 'a place is lost with its connection, so "register" needs "once" here')
    if group.timestamps == "kernel" and transport == "tcp":
        findings.value((*at, "timestamps"), '"kernel" is for UDP only, and this is TCP: leave it out')
    peer_known = group.target is not None or group.server is not None
    if findings.touches((*at, "format")) or not peer_known:
        return
    format_ = format_of(group)
    if format_ in ("line", "length") and group.target is None:
        findings.value((*at, "format"), f"{quoted(format_)} is for a target only: our servers answer envelope and text")
    if group.window is not None and group.window > 1 and one_in_flight(format_, transport):
        over = "" if format_ == "text" else " over UDP"
        why = f"the {format_} format matches replies by order{over}, so one request is in flight"
        findings.value((*at, "window"), f"{quoted(str(group.window))} is too many: {why}; write 1, or format: envelope")


def check_thresholds(raw: Tree, keys: ScenarioKeys, findings: Findings) -> list[Threshold]:
    """The thresholds that can be read; `raw` is the list as it was written, wrong items included."""
    stamped = [group_name(group, at) for at, group in enumerate(keys.clients) if group.timestamps == "kernel"]
    groups: list[str] | None = [group_name(group, index) for index, group in enumerate(keys.clients)]
    if any(findings.touches(("clients", index, "name")) for index in range(len(keys.clients))):
        groups = None
    if findings.spoiled(("clients",)):
        groups = None
    found = []
    for index, item in enumerate(raw if isinstance(raw, list) else ()):
        path: Path = ("thresholds", index)
        if isinstance(item, dict) and not findings.touches(path):
            if "expression" not in item:
                findings.lack(path, f'the key "expression" is missing: write expression: {quoted("lost < 1%")}')
            elif "grace" in item and item.get("abort") is not True:
                findings.key((*path, "grace"), '"grace" goes with abort: true: write both, or leave it out')
        text = item.get("expression") if isinstance(item, dict) else item
        if not isinstance(text, str) or findings.touches(path):
            continue
        where = (*path, "expression") if isinstance(item, dict) else path
        try:
            threshold = parse_threshold(text, groups)
            if threshold.metric == "kernel_rtt" and groups is not None:
                check_stamped(threshold, stamped)
            found.append(_with_abort(threshold, item) if isinstance(item, dict) else threshold)
        except ValueError as error:
            findings.value(where, str(error))
    return found


def _with_abort(threshold: Threshold, item: dict[str, Tree]) -> Threshold:
    """With what its mapping, whose values are good, says of ending a run."""
    if item.get("abort") is not True:
        return threshold
    check_abort(threshold)
    grace = item.get("grace")
    return replace(threshold, abort_after=duration(grace) if isinstance(grace, str) else 0.0)
