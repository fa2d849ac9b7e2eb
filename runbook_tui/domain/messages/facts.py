"""The facts of a run that messages are filled with, in the words of their readers.

They are made anew from the state each time. A text keeps those that it was filled with, so that it
can be told when they have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from runbook_tui.domain.messages.cadence import every, is_late, is_rolling_back, messages_of
from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.messages.remarks import Kind
from runbook_tui.domain.messages.said_times import (
    STEP,
    rounded_down,
    rounded_up,
    said_range,
    said_time,
    zone_of,
)
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.forecast import quantile
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState, current, is_settled

SHOWN_LATE = timedelta(minutes=10)
"""A forecast that moved by less is the same for a reader."""
NARROWEST = 2 * STEP


def zone_for(state: RunState) -> tzinfo:
    """The zone that times are said in."""
    window = state.plan.runbook.window
    return zone_of(messages_of(state).zone or (window.zone if window is not None else None))


def window_of(state: RunState, reading: Reading | None) -> tuple[datetime, datetime] | None:
    """What was approved: opening and end as they stand, aware."""
    baseline = state.baseline
    if baseline is None or baseline.opens is None or baseline.ends is None:
        return None
    ends = reading.window_ends if reading is not None else None
    return baseline.opens, ends or shifted(baseline.ends, state.extended + state.stood)


def facts_of(
    state: RunState, reading: Reading | None, now: Moment, kind: Kind
) -> dict[str, UsedFact]:
    """The facts by their name; one that does not hold has no words."""
    zone, said = zone_for(state), messages_of(state)
    here = current(state)
    phase = state.plan.phase_of.get(here.id) if here is not None else None
    found = [
        UsedFact(name="about", words=_filled(state, said.about or state.plan.runbook.title)),
        UsedFact(name="affected", words=_filled(state, said.affected)),
        UsedFact(name="doing", words=_filled(state, phase.told if phase is not None else "")),
        UsedFact(name="phase", words=phase.title if phase is not None else ""),
        UsedFact(name="step", words=_step(state, here)),
        UsedFact(name="progress", words=_progress(state)),
        UsedFact(name="late", words="yes" if is_late(reading) else ""),
        UsedFact(name="rolling_back", words="yes" if is_rolling_back(state) else ""),
        UsedFact(name="run", words=state.run),
        UsedFact(name="driver", words=state.driver),
        *_window(state, reading, zone, now.utc),
        *_clocks(reading, zone, now.utc),
        *_next(state, reading, zone, now.utc, kind),
    ]
    return {fact.name: fact for fact in found}


def _filled(state: RunState, text: str) -> str:
    return substituted(text, state.parameters).strip()


def _step(state: RunState, step: Step | None) -> str:
    return f"{step.id} ({state.of(step.id).status.word})" if step is not None else ""


def _progress(state: RunState) -> str:
    done = sum(is_settled(state, step) for step in state.plan.steps)
    return f"{done} of {len(state.plan.steps)} steps"


def _window(
    state: RunState, reading: Reading | None, zone: tzinfo, now: datetime
) -> Iterable[UsedFact]:
    window = window_of(state, reading)
    if window is None:
        return ()
    return (
        UsedFact(
            name="window",
            words=said_range(*window, zone, now).replace(" and ", " to ", 1),
            at=window[1],
            since=window[0],
        ),
        UsedFact(name="window_end", words=said_time(window[1], zone, now), at=window[1]),
    )


def _clocks(reading: Reading | None, zone: tzinfo, now: datetime) -> Iterable[UsedFact]:
    if reading is None:
        return
    if reading.work.current is None and not reading.work.pending:
        return  # all of it is done: there is nothing to expect
    start, end = expected(reading)
    yield UsedFact(name="forecast", words=said_range(start, end, zone, now), at=end, since=start)
    if reading.window_ends is not None and end > reading.window_ends:
        late = (end - reading.window_ends).total_seconds()
        yield UsedFact(name="late_by", words=_about(late))
    if reading.baseline.buffer > 0:
        left = reading.buffer_left
        words = _about(left) if left >= 0 else f"none, overdrawn by {_about(-left)}"
        yield UsedFact(name="buffer", words=words)
    if reading.decide_by is not None:
        at = rounded_down(reading.decide_by)
        yield UsedFact(name="decide_by", words=said_time(at, zone, now), at=at)
    if reading.chance is not None:
        yield UsedFact(name="chance", words=_chance(reading.chance))


def _chance(share: float) -> str:
    """In steps of five; never certain, which no simulation is."""
    percent = round(share * 20) * 5
    if percent >= 100:
        return "over 95 %"
    return f"{percent} %" if percent > 0 else "under 5 %"


def expected(reading: Reading) -> tuple[datetime, datetime]:
    """Between which moments it is expected to be over: the forecast at 50 and at 90 percent, on
    round times that are ahead, never closer to each other than ten minutes: a range is no
    promise."""
    wait, now = reading.begins_in, reading.now.utc
    start = rounded_down(shifted(now, wait + reading.forecast.p50))
    if start <= now:
        start = rounded_up(now + timedelta(seconds=1))
    end = rounded_up(shifted(reading.now.utc, wait + quantile(reading.forecast.draws, 0.90)))
    return start, max(end, start + NARROWEST)


def _about(length: float) -> str:
    minutes = max(5, round(length / 300) * 5)
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    parts += [f"{rest} minutes"] if rest else []
    return f"about {' and '.join(parts)}"


def _next(
    state: RunState, reading: Reading | None, zone: tzinfo, now: datetime, kind: Kind
) -> Iterable[UsedFact]:
    """An announcement promises a word at the start; once it is over, only a person knows when."""
    window = window_of(state, reading)
    if kind == "announce" and window is not None and window[0] > now:
        at = window[0]
    elif kind in ("done", "post-watch"):
        return ()
    else:
        length = timedelta(seconds=every(state, reading))
        # Down to a round time, but not to where it is due at once.
        at = rounded_down(now + length)
        if at - now < length / 2:
            at = rounded_up(now + length)
    return (UsedFact(name="next_update", words=said_time(at, zone, now), at=at),)


def stale(
    used: Iterable[UsedFact], current_facts: Mapping[str, UsedFact], now: datetime
) -> dict[str, tuple[UsedFact, UsedFact]]:
    """The facts of a text that no longer hold, each as it was and as it is, by name."""
    changed = {}
    for old in used:
        new = current_facts.get(old.name, UsedFact(name=old.name, words=""))
        if old.words != new.words and not _still_right(old, new, now):
            changed[old.name] = (old, new)
    return changed


def _still_right(old: UsedFact, new: UsedFact, now: datetime) -> bool:
    """Times that only moved with the clock: a next update that is ahead, a forecast near enough.
    A day that need not be said any more is not wrong; one that has to be is missing."""
    if old.at is None or new.at is None:
        return False
    if (old.at, old.since) == (new.at, new.since):
        return len(old.words) >= len(new.words)
    if old.name == "next_update":
        ahead, whole = old.at - now, new.at - now
        return ahead > whole / 2 and old.at <= new.at + STEP
    if old.name in ("forecast", "decide_by"):
        begins = new.since - old.since if new.since and old.since else timedelta()
        return max(abs(new.at - old.at), abs(begins)) < SHOWN_LATE
    return False
