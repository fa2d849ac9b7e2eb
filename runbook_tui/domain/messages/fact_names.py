"""The names of the facts that messages are filled with."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "about": "what the reader calls it",
    "affected": "what it means for the reader",
    "doing": "what is being done, for people outside",
    "window": "from when to when it was announced",
    "window_end": "when the window ends",
    "forecast": "between which times it is expected to be over, at 50 and 90 percent",
    "late_by": "by how much it is expected to end after the window",
    "next_update": "when the next update comes",
    "late": "whether it is late",
    "rolling_back": "whether it was decided to roll back",
    "phase": "the phase under way, for colleagues",
    "step": "the step under way, for colleagues",
    "progress": "how many steps are done",
    "buffer": "how much buffer is left, for colleagues",
    "decide_by": "the latest safe rollback, for colleagues",
    "chance": "the chance to end inside the window",
    "run": "the run's id, for colleagues",
    "driver": "who drives, for colleagues",
}
"""Every fact that a template may name."""
