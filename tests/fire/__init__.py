"""Servers under fire: `python -m tests.fire` by hand, with figures; a reduced form in the default tests."""
