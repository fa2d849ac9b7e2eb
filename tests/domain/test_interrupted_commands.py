"""Commands that change something, how they end, and waits."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.state import (
    Status,
)

from .play import CHECK, Play, check, command, plan_of, wait


def test_a_mutating_command_that_worked_does_not_run_again_by_itself() -> None:
    play = Play(plan_of(command("a", mutates=True, verify=CHECK)))
    play.run("a")
    again = cmd.BeginCommand("a", purpose="run", line="true")
    assert "has run already" in play.refused(again)
    play.verify("a", "failed")
    assert "has run already" in play.refused(again)
    assert "mark it as failed" in play.refused(cmd.ReopenStep("a", "once more", retry=True))
    play.do(cmd.FailStep("a", "the version is still the old one"))
    assert "needs a reason" in play.refused(cmd.ReopenStep("a", "", retry=True))
    play.do(cmd.ReopenStep("a", "the disk was full", retry=True))
    play.run("a")
    assert play.of("a").attempts == 3


@pytest.mark.parametrize("end", ["interrupted", "timed-out", "cancelled"])
def test_a_mutating_command_that_was_stopped_is_unknown(end: ev.Outcome) -> None:
    play = Play(plan_of(command("a", mutates=True, verify=CHECK), check("b")))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.ReportInterrupted("a", alive=True)) if end == "interrupted" else play.end("a", end)
    assert play.status("a") is Status.UNKNOWN
    for ask in (
        cmd.BeginCommand("a", purpose="run", line="true"),
        cmd.FinishStep("a"),
        cmd.SkipStep("a", "never mind"),
        cmd.DeferStep("a", "never mind"),
        cmd.OverrideStep("a", "never mind"),
        cmd.FailStep("a", "never mind"),
        cmd.ReopenStep("a", "never mind", retry=True),
        cmd.SettleUnknown("a", happened=True, reason=" "),
        cmd.Tick("a", "x"),
        cmd.TakeBack("a"),
    ):
        play.refused(ask)
    play.verify("a", "failed")
    assert play.status("a") is Status.UNKNOWN
    play.verify("a")
    assert play.status("a") is Status.ACTIVE
    assert play.of("a").happened is True
    assert "has run already" in play.refused(cmd.BeginCommand("a", purpose="run", line="true"))


def test_a_person_says_whether_an_unknown_command_took_effect() -> None:
    play = Play(plan_of(command("a", mutates=True)))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.ReportInterrupted("a"))
    play.do(cmd.SettleUnknown("a", happened=False, reason="no row has moved"))
    play.run("a")
    play.do(cmd.FinishStep("a"))


def test_a_harmless_command_that_was_interrupted_is_simply_run_again() -> None:
    play = Play(plan_of(command("a")))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.ReportInterrupted("a"))
    assert play.status("a") is Status.ACTIVE
    play.run("a", "failed")
    play.do(cmd.ReopenStep("a", "", retry=True))
    play.run("a")


def test_what_ended_is_recorded_even_while_the_run_is_paused() -> None:
    play = Play(plan_of(command("a")))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.PauseRun("the phone rings"))
    assert "paused" in play.refused(cmd.Tick("a", "x"))
    assert "running" in play.refused(cmd.AbortRun("enough"))
    play.end("a")
    play.do(cmd.ContinueRun())
    play.do(cmd.FinishStep("a"))


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf"), -1.0])
def test_a_length_that_no_clock_shows_does_not_spoil_the_log(seconds: float) -> None:
    play = Play(plan_of(command("a")))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.FinishCommand("a", "run", 1, "ok", 0, seconds))
    if seconds != -1.0:
        assert play.refused(cmd.RecordClockJump(seconds))
    assert play.replayed() == play.state


# --- wait


def test_ending_a_wait_needs_words_and_happens_once() -> None:
    play = Play(plan_of(wait("w")))
    assert "wait is not over" in play.refused(cmd.FinishStep("w"))
    assert "needs a reason" in play.refused(cmd.EndWait("w", "", early=True))
    play.do(cmd.EndWait("w", "the queue is empty", early=True))
    assert "over already" in play.refused(cmd.EndWait("w", "again"))
    play.do(cmd.FinishStep("w"))


def test_a_wait_that_is_reopened_is_waited_whole() -> None:
    play = Play(plan_of(wait("w"), check("a")))
    play.do(cmd.EndWait("w", "10m have passed"))
    play.do(cmd.FinishStep("w"))
    play.seconds = 5_000
    play.do(cmd.ReopenStep("w", "the load came back"))
    assert play.of("w").started == play.entries[-1].at
