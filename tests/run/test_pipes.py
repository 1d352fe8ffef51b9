"""Messages over pipes, whole and in pieces."""

from __future__ import annotations

import pytest

from sockbench.run.messages import Go, Stop
from sockbench.run.pipes import Unpacker, pack
from sockbench.run.process import describe_exit


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_messages_come_out_as_they_went_in(piece: int) -> None:
    messages = [Go(), Stop(0.5), Go()]
    data = b"".join(map(pack, messages))
    unpacker = Unpacker()
    heard = [message for start in range(0, len(data), piece) for message in unpacker.feed(data[start : start + piece])]
    assert heard == messages


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-63, "killed by signal 63")],
)
def test_how_a_process_ended(code: int, words: str) -> None:
    assert describe_exit(code) == words
