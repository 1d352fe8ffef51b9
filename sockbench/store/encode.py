"""A result as the JSON values of `result.json`, schema 1. The order of the keys is that of the design.

Nothing is rounded, and what is unknown is null.
"""

from __future__ import annotations

from dataclasses import asdict

from sockbench.model.environment import Environment
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.result import (
    SCHEMA,
    Buffer,
    Counts,
    GroupResult,
    Interval,
    Jitter,
    Result,
    Run,
    ServerResult,
    Times,
)
from sockbench.store.calibration_json import encode_calibration
from sockbench.store.comparison_json import encode_comparison
from sockbench.store.find_json import encode_find
from sockbench.store.plan_json import encode_plan
from sockbench.store.reading import Json
from sockbench.store.relay_json import encode_relay
from sockbench.store.socket_json import encode_tcp
from sockbench.store.threshold_json import encode_held


def encode(result: Result) -> dict[str, Json]:
    """The whole result; `json.dumps(..., allow_nan=False)` takes it as it is."""
    plans = [variant.plan for variant in result.variants] or [result.scenario]
    details = {threshold.expression: threshold for plan in plans for threshold in plan.thresholds}
    return {
        "schema": SCHEMA,
        "sockbench": result.sockbench,
        "name": result.name,
        "started": result.started,
        "interrupted": result.interrupted,
        "seed": result.seed,
        "verdict": {"status": result.verdict.status, "reasons": list(result.verdict.reasons)},
        "environment": _environment(result.environment),
        "scenario": {
            **encode_plan(result.scenario),
            "repeat": result.repeat,
            "variants": [
                {"values": dict(variant.values), "plan": encode_plan(variant.plan)} for variant in result.variants
            ],
        },
        "thresholds": [encode_held(held, details.get(held.expression)) for held in result.thresholds],
        "comparison": None if result.comparison is None else encode_comparison(result.comparison),
        "find": None if result.find is None else encode_find(result.find),
        "runs": [_run(run) for run in result.runs],
    }


def _environment(environment: Environment) -> dict[str, Json]:
    values: dict[str, Json] = asdict(environment)
    load, calibration = environment.load_average, environment.calibration
    return {
        **values,
        "load_average": None if load is None else list(load),
        "calibration": None if calibration is None else encode_calibration(calibration),
    }


def _run(run: Run) -> dict[str, Json]:
    return {
        "variant": dict(run.variant),
        "repetition": run.repetition,
        "warmup_s": run.warmup_s,
        "duration_s": run.duration_s,
        "elapsed_s": run.elapsed_s,
        "groups": [_group(group) for group in run.groups],
        "servers": [_server(server) for server in run.servers],
        "intervals": [_interval(interval) for interval in run.intervals],
        "relays": [encode_relay(relay) for relay in run.relays],
        "aborted_by": run.aborted_by,
    }


def _group(group: GroupResult) -> dict[str, Json]:
    return {
        "name": group.name,
        "server": group.server,
        "transport": group.transport,
        "clients": group.clients,
        **_counts(group.counts),
        "duplicate": group.duplicate,
        "reordered": group.reordered,
        "stray": group.stray,
        "lost_up": group.lost_up,
        "lost_down": group.lost_down,
        "lost_unknown": group.lost_unknown,
        "bytes_sent": group.bytes_sent,
        "bytes_received": group.bytes_received,
        "requests_per_s": group.requests_per_s,
        "replies_per_s": group.replies_per_s,
        "rtt": _values(group.rtt),
        "response": _values(group.response),
        "lag": _values(group.lag),
        "jitter": _values(group.jitter),
        "unregistered": group.unregistered,
        "warmup": _counts(group.warmup),
        "late_rtt": _values(group.late_rtt),
        "kernel_rtt": None if group.kernel_rtt is None else _values(group.kernel_rtt),
        "kernel_drops": group.kernel_drops,
        "churned": group.churned,
        "hints": list(group.hints),
        "receive_buffer": None if group.receive_buffer is None else _values(group.receive_buffer),
        "send_buffer": None if group.send_buffer is None else _values(group.send_buffer),
        "tcp": encode_tcp(group.tcp),
    }


def _server(server: ServerResult) -> dict[str, Json]:
    values: dict[str, Json] = asdict(server)
    return values


def _interval(interval: Interval) -> dict[str, Json]:
    return {
        "start_s": interval.start_s,
        "end_s": interval.end_s,
        "group": interval.group,
        **_counts(interval.counts),
        "went_out": interval.went_out,
        "timed_out": interval.timed_out,
        "requests_per_s": interval.requests_per_s,
        "rtt": _values(interval.rtt),
    }


def _counts(counts: Counts) -> dict[str, Json]:
    outcomes: dict[str, Json] = {name: getattr(counts, name) for name in OUTCOME_NAMES}
    return {"planned": counts.planned, "sent": counts.sent, **outcomes}


def _values(values: Times | Jitter | Buffer) -> dict[str, Json]:
    found: dict[str, Json] = asdict(values)
    return found
