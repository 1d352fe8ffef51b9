"""`number`: tells whether an integer is even or odd, or says a long one back.

It works on the digits, never on the value: an integer of 4,000 digits costs no more than its length.
"""

from __future__ import annotations

import re

from sockbench.services.base import Stateless

EVEN = "PAR"
ODD = "ÍMPAR"
NO_INTEGER = "ERRO: não é um número inteiro"
LONGEST_JUDGED = 10
"""An integer of more characters than this, its sign counted, is said back instead of judged."""

_INTEGER = re.compile(r"(-?)([0-9]+)")


class Number(Stateless):
    """Answers `PAR`, `ÍMPAR` or the number itself, and closes a TCP connection after the reply."""

    closes = True

    def __init__(self, *, max_clients: int | None = 5) -> None:
        self.serves_at_once = max_clients

    def reply(self, message: str) -> str:
        """The reply to a decimal integer, ASCII digits only, or an error to anything else."""
        match = _INTEGER.fullmatch(message)
        if match is None:
            return NO_INTEGER
        sign, digits = match.groups()
        digits = digits.lstrip("0") or "0"
        number = sign + digits if digits != "0" else "0"
        if len(number) > LONGEST_JUDGED:
            return number
        return EVEN if digits[-1] in "02468" else ODD
