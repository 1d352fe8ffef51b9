"""What is fuzzed, and how: `targets.TARGETS` names each, `python -m fuzz.one` runs one, `fuzz/run` all (README.md)."""
