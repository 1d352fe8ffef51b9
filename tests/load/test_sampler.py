"""Every request is kept once, with how it ended, until its rows are taken."""

from __future__ import annotations

from sockbench.load.sampler import Sampler
from sockbench.model.columns import NEVER
from sockbench.model.outcome import Outcome
from sockbench.model.samples import LOST_UP, Sample
from tests.load.books import IDENTITY, Books, begun, make_client, reply_to, schedule, sent


def test_what_a_client_did_is_in_the_rows() -> None:
    sampler = Sampler()
    witness = sampler.witness(4, IDENTITY)
    client = begun(make_client(schedule([1, 2, 3, 30]), Books(), window=2, witness=witness), measure_from=2, end=50)
    assert sent(client, 3) == [1, 2]
    client.receive(reply_to(1), 5)
    assert list(sampler.take(2)) == [
        Sample(4, IDENTITY, 0, 3, NEVER, NEVER, Outcome.SKIPPED),
        Sample(4, IDENTITY, 1, 1, 3, 5, Outcome.OK),
    ]
    assert list(sampler.take(2)) == []
    client.receive(reply_to(2), 20)
    assert sent(client, 30) == [3]
    client.finish(35)
    taken = sampler.take(2)
    assert (taken.origin, len(taken)) == (2, 2)
    assert [(row.number, row.done, row.end) for row in taken] == [(2, 20, Outcome.LATE), (3, NEVER, Outcome.UNFINISHED)]


def test_a_loss_keeps_its_direction() -> None:
    sampler = Sampler()
    witness = sampler.witness(1, 1)
    for arrived in (None, False, True):
        witness(1, 0, 0, NEVER, Outcome.LOST, arrived)
    assert [row.end for row in sampler.take(0)] == [Outcome.LOST, LOST_UP, LOST_UP + 1]


def test_clients_share_the_rows_of_their_group() -> None:
    sampler = Sampler()
    first, second = sampler.witness(1, 2**32 - 1), sampler.witness(2, 0)
    first(1, 0, 0, 2**62, Outcome.OK, None)
    second(1, 0, 0, 1, Outcome.OK, None)
    assert [(row.client, row.identity, row.done) for row in sampler.take(0)] == [(1, 2**32 - 1, 2**62), (2, 0, 1)]
