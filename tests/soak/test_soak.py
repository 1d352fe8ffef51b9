"""The soak, for seconds instead of half an hour: its counts, its processes, and that it looks at all of them."""

from __future__ import annotations

import sys

import pytest

from tests.soak.soak import soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


def test_clients_that_come_and_go_over_a_bad_link_are_counted_as_the_relay_saw_them() -> None:
    done = soak(duration="3s", clients=20, rate=400, churn="1s", every=0.25)
    assert done.exit_code == 0
    assert done.disagreements() == []
    assert done.orphans == []
    assert {process.what for process in done.watched.values()} >= {"conductor", "servers", "worker", "relays"}
    (group,) = done.run["groups"]
    assert group["lost"] > 0 < group["churned"]
