"""What one request costs in Python, part by part: `pytest benchmarks`, with the extra `bench` installed."""
