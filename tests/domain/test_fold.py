"""What the fold refuses by itself: a log may be written by something that never asked decide."""

from __future__ import annotations

import pytest

from runbook_tui.domain import events as ev
from runbook_tui.domain.fold import FoldRefusedError, apply
from runbook_tui.domain.runbook import Approval, Observe
from runbook_tui.domain.state import RunState

from .play import CHECK, Play, at, check, command, decision, gate, pin_of, plan_of, wait

PLAN = plan_of(
    check("a", items=("x",), approval=Approval(), observe=Observe(label="n")),
    command("c", mutates=True, verify=CHECK),
    decision("d"),
    gate("g"),
    wait("w"),
)


def forced(play: Play, event: ev.AnyEvent, by: str = "alice") -> RunState:
    """The state after an event that nobody decided."""
    entry = ev.Entry(seq=play.state.seq + 1, at=at(play.seconds + 1), by=by, event=event)
    return apply(play.state, entry, play.plans)


def refused(play: Play, event: ev.AnyEvent, by: str = "alice") -> str:
    with pytest.raises(FoldRefusedError) as caught:
        forced(play, event, by)
    return str(caught.value)


def everything_started() -> Play:
    play = Play(PLAN)
    for step in PLAN.steps:
        play.state = forced(play, ev.StepStarted(step=step.id))
    return play


def finished(step: str, attempt: int = 1) -> ev.CommandFinished:
    return ev.CommandFinished(step=step, purpose="run", attempt=attempt, outcome="ok")


def begun(step: str, attempt: int = 1, purpose: ev.Purpose = "run") -> ev.CommandStarted:
    return ev.CommandStarted(step=step, purpose=purpose, attempt=attempt, line="x")


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (ev.StepStarted(step="a"), "the step is active"),
        (ev.StepStarted(step="zz"), "no step zz"),
        (ev.ItemTicked(step="a", item="y"), "no item 'y'"),
        (ev.ItemTicked(step="a", item="x", on=False), "stands so already"),
        (ev.StepDone(step="a"), "not ticked: x"),
        (ev.StepDone(step="c"), "the command has not run"),
        (ev.StepDone(step="d"), "no option chosen"),
        (ev.StepDone(step="g"), "no go"),
        (ev.StepDone(step="w"), "the wait is not over"),
        (ev.StepReopened(step="a", reason="x"), "the step is active"),
        (ev.StepSkipped(step="g", reason="x"), "never skipped"),
        (ev.StepDeferred(step="g", reason="x"), "never deferred"),
        (ev.OptionChosen(step="d", option="z"), "no option 'z'"),
        (ev.OptionChosen(step="a", option="a"), "no option 'a'"),
        (ev.GateDecided(step="a", go=True), "no gate"),
        (ev.WaitOver(step="a", how="x"), "does not wait"),
        (ev.ValueObserved(step="c", label="n", value="1"), "asks for no value"),
        (ev.Approved(step="c"), "asks for no approval"),
        (ev.Approved(step="a"), "their own step"),
        (ev.UnknownSettled(step="c", happened=True, reason="x"), "the step is active"),
        (begun("a"), "has no command"),
        (begun("a", purpose="verify"), "nothing to verify"),
        (begun("c", attempt=2), "attempt 2 follows 0"),
        (finished("c"), "no run with number 1"),
        (ev.CommandInterrupted(step="c", purpose="run", attempt=1), "no run with number 1"),
        (ev.TakenBack(step="a", seq=1, what="start"), "not the step's last decision"),
        (ev.RunContinued(), "not paused"),
        (ev.RunClosed(), "steps are open: a, c, d"),
        (ev.RunStarted(run="r", pin=pin_of(PLAN), mode="live", folder="/"), "starts once"),
        (
            ev.RunbookAmended(pin=pin_of(plan_of(version="9.0.0")), reason="x"),
            "is not there",
        ),
    ],
)
def test_an_event_that_cannot_follow_is_refused(event: ev.AnyEvent, says: str) -> None:
    assert says in refused(everything_started(), event)


def test_while_a_command_runs_nothing_settles_its_step() -> None:
    play = everything_started()
    play.state = forced(play, begun("c"))
    assert "is running" in refused(play, begun("c", attempt=2))
    for event in (
        ev.StepDone(step="c"),
        ev.StepSkipped(step="c", reason="x"),
        ev.StepOverridden(step="c", reason="x"),
        ev.StepFailed(step="c", reason="x"),
    ):
        assert "the step is running" in refused(play, event)
    assert "a command is running" in refused(play, ev.RunAborted(reason="x"))
    play.state = forced(play, finished("c"))
    play.state = forced(play, begun("c", attempt=2, purpose="verify"))
    for event in (
        ev.StepSkipped(step="c", reason="x"),
        ev.StepOverridden(step="c", reason="x"),
        ev.StepFailed(step="c", reason="x"),
    ):
        assert "a command of this step is running" in refused(play, event)


def test_while_the_run_is_paused_only_what_ends_is_recorded() -> None:
    play = everything_started()
    play.state = forced(play, begun("c"))
    play.state = forced(play, ev.RunPaused(reason="phone"))
    assert "paused" in refused(play, ev.ItemTicked(step="a", item="x"))
    assert "paused already" in refused(play, ev.RunPaused(reason="x"))
    play.state = forced(play, finished("c"))


def test_numbers_follow_each_other() -> None:
    play = Play(PLAN)
    for seq in (1, 3, 10**12):
        entry = ev.Entry(seq=seq, at=at(5), by="alice", event=ev.NoteAdded(text="x"))
        with pytest.raises(FoldRefusedError, match=f"event {seq} follows event 1"):
            apply(play.state, entry, play.plans)


def test_a_log_begins_with_the_start_of_its_run() -> None:
    note = ev.Entry(seq=1, at=at(0), by="alice", event=ev.NoteAdded(text="x"))
    with pytest.raises(FoldRefusedError, match="must be its start"):
        apply(None, note, {})
    late = ev.Entry(
        seq=2,
        at=at(0),
        by="alice",
        event=ev.RunStarted(run="r", pin=pin_of(PLAN), mode="live", folder="/"),
    )
    with pytest.raises(FoldRefusedError, match="first event"):
        apply(None, late, {PLAN.digest: PLAN})
