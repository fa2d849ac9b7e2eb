"""Cleans the free text of an event before it is committed: safe for terminals, secrets out.

Names that other things are looked up by (step ids, item keys, option ids, hashes, paths) are
never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from runbook_tui.domain.effects.events import Differs
from runbook_tui.domain.events import AnyEvent
from runbook_tui.domain.messages.events import SentTo, UsedFact
from runbook_tui.domain.preflight_events import Found
from runbook_tui.domain.records.events import Dissent, Proof, Way
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.text import safe_text

FREE_TEXT = frozenset(
    {
        "reason",
        "text",
        "note",
        "value",
        "summary",
        "line",
        "how",
        "deviation",
        "missing",
        "changes",
        "load",
        "found",
        "title",
        "label",
        "target",
        "compensation",
        "owner",
        "texts",
        "facts",
        "words",
        "said",
        "to",
        "channels",
        "unapproved",
        "warned",
        "effect",
        "differs",
        "ticket",
        "question",
        "options",
        "proofs",
        "thresholds",
        "dissent",
        "unvisited",
    }
)
"""The fields of events in which people and programs say what they like."""


def scrub(event: AnyEvent, redactor: Redactor) -> AnyEvent:
    """The event with its free text redacted and free of control characters."""

    def clean(text: str) -> str:
        return safe_text(redactor.text(text))

    changed = {
        name: _map(getattr(event, name), clean)
        for name in event.__struct_fields__
        if name in FREE_TEXT
    }
    return structs.replace(event, **changed) if changed else event


def _map(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_map(item, clean) for item in value)
    if isinstance(value, dict):
        return {key: _map(item, clean) for key, item in value.items()}
    if isinstance(value, UsedFact):
        return structs.replace(value, words=clean(value.words))
    if isinstance(value, SentTo):
        return structs.replace(value, recipients=clean(value.recipients))
    if isinstance(value, Effect):
        # Commands and places are the runbook's own, which is committed as it is.
        names = ("target", "before", "after", "owner")
        return structs.replace(value, **{name: clean(getattr(value, name)) for name in names})
    if isinstance(value, Differs):
        return structs.replace(value, was=clean(value.was), now=clean(value.now))
    if isinstance(value, Way):
        texts = {name: clean(getattr(value, name)) for name in ("title", "consequence", "cost")}
        return structs.replace(value, **texts)
    if isinstance(value, Proof):
        return structs.replace(value, name=clean(value.name))
    if isinstance(value, Dissent):
        return structs.replace(value, said=clean(value.said))
    if isinstance(value, Found):
        texts = {name: clean(getattr(value, name)) for name in ("title", "subject", "place")}
        return structs.replace(value, **texts)
    return value
