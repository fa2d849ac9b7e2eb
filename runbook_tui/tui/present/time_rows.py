"""The clocks of the plan: buffer, fever chart, forecast, latest safe rollback, window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.domain.messages.cadence import due
from runbook_tui.domain.moment import hour_text, length_text
from runbook_tui.domain.schedule.alarm import Alarm
from runbook_tui.domain.schedule.clock_words import percent, short
from runbook_tui.domain.schedule.fever import Zone
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.schedule.sparkline import sparkline
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line

STYLES: dict[Zone, str] = {"green": "$success", "yellow": "$warning", "red": "bold $error"}
CHART = 6
"""Points of the fever chart that have room beside its zone."""
NEAR = 900.0
"""Seconds before a deadline from which on it is coloured, where the runbook warns later."""


def time_rows(reading: Reading, used: Sequence[float]) -> Iterator[tuple[str, str, str]]:
    """Name, value and style of each clock, most needed first. `used`: earlier shares of the buffer
    that were used, for the chart."""
    yield from _rollback(reading)
    yield from _buffer(reading, used)
    yield from _forecast(reading)
    yield from _window(reading)
    # Far ahead it is no alarm, and must not read like one that was passed; coming to it asks.
    if reading.work.no_return and not reading.work.passed:
        yield "ahead", "no way back", "$quiet"
        yield "", safe_line(reading.work.no_return, 13), "$quiet"


def _rollback(reading: Reading) -> Iterator[tuple[str, str, str]]:
    by, left = reading.decide_by, reading.rollback_left
    if reading.work.passed:
        yield "no way", "back any more", "$warning"
        return
    if by is None or left is None:
        return
    style = "bold $error" if left < 0 else ("bold $warning" if left < NEAR else "bold")
    yield "decide", f"by {hour_text(by)}", style
    words = f"late by {short(left)}" if left < 0 else f"in {short(left)}"
    yield "", words, style if left < NEAR else ""
    guesses = sum(estimate.source == "assumed" for estimate in reading.work.back)
    if guesses:
        yield "", f"({guesses} assumed)", "$quiet"
    chance = reading.chance_by_rollback
    if chance is not None:
        yield "done by", percent(chance), _chance_style(chance)


def _buffer(reading: Reading, used: Sequence[float]) -> Iterator[tuple[str, str, str]]:
    size, left = reading.baseline.buffer, reading.buffer_left
    zone = reading.fever.zone
    drift = reading.point.drift
    way = "late" if drift > 0 else "early"
    # Less than a minute is none, unless the plan is so short that it hurts.
    calm = abs(drift) < 60 and (zone == "green" or size <= 0)
    late = "on plan" if calm else f"{short(drift)} {way}"
    yield "drift", late, STYLES[zone] if drift > 0 and size > 0 else ""
    if size <= 0:
        yield "buffer", "none planned", "$quiet"
    elif left < 0:
        yield "buffer", f"over by {short(left)}", "bold $error"
    else:
        yield "buffer", f"{short(left)} of {short(size)}", STYLES[zone]
    if size <= 0:
        return
    chart = sparkline([*used, reading.point.buffer_used], CHART)
    yield "fever", f"{chart} {zone}", STYLES[zone]
    if reading.fever.trend != "steady":
        yield "", f"getting {reading.fever.trend}", STYLES[zone]


def _forecast(reading: Reading) -> Iterator[tuple[str, str, str]]:
    even, likely, sure = (hour_text(when) for when in reading.ends)
    yield "ends", f"{even} (50 %)", "$quiet"
    yield "", f"{likely} (80 %)", ""
    yield "", f"{sure} (95 %)", "$quiet"
    chance = reading.chance
    if chance is not None:
        yield "in time", f"{percent(chance)}", _chance_style(chance)


def _chance_style(chance: float) -> str:
    return "bold $error" if chance < 0.5 else ("$warning" if chance < 0.8 else "")


def _window(reading: Reading) -> Iterator[tuple[str, str, str]]:
    ends, left = reading.window_ends, reading.window_left
    if ends is None or left is None:
        return
    if reading.begins_in > 0:
        opens = reading.baseline.opens
        assert opens is not None
        yield "window", f"opens {hour_text(opens)}", ""
        yield "", f"in {short(reading.begins_in)}", ""
    elif reading.overrun > 0:
        yield "window", f"OVER {hour_text(ends)}", "bold $error"
        yield "", f"{short(reading.overrun)} ago", "bold $error"
    else:
        style = "$warning" if left < NEAR else ""
        yield "window", f"ends {hour_text(ends)}", style
        yield "", f"in {short(left)}", style


def update_rows(state: RunState, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """When people are to be told next; nothing where nobody waits for it."""
    owed = due(state, reading)
    if owed is None:
        return
    left = owed.left(reading.now)
    style = "bold $error" if left < 0 else ("bold $warning" if left <= owed.warn else "")
    yield "update", f"due {hour_text(owed.at)}", style
    yield "", f"late by {short(-left)}" if left < 0 else f"in {short(left)}", style


def headline(reading: Reading, near: Sequence[Alarm], room: int) -> tuple[str, str] | None:
    """The one deadline that matters most now, for the line that is always there, in `room` cells;
    None where none does more than the step's own clock."""
    for alarm in near:
        if alarm.what == "no-return":
            continue
        words = alarm.text if len(alarm.text) <= room else alarm.brief
        return words, "bold $error" if alarm.passed else "bold $warning"
    if reading.fever.zone == "green" or reading.baseline.buffer <= 0:
        return None
    if reading.buffer_left < 0:
        words = f"buffer overdrawn by {length_text(-reading.buffer_left)}"
    else:
        words = f"buffer {short(reading.buffer_left)} of {short(reading.baseline.buffer)}"
    return f"{words} · {reading.fever.zone}", STYLES[reading.fever.zone]
