"""Events from the partner, new in 5.0: taken while the flag `order-events` is on."""

from __future__ import annotations

from .flags import is_on
from .settings import Settings


def accepts_events(settings: Settings) -> bool:
    """Whether this release takes events from the partner now."""
    return is_on(settings.flags_file, "order-events")
