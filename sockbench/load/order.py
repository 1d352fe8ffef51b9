"""In which order the runs of an experiment are made. Pure: the seed decides.

Blocks of all variants, shuffled within each block: what drifts on the machine meanwhile falls on all variants alike,
and where it ends early each has as many repetitions as another, but for one.
"""

from __future__ import annotations

import random


def order_of(variants: int, repeat: int, seed: int) -> list[tuple[int, int]]:
    """(variant, repetition) of each run, in its turn. Variants count from 0, repetitions from 1."""
    runs = []
    for repetition in range(1, repeat + 1):
        block = list(range(variants))
        random.Random(f"order:{seed}:{repetition}").shuffle(block)
        runs += [(variant, repetition) for variant in block]
    return runs
