"""sockbench: which transport, and how much load, can your request/reply system take?"""

__version__ = "0.1.0"
