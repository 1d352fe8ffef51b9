"""Every target by its name: a function of any bytes, which returns, or fails by an exception that nobody named.

The same functions are called by the tests, with the bytes of the corpus and with those of hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fuzz.peers import client, responder
from fuzz.results import calibrated, document, latencies, result
from fuzz.scenarios import expressions, overrides, relay, scenario, words
from fuzz.streams import envelope, format_of, greeting

TARGETS: dict[str, Callable[[bytes], None]] = {
    "envelope": envelope,
    "line": partial(format_of, "line"),
    "length": partial(format_of, "length"),
    "text": partial(format_of, "text"),
    "greeting": greeting,
    "responder": responder,
    "client": client,
    "scenario": scenario,
    "words": words,
    "overrides": overrides,
    "expressions": expressions,
    "relay": relay,
    "result": result,
    "document": document,
    "latencies": latencies,
    "calibration": calibrated,
}
