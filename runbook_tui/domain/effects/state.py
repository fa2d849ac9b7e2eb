"""What is folded of side effects: the ledger, the ways back, the surveys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, structs

from runbook_tui.domain.effects.events import Answer, Differs, ScopeKind, Source
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.runbook_effects import Effect

Presence = Literal["intended", "there", "not-there", "unprobed", "unknown"]
"""``unprobed``: what acted went well, and nothing can look. ``unknown``: nobody knows."""


class Sight(Struct, frozen=True, kw_only=True):
    """What a look at an effect came to."""

    at: Moment
    seq: int
    """Of the event."""
    digest: str = ""
    holds: bool | None = None
    words: str = ""
    way_back: bool = False
    """Whether a way back had begun by then: before that, nothing stands as before earlier effects
    because they were taken back."""

    @property
    def known(self) -> bool:
        """Whether it saw anything."""
        return bool(self.digest) or self.holds is not None


class Said(Struct, frozen=True, kw_only=True):
    """A person's word on how an effect stands."""

    there: bool
    reason: str
    by: str
    at: Moment
    seq: int


class Answered(Struct, frozen=True, kw_only=True):
    """What becomes of an effect that is left over."""

    answer: Answer
    reason: str
    owner: str
    until: datetime | None
    ticket: str
    by: str
    at: Moment


