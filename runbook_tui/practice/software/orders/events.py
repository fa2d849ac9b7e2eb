"""Events from the partner. 4.2 takes none."""

from __future__ import annotations

from .settings import Settings


def accepts_events(settings: Settings) -> bool:
    """Whether this release takes events from the partner now."""
    del settings
    return False
