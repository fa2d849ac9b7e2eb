"""Effects that nobody declared: which of a survey's changes they are, and what they become."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from runbook_tui.domain.effects.naming import LONGEST_TARGET
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.choosing import about
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.domain.systems.seen import Change
from runbook_tui.domain.text import safe_line

ABSENT = "absent"


def declared_by(declared: Iterable[EffectState], system: SystemBase, key: str) -> bool:
    """Whether the change of an object is an effect that somebody declared: by the same system, or
    by a target of the same kind that names it."""
    for each in declared:
        at = each.effect.at
        if at is not None and at.tag == system.tag and about(at, key) and _named(at, key):
            return True
        if each.effect.kind == system.kind and _names(each.effect.target, key):
            return True
    return False


def _named(at: SystemBase, key: str) -> bool:
    """Whether a config that names objects, or places, means this one."""
    paths: tuple[str, ...] = getattr(at, "paths", ())
    return not paths or any(_names(path, key) for path in paths)


def _names(target: str, key: str) -> bool:
    """Whether a target, which people wrote, is about the object: its name, the end of its path, or
    a folder that it lies in."""
    target, key = target.strip().rstrip("/"), key.rstrip("/")
    if not target:
        return False
    return key == target or key.endswith(f"/{target}") or f"/{target}/" in f"/{key.lstrip('/')}"


def covers(one: Effect, other: Effect) -> bool:
    """Whether an effect is on the thing of another one, or on all that this is a part of."""
    return _names(one.target, other.target)


def same_place(one: Effect, other: Effect) -> bool:
    """Whether two effects are on the same thing, or one on a part of the other's."""
    return covers(one, other) or covers(other, one)


def found_effect(system: SystemConfig, change: Change) -> Effect:
    """The effect that a change is."""
    return Effect(
        kind=system.kind,
        target=safe_line(change.key, LONGEST_TARGET),
        before=safe_line(change.was or ABSENT, LONGEST_TARGET),
        after=safe_line(change.now or ABSENT, LONGEST_TARGET),
        reversibility="reversible" if system.restores else "compensable",
        at=structs.replace(system, only=(change.key,)),
    )
