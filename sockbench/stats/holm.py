"""Many tests at once: who looks at twenty figures finds one that differs by chance. Holm's correction keeps count.

Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
"""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for each other, in the same order: those at most alpha may be believed together.

    The k-th smallest of m is multiplied by m - k + 1, is never below the one before it, and is 1 at most.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for done, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[position] * (len(p_values) - done)))
        adjusted[position] = highest
    return adjusted
