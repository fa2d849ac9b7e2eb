"""Which steps were rehearsed as they stand: a step that changed since was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from runbook_tui.domain.figures import RehearsalRun
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.earlier import Timing, meaning_of
from runbook_tui.domain.state import RunState, applies


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What is known of a step's rehearsals."""

    how: Literal["rehearsed", "changed since", "never"]
    times: int = 0
    """Rehearsals of the step as it stands."""
    run: str = ""
    """The last of them; of a step that changed since, the last that did what it was then."""
    at: datetime | None = None
    """When that run started."""
    load: str = ""
    """What it was held under, in words; "" where nobody said."""
    meaning: str = ""
    """Content hash of the step as it was in that run."""


@dataclass(frozen=True, slots=True)
class LookedBack:
    """What a baseline keeps of the rehearsals before its run; see `figures.Baseline`."""

    runs: dict[str, RehearsalRun]
    steps: dict[str, tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """The rehearsals before a live run, seen from the steps that it will do."""

    steps: tuple[str, ...]
    """Those that apply, or still may."""
    changed: tuple[str, ...]
    never: tuple[str, ...]
    runs: Mapping[str, RehearsalRun]
    """The rehearsals that the rest was last done in, the newest first."""

    @property
    def rehearsed(self) -> int:
        """How many steps were rehearsed as they stand."""
        return len(self.steps) - len(self.changed) - len(self.never)


def looked_back(plan: Plan, timings: Iterable[Timing]) -> LookedBack:
    """The rehearsals among `timings`."""
    by_step: dict[str, list[Timing]] = {}
    for timing in timings:
        if timing.mode == "rehearsal":
            by_step.setdefault(timing.step, []).append(timing)
    runs: dict[str, RehearsalRun] = {}
    found: dict[str, tuple[int, str, str]] = {}
    for step in plan.steps:
        every = by_step.get(step.id)
        if not every:
            continue
        meaning = meaning_of(step)
        same = [timing for timing in every if timing.meaning == meaning]
        last = max(same or every, key=lambda timing: timing.began)
        runs[last.run] = RehearsalRun(at=last.began, load=last.load)
        found[step.id] = (len(same), last.run, last.meaning)
    return LookedBack(runs, found)


def rehearsed(state: RunState, step: Step) -> Rehearsed | None:
    """How a step of a live run was rehearsed, as the step stands now.

    None for another run than a live one, and for one that did not look back.
    """
    based = state.baseline
    if state.mode != "live" or based is None or based.rehearsals is None:
        return None
    known = based.rehearsed.get(step.id)
    if known is None:
        return Rehearsed("never")
    times, run, meaning = known
    held = based.rehearsals.get(run)
    at, load = (held.at, held.load) if held is not None else (None, "")
    if times and meaning == meaning_of(step):
        return Rehearsed("rehearsed", times, run, at, load, meaning)
    return Rehearsed("changed since", 0, run, at, load, meaning)


def rehearsals(state: RunState) -> Rehearsals | None:
    """The rehearsals before this run, as its runbook stands now. None as in `rehearsed`."""
    based = state.baseline
    if state.mode != "live" or based is None or based.rehearsals is None:
        return None
    steps = [step for step in state.plan.steps if applies(state, step) is not False]
    each = {step.id: rehearsed(state, step) for step in steps}
    known = {name: one for name, one in each.items() if one is not None}
    held = {one.run for one in known.values() if one.how == "rehearsed"}
    newest = sorted(based.rehearsals.items(), key=lambda pair: pair[1].at, reverse=True)
    return Rehearsals(
        steps=tuple(each),
        changed=tuple(name for name, one in known.items() if one.how == "changed since"),
        never=tuple(name for name, one in known.items() if one.how == "never"),
        runs={run: about for run, about in newest if run in held},
    )
