"""Whatever the clocks do in whatever run: no length is less than nothing, no reading fails, and
what is past its time is said to be over."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import pytest
from domain.natural import end_of, next_command
from domain.play import TRUE, Play, plan_of, start_of
from domain.worlds import Ask, Deed, End, Natural, deeds
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from runbook_tui.cli.clocks import clocks_json, clocks_text
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import (
    Approval,
    Buffer,
    ChecklistStep,
    CommandStep,
    GateStep,
    WaitStep,
    Window,
)
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.schedule.alarm import alarms, timer_left
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.domain.schedule.reading import Timekeeper
from runbook_tui.domain.state import RunState
from runbook_tui.domain.stopwatch import spent, standing_still
from runbook_tui.domain.waiting import time_left
from runbook_tui.tui.present.clocks import clock_line, clock_pane, header
from runbook_tui.tui.present.step import step_lines

START = datetime(2026, 3, 28, 23, 40, tzinfo=UTC)
BOOTS = ("boot-1", "boot-2", "boot-3")
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)
UNDO = Compensation(text="put it back", estimate="5m")


def plan() -> Plan:
    """Steps of every kind that a clock is about, in a night in which summer begins."""
    made = plan_of(
        ChecklistStep(
            id="s0", title="A", items=("x",), estimate="10m", timer="12m", compensation=UNDO
        ),
        WaitStep(id="s1", title="B", duration="20m"),
        CommandStep(id="s2", title="C", run=TRUE, mutates=True, estimate="15m", compensation=UNDO),
        WaitStep(id="s3", title="D", until="01:10Z"),
        GateStep(id="s4", title="E", criteria=("y",), estimate="5m"),
        ChecklistStep(id="s5", title="F", approval=Approval(), timer="30m"),
    )
    book = structs.replace(
        made.runbook,
        window=Window(start="01:00", end="03:30", zone="Europe/Vienna", reserve="10m"),
        buffer=Buffer(duration="20m"),
    )
    return Plan(book, made.digest)


PLAN = plan()


class Wandering(Play):
    """A run on machines of which anything may be expected."""

    def __init__(self) -> None:
        self.wall = START
        self.uptime = dict.fromkeys(BOOTS, 1_000.0)
        self.boot = BOOTS[0]
        super().__init__(PLAN, start=False)
        start = start_of(PLAN)
        based = baseline(PLAN, start.run, START, {})
        self.do(structs.replace(start, baseline=based))

    def moment(self) -> Moment:
        return Moment(self.wall, self.uptime[self.boot], self.boot)

    def passes(self, seconds: float) -> None:
        self.uptime[self.boot] += seconds
        self.stepped(seconds)

    def stepped(self, seconds: float) -> None:
        self.wall = min(LATEST, max(EARLIEST, shifted(self.wall, seconds)))

    def goes_to(self, boot: str, seconds: float) -> None:
        self.boot = boot
        self.passes(abs(seconds))


LENGTHS = st.one_of(st.floats(0, 7_200), st.sampled_from((0.0, 0.001, 86_400.0, 4e8)))
JUMPS = st.one_of(
    st.floats(-7_200, 7_200), st.sampled_from((-3_600.0, 3_600.0, -4e8, 4e8, -2.5e11, 2.5e11))
)
MOVES = st.one_of(
    st.tuples(st.just("passes"), LENGTHS),
    st.tuples(st.just("stepped"), JUMPS),
    st.tuples(st.sampled_from(BOOTS), JUMPS),
)


def moved(run: Wandering, move: tuple[str, float]) -> None:
    what, seconds = move
    if what == "passes":
        run.passes(seconds)
    elif what == "stepped":
        run.stepped(seconds)
    else:
        run.goes_to(what, min(abs(seconds), 1e6))


def done(run: Wandering, deed: Deed) -> None:
    """What is to be done, where it is allowed."""
    asked: tuple[cmd.AnyCommand, str] | None
    if isinstance(deed, Ask):
        asked = deed.command, deed.by
    elif isinstance(deed, End):
        ending = end_of(run.state, deed.step, deed.outcome)
        asked = (ending, "alice") if ending is not None else None
    else:
        assert isinstance(deed, Natural)
        asked = next_command(run.state, deed.good)
    if asked is None or isinstance(asked[0], cmd.CloseRun | cmd.AbortRun):
        return
    answer = run.ask(*asked)
    if not isinstance(answer, Refusal):
        run.record(answer, asked[1])


def sound(state: RunState, now: Moment, keeper: Timekeeper) -> None:
    """Every clock at `now`, in figures and as it is shown."""
    assert standing_still(state, now) >= 0
    for step in state.plan.steps:
        worked, waited = spent(state, step, now)
        assert worked >= 0
        assert waited >= 0
        if isinstance(step, WaitStep):
            assert time_left(state, step, now) >= 0
        left = timer_left(state, step, now)
        assert left is None or math.isfinite(left)
    reading = keeper.read(state, now)
    assert reading is not None
    assert reading.window_left is not None
    assert reading.window_left >= 0
    assert reading.overrun >= 0
    assert not (reading.window_left and reading.overrun)
    assert reading.begins_in >= 0
    assert reading.point.buffer_used >= 0
    assert all(end >= now.utc for end in reading.ends)
    near = alarms(state, reading)
    shown = [
        clock_pane(state, now, reading).plain,
        clock_line(state, now, 80, reading, near).plain,
        header(state, now, 120, "alice", reading).plain,
        *(alarm.text for alarm in near),
        *clocks_text(state, reading),
    ]
    for text in shown:
        assert not re.search(r"(?<![\w–-])-\d", text), text
        assert "nan" not in text
    figures = clocks_json(state, reading)
    assert figures is not None
    assert reading.figures.ends is not None
    for step in state.plan.steps:
        assert step_lines(state, step, lambda _: "")


@pytest.mark.timeout(1_200)  # the long profile takes minutes
@given(
    st.lists(st.tuples(MOVES, st.integers(0, 5)), min_size=1, max_size=25),
    st.binary(min_size=60, max_size=100),
)
def test_no_clock_ever_shows_less_than_nothing(
    moves: list[tuple[tuple[str, float], int]], walk: bytes
) -> None:
    run, keeper = Wandering(), Timekeeper()
    todo = iter(deeds(PLAN, walk))
    for move, count in moves:
        moved(run, move)
        sound(run.state, run.moment(), keeper)
        # Mostly what comes next, so that every kind of step is met under way.
        todo_now = [*[Natural()] * count, next(todo, Natural())] if count else []
        for deed in todo_now:
            done(run, deed)
        sound(run.state, run.moment(), keeper)
    assert run.replayed() == run.state
