"""When a key was pressed, which can be a while before the program comes to act on it."""

from __future__ import annotations

import time

from textual.app import App


def pressed_at(app: App[object]) -> float:
    """When the newest key or mouse button was pressed, by the monotonic clock in seconds; now,
    where none was.

    A decision that a slow disk takes seconds to store keeps the keys waiting. What they meant is
    what was on the screen when they were pressed, not what is there when their turn comes.
    """
    moment = getattr(app, "pressed_at", 0.0)
    return float(moment) or time.monotonic()
