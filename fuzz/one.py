"""One target under atheris: `python -m fuzz.one TARGET [libFuzzer's options] [corpus]`. Needs the extra `fuzz`."""

from __future__ import annotations

import sys

import atheris

if __name__ == "__main__":
    with atheris.instrument_imports(include=["sockbench", "fuzz"]):
        from fuzz.targets import TARGETS

    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
