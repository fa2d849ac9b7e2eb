"""The registry of acts, what Enter means, and whether a verification answered."""

from __future__ import annotations

import re

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.answer import why_not as wrong
from runbook_tui.domain.effects.acts import EFFECT_ACTS
from runbook_tui.domain.rules import LONGEST_REFUSAL, Refusal
from runbook_tui.domain.runbook import Approval, Item, Observe
from runbook_tui.domain.runbook_model import Expect
from runbook_tui.domain.text import safe_text

from .play import CHECK, Play, check, command, decision, gate, plan_of, wait


def test_every_command_of_a_person_has_an_act() -> None:
    by_the_program = {
        cmd.StartRun,
        cmd.ResumeRun,
        cmd.AmendRunbook,
        cmd.RecordClockJump,
        cmd.FinishCommand,
        cmd.ReportInterrupted,
        cmd.StepCommand,
        cmd.ReportCheck,
        cmd.EndRemedy,
    }
    everything = {
        value
        for name, value in vars(cmd).items()
        if isinstance(value, type) and value.__module__ == cmd.__name__ and not name.startswith("_")
    }
    made = {type(act.make("a", "x")) for act in ACTS.values()}
    effects = {type(act.make("a", "x")) for act in EFFECT_ACTS}
    assert made - effects == everything - by_the_program


def test_acts_are_named_so_that_a_person_can_find_and_type_them() -> None:
    for id_, act in ACTS.items():
        assert act.id == id_
        assert re.fullmatch(r"[a-z]+(-[a-z]+)?", id_)
        assert act.label[0].isupper()
        assert act.help.endswith(".")
    assert {a.id for a in ACTS.values() if a.destructive} == {"close", "abort"}


def test_a_choice_can_carry_its_reason() -> None:
    assert ACTS["choose"].make("d", "keep: it is: fine ") == cmd.ChooseOption(
        "d", "keep", "it is: fine"
    )
    assert ACTS["choose"].make("d", " keep ") == cmd.ChooseOption("d", "keep", "")


def test_what_an_act_asks_for_is_taken_as_given() -> None:
    step = check("a", items=("x",), observe=Observe(label="n", type="integer", min=3))
    play = Play(plan_of(step, decision("d"), gate("g", "it works")))
    for act in ("start", "tick", "skip", "defer", "observe", "override", "note"):
        assert why_not(play.state, ACTS[act], step, "alice") is None
    assert why_not(play.state, ACTS["untick"], step, "alice") is not None
    play.do(cmd.Tick("a", "x"))
    assert why_not(play.state, ACTS["untick"], step, "alice") is None
    told = why_not(play.state, ACTS["tick"], step, "alice")
    assert told == Refusal("no item of a is left to tick")
    assert why_not(play.state, ACTS["choose"], play.state.plan.steps[2], "alice") is not None


def test_waiting_is_offered_on_wait_steps_before_and_while_they_wait() -> None:
    step = wait("w")
    play = Play(plan_of(step, check("a")))
    assert why_not(play.state, ACTS["wait"], step, "alice") is None
    play.do(cmd.StartStep("w"))
    assert next_act(play.state, step) == "wait"
    assert why_not(play.state, ACTS["wait"], step, "alice") is None
    play.do(cmd.EndWait("w", "10m have passed"))
    assert why_not(play.state, ACTS["wait"], step, "alice") is not None
    told = why_not(play.state, ACTS["wait"], play.state.plan.steps[1], "alice")
    assert told == Refusal("a does not wait for anything")


