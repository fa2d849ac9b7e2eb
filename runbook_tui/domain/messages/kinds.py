"""Who reads a message, and what it tells."""

from __future__ import annotations

from typing import Literal

Audience = Literal["customers", "internal", "executives"]
Kind = Literal["announce", "start", "progress", "delay", "rollback", "done", "post-watch"]
Level = Literal["block", "warn"]

CLOSING: frozenset[str] = frozenset({"done", "rollback", "post-watch"})
"""Kinds that say how it ended: they owe a word about data."""
LAST: frozenset[str] = frozenset({"post-watch"})
"""Kinds that no update has to follow."""
