"""A secret that a server and its clients share: what a `--token` says. It is never printed, nor saved.

Where it is written as text by mistake there is `Secret()`: only who asks for its `text` gets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHORTEST, LONGEST = 8, 1024
"""Characters of a secret. Who has recorded one message can try words at leisure, so a random one is best."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Any text. An empty one stands for one that is not known here: a saved result says only that there was one."""

    text: str = field(repr=False)

    @property
    def key(self) -> bytes:
        """The text as bytes."""
        return self.text.encode("utf-8", "surrogateescape")


NOT_KEPT = Secret("")
