"""Results as runs make them, small enough to read in a golden file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sockbench.model.calibration import Calibration
from sockbench.model.environment import Environment
from sockbench.model.plan import (
    BurstLoss,
    ChoicePayload,
    Closed,
    DigitsPayload,
    Every,
    FilePayload,
    Group,
    Impairment,
    Plan,
    RandomLoss,
    Rate,
    Server,
    SizePayload,
    Stage,
    Stages,
    Stall,
    Target,
    TextPayload,
    Think,
    Threshold,
    Way,
)
from sockbench.model.plan import (
    Jitter as DelayJitter,
)
from sockbench.model.relay import GroupTruth, RelayReport, RelayResult, WayCounts
from sockbench.model.result import (
    Buffer,
    Counts,
    GroupResult,
    Interval,
    Jitter,
    Result,
    Run,
    ServerResult,
    Spread,
    TcpResult,
    ThresholdResult,
    Times,
    Verdict,
)
from sockbench.model.sockets import SocketOptions

ENVIRONMENT = Environment(
    sockbench="0.1.0",
    python="3.11.7",
    libraries={"trio": "0.35.0"},
    os="Linux",
    kernel="6.8.0",
    cpu="AMD EPYC 7B13",
    cpus=2,
    memory_bytes=8_589_934_592,
    sysctl={"net.core.rmem_max": "212992"},
    load_average=(0.24, 0.07, 0.02),
    workers=1,
    driver="tasks",
    gc="off while measuring",
)
CALIBRATION = Calibration(
    sockbench="0.1.0",
    measured="2026-11-21T06:45:00Z",
    cpu="AMD EPYC 7B13",
    kernel="6.8.0",
    python="3.11.7",
    udp=Times(
        n=14_000,
        min_s=1.08e-5,
        mean_s=1.2e-5,
        p50_s=1.1e-5,
        p90_s=1.3e-5,
        p99_s=2.1e-5,
        p999_s=8e-5,
        max_s=0.0004,
    ),
    tcp=Times(
        n=12_000,
        min_s=1.3e-5,
        mean_s=1.5e-5,
        p50_s=1.4e-5,
        p90_s=1.6e-5,
        p99_s=2.6e-5,
        p999_s=9e-5,
        max_s=0.0007,
    ),
    trio_lateness=Times(
        n=900, min_s=3.4e-5, mean_s=7e-5, p50_s=6.8e-5, p90_s=1e-4, p99_s=None, p999_s=None, max_s=0.002
    ),
    lane_lateness=Times(
        n=1040, min_s=1e-7, mean_s=6e-7, p50_s=5e-7, p90_s=8e-7, p99_s=1.2e-5, p999_s=None, max_s=0.0004
    ),
    record_s=5.6e-7,
    record_many_s=1.04e-7,
    clock_read_s=4.7e-8,
    clock_resolution_s=1e-9,
)
NO_TIMES = Times(n=0, min_s=None, mean_s=None, p50_s=None, p90_s=None, p99_s=None, p999_s=None, max_s=None)
RTT = Times(n=996, min_s=0.000212, mean_s=0.00047, p50_s=0.000412, p90_s=0.00068, p99_s=None, p999_s=None, max_s=0.0121)
RESPONSE = replace(RTT, p50_s=0.00047, max_s=0.0124)
LAG = replace(RTT, n=1000, min_s=0.0, mean_s=5.1e-5, p50_s=4.8e-5, p90_s=9e-5, p99_s=0.00021, max_s=0.0003)

SERVER = Server(
    name="registry", service="registry", transport="udp", host="127.0.0.1", port=10125, max_clients=10, idle=60.0
)
STUDENTS = Group(
    name="students",
    count=10,
    transport="udp",
    server="registry",
    target=None,
    register="aluno-{index}",
    payload=TextPayload("Olá, servidor!"),
    arrivals=Rate(per_second=100.0),
    window=4,
    timeout=0.5,
    connect="once",
    format="envelope",
)
P99 = Threshold("students.rtt.p90 < 20ms", "students", "rtt", "p90", "<", 0.02, "seconds")
P999 = Threshold("students.rtt.p999 < 50ms", "students", "rtt", "p999", "<", 0.05, "seconds")
LOST = Threshold("lost < 0.3%", None, "lost", None, "<", 0.003, "share")
SENT = Threshold("sent >= 1000", None, "sent", None, ">=", 1000.0, "count")
SPEED = Threshold("requests_per_s > 50/s", None, "requests_per_s", None, ">", 50.0, "per_second")

PLAN = Plan(
    name="udp10",
    description="Ten registered UDP clients talk to the classroom server",
    source="scenarios/udp10.yaml",
    seed=7,
    warmup=1.0,
    duration=10.0,
    drain=1.0,
    servers=(SERVER,),
    groups=(STUDENTS,),
    thresholds=(P99, P999, LOST, SENT, SPEED),
)
GROUP = GroupResult(
    name="students",
    server="registry",
    transport="udp",
    clients=10,
    unregistered=0,
    counts=Counts(ok=996, lost=4),
    warmup=Counts(ok=100),
    duplicate=0,
    reordered=0,
    stray=0,
    lost_up=3,
    lost_down=1,
    lost_unknown=0,
    bytes_sent=64_000,
    bytes_received=63_744,
    requests_per_s=90.9,
    replies_per_s=90.5,
    rtt=RTT,
    response=RESPONSE,
    lag=LAG,
    late_rtt=NO_TIMES,
    jitter=Jitter(rfc3550_s=6.1e-5, ipdv_mean_s=8.2e-5, ipdv_p99_s=3.1e-4),
)
SERVED = ServerResult(
    name="registry",
    transport="udp",
    address="127.0.0.1:10125",
    received=1097,
    answered=1097,
    rejected=0,
    clients_peak=10,
    kernel_drops=0,
    cpu_s=0.183,
)
RUN = Run(
    variant={},
    repetition=1,
    warmup_s=1.0,
    duration_s=10.0,
    elapsed_s=11.0,
    groups=(GROUP,),
    servers=(SERVED,),
    intervals=(Interval(start_s=0.0, end_s=1.0, group="students", counts=Counts(ok=99, lost=1), rtt=RTT),),
)
RESULT = Result(
    sockbench="0.1.0",
    name="udp10",
    started="2026-11-21T06:50:00Z",
    interrupted=False,
    seed=7,
    verdict=Verdict(status="valid", reasons=()),
    environment=ENVIRONMENT,
    scenario=PLAN,
    thresholds=(
        ThresholdResult(P99.expression, 0.00068, True),
        ThresholdResult(P999.expression, None, False, reason="withheld: 996 samples, and p999 takes 10,000"),
        ThresholdResult(LOST.expression, 0.004, False),
        ThresholdResult(SENT.expression, 1000.0, True),
        ThresholdResult(SPEED.expression, 90.9, True),
    ),
    runs=(RUN,),
)


def result_of(
    *groups: GroupResult, servers: tuple[ServerResult, ...] = (SERVED,), elapsed_s: float = 11.0, **changes: Any
) -> Result:
    """RESULT with other groups, other servers and some fields changed."""
    run = replace(RUN, groups=groups, servers=servers, elapsed_s=elapsed_s)
    return replace(RESULT, runs=(run,), **changes)


ALL_OUTCOMES = replace(
    GROUP,
    counts=Counts(ok=9_000, late=12, lost=34, refused=5, failed=6, corrupt=7, skipped=890, unfinished=2),
    duplicate=3,
    reordered=11,
    stray=1,
    rtt=replace(RTT, n=9_000, p99_s=0.0042),
    response=replace(RESPONSE, n=9_000, p99_s=0.0051),
)
HUGE = replace(
    GROUP,
    name="hammers",
    clients=100_000,
    counts=Counts(ok=987_654_321_000, lost=1_234_567_890, skipped=10**12),
    requests_per_s=123_456_789.0,
    rtt=replace(RTT, n=10**12, p50_s=1.2, p90_s=59.5, p99_s=104.4, max_s=3600.0),
    response=replace(RESPONSE, n=10**12, p99_s=3600.0),
)
SILENT = replace(
    GROUP,
    counts=Counts(lost=1000),
    warmup=Counts(lost=100),
    lost_up=None,
    lost_down=None,
    lost_unknown=0,
    bytes_received=0,
    replies_per_s=0.0,
    rtt=NO_TIMES,
    response=NO_TIMES,
    jitter=Jitter(None, None, None),
)
HOSTILE = replace(
    GROUP,
    name="\x1b[31mred\n|*bold*|`x`<b>日本語のとても長い名前です、本当に長い",
    server="udp://evil\u202e.example:53",
)
KERNEL = replace(
    GROUP,
    name="kernel",
    kernel_rtt=replace(RTT, n=994, p50_s=0.000312, p90_s=0.00055, max_s=0.0119),
    kernel_drops=3,
    receive_buffer=Buffer(size=425_984, wanted=1_486_848),
)
CONNECTIONS = TcpResult(
    connections=10,
    retransmits=3,
    dsack_dups=1,
    lost_at_end=0,
    segments=2_003,
    delivered=2_010,
    reorderings=0,
    rtt=Spread(2.1e-5, 0.0212, 0.0231),
    rttvar=Spread(8e-6, 0.0242, 0.0251),
    min_rtt_s=4e-6,
    congestion="cubic",
)
STREAMS = replace(
    GROUP,
    name="streams",
    transport="tcp",
    receive_buffer=Buffer(size=425_984, wanted=1_048_576),
    send_buffer=Buffer(size=8_388_608, wanted=16_777_216),
    tcp=CONNECTIONS,
    hints=("40 ms were seen",),
)
OLD_KERNEL = replace(
    STREAMS,
    name="old kernel",
    receive_buffer=None,
    send_buffer=None,
    tcp=TcpResult(10, 3, None, 0, None, None, None, CONNECTIONS.rtt, Spread(None, None, None), None, None),
)
TRUTH = GroupTruth("students", 1000, 996, 0, 0, 0, 3, 1, 2, 0, 1)
RELAY = RelayResult(
    "server",
    "registry",
    RelayReport(
        "udp",
        "127.0.0.1:40001",
        "127.0.0.1:10125",
        up=WayCounts(received=1110, duplicated=9, lost=4, delivered=1115, corrupted=1),
        down=WayCounts(received=1115, duplicated=3, lost=1, overflowed=2, delivered=1114, held=1, reordered=5),
        flows=10,
        turned_away=0,
        forgotten=0,
        refused=2,
        resets=0,
        kernel_drops=0,
    ),
    (TRUTH,),
)

SUSPECT = Verdict(
    status="suspect",
    reasons=(
        "the run was interrupted after 3.2 s",
        "the kernel dropped 1,234 datagrams at server registry because its socket buffer was full: the server, or this "
        "machine, could not keep up",
    ),
)


def many_groups() -> tuple[GroupResult, ...]:
    """Twelve groups of growing size."""
    return tuple(
        replace(
            GROUP,
            name=f"class-{number}",
            clients=number,
            counts=Counts(ok=10**number // 100, lost=number),
            requests_per_s=10**number / 1234,
            lost_up=0,
            lost_down=0,
            lost_unknown=0,
        )
        for number in range(1, 13)
    )


STALLED = Impairment(Way(delay=0.02, rate=1.25e6, queue=65_536), Way(delay=0.01), Stall(5.0, 0.5), 30.0)
BURSTY = Impairment(
    Way(BurstLoss(0.01, 0.25, 0.9, 0.001), 0.02, DelayJitter("normal", 0.005), 0.02, 0.01, 0.001, 1e6, 65_536),
    Way(RandomLoss(0.05), jitter=DelayJitter("uniform", 0.001)),
)
EVERY_KIND = replace(
    PLAN,
    servers=(
        SERVER,
        Server("echo", "echo", "tcp", "127.0.0.1", 0, None, 60.0, banner=True, socket=SocketOptions(quickack=True)),
        Server("upper", "upper", "tcp", "::1", 12000, None, 30.0, once=True, impair=STALLED),
    ),
    groups=(
        STUDENTS,
        replace(STUDENTS, name="sizes", payload=SizePayload(64), arrivals=Closed(Think(0.5, 0.5), phase="lockstep")),
        replace(STUDENTS, name="lossy", impair=BURSTY),
        replace(
            STUDENTS,
            name="digits",
            payload=DigitsPayload(1, 30),
            arrivals=Every(10.0),
            connect="per-request",
            socket=SocketOptions(nodelay=False, send_buffer=65_536, congestion="reno"),
            writes=2,
        ),
        replace(STUDENTS, name="thinks", arrivals=Closed(Think(0.5, 1.5)), start=2.0, stop=8.0, churn=30.0),
        replace(STUDENTS, name="bursts", arrivals=Rate(5.0, "burst", burst=20)),
        replace(STUDENTS, name="ramps", arrivals=Stages((Stage(4.0, 0.0, 50.0), Stage(1.0, 0.0, 0.0)), "poisson")),
        replace(
            STUDENTS,
            name="choices",
            payload=ChoicePayload(("a", "b")),
            arrivals=Rate(5.0, "poisson", "lockstep"),
            timestamps="kernel",
        ),
        replace(
            STUDENTS,
            name="files",
            server=None,
            target=Target("tcp", "::1", 8888),
            transport="tcp",
            register=None,
            payload=FilePayload("data/message.bin", b"12345"),
            format="line",
        ),
    ),
)