class EffectState(Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    number: int
    step: str
    effect: Effect
    source: Source
    at: Moment
    by: str
    survey: str = ""
    key: str = ""
    kept: tuple[str, str] | None = None
    """As in `EffectAdded`."""
    begun: bool = False
    """Whether what could have made it has started."""
    acted: int = 0
    """The number of the last event with which its step, or what takes it back, acted."""
    attempt: int = 0
    """The attempt of its step that could have made it first; 0 where a person acts."""
    unsure: bool = False
    """Whether what should have made it was cut off or failed, and nobody has looked since."""
    before: Sight | None = None
    """S0."""
    as_before: tuple[str, ...] = ()
    """Digests of how it stood before, also before earlier effects on the same thing: once those are
    taken back as well, it stands as before them."""
    after: Sight | None = None
    """S1: how our step left it."""
    ours: tuple[str, ...] = ()
    """Digests of how this run left it: S1, and what later effects of the run made of it."""
    back: Sight | None = None
    """S2: how it stood after it was taken back."""
    last: Sight | None = None
    """The newest look since its step last acted."""
    said: Said | None = None
    """A person's word since then."""
    answer: Answered | None = None

    @property
    def can_be_seen(self) -> bool:
        """Whether anything can look at it."""
        return self.effect.probe is not None or self.effect.at is not None

    @property
    def presence(self) -> Presence:
        """Whether it is there, as far as anybody knows."""
        if not self.begun:
            return "intended"
        if self.said is not None:
            return "there" if self.said.there else "not-there"
        if self.last is None:
            return "unknown" if self.can_be_seen or self.unsure else "unprobed"
        there = self._seen_there(self.last)
        return "unknown" if there is None else "there" if there else "not-there"

    def _seen_there(self, sight: Sight) -> bool | None:
        """As before is not there; where nobody looked before, the probe's own word counts."""
        if sight.digest and self.before is not None and self.before.digest:
            as_before = self.as_before if sight.way_back else self.as_before[:1]
            return sight.digest not in as_before
        return sight.holds

    @property
    def foreign(self) -> bool:
        """Whether it stands neither as before nor as our step left it: somebody else was there."""
        last = self.last
        if self.presence != "there" or self.said is not None or last is None or not last.digest:
            return False
        return bool(self.ours) and last.digest not in self.ours

    @property
    def may_be_there(self) -> bool:
        """Whether a way back has to deal with it: also with what a later effect on the same thing
        hides now, and uncovers once that is taken back."""
        if self.presence in ("there", "unprobed", "unknown"):
            return True
        was_made = self.after is not None and bool(self._seen_there(self.after))
        return self.begun and self.said is None and was_made and self.back is None


class Surveyed(Struct, frozen=True, kw_only=True):
    """What a survey came to; the digest is empty where nothing could be seen."""

    seq: int
    digest: str
    evidence: str


class RollbackState(Struct, frozen=True, kw_only=True):
    """One way back."""

    number: int
    scope: ScopeKind
    of: str
    takes: Mapping[str, tuple[int, ...]]
    covers: Mapping[str, tuple[int, ...]]
    cannot: tuple[int, ...]
    reason: str
    by: str
    at: Moment
    seq: int
    seconds: float
    acted: int = 0
    """The number of the last event with which one of its steps acted."""
    ended: Moment | None = None
    outcome: Literal["done", "forward"] | None = None
    differs: tuple[Differs, ...] = ()
    compared: int = 0

    def was_looked_at(self, each: EffectState) -> bool:
        """Whether somebody looked at an effect, or said how it stands, since a step of this way
        back last acted: what it found may not be ours any more."""
        since = max(self.seq, self.acted)
        told = each.said is not None and each.said.seq > since
        return told or (each.last is not None and each.last.known and each.last.seq > since)


class EffectsState(Struct, frozen=True, kw_only=True):
    """All of it. Mappings in it are never changed in place."""

    ledger: Mapping[int, EffectState] = {}
    rollbacks: tuple[RollbackState, ...] = ()
    void: frozenset[str] = frozenset()
    """Steps that are not to be done any more: of a way back that was left, or taken back with all
    of the run."""
    first: Mapping[str, Surveyed] = {}
    """The first look of each survey: how it was before all of the run."""
    before: Mapping[str, Mapping[str, Surveyed]] = {}
    """By step and survey: the last look before the step acted."""
    surveyed: frozenset[str] = frozenset()
    """Steps that were surveyed, or could not be, since they last acted."""

    @property
    def rolling(self) -> RollbackState | None:
        """The way back that is under way."""
        last = self.rollbacks[-1] if self.rollbacks else None
        return last if last is not None and last.outcome is None else None

    @property
    def rolled_back(self) -> bool:
        """Whether all of the run was taken back."""
        return any(r.scope == "run" and r.outcome == "done" for r in self.rollbacks)

    def of_step(self, step: str) -> tuple[EffectState, ...]:
        """The effects of a step."""
        return tuple(each for each in self.ledger.values() if each.step == step)

    def is_gone(self, step: str) -> bool:
        """Whether all that a step of a way back takes back is not there, as far as it can be seen
        now: a look from before the last act counts for nothing."""
        rollback, taken = self.rollback_of(step), self.taken_by(step)
        if rollback is None or not taken:
            return False
        return all(
            each.presence == "not-there"
            and (not each.can_be_seen or rollback.outcome or rollback.was_looked_at(each))
            for each in taken
        )

    def taken_by(self, step: str) -> tuple[EffectState, ...]:
        """The effects that a step of a way back takes back; nothing for any other step."""
        for rollback in self.rollbacks:
            if step in rollback.takes:
                return tuple(self.ledger[n] for n in rollback.takes[step] if n in self.ledger)
        return ()

    def covered_by(self, step: str) -> tuple[EffectState, ...]:
        """The effects that the snapshot covers which a step of a way back restores."""
        for rollback in self.rollbacks:
            if step in rollback.covers:
                return tuple(self.ledger[n] for n in rollback.covers[step] if n in self.ledger)
        return ()

    def rollback_of(self, step: str) -> RollbackState | None:
        """The way back that a step belongs to."""
        return next((r for r in self.rollbacks if step in r.takes), None)

    @property
    def next_number(self) -> int:
        """The number of the next effect."""
        return max(self.ledger, default=0) + 1


def with_effects(effects: EffectsState, *changed: EffectState) -> EffectsState:
    """The state with some lines of the ledger changed."""
    if not changed:
        return effects
    ledger = {**effects.ledger, **{each.number: each for each in changed}}
    return structs.replace(effects, ledger=ledger)
