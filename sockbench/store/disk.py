"""How text gets to the disk for good: written, synced, and its folder synced. What it says is others' affair."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """A new file; OSError when there is one, or the disk does not let it."""
    # Half of a surrogate pair has no UTF-8; `backslashreplace` writes it as \udc80, which is its JSON escape.
    with path.open("xb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Have the names in a folder on the disk, too."""
    if os.name == "nt":  # Windows opens no directories
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
