"""What all events have in common."""

from __future__ import annotations

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base of all events."""


class StepEvent(Event, frozen=True, kw_only=True):
    """Base of events about one step."""

    step: str
