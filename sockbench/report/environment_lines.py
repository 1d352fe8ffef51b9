"""Under which conditions a result was measured, as short lines: when, with what, where. It judges nothing."""

from __future__ import annotations

from sockbench.model.environment import Environment
from sockbench.model.result import Result
from sockbench.report import units


def environment_lines(result: Result) -> tuple[str, ...]:
    """Plain lines, of text that is not escaped yet; what is not known is left out."""
    environment = result.environment
    libraries = ", ".join(f"{name} {version}" for name, version in environment.libraries.items())
    workers = units.counted(environment.workers, "worker")
    lines = [
        f"scenario {result.scenario.source}, seed {result.seed}, started {result.started}",
        f"sockbench {environment.sockbench}, Python {environment.python}{f' ({libraries})' if libraries else ''}",
        ", ".join(_machine(environment)),
        f"{workers}{' (auto)' if environment.workers_auto else ''}, driver {environment.driver}, garbage collection "
        f"{environment.gc}",
        ", ".join(_meanwhile(environment)),
        ", ".join(f"{name} = {value}" for name, value in environment.sysctl.items()),
    ]
    return tuple(filter(None, lines))


def _machine(environment: Environment) -> list[str]:
    parts = [f"{environment.os} {environment.kernel}"]
    parts += [environment.cpu] if environment.cpu else []
    parts += [units.counted(environment.cpus, "processor")] if environment.cpus is not None else []
    parts += [f"{units.size(environment.memory_bytes)} of memory"] if environment.memory_bytes is not None else []
    return parts


def _meanwhile(environment: Environment) -> list[str]:
    """What else went on on the machine."""
    load, others, stolen = environment.load_average, environment.other_cpu_share, environment.steal_share
    parts = [f"load average before it {' '.join(f'{value:.2f}' for value in load)}"] if load is not None else []
    parts += [f"other processes used {units.share(others)} of the processors"] if others is not None else []
    parts += [f"{units.share(stolen)} stolen by the host"] if stolen is not None else []
    return parts
