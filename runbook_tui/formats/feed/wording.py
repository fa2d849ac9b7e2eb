"""What the feed says in words of its own: how it stands, for whom it is, and when."""

from __future__ import annotations

from datetime import UTC, datetime

from runbook_tui.domain.messages.remarks import Audience, Kind

STATES: dict[Kind, str] = {
    "announce": "Planned",
    "start": "In progress",
    "progress": "In progress",
    "delay": "In progress, takes longer",
    "rollback": "Returning to what was before",
    "done": "Finished, still watched",
    "post-watch": "Finished",
}
"""How it stands after an update of each kind."""
FOR_WHOM: dict[Audience, str] = {
    "customers": "",
    "internal": "Internal: not for people outside",
    "executives": "For executives",
}
REHEARSAL = "Rehearsal: none of this is happening"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hour(moment: datetime) -> str:
    """``18:30 UTC``."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def day(moment: datetime) -> str:
    """``Tuesday 24 November 2026``, of UTC and in English whatever the machine's language is."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]} {date(moment)}"


def date(moment: datetime) -> str:
    """``24 November 2026``, of UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def when(moment: datetime, since: datetime) -> str:
    """The hour, with the date where it is another day than that of `since`."""
    same = moment.astimezone(UTC).date() == since.astimezone(UTC).date()
    return hour(moment) if same else f"{date(moment)}, {hour(moment)}"
