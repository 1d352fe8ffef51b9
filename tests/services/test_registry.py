"""The registry gives its places to who comes first, and takes them back from who is gone."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sockbench.services.registry import Registry, full, welcome


def test_each_address_gets_the_next_number_and_keeps_it() -> None:
    registry = Registry()
    for _ in range(3):
        for client in range(1, 11):
            answer = registry.answer("(A1) : Olá", ("127.0.0.1", 5000 + client), 0.0)
            assert answer[:2] == (f"Resposta do servidor para o cliente {client}", True)
    assert registry.clients_peak == 10


def test_the_eleventh_is_refused_and_not_registered() -> None:
    registry = Registry()
    for client in range(10):
        registry.register("A1", client, 0.0)
    assert registry.answer("x", "eleventh", 0.0)[:2] == ("Servidor cheio: limite de 10 clientes", False)
    assert registry.register("A11", "eleventh", 0.0)[:2] == ("Servidor cheio: limite de 10 clientes", False)
    assert not registry.is_registered("eleventh", 0.0)
    assert registry.clients_peak == 10
    registry.leave("eleventh")
    assert registry.register("A1", 9, 0.0)[:2] == ("10", True)


def test_registering_gives_the_number_in_decimal_and_is_the_same_as_a_first_message() -> None:
    registry = Registry()
    assert registry.register("A1", "a", 0.0)[:2] == ("1", True)
    assert registry.answer("x", "b", 0.0)[:2] == (welcome(2), True)
    assert registry.register("other code", "a", 0.0)[:2] == ("1", True)
    assert registry.register("A2", "b", 0.0)[:2] == ("2", True)
    assert registry.answer("x", "a", 0.0)[:2] == (welcome(1), True)


def test_the_lowest_free_number_is_given_again() -> None:
    registry = Registry(max_clients=5)
    for peer in "abcde":
        registry.register("", peer, 0.0)
    for peer in "dbe":
        registry.leave(peer)
    assert [registry.register("", peer, 0.0).text for peer in "vwx"] == ["2", "4", "5"]
    assert not registry.register("", "y", 0.0).accepted
    assert registry.clients_peak == 5


def test_leaving_twice_gives_one_place_back() -> None:
    registry = Registry(max_clients=1)
    registry.register("", "a", 0.0)
    registry.leave("a")
    registry.leave("a")
    registry.leave("never came")
    assert registry.register("", "b", 0.0).accepted
    assert not registry.register("", "c", 0.0).accepted


def test_silence_gives_the_place_back_at_the_idle_time_and_not_before() -> None:
    registry = Registry(max_clients=2, idle=60.0)
    registry.register("", "a", 0.0)
    registry.register("", "b", 30.0)
    assert registry.is_registered("a", 59.9)
    assert not registry.answer("x", "c", 59.9).accepted
    assert not registry.is_registered("a", 60.0)
    assert registry.answer("x", "c", 60.0)[:2] == (welcome(1), True)
    assert not registry.answer("x", "a", 60.0).accepted
    assert registry.is_registered("b", 60.0)


def test_whatever_a_client_says_keeps_its_place() -> None:
    registry = Registry(max_clients=1, idle=60.0)
    for now in (0.0, 50.0, 100.0, 150.0):
        assert registry.answer("x", "a", now)[:2] == (welcome(1), True)
        assert not registry.answer("x", "b", now + 9.0).accepted
    assert registry.is_registered("a", 209.0)


def test_being_refused_does_not_keep_a_place_that_is_not_there() -> None:
    registry = Registry(max_clients=1, idle=60.0)
    registry.answer("x", "a", 0.0)
    for now in range(1, 60):
        assert not registry.answer("x", "b", float(now)).accepted
    assert registry.answer("x", "b", 60.0)[:2] == (welcome(1), True)


def test_the_peak_is_of_one_moment() -> None:
    registry = Registry(max_clients=10, idle=1.0)
    assert registry.clients_peak == 0
    for moment in range(100):
        registry.answer("x", moment, float(moment))
    assert registry.clients_peak == 1


PLACES, IDLE = 4, 10


class Places(RuleBasedStateMachine):
    """The registry beside the simplest model of it: who holds which number, and when it was last heard."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = Registry(max_clients=PLACES, idle=float(IDLE))
        self.now = 0
        self.held: dict[int, tuple[int, int]] = {}  # peer -> (number, when it was last heard)
        self.peak = 0

    def awake(self) -> dict[int, tuple[int, int]]:
        return {peer: entry for peer, entry in self.held.items() if self.now - entry[1] < IDLE}

    @rule(peer=st.integers(0, 7), registers=st.booleans())
    def message(self, peer: int, registers: bool) -> None:
        self.held = self.awake()
        number = self.held[peer][0] if peer in self.held else self.lowest_free()
        if number is not None:
            self.held[peer] = (number, self.now)
        self.peak = max(self.peak, len(self.held))
        ask = self.registry.register if registers else self.registry.answer
        answer = ask("x", peer, float(self.now))
        if number is None:
            assert answer[:2] == (full(PLACES), False)
        else:
            assert answer[:2] == (str(number) if registers else welcome(number), True)

    def lowest_free(self) -> int | None:
        taken = {number for number, _ in self.held.values()}
        return min(set(range(1, PLACES + 1)) - taken, default=None)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        peer = data.draw(st.sampled_from(sorted(self.held)))
        del self.held[peer]
        self.registry.leave(peer)

    @rule(seconds=st.integers(1, IDLE + 2))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def numbers_are_unique_and_in_range(self) -> None:
        numbers = [number for number, _ in self.awake().values()]
        assert len(set(numbers)) == len(numbers) <= PLACES
        assert all(1 <= number <= PLACES for number in numbers)

    @invariant()
    def the_same_peers_are_registered(self) -> None:
        awake = self.awake()
        assert {peer for peer in range(8) if self.registry.is_registered(peer, float(self.now))} == set(awake)
        assert self.registry.clients_peak == self.peak


Places.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestPlaces = Places.TestCase
