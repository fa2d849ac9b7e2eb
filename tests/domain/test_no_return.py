"""A point of no return is passed only by somebody who agreed to it, and the log says so."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.acts import ACTS, passes_return, why_not
from runbook_tui.domain.fold import fold
from runbook_tui.domain.narrative import sentence, tell
from runbook_tui.domain.no_return import NotAgreed, is_ahead, is_behind
from runbook_tui.domain.runbook import Observe
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.schedule.no_return_words import no_return_lines
from runbook_tui.domain.state import Status

from .play import Play, check, command, decision, gate, plan_of, wait

UNDO = Compensation(text="put it back")


def near(**more: object) -> Play:
    """A run that stands before a point of no return, with one way back in it."""
    cut = check("cut", point_of_no_return=True, **more)
    after = check("after", compensation=UNDO)
    play = Play(plan_of(check("a", compensation=UNDO), check("b"), cut, after))
    for name in ("a", "b"):
        play.do(cmd.FinishStep(name))
    return play


def test_it_is_not_started_without_an_agreement() -> None:
    play = near()
    refusal = play.ask(cmd.StartStep("cut"))
    assert isinstance(refusal, NotAgreed)
    assert "point of no return" in refusal.reason
    assert "start --no-way-back" in refusal.hint
    assert isinstance(play.ask(cmd.StartStep("cut", "because")), NotAgreed), "words are no yes"


@pytest.mark.parametrize(
    "ask",
    [
        cmd.Tick("cut", "one"),
        cmd.FinishStep("cut"),
        cmd.ObserveValue("cut", "3"),
        cmd.AddEvidence("cut", "x", "evidence/x.txt", 3),
        cmd.OverrideStep("cut", "because"),
        cmd.BeginCommand("cut", purpose="verify", line="true"),
    ],
)
def test_nothing_begins_it_by_the_way(ask: cmd.AnyCommand) -> None:
    from .play import CHECK

    more: dict[str, object] = {"items": ("one",), "observe": Observe(label="n"), "verify": CHECK}
    play = near(**({} if isinstance(ask, cmd.FinishStep) else more))
    assert isinstance(play.ask(ask), NotAgreed)


@pytest.mark.parametrize(
    ("step", "ask"),
    [
        (command("cut", point_of_no_return=True), cmd.BeginCommand("cut", purpose="run", line="x")),
        (decision("cut", point_of_no_return=True), cmd.ChooseOption("cut", "a")),
        (gate("cut", point_of_no_return=True), cmd.DecideGate("cut", go=False, reason="x")),
        (wait("cut", point_of_no_return=True), cmd.EndWait("cut", "x", early=True)),
    ],
)
def test_of_no_kind_of_step(step: object, ask: cmd.AnyCommand) -> None:
    assert isinstance(Play(plan_of(step)).ask(ask), NotAgreed)  # type: ignore[arg-type]


def test_left_out_and_reopened_it_is_no_way_around() -> None:
    for leave in (cmd.SkipStep("cut", "later"), cmd.DeferStep("cut", "later")):
        play = near()
        play.do(leave)
        assert is_ahead(play.state, play.state.plan.by_id["cut"])
        assert isinstance(play.ask(cmd.ReopenStep("cut", "now")), NotAgreed)
        (event,) = play.do(cmd.ReopenStep("cut", "now", agreed=True))
        assert isinstance(event, ev.StepReopened)
        assert event.past_return
        assert event.gives_up == ("a",)
        assert is_behind(play.state, play.state.plan.by_id["cut"])


def test_other_refusals_come_first() -> None:
    steps = (check("a"), gate("g"), check("cut", point_of_no_return=True, needs=("a",)))
    play = Play(plan_of(*steps))
    assert "needs a first" in play.refused(cmd.StartStep("cut", agreed=True))
    assert not isinstance(play.ask(cmd.StartStep("cut")), NotAgreed)
    play.do(cmd.FinishStep("a"))
    assert "gate g is not open" in play.refused(cmd.StartStep("cut", agreed=True))


def test_the_log_says_who_passed_it_what_was_given_up_and_why() -> None:
    play = near()
    (event,) = play.do(cmd.StartStep("cut", "all is well", agreed=True))
    assert isinstance(event, ev.StepStarted)
    assert (event.past_return, event.gives_up, event.reason) == (True, ("a",), "all is well")
    assert event.deviation == "", "it is in its turn"
    said = sentence(play.entries[-1])
    assert said == "alice passes the point of no return cut, giving up the way back of a"
    assert tell(event).words == "all is well"
    assert play.replayed() == play.state
    play.do(cmd.FinishStep("cut"))
    assert play.status("cut") is Status.DONE


def test_it_is_asked_once() -> None:
    play = near()
    play.do(cmd.StartStep("cut", agreed=True))
    play.do(cmd.FailStep("cut", "it did not work"))
    play.do(cmd.ReopenStep("cut", "again", retry=True))
    play.do(cmd.DeferStep("cut", "later"))
    play.do(cmd.StartStep("cut", "now"))


def test_a_start_that_was_taken_back_asks_anew() -> None:
    play = near()
    play.do(cmd.StartStep("cut", agreed=True))
    play.do(cmd.TakeBack("cut"))
    assert isinstance(play.ask(cmd.StartStep("cut")), NotAgreed)


def test_a_log_from_before_there_was_an_agreement_still_folds() -> None:
    play = near()
    play.record([ev.StepStarted(step="cut")])
    line = ev.encode(play.entries[-1])
    assert "past_return" not in line
    state = fold(play.plans, [ev.decode(ev.encode(entry)) for entry in play.entries])
    assert state.of("cut").status is Status.ACTIVE
    play.do(cmd.FinishStep("cut"))


def test_a_second_one_gives_up_what_came_after_the_first() -> None:
    a, b = check("a", compensation=UNDO), check("b", compensation=UNDO)
    cut, end = check("cut", point_of_no_return=True), check("end", point_of_no_return=True)
    play = Play(plan_of(a, cut, b, end))
    for name in ("a", "cut", "b"):
        play.do(cmd.StartStep(name, agreed=True))
        play.do(cmd.FinishStep(name))
    (event,) = play.do(cmd.StartStep("end", agreed=True))
    assert isinstance(event, ev.StepStarted)
    assert event.gives_up == ("b",)


def test_whoever_is_asked_first_can_do_it_all_the_same() -> None:
    play = near(items=("one",), observe=Observe(label="n", type="integer"))
    cut = play.state.plan.by_id["cut"]
    for name in ("start", "tick", "observe", "override"):
        assert why_not(play.state, ACTS[name], cut, "alice") is None
        assert passes_return(play.state, ACTS[name], cut, "alice"), name
    for name in ("skip", "defer", "note", "extend", "pause", "done", "retry"):
        assert not passes_return(play.state, ACTS[name], cut, "alice"), name
    # What cannot be done is not asked about.
    assert why_not(play.state, ACTS["done"], cut, "alice") is not None
    play.do(cmd.StartStep("cut", agreed=True))
    assert not passes_return(play.state, ACTS["tick"], cut, "alice")


def test_the_question_says_what_is_given_up_and_how() -> None:
    play = near()
    lines = no_return_lines(play.state, play.state.plan.by_id["cut"], None)
    assert lines[0] == "Past this there is no way back: Cut."
    assert lines[-1] == "- a: put it back"
    nothing = Play(plan_of(check("cut", point_of_no_return=True)))
    told = no_return_lines(nothing.state, nothing.state.plan.by_id["cut"], None)
    assert "Nothing done so far has a way back" in told[1]


def test_a_long_list_is_cut_in_the_sentence_and_whole_in_the_event() -> None:
    names = [f"s{n}" for n in range(8)]
    steps = [check(name, compensation=UNDO) for name in names]
    play = Play(plan_of(*steps, check("cut", point_of_no_return=True)))
    for name in names:
        play.do(cmd.FinishStep(name))
    (event,) = play.do(cmd.StartStep("cut", agreed=True))
    assert isinstance(event, ev.StepStarted)
    assert event.gives_up == tuple(names)
    assert tell(event).what.endswith("s3, s4, s5, s6, s7 and 3 more")
