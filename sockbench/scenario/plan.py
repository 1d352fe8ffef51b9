"""The tree of one variant -> Plan: takes out what is not supported, checks the keys, then what they mean, all at once.

Puts the steps in order, and decides no rule itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

from sockbench.model.plan import Group, Payload, Plan, Server, Threshold
from sockbench.model.secret import Secret
from sockbench.scenario import known
from sockbench.scenario.checks import check_group, check_names, check_servers, check_thresholds, check_top
from sockbench.scenario.defaults import (
    arrivals_of,
    duration_of,
    format_of,
    group_name,
    token_of,
    transport_of,
    window_of,
)
from sockbench.scenario.findings import Findings, Tree
from sockbench.scenario.impair import impairment_of
from sockbench.scenario.keys import GroupKeys, ScenarioKeys, ServerKeys
from sockbench.scenario.messages import fit
from sockbench.scenario.payloads import check_framing, check_size, payload_of
from sockbench.scenario.sockets import options_of
from sockbench.scenario.source import Source
from sockbench.scenario.times import check_times
from sockbench.scenario.tokens import check_tokens, given_to_targets
from sockbench.scenario.unsupported import take_out


def plan_of(
    tree: dict[str, Tree], source: Source, findings: Findings, *, make: bool, token: str | None = None
) -> Plan | None:
    """The plan of one variant; None when `findings` has a mistake in the end, or when not to `make` one.

    `token` is for the targets that have none.
    """
    take_out(tree, findings)
    thresholds_as_written: Tree = copy.deepcopy(tree.get("thresholds"))
    keys = given_to_targets(fit(tree, findings), token)
    check_top(keys, findings)
    check_servers(keys, findings)
    check_names(keys, findings)
    payloads = _groups(keys, source, findings)
    secrets = check_tokens(keys, source.folder, findings)
    thresholds = check_thresholds(thresholds_as_written, keys, findings)
    if findings.mistakes or not make:
        return None
    return _plan(keys, payloads, thresholds, secrets, source)


def _groups(keys: ScenarioKeys, source: Source, findings: Findings) -> list[Payload]:
    payloads = []
    for index, group in enumerate(keys.clients):
        at = ("clients", index)
        payload = payload_of(group, at, source, findings)
        check_group(group, at, keys.servers, findings)
        if payload is None:
            continue
        payloads.append(payload)
        transport = transport_of(group, keys.servers)
        if transport is not None and not findings.touches((*at, "format")):
            format_ = format_of(group)
            check_framing(payload, format_, at, findings)
            proven = token_of(group, keys.servers) is not None
            check_size(payload, group, format_, transport == "udp", proven, at, findings)
    check_times(keys, findings)
    return payloads


Secrets = Mapping[str | None, Secret]
"""Those of a scenario, by how they are written."""


def _plan(
    keys: ScenarioKeys, payloads: list[Payload], thresholds: list[Threshold], secrets: Secrets, source: Source
) -> Plan:
    groups = tuple(
        _group(group, index, payload, keys, secrets)
        for index, (group, payload) in enumerate(zip(keys.clients, payloads, strict=True))
    )
    return Plan(
        name=keys.name or source.stem,
        description=keys.description,
        source=source.label,
        seed=keys.seed,
        warmup=keys.warmup,
        duration=duration_of(keys),
        drain=keys.drain if keys.drain is not None else max(group.timeout for group in groups),
        servers=tuple(_server(name, server, secrets) for name, server in keys.servers.items()),
        groups=groups,
        thresholds=tuple(thresholds),
    )


def _server(name: str, keys: ServerKeys, secrets: Secrets) -> Server:
    if keys.service is None or keys.transport is None:
        raise ValueError(f"the server {name} was not checked")
    default = known.SERVICES[keys.service].max_clients
    return Server(
        name=name,
        service=keys.service,
        transport=keys.transport,
        host=keys.host,
        port=keys.port,
        max_clients=keys.max_clients if keys.max_clients is not None else default,
        idle=keys.idle,
        banner=keys.banner,
        once=keys.once,
        impair=impairment_of(keys.impair) if "impair" in keys.model_fields_set else None,
        socket=options_of(keys),
        max_per_address=keys.max_per_address,
        token=secrets.get(keys.token),
    )


def _group(keys: GroupKeys, index: int, payload: Payload, scenario: ScenarioKeys, secrets: Secrets) -> Group:
    transport = transport_of(keys, scenario.servers)
    if transport is None:
        raise ValueError(f"the group {index} was not checked")
    return Group(
        name=group_name(keys, index),
        count=keys.count,
        transport=transport,
        server=keys.server,
        target=keys.target,
        register=keys.register_as,
        payload=payload,
        arrivals=arrivals_of(keys),
        window=window_of(keys, transport),
        timeout=keys.timeout,
        connect=keys.connect,
        format=format_of(keys),
        timestamps=keys.timestamps,
        start=keys.start,
        stop=keys.stop,
        churn=keys.churn,
        impair=impairment_of(keys.impair) if "impair" in keys.model_fields_set else None,
        socket=options_of(keys),
        writes=keys.writes,
        token=secrets.get(token_of(keys, scenario.servers)),
    )
