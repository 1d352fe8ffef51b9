"""`echo`: says back what it was told, in the words of the classroom server."""

from __future__ import annotations

from sockbench.services.base import Stateless

PREFIX = "Resposta do servidor: "
BANNER = "Bem-vindo ao servidor TCP!"


class Echo(Stateless):
    """Answers `Resposta do servidor: <msg>`; with `banner`, a TCP connection is welcomed first."""

    def __init__(self, *, banner: bool = False) -> None:
        self.greeting = BANNER if banner else None

    def reply(self, message: str) -> str:
        """The message after the prefix."""
        return PREFIX + message
