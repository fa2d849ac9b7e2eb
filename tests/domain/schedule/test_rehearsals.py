"""Which steps were rehearsed as they stand, when, and under what load."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from domain.play import START, Play, start_of
from domain.schedule.test_earlier import LOOK, run_through
from domain.schedule.test_reading import plan, step
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.events import Mode
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.domain.schedule.earlier import Timing, meaning_of, timings_of
from runbook_tui.domain.schedule.rehearsal_words import rehearsals_text, rehearsed_text
from runbook_tui.domain.schedule.rehearsals import (
    Rehearsals,
    Rehearsed,
    looked_back,
    rehearsals,
    rehearsed,
)
from runbook_tui.domain.state import RunState


def held(made: Plan, load: str = "", mode: Mode = "rehearsal", run: str = "r1") -> list[Timing]:
    """What a run of all steps tells, ten minutes each."""
    state = run_through(made, 10, mode).state
    return list(timings_of(replace(state, load=load, run=run)))


def live(made: Plan, timings: list[Timing]) -> Play:
    """A live run that looked back on them."""
    run = Play(made, start=False)
    start = start_of(made)
    back = looked_back(made, timings)
    based = baseline(made, start.run, START, {}, None, back)
    run.do(structs.replace(start, baseline=based))
    return run


def of(state: RunState, name: str) -> Rehearsed:
    found = rehearsed(state, state.plan.by_id[name])
    assert found is not None
    return found


def whole(state: RunState) -> Rehearsals:
    found = rehearsals(state)
    assert found is not None
    return found


def test_a_live_run_tells_what_was_rehearsed_when_and_under_what_load() -> None:
    made = plan(step("a"), step("b"))
    timings = held(made, "150 requests/s") + held(made, "300 requests/s", run="r2")
    state = live(plan(step("a"), step("b"), step("c")), timings).state
    one = of(state, "a")
    assert (one.how, one.times) == ("rehearsed", 2)
    assert one.at is not None
    assert one.at.date() == START.date()
    assert one.meaning == meaning_of(made.by_id["a"])
    assert one.load in ("150 requests/s", "300 requests/s")
    assert rehearsed_text(one).startswith("rehearsed 2 times, last 2026-05-01, under ")
    assert one.meaning[:7] in rehearsed_text(one)
    assert of(state, "c").how == "never"
    told = whole(state)
    assert (told.rehearsed, told.changed, told.never) == (2, (), ("c",))
    assert rehearsals_text(told)[0] == ("rehearsed", "2 of 3 steps as they stand now")
    assert ("never", "c") in rehearsals_text(told)


def test_the_last_rehearsal_is_the_one_that_is_told() -> None:
    made = plan(step("a"))
    first, second = held(made, "none", run="r1")[0], held(made, "full", run="r2")[0]
    later = replace(second, began=second.began.replace(day=20))
    for order in ([first, later], [later, first]):
        one = of(live(made, order).state, "a")
        assert (one.run, one.load, one.times) == ("r2", "full", 2)


def test_a_step_that_changed_since_is_not_rehearsed() -> None:
    timings = held(plan(step("a"), step("b"), step("c")))
    changed = plan(step("a", verify=LOOK), step("b", 15), step("d"))
    state = live(changed, timings).state
    assert of(state, "a").how == "changed since"
    assert of(state, "a").meaning != meaning_of(changed.by_id["a"])
    assert of(state, "b").how == "rehearsed", "an estimate changes nothing of what is done"
    assert of(state, "d").how == "never"
    assert "not rehearsed: changed since 2026-05-01" in rehearsed_text(of(state, "a"))
    assert whole(state).changed == ("a",)


def test_a_step_that_is_changed_while_the_run_goes_on_is_not_rehearsed_any_more() -> None:
    made = plan(step("a"), step("b"))
    run = live(made, held(made))
    assert whole(run.state).rehearsed == 2
    steps: tuple[Step, ...] = (step("a"), step("b", verify=LOOK))
    edited = replace(plan(*steps), digest="2" * 64)
    pin = structs.replace(start_of(made).pin, digest="2" * 64)
    run.do(cmd.AmendRunbook(pin, edited, ("b: verify",), "the check was missing"))
    assert of(run.state, "a").how == "rehearsed"
    assert of(run.state, "b").how == "changed since"
    assert whole(run.state).rehearsed == 1


def test_a_live_run_is_no_rehearsal() -> None:
    made = plan(step("a"))
    told = whole(live(made, held(made, mode="live")).state)
    assert told.never == ("a",)
    assert rehearsals_text(told) == [("rehearsed", "none of the steps")]


def test_a_run_that_did_not_look_back_says_nothing() -> None:
    run = Play(plan(step("a")))
    assert rehearsals(run.state) is None
    assert rehearsed(run.state, run.state.plan.by_id["a"]) is None


def test_it_is_in_the_log_and_so_in_every_program_that_reads_it() -> None:
    made = plan(step("a"))
    run = live(made, held(made, "full"))
    assert rehearsals(run.replayed()) == rehearsals(run.state)
    assert of(run.replayed(), "a").load == "full"


def test_what_is_said_of_a_load_is_safe_to_show() -> None:
    text = rehearsed_text(of(live(plan(step("a")), held(plan(step("a")), "a\x1b[31mb")).state, "a"))
    assert "\x1b" not in text
