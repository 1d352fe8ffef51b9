"""The JSON values of `result.json` back into a result. What does not fit schema 1 is a ResultError that says where.

A file payload comes back without its data, and thresholds that the run never judged are not in the plan.
"""

from __future__ import annotations

from typing import get_args

from sockbench.model.comparison import Comparison as ComparisonOfSides
from sockbench.model.environment import Environment
from sockbench.model.experiment import Variant
from sockbench.model.find import Find
from sockbench.model.outcome import OUTCOME_NAMES
from sockbench.model.plan import Threshold
from sockbench.model.result import (
    SCHEMA,
    Counts,
    GroupResult,
    Interval,
    Jitter,
    Result,
    Run,
    ServerResult,
    Verdict,
    VerdictStatus,
)
from sockbench.store.calibration_json import decode_calibration, decode_times
from sockbench.store.comparison_json import decode_comparison
from sockbench.store.find_json import decode_find
from sockbench.store.plan_json import TRANSPORTS, decode_plan
from sockbench.store.reading import NewerError, Reader, ResultError
from sockbench.store.relay_json import decode_relay
from sockbench.store.socket_json import decode_buffer, decode_tcp
from sockbench.store.threshold_json import decode_held, decode_threshold

_STATUSES: tuple[VerdictStatus, ...] = get_args(VerdictStatus)


def decode(document: object) -> Result:
    """The result that `encode` wrote. ResultError, a ValueError, when it is none or of another schema."""
    raw = Reader(document, "result")
    schema = raw.whole("schema")
    if schema > SCHEMA:
        raise NewerError(
            f"result.schema is {schema}, and this version of sockbench reads schema {SCHEMA} only; a newer version "
            "wrote it"
        )
    if schema != SCHEMA:
        raise ResultError(f"result.schema is {schema}, and this version of sockbench reads schema {SCHEMA} only")
    verdict = raw.inner("verdict")
    held = raw.rows("thresholds")
    thresholds = tuple(decode_threshold(one) for one in held if "metric" in one)
    scenario = raw.inner("scenario")
    variants = scenario.rows("variants") if "variants" in scenario else []  # which older results have not
    return Result(
        sockbench=raw.text("sockbench"),
        name=raw.text("name"),
        started=raw.moment("started"),
        interrupted=raw.truth("interrupted"),
        seed=raw.whole("seed"),
        verdict=Verdict(status=verdict.one_of("status", _STATUSES), reasons=verdict.texts("reasons")),
        environment=_environment(raw.inner("environment")),
        scenario=decode_plan(scenario, _own(thresholds, scenario)),
        thresholds=tuple(map(decode_held, held)),
        runs=tuple(map(_run, raw.rows("runs"))),
        variants=tuple(_variant(one, thresholds) for one in variants),
        repeat=scenario.whole("repeat") if "repeat" in scenario else 1,
        comparison=_comparison(raw),
        find=_find(raw),
    )


def _variant(raw: Reader, thresholds: tuple[Threshold, ...]) -> Variant:
    plan = raw.inner("plan")
    return Variant(raw.words("values"), decode_plan(plan, _own(thresholds, plan)))


def _own(thresholds: tuple[Threshold, ...], plan: Reader) -> tuple[Threshold, ...]:
    """Those that a plan names; the thresholds that its variant was held against say what they mean."""
    known = {threshold.expression: threshold for threshold in thresholds}
    return tuple(known[name] for name in plan.texts("thresholds") if name in known)


def _comparison(raw: Reader) -> ComparisonOfSides | None:
    is_there = "comparison" in raw and not raw.is_null("comparison")
    return decode_comparison(raw.inner("comparison")) if is_there else None


def _find(raw: Reader) -> Find | None:
    is_there = "find" in raw and not raw.is_null("find")
    return decode_find(raw.inner("find"), len(raw.rows("runs"))) if is_there else None


def _environment(raw: Reader) -> Environment:
    return Environment(
        sockbench=raw.text("sockbench"),
        python=raw.text("python"),
        libraries=raw.words("libraries"),
        os=raw.text("os"),
        kernel=raw.text("kernel"),
        cpu=raw.maybe_text("cpu"),
        cpus=raw.maybe_whole("cpus"),
        memory_bytes=raw.maybe_whole("memory_bytes"),
        sysctl=raw.words("sysctl"),
        load_average=_load_average(raw),
        workers=raw.whole("workers"),
        driver=raw.text("driver"),
        gc=raw.text("gc"),
        other_cpu_share=raw.maybe_number("other_cpu_share") if "other_cpu_share" in raw else None,
        steal_share=raw.maybe_number("steal_share") if "steal_share" in raw else None,
        clock_step_s=raw.maybe_number("clock_step_s") if "clock_step_s" in raw else None,
        workers_auto="workers_auto" in raw and raw.truth("workers_auto"),  # results of before had neither
        start_late_s=raw.maybe_number("start_late_s") if "start_late_s" in raw else None,
        calibration=(
            decode_calibration(raw.inner("calibration"))
            if "calibration" in raw and not raw.is_null("calibration")
            else None
        ),
    )


