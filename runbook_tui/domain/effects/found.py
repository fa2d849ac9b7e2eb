"""Effects that nobody declared: which of a survey's changes they are, and what they become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from runbook_tui.domain.effects.naming import LONGEST_TARGET
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.choosing import about
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.domain.systems.seen import Change
from runbook_tui.domain.text import safe_line

ABSENT = "absent"


def declared_by(
    declared: Iterable[EffectState], system: SystemBase, key: str, parameters: Mapping[str, str]
) -> bool:
    """Whether the change of an object is an effect that somebody declared: by the same system, or
    by a target that names it."""
    for each in declared:
        at = each.effect.at
        if at is not None and at.tag == system.tag and about(at, key):
            paths: tuple[str, ...] = getattr(at, "paths", ())
            placed = [substituted(path, parameters) for path in paths]
            if not paths or any(_names(path, key) for path in placed):
                return True
        # A path says enough: a cron job is a file as well.
        same_kind = each.effect.kind == system.kind or "/" in each.effect.target
        if same_kind and _names(each.effect.target, key):
            return True
    return False


def _names(target: str, key: str) -> bool:
    """Whether a target, which people wrote, is about the object: its name, the end of its path, a
    folder that it lies in, or the whole that it is a part of (``/etc/cron.d/x: 0 3 * * * …``)."""
    target = target.strip().rstrip("/")
    if not target:
        return False
    if key == target or key.startswith(f"{target}: "):
        return True
    path = key.split(": ")[0].rstrip("/")
    if target.startswith("/"):
        return path == target or path.startswith(f"{target}/")
    return path == target or path.endswith(f"/{target}") or f"/{target}/" in f"/{path.lstrip('/')}"


def covers(one: Effect, other: Effect) -> bool:
    """Whether an effect is on the thing of another one, or on all that this is a part of."""
    parts = _parts(other)
    return _names(one.target, other.target) or (
        bool(parts) and all(any(_names(a, b) for a in _parts(one)) for b in parts)
    )


def same_place(one: Effect, other: Effect) -> bool:
    """Whether two effects are on the same thing, or have a part of it in common."""
    first, second = (one.target, *_parts(one)), (other.target, *_parts(other))
    return any(_names(a, b) or _names(b, a) for a in first for b in second)


def _parts(effect: Effect) -> tuple[str, ...]:
    """The objects that an effect is on, as far as the runbook names them."""
    at = effect.at
    if at is None:
        return ()
    paths: tuple[str, ...] = getattr(at, "paths", ())
    return at.only or paths


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


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes in the order in which they are entered; they are taken back in the opposite one. What
    is new goes from the innermost on, what is gone comes back from the outermost on, and between
    them what became another thing."""
    listed = sorted(changes, key=lambda change: change.key)
    gone = [change for change in reversed(listed) if not change.after]
    other = [change for change in listed if change.before and change.after]
    new = [change for change in listed if not change.before]
    return (*gone, *other, *new)
