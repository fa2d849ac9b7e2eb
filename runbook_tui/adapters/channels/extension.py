"""Kinds of channels that other packages bring, by entry points of the group `runbook_tui.channels`.

An entry point names an object, or a class that is made without arguments, with

    deliver(settings: Mapping[str, str], outgoing: Outgoing) -> Answered
    look(settings: Mapping[str, str], outgoing: Outgoing) -> Answered | None    # may be missing

It runs in the process of one attempt, may block, and is ended at the channel's time limit. What it
raises is `unknown`: what it had done by then it did not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from runbook_tui.adapters.channels.job import GROUP, Act
from runbook_tui.domain.messages.channels import Answered, Outcome, Outgoing


def perform(
    act: Act, kind: str, settings: Mapping[str, str], outgoing: Outgoing
) -> Answered | None:
    """Has the extension deliver or look. Never raises for what it does."""
    # Not sent where it does not even begin; of a look nobody knows.
    before: Outcome = "failed" if act == "deliver" else "unknown"
    try:
        channel = _loaded(kind)
    except Exception as error:  # noqa: BLE001 - whatever its import does
        words = f"the extension cannot be loaded ({type(error).__name__})"
        return Answered(outcome=before, words=words)
    if channel is None:
        return Answered(outcome=before, words="no extension of this kind is installed")
    perform_ = getattr(channel, act, None)
    if perform_ is None:
        if act == "look":
            return None
        return Answered(outcome="failed", words="the extension has no deliver")
    try:
        answered = perform_(settings, outgoing)
    except Exception as error:  # noqa: BLE001 - an extension may raise anything
        # Its words may hold an address; the name of the class says enough to look it up.
        return Answered(outcome="unknown", words=f"the extension failed ({type(error).__name__})")
    if answered is None and act == "look":
        return None
    if not isinstance(answered, Answered):
        return Answered(outcome="unknown", words="the extension did not say what came of it")
    return answered


def _loaded(kind: str) -> Any:
    for each in entry_points(group=GROUP):
        if each.name == kind:
            found = each.load()
            return found() if isinstance(found, type) else found
    return None
