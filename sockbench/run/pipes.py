"""How a message crosses a pipe: four bytes of length, then a pickle. Both ends are our own processes.

Nothing here decides; the pickles never come from a peer.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any

_LENGTH = struct.Struct("!I")


def pack(message: object) -> bytes:
    """One message as bytes."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class Unpacker:
    """Pieces of a pipe to messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """The messages that `data` completes."""
        rest = self._rest
        rest += data
        messages = []
        while len(rest) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(rest)[0]
            if len(rest) < end:
                break
            messages.append(pickle.loads(bytes(rest[_LENGTH.size : end])))
            del rest[:end]
        return messages
