"""The order of the runs: blocks of all variants, another order in each, the same for the same seed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockbench.load.order import order_of


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**63 - 1))
def test_every_variant_is_in_every_block_once(variants: int, repeat: int, seed: int) -> None:
    order = order_of(variants, repeat, seed)
    blocks = [order[start : start + variants] for start in range(0, len(order), variants)]
    assert len(blocks) == repeat
    for repetition, block in enumerate(blocks, start=1):
        assert sorted(block) == [(variant, repetition) for variant in range(variants)]
    assert order_of(variants, repeat, seed) == order


def test_blocks_are_shuffled_by_the_seed() -> None:
    orders = {tuple(variant for variant, _ in order_of(2, 8, seed)) for seed in range(20)}
    assert len(orders) > 15
    assert any(order[0] == 1 for order in orders)
    assert any(order[:2] != order[2:4] for order in orders)


def test_one_more_repetition_leaves_the_order_of_the_others() -> None:
    assert order_of(4, 6, 3)[:20] == order_of(4, 5, 3)
