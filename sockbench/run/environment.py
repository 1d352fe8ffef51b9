"""What machine and what versions a result was made with. Reads the system, changes nothing; unknown is None."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from sockbench import __version__
from sockbench.model.environment import Environment
from sockbench.run.workers import Workers

LIBRARIES = ("click", "pydantic", "rich", "ruamel.yaml", "tabulate", "trio")
SYSCTLS = (
    "net.core.rmem_default",
    "net.core.rmem_max",
    "net.core.wmem_default",
    "net.core.wmem_max",
    "net.core.netdev_max_backlog",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.udp_mem",
)


def read_environment(workers: Workers, driver: str) -> Environment:
    """The machine as it is now."""
    return Environment(
        sockbench=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries={name: metadata.version(name) for name in LIBRARIES},
        os=_distribution() or platform.system(),
        kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu=_cpu_model(),
        cpus=os.cpu_count(),
        memory_bytes=_memory(),
        sysctl=_sysctls(),
        load_average=_load_average(),
        workers=workers.count,
        workers_auto=workers.auto,
        driver=driver,
        gc="off while measuring",
    )


def _distribution() -> str | None:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or None
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.processor() or None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _sysctls() -> dict[str, str]:
    found = {}
    for name in SYSCTLS:
        try:
            found[name] = " ".join(Path("/proc/sys", *name.split(".")).read_text().split())
        except OSError:
            continue
    return found


def _load_average() -> tuple[float, float, float] | None:
    try:
        return os.getloadavg()
    except OSError:
        return None
