"""The load model: when requests are due, what they say, and how each one ends. Pure; time is an argument."""
