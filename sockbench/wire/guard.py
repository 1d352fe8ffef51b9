"""Which messages does a server with a token take? Those that are proven, of now, and no copies. Pure but for its clock.

A window over each client's serials refuses copies (RFC 4303, section 3.4.3). A client that is not remembered must have
written its message after all that was forgotten, and after the server began: what was recorded before is no use. Only
who knows the secret gets an entry in the table, and the table is bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from sockbench.errors import BadMessage
from sockbench.model.secret import Secret
from sockbench.wire.seen import SPAN, Seen
from sockbench.wire.token import PROOF_SIZE, STAMP, Keys, seal, unseal

TOLERANCE = 60.0
"""Seconds between the clocks of client and server, with the way from one to the other (RFC 8945 has 300)."""
CLIENTS = 131_072
"""How many clients are remembered; beyond them, those silent for longest are forgotten, half of all at once."""

_TOLERANCE_US = round(TOLERANCE * 1e6)
_CLIENT = struct.Struct("!I")
_CLIENT_AT = STAMP.size + 4  # in the envelope, after magic, version and kind


class Guard:
    """Admits messages; all servers of a process that have one secret share one, so that none takes another's."""

    def __init__(self, secret: Secret, clock: Callable[[], int], clients: int = CLIENTS) -> None:
        """`clock` gives the time of day in nanoseconds."""
        keys = Keys(secret)
        self._up, self._down = keys.up, keys.down
        self._clock = clock
        self._half = clients // 2
        self._lately: dict[int, Seen] = {}  # heard since the last turn
        self._before: dict[int, Seen] = {}  # heard in the turn before, and not since
        self._last_lately = self._last_before = 0  # the latest moment of any message of each
        self._horizon = clock() // 1000  # who is not remembered must have written later than this

    def admit(self, data: bytes) -> bytes:
        """The envelope in `data`, one message. Unproven, or BadMessage for one that is proven, and old or a copy."""
        body = unseal(self._up, data)
        moment, serial = STAMP.unpack_from(body)
        gap = moment - self._clock() // 1000
        if not -_TOLERANCE_US <= gap <= _TOLERANCE_US:
            away = f"{abs(gap) / 1e6:,.0f} s {'ahead of' if gap > 0 else 'behind'} this machine's"
            raise BadMessage(f"it is dated {away} clock, and {TOLERANCE:.0f} s is the most: set the clocks")
        (client,) = _CLIENT.unpack_from(body, _CLIENT_AT)
        seen = self._lately.get(client)
        if seen is None:
            seen = self._find(client, moment)
        if not seen.take(serial):
            raise BadMessage(f"it is a copy of a message that came before, or {SPAN:,} messages late")
        if moment > self._last_lately:
            self._last_lately = moment
        return body[STAMP.size :]

    def reply(self, envelope: bytes, asked: bytes) -> bytes:
        """`envelope` with its proof, as the answer to `asked`."""
        return seal(self._down, asked[PROOF_SIZE - STAMP.size : PROOF_SIZE], envelope)

    def _find(self, client: int, moment: int) -> Seen:
        """What came of a client that was not heard since the last turn; it is kept from now on."""
        seen = self._before.pop(client, None)
        if seen is None:
            if moment <= self._horizon:
                raise BadMessage("it was written before this server began, or before its client was forgotten")
            seen = Seen()
        if len(self._lately) >= self._half:
            self._horizon = max(self._horizon, self._last_before)
            self._before, self._last_before = self._lately, self._last_lately
            self._lately, self._last_lately = {}, 0
        self._lately[client] = seen
        return seen
