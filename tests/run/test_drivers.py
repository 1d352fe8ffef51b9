"""Which driver a group gets, by what it asks for and where it runs."""

from __future__ import annotations

import pytest

from sockbench.errors import RunError
from sockbench.run.drivers import drivers_of, named
from tests.run.plans import plan_of

SCENARIO = """\
servers:
  udp: {service: echo, transport: udp}
  tcp: {service: echo, transport: tcp}
clients:
  - {name: plain, server: udp}
  - {name: streams, server: tcp}
"""
OTHERS = {
    "connect: per-request, server: tcp": "it has a connection for each request",
    "churn: 10s, server: udp": "its clients come and go",
    "timestamps: kernel, server: udp": "it takes the kernel's timestamps",
}


def test_plain_sockets_are_driven_on_lanes_on_linux() -> None:
    plan = plan_of(SCENARIO)
    assert drivers_of(plan, "auto", "linux") == {"plain": "lanes", "streams": "lanes"}
    assert drivers_of(plan, "lanes", "linux") == {"plain": "lanes", "streams": "lanes"}
    assert drivers_of(plan, "tasks", "linux") == {"plain": "tasks", "streams": "tasks"}
    assert drivers_of(plan, "auto", "darwin") == {"plain": "tasks", "streams": "tasks"}


@pytest.mark.parametrize("keys", OTHERS)
def test_what_lanes_do_not_take_is_driven_by_tasks(keys: str) -> None:
    plan = plan_of(SCENARIO + f"  - {{name: special, {keys}}}\n")
    drivers = drivers_of(plan, "auto", "linux")
    assert drivers == {"plain": "lanes", "streams": "lanes", "special": "tasks"}
    assert named(drivers) == "lanes and tasks"
    with pytest.raises(RunError) as caught:
        drivers_of(plan, "lanes", "linux")
    assert str(caught.value) == (f"the driver 'lanes' cannot drive group 'special': {OTHERS[keys]}; use --driver auto")


def test_lanes_need_linux() -> None:
    with pytest.raises(RunError, match="it needs Linux; use --driver auto"):
        drivers_of(plan_of(SCENARIO), "lanes", "darwin")
