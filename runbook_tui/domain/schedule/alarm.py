"""Deadlines that come near, and those that have passed and ask for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from runbook_tui.domain.events import Answer, Deadline
from runbook_tui.domain.messages.cadence import due
from runbook_tui.domain.moment import Moment, hour_text, length_text
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState, RunStatus, current, is_settled
from runbook_tui.domain.units import seconds

WARN = (900.0, 300.0)
"""Seconds ahead, where the runbook does not say."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A deadline near enough to be told, or behind us."""

    what: Literal["rollback", "window", "update", "timer", "no-return"]
    name: str
    """Of what is rung once: it changes when the same deadline has to be rung again."""
    left: float
    """Seconds; negative once it has passed."""
    text: str
    """One short line."""
    brief: str
    """The same for where there is room for thirty letters."""

    @property
    def passed(self) -> bool:
        """Whether it lies behind us."""
        return self.left < 0


def alarms(state: RunState, reading: Reading) -> tuple[Alarm, ...]:
    """What is to be told now, the most urgent first. Nothing in a run that is over."""
    if state.is_over:
        return ()
    found = [
        *_rollback(state, reading),
        *_window(state, reading),
        *_update(state, reading),
        *_timers(state, reading.now),
    ]
    # The way back before the window, both before what others wait for, and a step's own timer last:
    # that one only reminds.
    rank = ("rollback", "window", "update", "timer")
    found.sort(
        key=lambda alarm: (not alarm.passed or alarm.what == "timer", rank.index(alarm.what))
    )
    return (*found, *_no_return(state, reading))


def unanswered(state: RunState, reading: Reading) -> Deadline | None:
    """The deadline that has passed without anybody saying how it goes on."""
    if state.status is not RunStatus.OPEN:
        return None
    if reading.overrun > 0 and "window" not in state.answered:
        return "window"
    left = reading.rollback_left
    if left is not None and left < 0 and "rollback" not in state.answered and not reading.overrun:
        return "rollback"
    return None


def timer_left(state: RunState, step: Step, now: Moment) -> float | None:
    """Seconds left on a step's timer, extensions included; negative when it is over. None where
    the step has none, or is not under way."""
    known = state.of(step.id)
    if step.timer is None or known.started is None or is_settled(state, step):
        return None
    return seconds(step.timer) + known.extended - state.between(known.started, now)


def _warned(state: RunState, left: float) -> float | None:
    """The narrowest warning that `left` seconds are within; None where it is far."""
    window = state.plan.runbook.window
    ahead = [seconds(text) for text in window.warn] if window is not None else list(WARN)
    within = [limit for limit in ahead if left <= limit]
    return min(within) if within else None


def _rollback(state: RunState, reading: Reading) -> Iterator[Alarm]:
    left, by = reading.rollback_left, reading.decide_by
    if left is None or by is None or reading.work.passed or reading.overrun:
        return
    within = _warned(state, left)
    if left < 0:
        answer = state.answered.get("rollback")
        what = _ANSWERED[answer] if answer else "decide: go on, roll back or extend"
        brief = "safe rollback passed"
        yield Alarm("rollback", "rollback passed", left, f"safe rollback passed · {what}", brief)
    elif within is not None:
        brief = f"decide by {hour_text(by)} · {length_text(left)}"
        words = f"{brief} to the latest safe rollback"
        yield Alarm("rollback", f"rollback {within:g}", left, words, brief)


_ANSWERED: dict[Answer, str] = {
    "go-on": "going on",
    "roll-back": "rolling back",
    "extend": "extended",
}


def _window(state: RunState, reading: Reading) -> Iterator[Alarm]:
    left, ends = reading.window_left, reading.window_ends
    if left is None or ends is None:
        return
    if reading.overrun > 0:
        words = f"window over since {hour_text(ends)} · {length_text(reading.overrun)}"
        brief = f"window over by {length_text(reading.overrun)}"
        yield Alarm("window", "window passed", -reading.overrun, words, brief)
        return
    within = _warned(state, left)
    if within is not None:
        words = f"window ends {hour_text(ends)} · {length_text(left)} left"
        brief = f"window ends {hour_text(ends)} · {length_text(left)}"
        yield Alarm("window", f"window {within:g}", left, words, brief)


def _update(state: RunState, reading: Reading) -> Iterator[Alarm]:
    """What people were promised to be told, or ought to be."""
    owed = due(state, reading)
    if owed is None:
        return
    left, at = owed.left(reading.now), hour_text(owed.at)
    promised = "promised for" if owed.promised else "due"
    if left < 0:
        words = f"update overdue by {length_text(-left)} · it was {promised} {at}"
        brief = f"update overdue by {length_text(-left)}"
        yield Alarm("update", f"update {at} passed", left, words, brief)
    elif left <= owed.warn:
        words = f"next update {promised} {at} · {length_text(left)}"
        brief = f"update due {at} · {length_text(left)}"
        yield Alarm("update", f"update {at} near", left, words, brief)


def _timers(state: RunState, now: Moment) -> Iterator[Alarm]:
    for step_id in state.steps:
        step = state.plan.by_id.get(step_id)
        left = timer_left(state, step, now) if step is not None else None
        if left is None:
            continue
        extended = f" {state.of(step_id).extended:g}"
        if left < 0:
            words = f"timer of {step_id} over by {length_text(-left)}"
            brief = f"timer over by {length_text(-left)}"
            yield Alarm("timer", f"timer {step_id}{extended} passed", left, words, brief)
        elif left <= 60:
            words = f"timer of {step_id}: {length_text(left)} left"
            brief = f"timer {length_text(left)} left"
            yield Alarm("timer", f"timer {step_id}{extended} near", left, words, brief)


def _no_return(state: RunState, reading: Reading) -> Iterator[Alarm]:
    step = current(state)
    if step is not None and step.id == reading.work.no_return:
        words = f"{step.id} is a point of no return: after it nothing before it is taken back"
        yield Alarm("no-return", f"no-return {step.id}", 0.0, words, "point of no return")
