"""The exit codes, and nothing else: what the command needs before it imports anything (docs/design.md, README)."""

FINE = 0
REGRESSED = 1
WRONG_USE = 2
THRESHOLD_FAILED = 99
WRONG_SCENARIO = 104
INTERRUPTED = 105
CANNOT_RUN = 106
INVALID = 107
