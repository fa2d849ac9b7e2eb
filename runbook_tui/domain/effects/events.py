"""What happens to side effects: events. An effect has a number in its run."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.event_base import Event
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.runbook_effects import Effect

Source = Literal["declared", "step", "found", "by-hand", "remedy"]
"""Declared by the runbook as an effect; only as a step that can be taken back; found by a survey;
added by somebody; made by the remedy of a check."""
Occasion = Literal["before", "after", "now", "back"]
"""Before the step acts (S0), after it (S1), at any other time, after it was taken back (S2)."""
Answer = Literal["accepted", "ticket", "taken-back", "none"]
"""It stays, with an owner and a date · it is somebody's ticket · somebody took it back by hand ·
it never was an effect of this run."""
ScopeKind = Literal["run", "phase", "effect"]


class EffectEvent(Event, frozen=True, kw_only=True):
    """Base of events about side effects."""


class EffectIntended(EffectEvent, frozen=True, kw_only=True, tag="effect-intended"):
    """A step is about to have this effect: written before anything acts. An effect that is intended
    once more keeps its number."""

    number: int
    step: str
    effect: Effect
    source: Source = "declared"


class EffectAdded(EffectEvent, frozen=True, kw_only=True, tag="effect-added"):
    """An effect that nobody declared: found by a survey, or named by somebody."""

    number: int
    effect: Effect
    source: Source
    step: str = ""
    """The step that it is thought to come from."""
    survey: str = ""
    key: str = ""
    """The object that the survey saw changed."""
    before: str = ""
    """The digest of a look at it before."""
    after: str = ""
    kept: tuple[str, str] | None = None
    """The digests of the surveys before and after, under which what they saw is kept."""


class EffectSeen(EffectEvent, frozen=True, kw_only=True, tag="effect-seen"):
    """Somebody looked at an effect. Where it could not be seen there are only words why."""

    number: int
    occasion: Occasion
    digest: str = ""
    """Of how it stands; empty where that could not be seen."""
    holds: bool | None = None
    """Whether the runbook's probe says that it is there; None where it has none, or no answer."""
    words: str = ""
    evidence: str = ""
    """The path, in the commit's tree, of what was seen."""


class EffectSaid(EffectEvent, frozen=True, kw_only=True, tag="effect-said"):
    """A person says how an effect stands, where no probe can, or against one: `there` and ours."""

    number: int
    there: bool
    reason: str


class EffectAnswered(EffectEvent, frozen=True, kw_only=True, tag="effect-answered"):
    """What becomes of an effect that should not be there any more."""

    number: int
    answer: Answer
    reason: str
    owner: str = ""
    until: datetime | None = None
    """Aware: when its owner has dealt with it."""
    ticket: str = ""
    """The ticket."""


class SurveyTaken(EffectEvent, frozen=True, kw_only=True, tag="survey-taken"):
    """All of a system was looked at, round a step or at the end of a rollback."""

    survey: str
    occasion: Occasion
    step: str = ""
    digest: str = ""
    """Empty where it could not be looked at."""
    objects: int = 0
    words: str = ""
    evidence: str = ""


class Differs(Struct, frozen=True, omit_defaults=True):
    """What is otherwise than before all of it, though everything was taken back."""

    where: str
    """The survey, or the effect's number as ``#7``."""
    key: str
    was: str = ""
    now: str = ""


class RollbackBegun(EffectEvent, frozen=True, kw_only=True, tag="rollback-begun"):
    """A way back, as a runbook of its own inside the run: its steps come now, no others."""

    number: int
    scope: ScopeKind
    of: str = ""
    """The phase, or the effect's number."""
    steps: tuple[Step, ...]
    takes: dict[str, tuple[int, ...]]
    """The effects that each step takes back."""
    covers: dict[str, tuple[int, ...]] = {}
    """The effects that each restored snapshot covers."""
    cannot: tuple[int, ...] = ()
    """Effects that nothing takes back."""
    reason: str
    seconds: float = 0.0
    """How long it was thought to take."""


class RollbackEnded(EffectEvent, frozen=True, kw_only=True, tag="rollback-ended"):
    """The way back was walked, or given up for going forward again."""

    number: int
    outcome: Literal["done", "forward"]
    reason: str = ""
    again: tuple[str, ...] = ()
    """Steps that have to be done again, because what they did was taken back."""
    differs: tuple[Differs, ...] = ()
    compared: int = 0
    """Looks of before the run that were compared with looks of now; 0: nothing was proven."""


AnyEffectEvent = (
    EffectIntended
    | EffectAdded
    | EffectSeen
    | EffectSaid
    | EffectAnswered
    | SurveyTaken
    | RollbackBegun
    | RollbackEnded
)