def test_enter_leads_through_a_step_that_asks_for_everything() -> None:
    step = command(
        "a",
        items=("before",),
        verify=CHECK,
        observe=Observe(label="n"),
        evidence=("log",),
        approval=Approval(),
    )
    play = Play(plan_of(step))

    def next_() -> str:
        return next_act(play.state, step)

    assert next_() == "start"
    play.do(cmd.StartStep("a"))
    assert next_() == "tick"
    play.do(cmd.Tick("a", "before"))
    assert next_() == "run"
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    assert next_() == "nothing"
    play.end("a", "failed")
    assert next_() == "retry"
    play.do(cmd.ReopenStep("a", "", retry=True))
    play.run("a")
    assert next_() == "verify"
    play.verify("a")
    assert next_() == "observe"
    play.do(cmd.ObserveValue("a", "3/3"))
    assert next_() == "evidence"
    play.do(cmd.AddEvidence("a", "log", "evidence/a/log.txt", 1))
    assert next_() == "approve"
    play.do(cmd.Approve("a"), by="bob")
    assert next_() == "done"
    play.do(cmd.PauseRun("phone"))
    assert next_() == "continue"
    play.do(cmd.ContinueRun())
    play.do(cmd.FinishStep("a"))
    assert next_() == "nothing"


def test_a_do_confirm_list_is_confirmed_after_the_command() -> None:
    step = command("a", style="DO-CONFIRM", items=("x",))
    play = Play(plan_of(step))
    play.do(cmd.StartStep("a"))
    assert next_act(play.state, step) == "run"
    play.run("a")
    assert next_act(play.state, step) == "tick"


def test_an_unknown_step_is_verified_before_a_person_is_asked() -> None:
    step = command("a", mutates=True, verify=CHECK)
    play = Play(plan_of(step))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.ReportInterrupted("a"))
    assert next_act(play.state, step) == "verify"
    play.verify("a", "failed")
    assert next_act(play.state, step) == "settle-unknown"


def test_a_refusal_is_safe_to_show_whatever_it_quotes() -> None:
    refusal = Refusal("no step \x1b]0;x\x07\nnext" + "y" * 9_000, "see \u202eabc")
    for line in (refusal.reason, refusal.hint, str(refusal)):
        assert line == safe_text(line, keep_newlines=False)
    assert len(refusal.reason) <= LONGEST_REFUSAL
    assert str(Refusal("a", "b")) == "a (b)"
    assert str(Refusal("a")) == "a"


def test_an_item_is_known_by_its_id_and_else_by_its_text() -> None:
    play = Play(plan_of(check("a", items=("look", Item(text="touch", id="hand")))))
    assert "no item 'touch'" in play.refused(cmd.Tick("a", "touch"))
    play.do(cmd.Tick("a", "hand"))
    assert "ticked already" in play.refused(cmd.Tick("a", "hand"))


# --- answers of a verification


@pytest.mark.parametrize(
    ("expect", "code", "out", "why"),
    [
        (Expect(), 0, "", None),
        (Expect(), 1, "", "expected exit 0, got exit 1"),
        (Expect(), -9, "", "expected exit 0, got signal 9"),
        (Expect(), None, "", "expected exit 0, got no exit code"),
        (Expect(exit=3), 3, "", None),
        (Expect(equals="50"), 0, " 50\n", None),
        (Expect(equals="50"), 0, "42\n", "expected '50', got '42'"),
        (Expect(equals="50"), 0, "", "expected '50', got 'nothing'"),
        (Expect(contains="ok"), 0, "all ok\n", None),
        (Expect(contains="ok"), 0, "bad\x1b[2J", "expected 'ok' in the output, got 'bad␛[2J'"),
        (Expect(matches="^[0-9]+/3$"), 0, "3/3", None),
        (Expect(matches="^[0-9]$"), 0, "x", "expected a match of '^[0-9]$', got 'x'"),
        (Expect(equals="a", contains="b"), 0, "a", "expected 'b' in the output, got 'a'"),
    ],
)
def test_the_first_difference_from_what_was_expected_is_told(
    expect: Expect, code: int | None, out: str, why: str | None
) -> None:
    assert wrong(expect, code, out) == why


@pytest.mark.parametrize("pattern", ["([", "(a+)+$"])
def test_a_pattern_that_is_none_is_no_match_and_says_why(pattern: str) -> None:
    told = wrong(Expect(matches=pattern), 0, "a" * 40 + "!")
    assert told is not None
    assert "is refused" in told
