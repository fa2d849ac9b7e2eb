"""Clocks and the lines that are always there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.moment import Moment, clock_text, hour_text, length_text
from runbook_tui.domain.runbook import Step, ThreePoint, WaitStep
from runbook_tui.domain.state import RunState, RunStatus, Status, current, under_way
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.domain.waiting import time_left
from runbook_tui.tui.present.marks import badge, mark_of, rolling_mark
from runbook_tui.tui.present.plan_rows import counts

# The forecast's machinery is needed once the log is open, and not for the first screen.
if TYPE_CHECKING:
    from runbook_tui.domain.schedule.alarm import Alarm
    from runbook_tui.domain.schedule.reading import Reading

NARROWEST_TITLE = 12
"""Cells that a title keeps in the header."""


def cells(text: str, most: int) -> str:
    """`text` in at most so many cells; letters of some scripts take two."""
    return Content(text).truncate(most, ellipsis=True).plain.rstrip()


def expected(state: RunState, step: Step, now: Moment) -> float | None:
    """Seconds the step is expected to take: its estimate, or the likely one of three."""
    if state.baseline is not None:
        from runbook_tui.domain.schedule.step_time import step_time

        estimate = step_time(state, step, now).estimate
        return estimate.likely if estimate is not None else None
    if step.estimate is None:
        return None
    if isinstance(step.estimate, ThreePoint):
        return seconds(step.estimate.likely)
    return seconds(step.estimate)


def face(length: float) -> str:
    """Seconds in five cells: ``04:10``, ``1h02``, ``13 d``."""
    if length < 3600:
        return length_text(length)
    hours = int(length // 3600)
    if hours >= 100:
        return f"{hours // 24} d"
    return f"{hours}h{int(length % 3600 // 60):02d}"


def step_clock(
    state: RunState, step: Step, now: Moment, text: Callable[[float], str] = length_text
) -> tuple[str, str]:
    """The work done on the step and its style: ``04:10 / 06:00``."""
    known = state.of(step.id)
    limit = expected(state, step, now)
    of = f" / {text(limit)}" if limit is not None else ""
    if known.started is None:
        return f"--:--{of}", "$quiet"
    from runbook_tui.domain.stopwatch import spent

    worked, _ = spent(state, step, now)
    over = limit is not None and worked > limit
    return f"{text(worked)}{of}{' over' if over else ''}", "$warning" if over else ""


def header(
    state: RunState, now: Moment, width: int, who: str, reading: Reading | None = None
) -> Content:
    """The first line: mode, runbook, version, who drives, window, wall clock."""
    mark = badge(state)
    pin = state.pin
    commit = f" @{pin.commit[:7]}{'+' if pin.dirty else ''}" if pin and pin.commit else ""
    book = state.plan.runbook
    driver = state.driver or who
    right = cells(safe_line(driver), 20) + " drives " if driver else ""
    clock = f"{clock_text(now)} "
    window = _window_text(state, reading) if width >= 100 else ""
    version = f"  v{book.version}{commit}"
    tail = Content.assemble((window, "$quiet"), right, (clock, "$quiet"))
    rolling = rolling_mark(state)
    room = width - len(mark.word) - len(rolling[0]) - tail.cell_length - 3
    if room - len(version) < NARROWEST_TITLE:
        version = ""  # Who drives and the clock come first; the list of runs has the version.
    left = Content.assemble(
        (mark.word, mark.style),
        rolling,
        (" " + cells(safe_line(book.title), max(NARROWEST_TITLE, room - len(version))), "bold"),
        (version, "$quiet"),
    )
    gap = max(1, width - left.cell_length - tail.cell_length)
    return Content.assemble(left, " " * gap, tail)


def _window_text(state: RunState, reading: Reading | None) -> str:
    if reading is not None and reading.window_ends is not None and reading.baseline.opens:
        opens, ends = hour_text(reading.baseline.opens), hour_text(reading.window_ends)
        return f"window {opens[:-1]}–{ends}{' OVER' if reading.overrun > 0 else ''}  "
    window = state.plan.runbook.window
    return f"window {window.start}–{window.end}  " if window is not None else ""


def clock_line(
    state: RunState,
    now: Moment,
    width: int,
    reading: Reading | None = None,
    near: Sequence[Alarm] = (),
) -> Content:
    """The second line: the current step with its marker, and the clock that matters most."""
    if state.is_over:
        words = f" {state.status}"
        if state.ended is not None:
            words += f" {clock_text(state.ended)}"
        return Content.assemble(
            (words, "bold"), ("  " + cells(safe_line(state.reason), max(10, width - 30)), "$quiet")
        )
    done, total = counts(state)
    step = current(state)
    if step is None and state.effects.rolling is not None:
        return Content.assemble(
            (" ✓ every step of the way back is settled", "bold $success"),
            "  end the rollback: enter",
        )
    if step is None:
        return Content.assemble(
            (" ✓ every step is settled", "bold $success"), "  close the run: enter"
        )
    mark = mark_of(state, step, step.id)
    place = state.plan.position[step.id] + 1
    head = f" {mark.glyph} {place}/{len(state.plan.steps)} "
    tail = f"  {done}/{total} settled "
    clock, style = most_urgent(state, step, now)
    if reading is not None and state.status is not RunStatus.PAUSED:
        from runbook_tui.tui.present.time_rows import headline

        beside = len(head) + NARROWEST_TITLE + len(mark.word) + 5 + len(tail)
        most = min(max(30, width - beside), max(20, width // 2))
        urgent = headline(reading, near, most)
        if urgent is not None:
            clock, style = cells(urgent[0], most), urgent[1]
    right = Content.assemble((clock, style or "bold"), tail)
    room = width - right.cell_length - len(head) - len(mark.word) - 5
    left = Content.assemble(
        (head, mark.style),
        (cells(safe_line(step.title), max(8, room)), "bold"),
        (f" · {mark.word}", mark.style),
    )
    gap = max(1, width - left.cell_length - right.cell_length)
    return Content.assemble(left, " " * gap, right)


def most_urgent(state: RunState, step: Step, now: Moment) -> tuple[str, str]:
    """The one clock that matters most now, with its style."""
    if state.status is RunStatus.PAUSED and state.paused is not None:
        paused = f"PAUSED {length_text(state.between(state.paused, now))}"
        window = _window_meanwhile(state)
        return f"{paused}, {window}" if window else paused, "bold $warning"
    if isinstance(step, WaitStep) and state.of(step.id).status is Status.ACTIVE:
        left = time_left(state, step, now)
        if left > 0:
            return f"wait {length_text(left)} left", "bold $accent"
    running = under_way(state.of(step.id))
    if running is not None:
        word = "running" if running.purpose == "run" else "verifying"
        words = f"{word} {length_text(state.between(running.started, now))}"
        over = step_clock(state, step, now)[1]
        return (f"{words} · over its time", f"bold {over}") if over else (words, "bold $accent")
    clock, style = step_clock(state, step, now)
    return f"step {clock}", f"bold {style}".strip()


def _window_meanwhile(state: RunState) -> str:
    """What becomes of the window in a pause; "" where there is none."""
    if state.plan.runbook.window is None:
        return ""
    return "window stands" if state.held else "window runs"


def _step_times(
    state: RunState, step: Step, now: Moment, add: Callable[[str, str, str], None]
) -> None:
    from runbook_tui.domain.schedule.alarm import timer_left
    from runbook_tui.domain.stopwatch import spent

    timer = timer_left(state, step, now)
    if timer is not None:
        over = timer < 0
        words = f"over {face(-timer)}" if over else f"{face(timer)} left"
        add("timer", words, "bold $warning" if over else "")
    _, waited = spent(state, step, now)
    if waited >= 1:
        add("people", f"{face(waited)} waited", "$quiet")


def clock_pane(
    state: RunState,
    now: Moment,
    reading: Reading | None = None,
    used: Sequence[float] = (),
) -> Content:
    """The pane of clocks in the wide layout. `used`: earlier shares of buffer that were used."""
    lines: list[Content] = []

    def add(name: str, value: str, style: str = "") -> None:
        lines.append(Content.assemble((f"{name:<8}", "$quiet"), (value, style)))

    step = current(state)
    if step is not None and not state.is_over:
        clock, style = step_clock(state, step, now, face)
        add("step", clock.removesuffix(" over"), style)
        if clock.endswith(" over"):
            add("", "over its time", "$warning")
        running = under_way(state.of(step.id))
        if running is not None:
            add("command", length_text(state.between(running.started, now)), "$accent")
        if isinstance(step, WaitStep) and state.of(step.id).status is Status.ACTIVE:
            add("wait", f"{face(time_left(state, step, now))} left", "$accent")
        if state.of(step.id).started is not None:
            _step_times(state, step, now, add)
    if state.started is not None:
        add("run", length_text(state.between(state.started, state.ended or now)))
    if state.paused is not None:
        add("PAUSED", length_text(state.between(state.paused, now)), "bold $warning")
        if window := _window_meanwhile(state):
            add("", window, "$warning")
    if reading is not None and not state.is_over:
        from runbook_tui.tui.present.time_rows import time_rows, update_rows

        lines.append(Content(""))
        for name, value, style in (*time_rows(reading, used), *update_rows(state, reading)):
            add(name, value, style)
    elif state.plan.runbook.window is not None:
        add("window", f"ends {state.plan.runbook.window.end}")
    add("now", clock_text(now))
    lines.append(Content(""))
    done, total = counts(state)
    add("settled", f"{done} of {total}")
    for status, word in (
        (Status.FAILED, "failed"),
        (Status.UNKNOWN, "UNKNOWN"),
        (Status.DEFERRED, "deferred"),
        (Status.SKIPPED, "skipped"),
        (Status.OVERRIDDEN, "overridden"),
    ):
        count = sum(1 for s in state.plan.steps if state.of(s.id).status is status)
        if count:
            bad = status in (Status.FAILED, Status.UNKNOWN)
            add(word, str(count), "bold $error" if bad else "$warning")
    if state.effects.ledger:
        from runbook_tui.tui.present.effect_counts import counted

        for n, (words, style) in enumerate(counted(state)):
            add("" if n else "effects", words, style)
    if state.notes:
        add("notes", str(state.notes))
    if state.redlines:
        add("redlines", str(state.redlines))
    return Content("\n").join(lines)
