"""The clocks in words: the same in the full screen, in line mode, in `status` and in questions."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_tui.domain.events import Deadline
from runbook_tui.domain.moment import hour_text, length_text
from runbook_tui.domain.schedule.fever import why
from runbook_tui.domain.schedule.reading import Reading


def short(seconds: float) -> str:
    """A length in two parts at most: ``41m``, ``1h12``, ``50s``; signs are words elsewhere."""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes = round(whole / 60)
    if minutes >= 100 * 60:
        return f"{minutes // 1440} d"
    return f"{minutes // 60}h{minutes % 60:02d}" if minutes >= 60 else f"{minutes}m"


def percent(share: float) -> str:
    """A chance in words for people: never 0 or 100, which nobody can promise."""
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{share * 100:.0f} %"


def clock_lines(reading: Reading) -> list[str]:
    """The clocks in full, a line each."""
    lines = []
    if reading.baseline.buffer > 0:
        lines.append(f"{why(reading.fever)}.")
        lines.append(f"buffer   {buffer_left(reading)}, {reading.fever.zone}")
    even, likely, sure = (hour_text(when) for when in reading.ends)
    slow = reading.forecast.slowdown
    pace = "" if abs(slow - 1) < 0.05 else f"; work goes {abs(slow - 1) * 100:.0f} % "
    pace += "" if not pace else ("slower than planned" if slow > 1 else "faster than planned")
    lines.append(f"ends     {likely} in 80 of 100 cases, {even} in 50, {sure} in 95{pace}")
    if reading.window_ends is not None and reading.chance is not None:
        chance = percent(reading.chance)
        lines.append(f"window   ends {hour_text(reading.window_ends)}, {chance} to be in time")
    if reading.work.passed:
        lines.append(f"rollback none past {reading.work.passed}, the point of no return")
    elif reading.decide_by is not None:
        sooner = reading.chance_by_rollback
        done = f", {percent(sooner)} to be done by then" if sooner is not None else ""
        lines.append(f"{way_back(reading)}{done}")
    if reading.work.no_return:
        lines.append(f"ahead    {reading.work.no_return}, a point of no return")
    return lines


def way_back(reading: Reading) -> str:
    """How long it takes and until when it is safe; "" where nothing says it."""
    if reading.decide_by is None:
        return ""
    needs, by = short(reading.rollback.p95), hour_text(reading.decide_by)
    return f"rollback takes {needs} from here (95 of 100); safe until {by}"


def buffer_left(reading: Reading) -> str:
    """``41m of 1h00 left``, ``overdrawn by 04:10``."""
    if reading.buffer_left < 0:
        return f"overdrawn by {length_text(-reading.buffer_left)}"
    return f"{short(reading.buffer_left)} of {short(reading.baseline.buffer)} left"


def brief(reading: Reading) -> str:
    """The clocks that the run has, in one line; "" where it has none."""
    parts = []
    if reading.baseline.buffer > 0:
        parts.append(f"buffer {buffer_left(reading)}, {reading.fever.zone}")
    if reading.baseline.plan > 0:
        parts.append(f"ends {hour_text(reading.ends[1])} (80 %)")
    # Past a point of no return there is nothing left that could be decided by then.
    if reading.decide_by is not None and not reading.work.passed:
        late = " PASSED" if reading.decide_by < reading.now.utc else ""
        parts.append(f"decide by {hour_text(reading.decide_by)}{late}")
    if reading.window_ends is not None:
        over = " OVER" if reading.overrun > 0 else ""
        parts.append(f"window ends {hour_text(reading.window_ends)}{over}")
    return " · ".join(parts)


@dataclass(frozen=True)
class Question:
    """What a deadline asks once it has passed, or what can be done about time before."""

    title: str
    asks: str
    """How it goes on, as a question; "" where none is open."""
    acts: tuple[str, ...]
    """What answers it, by the acts' names."""


_QUESTIONS: dict[Deadline | None, Question] = {
    "rollback": Question(
        "The latest safe rollback has passed",
        "go on, roll back or extend?",
        ("go-past", "roll-back", "extend-window"),
    ),
    "window": Question(
        "The window is over",
        "go on, extend or abort?",
        ("overrun", "extend-window", "abort"),
    ),
    None: Question("Time", "", ("extend", "extend-window", "pause", "pause-held")),
}


def question(deadline: Deadline | None) -> Question:
    """What a deadline that has passed asks; what can be done about time where None has."""
    return _QUESTIONS[deadline]


def question_line(deadline: Deadline | None, word: str) -> str:
    """The question in a line, and the `word` or key that answers it; "" where none is open."""
    asked = question(deadline)
    return f"{asked.title}: {asked.asks} {word} decides." if asked.asks else ""
