"""Numbers out of settled requests: histograms, tallies, summaries, thresholds and the verdict.

Pure functions of values, the standard library alone: no clock, no socket, no file. Imports nothing by itself: a worker
needs the tallies alone.
"""
