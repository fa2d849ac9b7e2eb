"""How long to wait before asking the partner again."""

from __future__ import annotations

from .settings import Settings

DELAYS_MS = (60, 120, 240)


def delays(settings: Settings) -> tuple[float, ...]:
    """Seconds to wait before each retry; as many retries as the configuration allows."""
    return tuple(ms / 1000 for ms in DELAYS_MS[: settings.retry_limit])
