"""`sockbench calibrate` without its screen: what is measured, in which order, and for how long.

Blocks while it measures, so that nothing of its own is in the way; between two parts it says what comes next.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import os
import random
import socket
import time
from array import array
from collections.abc import Callable, Iterator

import trio

from sockbench import __version__
from sockbench.errors import RunError
from sockbench.model.calibration import Calibration
from sockbench.model.environment import Environment
from sockbench.model.plan import Transport
from sockbench.net.floor import connect, round_trips
from sockbench.net.lateness import lane_lateness, trio_lateness
from sockbench.run.spares import Started, launch
from sockbench.stats.floor import cost_s, quietest, times_of
from sockbench.stats.histogram import Histogram

WARMUP = 50_000_000
ROUND_TRIPS = 200_000_000
TURNS = 4
LATENESS = 1_250_000_000
"""Nanoseconds: of a warm-up and of a round of round trips, which take turns over UDP and TCP, and of each kind of
sleeper; with the start of the processes some five seconds in all."""
ROUNDS = 200
BATCH = 256
"""Values that a client's tally takes into a histogram at once."""
READS = 1_000


def calibrate(here: Environment, tell: Callable[[str], None]) -> Calibration:
    """Measure this machine, which is `here`. RunError when it does not let it."""
    with _no_collection():
        udp, tcp = _round_trips(tell)
        tell("how late a sleeper wakes")
        sleeps = trio.run(trio_lateness, LATENESS)
        lane_sleeps = trio.run(lane_lateness, LATENESS)
        tell("what the accounting costs")
        alone, batch = _histogram_costs()
        read = _clock_cost()
    now = datetime.datetime.now(datetime.UTC)
    return Calibration(
        sockbench=__version__,
        measured=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        cpu=here.cpu,
        kernel=here.kernel,
        python=here.python,
        udp=times_of(quietest(udp)),
        tcp=times_of(quietest(tcp)),
        trio_lateness=times_of(sleeps),
        lane_lateness=None if lane_sleeps is None else times_of(lane_sleeps),
        record_s=alone,
        record_many_s=batch,
        clock_read_s=read,
        clock_resolution_s=time.get_clock_info("perf_counter").resolution,
    )


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage is not collected meanwhile, as in a worker."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _round_trips(tell: Callable[[str], None]) -> tuple[list[array[int]], list[array[int]]]:
    """Rounds over UDP and over TCP. They take turns, so that no other program disturbs one of them alone.

    In every other turn all processes share a processor: to wake another one, that was idle, may cost more than all the
    rest, and whether it is done is the scheduler's choice.
    """
    with _asker("udp") as (udp, udp_peer), _asker("tcp") as (tcp, tcp_peer):
        found: tuple[list[array[int]], list[array[int]]] = ([], [])
        for turn in range(TURNS):
            tell(f"round trips, {turn + 1} of {TURNS}")
            with _together(turn // 2, udp_peer, tcp_peer) if turn % 2 else contextlib.nullcontext():
                for asker, rounds in zip((udp, tcp), found, strict=True):
                    round_trips(asker, WARMUP)
                    rounds.append(round_trips(asker, ROUND_TRIPS))
    return found


@contextlib.contextmanager
def _together(turn: int, *peers: int) -> Iterator[None]:
    """This process and `peers` on one processor, another in each turn; wherever they want to be, if it cannot be."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    chosen = {sorted(allowed)[turn % len(allowed)]}
    try:
        with contextlib.suppress(OSError):
            for process in (0, *peers):
                os.sched_setaffinity(process, chosen)
        yield
    finally:
        with contextlib.suppress(OSError):
            for process in (0, *peers):
                os.sched_setaffinity(process, allowed)


@contextlib.contextmanager
def _asker(transport: Transport) -> Iterator[tuple[socket.socket, int]]:
    """A socket to a process that echoes, and lives no longer than the block; and the id of that process."""
    try:
        peer = launch("sockbench.run.floor_process", transport)
    except OSError as error:
        raise RunError(f"cannot start a process: {(error.strerror or str(error)).lower()}") from None
    try:
        with connect(transport, _port(peer)) as asker:
            yield asker, peer.process.pid
    finally:
        peer.end()


def _port(peer: Started) -> int:
    """What the other end tells first."""
    told = b""
    while not told.endswith(b"\n"):
        piece = os.read(peer.words, 16)
        if not piece:
            raise RunError("the process that should echo died before it began")
        told += piece
    return int(told)


def _histogram_costs() -> tuple[float, float]:
    """Seconds of one value: alone, and in a batch. The values spread as round trips do, over some decades."""
    stream = random.Random(1)
    values = [int(stream.lognormvariate(11, 1)) for _ in range(BATCH)]
    alone, batch = Histogram(), Histogram()

    def one_by_one() -> None:
        for value in values:
            alone.record(value)

    return (
        cost_s(_timed(one_by_one), BATCH),
        cost_s(_timed(lambda: batch.record_all(values)), BATCH),
    )


def _clock_cost() -> float:
    now = time.perf_counter_ns

    def read() -> None:
        for _ in range(READS):
            now()

    return cost_s(_timed(read), READS)


def _timed(step: Callable[[], None]) -> list[int]:
    """How long each round of `step` took, in ns."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        step()
        found.append(time.perf_counter_ns() - began)
    return found
