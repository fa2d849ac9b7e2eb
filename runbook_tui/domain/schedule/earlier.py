"""What earlier runs of a runbook tell about its steps: which were done, and how long each took."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import msgspec

from runbook_tui.domain.events import Mode
from runbook_tui.domain.plan import MEANING, Plan
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.estimate import ONE_FIGURE, Estimate, Source
from runbook_tui.domain.schedule.route import length_of
from runbook_tui.domain.schedule.slowdown import BRIEFEST, teaches
from runbook_tui.domain.state import RunState, Status

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Timing:
    """A step that was done in an earlier run."""

    step: str
    worked: float
    """Seconds of work; waiting for people is not among them."""
    meaning: str
    """See `meaning_of`."""
    run: str
    mode: Mode
    began: datetime
    """When that run started."""
    load: str = ""
    """Of a rehearsal: the load that it was held under, in words."""


def meaning_of(step: Step) -> str:
    """A hash over what the step does and asks for, 16 hexadecimal digits of SHA-256; its words and
    estimates may change freely."""
    parts = [[name, getattr(step, name, None)] for name in MEANING]
    return hashlib.sha256(_encoder.encode(parts)).hexdigest()[:16]


def timings_of(state: RunState) -> tuple[Timing, ...]:
    """The steps that a run did, as it did them. Dry runs do nothing."""
    if state.mode == "dry-run":
        return ()
    began = state.started.utc if state.started is not None else NEVER
    found = []
    for step in state.plan.steps:
        known = state.of(step.id)
        if known.status is Status.DONE and not known.changed_since:
            meaning = meaning_of(step)
            found.append(
                Timing(step.id, known.worked, meaning, state.run, state.mode, began, state.load)
            )
    return tuple(found)


def estimates(plan: Plan, timings: Iterable[Timing]) -> Mapping[str, Estimate]:
    """How long each step takes by what it took, for the steps that still mean the same.

    Likely is the median. Few runs show little of the spread, so best and worst are the extremes
    seen or the written estimate's, scaled to that median, whichever is farther out.
    """
    took: dict[str, list[float]] = {}
    elsewhere: set[str] = set()
    meanings = {step.id: meaning_of(step) for step in plan.steps}
    for timing in timings:
        if meanings.get(timing.step) != timing.meaning or timing.worked <= BRIEFEST:
            continue
        written = length_of(plan.by_id[timing.step])
        # Done suspiciously fast was done before, or not done: that is no length of it.
        if written is None or teaches(written, timing.worked):
            took.setdefault(timing.step, []).append(timing.worked)
            if timing.mode != "rehearsal":
                elsewhere.add(timing.step)
    found = {}
    for step_id, lengths in took.items():
        middle = median(lengths)
        low, high = _spread(plan.by_id[step_id])
        best, worst = min(*lengths, middle * low), max(*lengths, middle * high)
        source: Source = "earlier runs" if step_id in elsewhere else "rehearsals"
        found[step_id] = Estimate(best, middle, worst, source, len(lengths))
    return found


def _spread(step: Step) -> tuple[float, float]:
    written = length_of(step)
    if written is None or written.likely <= 0:
        return ONE_FIGURE
    return written.best / written.likely, written.worst / written.likely
