"""Secrets that somebody has accepted, by their keyed hashes: never by their values."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.runbook_model import Model

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Accepted(Model, frozen=True, kw_only=True):
    """One secret that may stand where it stands."""

    hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
    """The subject of the finding."""
    kind: str | None = None
    """The finding's key; any where it is not given."""
    place: str | None = None
    """Where it is accepted, `*` and `?` as in a shell; everywhere where it is not given."""
    reason: Annotated[str, Meta(min_length=1)]
    owner: Annotated[str, Meta(min_length=1)]
    until: Day | None = None
    """The last day on which it is."""


class Baseline(Model, frozen=True, kw_only=True):
    """A file of accepted secrets."""

    accepted: tuple[Accepted, ...] = ()

    def entry(self, kind: str, digest: str, places: tuple[str, ...]) -> Accepted | None:
        """What accepts a secret in all of these places; None where nothing does."""
        for each in self.accepted:
            if each.hash != digest or each.kind not in (None, kind):
                continue
            if each.place is None or all(fnmatchcase(place, each.place) for place in places):
                return each
        return None


def is_over(entry: Accepted, today: date) -> bool:
    """Whether it was accepted until a day that is past. Raises ValueError where it is no day."""
    return entry.until is not None and date.fromisoformat(entry.until) < today
