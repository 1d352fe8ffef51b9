"""Results on disk: a result becomes a folder, whole or not at all, and a folder becomes a result again."""

from __future__ import annotations

from sockbench.store.folder import load, save
from sockbench.store.reading import ResultError

__all__ = ["ResultError", "load", "save"]
