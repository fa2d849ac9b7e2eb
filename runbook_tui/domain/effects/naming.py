"""Effects in few words, and effects made of what others say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from msgspec import structs

from runbook_tui.domain.effects.state import EffectState, Presence
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import StepBase
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.text import safe_line

KINDS: tuple[EffectKind, ...] = get_args(EffectKind)
WORDS: Mapping[Presence, str] = {
    "intended": "intended",
    "there": "there",
    "not-there": "not there",
    "unprobed": "nobody looks",
    "unknown": "UNKNOWN",
}
LONGEST_TARGET = 200


def filled(effect: Effect, parameters: Mapping[str, str]) -> Effect:
    """The effect as the log names it: parameters in place in its words. Its commands keep theirs,
    for they are put in where they are started."""
    return structs.replace(
        effect,
        target=safe_line(substituted(effect.target, parameters), LONGEST_TARGET),
        before=safe_line(substituted(effect.before, parameters), LONGEST_TARGET),
        after=safe_line(substituted(effect.after, parameters), LONGEST_TARGET),
        owner=safe_line(substituted(effect.owner, parameters), LONGEST_TARGET),
    )


def of_step(step: StepBase) -> tuple[tuple[Effect, bool], ...]:
    """What a step is about to leave behind, and whether that was declared as an effect: a step that
    declares only how it is taken back has one effect, all that it did."""
    if step.effects:
        return tuple((effect, True) for effect in step.effects)
    if step.compensation is None or not step.mutates:
        return ()
    whole = Effect(
        kind="external-write",
        target=f"all that {step.id} did",
        reversibility="compensable",
        compensation=step.compensation,
    )
    return ((whole, False),)


def name_of(effect: EffectState | Effect) -> str:
    """``flag order-events``."""
    declared = effect.effect if isinstance(effect, EffectState) else effect
    return f"{declared.kind} {declared.target}"


def remedy_effect(kind: str, target: str, label: str, compensation: str) -> Effect | None:
    """The effect of a check's remedy; None where it is of no kind that is known."""
    if kind not in KINDS:
        return None
    undo = Compensation(text=compensation) if compensation else None
    return Effect(
        kind=kind,
        target=safe_line(target, LONGEST_TARGET),
        after=safe_line(label, LONGEST_TARGET),
        reversibility="compensable",
        compensation=undo,
    )
