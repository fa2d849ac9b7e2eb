"""How long to wait before asking the partner again: sooner than 4.2, so orders finish faster."""

from __future__ import annotations

from .flags import is_on
from .settings import Settings

DELAYS_MS = (25, 70, 140)
BEFORE_5_0_MS = (60, 120, 240)


def delays(settings: Settings) -> tuple[float, ...]:
    """Seconds to wait before each retry.

    `partner.backoff_ms` replaces the constants. `partner.backoff_flag` names a flag that must be
    on for them to be used; without it they always are.
    """
    chosen = settings.backoff_ms or DELAYS_MS
    if settings.backoff_flag and not is_on(settings.flags_file, settings.backoff_flag):
        chosen = BEFORE_5_0_MS
    return tuple(ms / 1000 for ms in chosen)
