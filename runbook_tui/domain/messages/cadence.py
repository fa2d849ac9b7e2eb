"""When the next update is due: what readers were promised, or how often they are told.

Practice (PagerDuty's and Atlassian's guides to incident communication): the first word within five
minutes, then every twenty to thirty, and always with the time of the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runbook_tui.domain.messages.phrases import NEXT_UPDATE, NUMBERS, SPAN
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.messages.remarks import LAST
from runbook_tui.domain.messages.times import named_times, sentences
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState, current, is_settled
from runbook_tui.domain.units import seconds

NO_MESSAGES = Messages()


@dataclass(frozen=True, slots=True)
class Due:
    """The next update."""

    at: datetime
    """When people expect it; aware."""
    warn: float
    """Seconds before that in which to warn: no more than half of the time that there is."""
    promised: bool
    """Whether readers were told the time."""

    def left(self, now: Moment) -> float:
        """Seconds until then; negative once it is overdue."""
        return (self.at - now.utc).total_seconds()


def messages_of(state: RunState) -> Messages:
    """What the runbook says of messages."""
    return state.plan.runbook.messages or NO_MESSAGES


def tells(state: RunState) -> bool:
    """Whether the runbook tells anybody anything."""
    plan = state.plan
    return plan.runbook.messages is not None or any(
        isinstance(step, MessageStep) for step in plan.steps
    )


def every(state: RunState, reading: Reading | None) -> float:
    """Seconds from one update to the next as things stand: what the runbook says for the phase
    under way, else for messages at large, and no longer than for a delay and for a way back."""
    said = messages_of(state)
    lengths = [said.every]
    step = current(state)
    phase = state.plan.phase_of.get(step.id) if step is not None else None
    if phase is not None and phase.update_every is not None:
        lengths = [phase.update_every]
    if said.delayed is not None and is_late(reading):
        lengths.append(said.delayed)
    if said.rolling_back is not None and is_rolling_back(state):
        lengths.append(said.rolling_back)
    return min(seconds(length) for length in lengths)


def is_late(reading: Reading | None) -> bool:
    """Whether it is more likely than not to end after the window."""
    if reading is None or reading.window_ends is None:
        return False
    return reading.overrun > 0 or reading.ends[0] > reading.window_ends


def is_rolling_back(state: RunState) -> bool:
    """Whether somebody decided to, or it is done."""
    effects = state.effects
    back = effects.rolling is not None or effects.rolled_back
    return back or "roll-back" in state.answered.values()


def due(state: RunState, reading: Reading | None) -> Due | None:
    """When the next update is due; None where nobody waits for one."""
    if state.is_over or not tells(state):
        return None
    warn = seconds(messages_of(state).warn)
    sent = state.messages.sent
    if not sent:
        begun = _begun(state)
        if begun is None:
            return None
        first = seconds(messages_of(state).first)
        return Due(shifted(begun.utc, first), min(warn, first / 2), promised=False)
    last = sent[-1]
    if last.kind in LAST or last.sent is None:
        return None
    if last.next_due is not None:
        length = (last.next_due - last.sent.utc).total_seconds()
        return Due(last.next_due, min(warn, max(0.0, length / 2)), promised=True)
    if last.kind == "done":
        return None
    length = every(state, reading)
    return Due(shifted(last.sent.utc, length), min(warn, length / 2), promised=False)


def _begun(state: RunState) -> Moment | None:
    """When the first step that belongs into the window began; nothing is owed once all is done."""
    inside = [
        step
        for phase in state.plan.runbook.phases
        if not phase.outside_window
        for step in phase.steps
    ]
    if all(is_settled(state, step) for step in inside):
        return None
    started = [now.started for step in inside if (now := state.of(step.id)).started is not None]
    return min(filter(None, started), key=lambda moment: moment.wall, default=None)


def promised(text: str, now: datetime) -> datetime | None:
    """When a text says that the next update comes, in UTC; None where it does not say, or not so
    that it can be read. `now` is aware."""
    times = named_times(text, now)
    for start, end in sentences(text):
        if NEXT_UPDATE.search(text, start, end) is None:
            continue
        inside = [each.at for each in times if start <= each.start < end and each.at is not None]
        if inside:
            return min(inside)
        span = SPAN.search(text, start, end)
        if span is not None:
            many = NUMBERS.get(span["many"].lower()) or float(span["many"])
            hours = span["unit"].lower().startswith("h")
            return now + timedelta(seconds=many * (3600 if hours else 60))
    return None
