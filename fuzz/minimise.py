"""What fuzzing found, as few small cases: `python -m fuzz.minimise [TARGET...]` makes `corpus/` anew.

libFuzzer's merge keeps the smallest cases that together reach all that was reached; of those some are kept, small ones
and large ones, that fit into the room of a target, so that the corpus stays small enough for a repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.all import BUILD, HERE, LONGEST, NAMES

ROOM = 6_000
"""Bytes of one target."""
MOST = 40
"""Cases of one target."""


def minimise(name: str) -> tuple[int, int]:
    """How many cases reach all that was reached, and how many of them are kept."""
    ours, found = HERE / "corpus" / name, BUILD / name
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as merged:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "fuzz.one",
            name,
            "-merge=1",
            f"-max_len={LONGEST}",
            merged,
            ours,
            found,
        ]
        subprocess.run(command, cwd=HERE.parent, capture_output=True, check=True)
        cases = sorted((path.read_bytes() for path in Path(merged).iterdir()), key=len)
    shutil.rmtree(ours)
    ours.mkdir()
    kept = chosen(cases)
    for number, case in enumerate(kept, start=1):
        (ours / f"{number:02}").write_bytes(case)
    return len(cases), len(kept)


def chosen(cases: list[bytes]) -> list[bytes]:
    """Of cases in the order of their length the smallest, for half of the room, and then the largest that fit."""
    kept: list[bytes] = []
    for some, room in ((cases[: MOST // 2], ROOM // 2), (cases[MOST // 2 :][::-1], ROOM)):
        for case in some:
            if len(kept) < MOST and sum(map(len, kept)) + len(case) <= room:
                kept.append(case)
    return kept


if __name__ == "__main__":
    for target in sys.argv[1:] or NAMES:
        print(target, "{} cases, {} kept".format(*minimise(target)), flush=True)
