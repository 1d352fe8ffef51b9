"""What stands inside the exception groups that Trio's nurseries raise."""

from __future__ import annotations


def innermost(error: BaseException) -> BaseException:
    """The first exception in a group that is not a group itself; any other exception is its own."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
