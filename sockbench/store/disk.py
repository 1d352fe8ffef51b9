"""How text gets to the disk for good: written, synced, and its folder synced; and how it is read, up to a limit.

What it says is others' affair.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from sockbench.store.reading import ResultError


def read_limited(path: Path, limit: int) -> bytes:
    """All of a file. OSError as it comes, ResultError when it is larger than `limit` bytes, or no file of a disk: what
    has no end (a device) is not read, and who writes to a pipe is not waited for.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise ResultError(f"{path} is no regular file")
        size = os.fstat(descriptor).st_size
        if size > limit:
            raise ResultError(f"{path} is larger than {limit:,} bytes")
        return file.read(size)  # to ask for more would take the memory of more; what is added meanwhile is not read


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


def replace(path: Path, text: str) -> None:
    """Make `text` what the file holds, at once: whatever goes wrong, it is as it was, or is not there.

    A link stays one; what is no file of a disk (a terminal, a pipe) is written to as it is. OSError when it cannot be.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        return
    path = Path(os.path.realpath(path))
    mode = path.stat().st_mode if path.exists() else None
    if mode is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    temporary = path.with_name(f".tmp-{os.getpid()}")
    temporary.unlink(missing_ok=True)  # of a process that was killed and had the same number
    try:
        write(temporary, text)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    with suppress(OSError):  # the file is there; some systems of files cannot sync a folder
        sync_directory(path.parent)
