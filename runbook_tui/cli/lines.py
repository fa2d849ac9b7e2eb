"""Decisions and states as lines of text, the same in `log`, in line mode and after `decide`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runbook_tui.domain.events import Entry
from runbook_tui.domain.messages.events import UpdateDrafted, UpdateSent
from runbook_tui.domain.moment import Moment, clock_text
from runbook_tui.domain.narrative import sentence, tell
from runbook_tui.domain.text import safe_line
from runbook_tui.session import Recorded

SHORT = 7
"""Letters of a commit id that people see."""


def decision_line(recorded: Recorded, *, short: bool = False) -> str:
    """``19:31:02Z  alice  skips  purge-cache  — reason  a81f2c3``. A `short` one has no text of a
    message, for where that is shown by itself."""
    entry = recorded.entry
    told = tell(entry.event)
    parts = [clock_text(entry.at), entry.by, told.verb, told.what]
    if told.words and not (short and isinstance(entry.event, UpdateDrafted | UpdateSent)):
        parts.append(f"— {told.words}")
    parts.append(recorded.commit[:SHORT])
    return "  ".join(safe_line(part) for part in parts)


def decision_json(recorded: Recorded) -> dict[str, Any]:
    """A decision for programs: the entry as it stands in its commit, the commit, the sentence."""
    import msgspec

    entry: dict[str, Any] = msgspec.to_builtins(recorded.entry)
    return {**entry, "commit": recorded.commit, "sentence": sentence(recorded.entry)}


def day(entry: Entry) -> str:
    """``2026-05-01``, in UTC."""
    return entry.at.utc.strftime("%Y-%m-%d")


def time_text(moment: Moment | None) -> str:
    """``2026-05-01 19:31:02Z``; empty where there is none."""
    return f"{moment.utc:%Y-%m-%d} {clock_text(moment)}" if moment is not None else ""


def time_json(moment: Moment | None) -> str | None:
    """``2026-05-01T19:31:02.123Z``; None where there is none."""
    if moment is None:
        return None
    utc: datetime = moment.utc
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
