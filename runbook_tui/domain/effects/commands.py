"""What can be asked about the side effects of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.effects.events import Answer, Differs, Occasion, ScopeKind
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.systems.seen import Change


class IntendEffects(Struct, frozen=True):
    """A step is about to act: its effects go onto the ledger."""

    step: str


class AddEffect(Struct, frozen=True):
    """Somebody names an effect that nobody declared."""

    effect: Effect
    step: str = ""


class ReportLook(Struct, frozen=True, kw_only=True):
    """What a look at an effect came to: a fact."""

    number: int
    occasion: Occasion
    digest: str = ""
    holds: bool | None = None
    words: str = ""
    evidence: str = ""


class ReportSurvey(Struct, frozen=True, kw_only=True):
    """What a survey came to: a fact. What it found goes onto the ledger with it, or not at all."""

    survey: str
    occasion: Occasion
    step: str = ""
    digest: str = ""
    objects: int = 0
    words: str = ""
    evidence: str = ""
    changes: tuple[Change, ...] = ()
    """What is otherwise than before the step."""
    kept: tuple[str, str] = ("", "")
    """The digests of both looks."""


class SayEffect(Struct, frozen=True):
    """A person says how an effect stands."""

    number: int
    there: bool
    reason: str


class AnswerEffect(Struct, frozen=True, kw_only=True):
    """What becomes of an effect that is left over."""

    number: int
    answer: Answer
    reason: str
    owner: str = ""
    until: datetime | None = None
    ticket: str = ""


class BeginRollback(Struct, frozen=True, kw_only=True):
    """Somebody has seen the plan of a way back and commits to it."""

    scope: ScopeKind = "run"
    of: str = ""
    reason: str
    digest: str = ""
    """Of the plan that was seen; empty where it is taken as it comes."""
    snapshots: Literal["auto", "use", "avoid"] = "auto"
    """As for the plan that was seen: see `rollback.Snapshots`."""


class EndRollback(Struct, frozen=True, kw_only=True):
    """The way back is walked: what differs from before the run, where that was compared."""

    differs: tuple[Differs, ...] = ()
    compared: int = 0


class TurnForward(Struct, frozen=True):
    """The way back is left: forward again, from where it stands."""

    reason: str


EffectFact = ReportLook | ReportSurvey
EffectCommand = (
    IntendEffects
    | AddEffect
    | EffectFact
    | SayEffect
    | AnswerEffect
    | BeginRollback
    | EndRollback
    | TurnForward
)