def _load_average(raw: Reader) -> tuple[float, float, float] | None:
    if raw.is_null("load_average"):
        return None
    load = raw.numbers("load_average")
    if len(load) != 3:
        raise ResultError(f"{raw.path}.load_average is not three numbers")
    return load[0], load[1], load[2]


def _run(raw: Reader) -> Run:
    return Run(
        variant=raw.words("variant"),
        repetition=raw.whole("repetition"),
        warmup_s=raw.number("warmup_s"),
        duration_s=raw.number("duration_s"),
        elapsed_s=raw.number("elapsed_s"),
        groups=tuple(map(_group, raw.rows("groups"))),
        servers=tuple(map(_server, raw.rows("servers"))),
        intervals=tuple(map(_interval, raw.rows("intervals"))),
        relays=tuple(map(decode_relay, raw.rows("relays"))) if "relays" in raw else (),
        aborted_by=raw.maybe_text("aborted_by") if "aborted_by" in raw else None,
    )


def _group(raw: Reader) -> GroupResult:
    counts = _counts(raw)
    # The first results reckoned jitter, and which way a request was lost, in another way, and so those are not known.
    is_first = "lost_unknown" not in raw
    return GroupResult(
        name=raw.text("name"),
        server=raw.text("server"),
        transport=raw.one_of("transport", TRANSPORTS),
        clients=raw.whole("clients"),
        unregistered=raw.whole("unregistered"),
        counts=counts,
        warmup=_counts(raw.inner("warmup")),
        duplicate=raw.whole("duplicate"),
        reordered=raw.whole("reordered"),
        stray=raw.whole("stray"),
        lost_up=None if is_first else raw.maybe_whole("lost_up"),
        lost_down=None if is_first else raw.maybe_whole("lost_down"),
        lost_unknown=counts.lost if is_first else raw.whole("lost_unknown"),
        bytes_sent=raw.whole("bytes_sent"),
        bytes_received=raw.whole("bytes_received"),
        requests_per_s=raw.maybe_number("requests_per_s"),
        replies_per_s=raw.maybe_number("replies_per_s"),
        rtt=decode_times(raw.inner("rtt")),
        response=decode_times(raw.inner("response")),
        lag=decode_times(raw.inner("lag")),
        late_rtt=decode_times(raw.inner("late_rtt")),
        jitter=Jitter(None, None, None) if is_first else _jitter(raw.inner("jitter")),
        # Results of the first version have neither.
        kernel_rtt=None
        if "kernel_rtt" not in raw or raw.is_null("kernel_rtt")
        else decode_times(raw.inner("kernel_rtt")),
        kernel_drops=raw.maybe_whole("kernel_drops") if "kernel_drops" in raw else None,
        churned=raw.whole("churned") if "churned" in raw else 0,
        hints=raw.texts("hints") if "hints" in raw else (),
        receive_buffer=decode_buffer(raw, "receive_buffer"),
        send_buffer=decode_buffer(raw, "send_buffer"),
        tcp=decode_tcp(raw),
    )


def _jitter(raw: Reader) -> Jitter:
    return Jitter(
        rfc3550_s=raw.maybe_number("rfc3550_s"),
        ipdv_mean_s=raw.maybe_number("ipdv_mean_s"),
        ipdv_p99_s=raw.maybe_number("ipdv_p99_s"),
    )


def _server(raw: Reader) -> ServerResult:
    return ServerResult(
        name=raw.text("name"),
        transport=raw.one_of("transport", TRANSPORTS),
        address=raw.text("address"),
        received=raw.maybe_whole("received"),
        answered=raw.maybe_whole("answered"),
        rejected=raw.maybe_whole("rejected"),
        clients_peak=raw.maybe_whole("clients_peak"),
        kernel_drops=raw.maybe_whole("kernel_drops"),
        cpu_s=raw.maybe_number("cpu_s"),
        receive_buffer=decode_buffer(raw, "receive_buffer"),
        send_buffer=decode_buffer(raw, "send_buffer"),
        idled=raw.maybe_whole("idled") if "idled" in raw else None,
        unproven=raw.maybe_whole("unproven") if "unproven" in raw else None,
    )


def _interval(raw: Reader) -> Interval:
    return Interval(
        start_s=raw.number("start_s"),
        end_s=raw.number("end_s"),
        group=raw.text("group"),
        counts=_counts(raw),
        rtt=decode_times(raw.inner("rtt")),
        requests_per_s=raw.maybe_number("requests_per_s") if "requests_per_s" in raw else None,
        went_out=raw.maybe_whole("went_out") if "went_out" in raw else None,
        timed_out=raw.maybe_whole("timed_out") if "timed_out" in raw else None,
    )


def _counts(raw: Reader) -> Counts:
    counts = Counts(*(raw.whole(name) for name in OUTCOME_NAMES))
    if (counts.planned, counts.sent) != (raw.whole("planned"), raw.whole("sent")):
        raise ResultError(f"{raw.path}: planned and sent are not the sums of the outcomes")
    return counts
