"""The rules of a step, as an operator relies on them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import LONGEST_TEXT
from runbook_tui.domain.runbook import (
    Approval,
    Condition,
    Item,
    Observe,
    WatchStep,
)
from runbook_tui.domain.state import (
    RunStatus,
    Status,
    StepState,
    outstanding,
)

from .play import CHECK, Play, chain, check, command, decision, gate, plan_of, start_of

BLANK = ("", " ", "\n\t ", "\u3000")


# --- reasons


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize(
    "make",
    [cmd.SkipStep, cmd.DeferStep, cmd.FailStep, cmd.OverrideStep, cmd.ReopenStep],
    ids=lambda make: make.__name__,
)
def test_leaving_a_step_always_needs_a_reason(make: type[cmd.SkipStep], blank: str) -> None:
    play = Play(plan_of(check("a", items=("look",)), check("b")))
    if make is cmd.ReopenStep:
        play.do(cmd.SkipStep("a", "not here"))
    else:
        play.do(cmd.StartStep("a"))
    assert "needs a reason" in play.refused(make("a", blank))
    play.do(make("a", "it is late"))


@pytest.mark.parametrize("blank", BLANK)
def test_pause_abort_and_no_go_always_need_a_reason(blank: str) -> None:
    play = Play(plan_of(gate("g")))
    for ask in (
        cmd.PauseRun(blank),
        cmd.AbortRun(blank),
        cmd.DecideGate("g", go=False, reason=blank),
    ):
        assert "needs a reason" in play.refused(ask)


def test_time_pressure_makes_no_reason_unneeded() -> None:
    play = Play(plan_of(check("a"), check("b")))
    play.seconds = 10 * 86_400
    assert "needs a reason" in play.refused(cmd.SkipStep("a", ""))


def test_words_that_are_too_long_are_refused_with_what_to_do_instead() -> None:
    play = Play(plan_of(check("a")))
    told = play.refused(cmd.SkipStep("a", "x" * (LONGEST_TEXT + 1)))
    assert "8,001" in told
    assert "evidence" in told
    play.do(cmd.SkipStep("a", "x" * LONGEST_TEXT))


def test_notes_need_text_and_a_step_that_exists() -> None:
    play = Play(plan_of(check("a")))
    assert "needs text" in play.refused(cmd.AddNote(" \n"))
    assert "no step" in play.refused(cmd.AddNote("x", "zz"))
    play.do(cmd.AddNote("odd smell", "a"))
    play.do(cmd.AddRedline("say which valve", "a"))
    assert (play.state.notes, play.state.redlines) == (1, 1)


# --- done


def test_done_names_everything_that_is_missing() -> None:
    step = command(
        "a",
        items=("look", Item(text="touch", id="hand")),
        verify=CHECK,
        observe=Observe(label="replicas", type="integer", min=3),
        evidence=("screenshot",),
        approval=Approval(),
    )
    play = Play(plan_of(step))
    play.do(cmd.StartStep("a"))
    told = play.refused(cmd.FinishStep("a"))
    for missing in (
        "command has not run",
        "look",
        "touch",
        "not verified",
        "replicas",
        "screenshot",
        "not approved",
    ):
        assert missing in told
    play.do(cmd.Tick("a", "look"))
    play.do(cmd.Tick("a", "hand"))
    play.run("a")
    play.verify("a")
    assert "at least 3" in play.refused(cmd.ObserveValue("a", "2"))
    play.do(cmd.ObserveValue("a", " 3 "))
    play.do(cmd.AddEvidence("a", "screenshot", "evidence/a/screenshot.txt", 10))
    play.do(cmd.Approve("a"), by="bob")
    assert outstanding(play.state, step) == ()
    play.do(cmd.FinishStep("a"))
    assert play.of("a").observed == "3"


def test_an_override_says_what_was_missing() -> None:
    play = Play(plan_of(check("a", items=("look",)), check("b")))
    (_, overridden) = play.do(cmd.OverrideStep("a", "the lamp is broken"))
    assert overridden == ev.StepOverridden(
        step="a", reason="the lamp is broken", missing=("not ticked: look",)
    )
    assert "nothing is missing" in play.refused(cmd.OverrideStep("b", "why not"))


def test_the_last_criterion_of_a_decision_or_gate_settles_it_in_one_act() -> None:
    play = Play(plan_of(decision("d"), gate("g")))
    assert [type(e) for e in play.do(cmd.ChooseOption("d", "a"))] == [
        ev.StepStarted,
        ev.OptionChosen,
        ev.StepDone,
    ]
    play.do(cmd.Tick("g", "it works"))
    assert [type(e) for e in play.do(cmd.DecideGate("g", go=True))] == [
        ev.GateDecided,
        ev.StepDone,
    ]


@pytest.mark.parametrize(
    ("observe", "good", "bad"),
    [
        (
            Observe(label="n", type="integer", min=0, max=3),
            ["0", "+3", "03"],
            ["4", "-1", "1.0", "٣"],
        ),
        (Observe(label="n", type="number", max=1.5), ["1.5", "-7"], ["1.51", "1e0", "nan", "inf"]),
        (Observe(label="n", type="choice", choices=("x", "y")), [" x "], ["X", "z", ""]),
        (Observe(label="n", pattern="[0-9]+/[0-9]+"), ["3/3"], ["3", "3/3x", "9" * 300 + "/1"]),
        (Observe(label="n"), ["anything at all"], ["", " \n", "x" * 8_001]),
    ],
)
def test_an_observed_value_is_of_the_kind_asked_for(
    observe: Observe, good: list[str], bad: list[str]
) -> None:
    play = Play(plan_of(check("a", observe=observe)))
    for value in bad:
        told = play.refused(cmd.ObserveValue("a", value))
        assert "n" in told
        assert len(told) < 300
    for value in good:
        play.do(cmd.ObserveValue("a", value))
        assert play.of("a").observed == value.strip()


def test_a_pattern_that_is_none_stops_nobody_from_writing_down_a_value() -> None:
    play = Play(plan_of(check("a", observe=Observe(label="n", pattern="(["))))
    play.do(cmd.ObserveValue("a", "what I see"))


def test_a_kind_that_is_not_built_yet_is_done_by_hand_with_words() -> None:
    play = Play(plan_of(WatchStep(id="m", title="Watch it")))
    assert "not built yet" in play.refused(cmd.FinishStep("m"))
    play.do(cmd.FinishStep("m", "looked at the dashboard until 22:04"))


# --- take back


def timeless(now: StepState) -> StepState:
    return replace(now, worked=0.0, waited=0.0, counted=None)


def test_taking_back_restores_the_step_exactly_and_stays_in_the_log() -> None:
    play = Play(plan_of(check("a", items=("x", "y")), check("b")))
    states = [play.of("a")]
    for ask in (
        cmd.StartStep("a"),
        cmd.Tick("a", "x"),
        cmd.Tick("a", "x", on=False),
        cmd.Tick("a", "x"),
        cmd.Tick("a", "y"),
        cmd.FinishStep("a"),
        cmd.ReopenStep("a", "look again"),
        cmd.SkipStep("a", "never mind"),
    ):
        play.do(ask)
        states.append(play.of("a"))
    count = len(play.entries)
    for before in reversed(states[:-1]):
        taken = play.of("a").last
        (event,) = play.do(cmd.TakeBack("a"))
        assert isinstance(event, ev.TakenBack)
        assert event.seq == taken
        assert timeless(play.of("a")) == timeless(before), "but for the time that it took"
        assert [timeless(s) for s in chain(play.of("a"))] == [timeless(s) for s in chain(before)]
    assert "nothing" in play.refused(cmd.TakeBack("a"))
    assert len(play.entries) == count + len(states) - 1
    assert play.replayed() == play.state


def test_a_command_that_ran_cannot_be_taken_back_nor_what_was_before_it() -> None:
    play = Play(plan_of(command("a", items=("x",))))
    play.do(cmd.Tick("a", "x"))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    assert "nothing in a can be taken back" in play.refused(cmd.TakeBack("a"))
    play.end("a")
    assert "nothing in a can be taken back" in play.refused(cmd.TakeBack("a"))


def test_done_stays_once_something_was_started_on_the_strength_of_it() -> None:
    play = Play(plan_of(check("a"), check("b", needs=("a",))))
    play.do(cmd.FinishStep("a"))
    play.do(cmd.StartStep("b"))
    assert "b was started" in play.refused(cmd.TakeBack("a"))
    play.do(cmd.DeferStep("b", "later"))
    assert "b was started" in play.refused(cmd.TakeBack("a"))
    play.do(cmd.TakeBack("b"))
    play.do(cmd.TakeBack("b"))
    play.do(cmd.TakeBack("a"))
    assert play.status("a") is Status.ACTIVE


def test_a_gate_stays_open_once_anything_behind_it_was_started() -> None:
    play = Play(plan_of(gate("g"), check("a"), check("b")))
    play.do(cmd.OverrideStep("g", "the board said so"))
    play.do(cmd.StartStep("b", "first"))
    assert "b was started" in play.refused(cmd.TakeBack("g"))


def test_a_choice_stays_once_something_was_started_because_of_what_it_ruled_out() -> None:
    ruled_out = check("x", when=Condition(decision="d", is_="b"))
    play = Play(plan_of(decision("d"), ruled_out, check("y", needs=("x",))))
    play.do(cmd.ChooseOption("d", "a"))
    play.do(cmd.StartStep("y"))
    assert "y was started" in play.refused(cmd.TakeBack("d"))


def test_ten_thousand_ticks_can_still_be_compared_shown_and_replayed() -> None:
    play = Play(plan_of(check("a", items=("x",))))
    for n in range(10_000):
        play.do(cmd.Tick("a", "x", on=n % 2 == 0))
    assert play.replayed() == play.state
    assert len(repr(play.state)) < 20_000


# --- the end


def test_a_run_closes_only_when_every_step_is_settled() -> None:
    play = Play(plan_of(check("a"), check("b"), check("c")))
    assert "3 steps are open: a not begun, b not begun, c not begun" in play.refused(cmd.CloseRun())
    play.do(cmd.FinishStep("a"))
    play.do(cmd.SkipStep("b", "not here"))
    play.do(cmd.StartStep("c"))
    assert "c is under way" in play.refused(cmd.CloseRun())
    play.do(cmd.FinishStep("c"))
    play.do(cmd.CloseRun("fine"))
    assert play.state.status is RunStatus.CLOSED


@pytest.mark.parametrize("end", [cmd.CloseRun("fine"), cmd.AbortRun("enough")])
def test_a_run_that_is_over_takes_nothing_but_notes(end: cmd.AnyCommand) -> None:
    play = Play(plan_of(check("a")))
    play.do(cmd.FinishStep("a"))
    play.do(end)
    for ask in (
        cmd.ResumeRun(),
        cmd.ReopenStep("a", "more"),
        cmd.AddRedline("x"),
        cmd.TakeBack("a"),
        cmd.PauseRun("x"),
        cmd.RecordClockJump(5.0),
        cmd.CloseRun(),
        cmd.AbortRun("x"),
    ):
        assert "nothing but notes" in play.refused(ask)
    play.do(cmd.AddNote("the week after: all is well"), by="carol")
    assert play.replayed() == play.state


# --- the start


def test_a_run_starts_once_on_the_runbook_that_was_read_and_with_no_secret_in_the_open() -> None:
    plan, other = plan_of(check("a")), plan_of(check("a"), version="2.0.0")
    fresh = Play(plan, start=False)
    assert "not the one that was read" in fresh.refused(start_of(other))
    leaking = start_of(plan, {"pw": "hunter22"}, secrets=("pw",))
    assert "among the plain parameters" in fresh.refused(leaking)
    assert "UTF-8" in fresh.refused(start_of(plan, {"path": "/srv/\udcff"}))
    fresh.do(start_of(plan))
    assert "started already" in fresh.refused(start_of(plan))
