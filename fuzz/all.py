"""Every target under atheris, two at a time: `python -m fuzz.all SECONDS [TARGET...]` prints a table of what came.

What is new of the corpus, and what failed, is kept under `build/fuzz/`; the corpus in the repository is only read.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "fuzz"
AT_ONCE = 2
LONGEST, MEGABYTES, SLOWEST = 4096, 512, 5
"""Of a case: bytes, memory of the process and seconds: what takes more has failed."""
NAMES = tuple(path.name for path in sorted((HERE / "corpus").iterdir()))

_DONE = re.compile(r"Done (\d+) runs in (\d+) second")
_STATE = re.compile(r"^#(\d+)\s.*?corp: (\d+)", re.MULTILINE)


def fuzzed(name: str, seconds: int) -> tuple[str, ...]:
    """A row of the table."""
    found, failed = BUILD / name, BUILD / "failed"
    for folder in (found, failed):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(failed.iterdir())
    command = [sys.executable, "-m", "fuzz.one", name, f"-max_total_time={seconds}", f"-max_len={LONGEST}"]
    command += [f"-rss_limit_mb={MEGABYTES}", f"-timeout={SLOWEST}", f"-artifact_prefix={failed}/{name}-"]
    command += ["-print_final_stats=1", str(found), str(HERE / "corpus" / name)]
    with (BUILD / f"{name}.log").open("wb") as log:
        code = subprocess.run(command, cwd=HERE.parent, stdout=log, stderr=log, check=False).returncode
    said = (BUILD / f"{name}.log").read_text(errors="replace")
    done, states = _DONE.search(said), _STATE.findall(said)
    runs, size = states[-1] if states else ("0", "0")
    cases = ", ".join(sorted(path.name for path in set(failed.iterdir()) - before))
    result = f"FAILED: {cases or f'exit {code}'}" if code else "nothing found"
    return name, f"{int(done[1] if done else runs):,}", done[2] if done else "-", size, result


def main() -> int:
    """0 when nothing failed."""
    seconds, *names = sys.argv[1:] or ["60"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda name: fuzzed(name, int(seconds)), names or NAMES))
    heads = ("target", "executions", "seconds", "corpus", "result")
    for row in (heads, tuple("---" for _ in heads), *rows):
        print("| " + " | ".join(row) + " |")
    return int(any(row[-1] != "nothing found" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
