"""The plan of a way back, and the rules of walking it: from what happened, never from the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.due import due
from runbook_tui.domain.effects.events import Differs, Occasion
from runbook_tui.domain.effects.residue import residue, unanswered
from runbook_tui.domain.effects.rollback import RollbackPlan, Snapshots, rollback_plan
from runbook_tui.domain.effects.words import IMPERFECT
from runbook_tui.domain.narrative import sentence, tell
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Phase, Runbook, Step
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Command, Option, Verify
from runbook_tui.domain.state import Status, current
from tests.domain.play import Play, check, command, gate

UNDO = Compensation(text="undo it", run=Command(argv=("undo",)), estimate="30s")
PROBE = Verify(argv=("probe",))


def effect(kind: str, target: str, **more: object) -> Effect:
    fields = {"compensation": UNDO, "probe": PROBE, **more}
    return Effect(kind=kind, target=target, **fields)  # type: ignore[arg-type]


def acts(id_: str, *effects: Effect, **more: object) -> Step:
    return command(id_, mutates=True, effects=effects, **more)


def play(*phases: tuple[Step, ...], snapshots: dict[str, Snapshot] | None = None) -> Play:
    listed = tuple(Phase(id=f"p{n}", title="P", steps=steps) for n, steps in enumerate(phases))
    runbook = Runbook(
        format=1, id="upgrade", title="An upgrade", version="1.0.0", owner="ops",
        snapshots=snapshots or {}, phases=listed,
    )  # fmt: skip
    return Play(Plan(runbook, f"{'1.0.0':0<64}"))


def look(run: Play, number: int, digest: str, occasion: Occasion = "now") -> None:
    run.do(ecmd.ReportLook(number=number, occasion=occasion, digest=digest, words=digest))


def done(run: Play, step: str, *, there: bool = True) -> None:
    """Runs a step with a look at each of its effects before and after."""
    if not isinstance(run.ask(ecmd.IntendEffects(step)), Refusal):
        run.do(ecmd.IntendEffects(step))
    for each in run.state.effects.of_step(step):
        look(run, each.number, "before", "before")
    run.run(step)
    for each in run.state.effects.of_step(step):
        look(run, each.number, "ours" if there else "before", "after")
    run.do(cmd.FinishStep(step))


def planned(run: Play, scope: str = "run", of: str = "", how: Snapshots = "auto") -> RollbackPlan:
    plan = rollback_plan(run.state, scope, of, how)  # type: ignore[arg-type]
    assert not isinstance(plan, Refusal), str(plan)
    return plan


def titles(plan: RollbackPlan) -> list[str]:
    return [move.step.title.removeprefix("Take back ") for move in plan.moves]


def refused(run: Play, command_: cmd.AnyCommand) -> str:
    answer = run.ask(command_)
    assert isinstance(answer, Refusal)
    return str(answer)


def back(run: Play, *, fails: tuple[str, ...] = ()) -> Iterator[str]:
    """Walks the steps of a way back; those that fail are left as they are."""
    for _ in range(20):
        step = current(run.state)
        if step is None or run.status(step.id) is Status.FAILED:
            return
        for each in run.state.effects.taken_by(step.id):
            look(run, each.number, "ours")
        run.run(step.id, "failed" if step.id in fails else "ok")
        if step.id not in fails:
            for each in run.state.effects.taken_by(step.id):
                look(run, each.number, "before", "back")
            run.do(cmd.FinishStep(step.id))
        yield step.id


# --- what is planned


def test_what_was_done_last_is_taken_back_first() -> None:
    run = play((acts("a", effect("file", "a")), acts("b", effect("file", "b"))))
    done(run, "a")
    done(run, "b")
    assert titles(planned(run)) == ["file b", "file a"]


def test_the_plan_is_made_from_what_happened() -> None:
    steps = (acts("a", effect("file", "a")), acts("b", effect("file", "b")), acts("c"))
    run = play((*steps, acts("d", effect("file", "d"))))
    done(run, "a", there=False)  # it ran, and changed nothing
    done(run, "b")
    assert titles(planned(run)) == ["file b"]  # c and d have not run


def test_receivers_are_unhooked_before_any_flag_is_flipped_back() -> None:
    run = play(
        (
            acts("hook", effect("webhook", "partner")),
            acts("file", effect("file", "x")),
            acts("flag", effect("flag", "new-backoff")),
        )
    )
    for step in ("hook", "file", "flag"):
        done(run, step)
    assert titles(planned(run)) == ["webhook partner", "flag new-backoff", "file x"]


def snapshot_play(loses: str) -> Play:
    run = play(
        (
            acts("early", effect("dns", "early")),
            command("take"),
            acts("schema", effect("schema", "db", snapshot="s")),
            acts("flag", effect("flag", "f")),
            acts("unit", effect("unit", "u", snapshot="s")),
        ),
        snapshots={"s": Snapshot(step="take", restore=Command(argv=("restore",)), loses=loses)},
    )
    done(run, "early")
    run.run("take")
    run.do(cmd.FinishStep("take"))
    for step in ("schema", "flag", "unit"):
        done(run, step)
    return run


def test_a_snapshot_stands_where_the_oldest_that_it_covers_would_be_taken_back() -> None:
    plan = planned(snapshot_play(loses=""))
    assert titles(plan) == ["flag f", "Restore the snapshot s", "unit u", "schema db", "dns early"]
    assert [e.number for e in plan.moves[1].covers] == [4, 2]


def test_one_that_takes_other_things_with_it_is_not_restored_unless_needed_or_wanted() -> None:
    run = snapshot_play(loses="orders placed since")
    assert "Restore the snapshot s" not in titles(planned(run))
    assert "Restore the snapshot s" in titles(planned(run, how="use"))
    assert planned(run, how="use").moves[1].loses == "orders placed since"


def test_a_snapshot_taken_later_covers_nothing_of_before() -> None:
    run = play(
        (acts("a", effect("file", "a", snapshot="s")), command("take")),
        snapshots={"s": Snapshot(step="take", restore=Command(argv=("restore",)))},
    )
    done(run, "a")
    run.run("take")
    run.do(cmd.FinishStep("take"))
    assert titles(planned(run)) == ["file a"]


def test_commands_hands_and_decisions_each_make_a_step_of_their_kind() -> None:
    by_hand = Compensation(text="tell accounting")
    ways = (Option(id="tune", title="Tune"), Option(id="revert", title="Revert"))
    run = play(
        (
            acts("a", effect("file", "a")),
            acts("b", effect("data", "b", compensation=by_hand)),
            acts("c", effect("flag", "c", compensation=Compensation(text="choose", options=ways))),
            acts("d", effect("message", "d", reversibility="irreversible", compensation=None)),
        )
    )
    for step in "abcd":
        done(run, step)
    plan = planned(run)
    assert [move.step.kind for move in plan.moves] == ["decision", "checklist", "command"]
    assert [each.effect.target for each in plan.cannot] == ["d"]
    # Thirty seconds are said, a bit more is reckoned with, and ten for the look after it.
    assert 40 < plan.moves[2].seconds < 50
    assert not plan.moves[2].assumed
    assert plan.moves[1].assumed


def test_one_phase_or_one_effect_can_be_taken_back() -> None:
    run = play((acts("a", effect("file", "a")),), (acts("b", effect("file", "b")),))
    done(run, "a")
    done(run, "b")
    assert titles(planned(run, "phase", "p0")) == ["file a"]
    assert titles(planned(run, "effect", "2")) == ["file b"]
    assert isinstance(rollback_plan(run.state, "effect", "9"), Refusal)
    assert isinstance(rollback_plan(run.state, "phase", "nowhere"), Refusal)


def test_what_was_shown_is_what_begins() -> None:
    run = play((acts("a", effect("file", "a")), acts("b", effect("file", "b"))))
    done(run, "a")
    shown = planned(run).digest
    done(run, "b")
    told = refused(run, ecmd.BeginRollback(reason="slow", digest=shown))
    assert told.startswith("the way back is another one by now")
    assert refused(run, ecmd.BeginRollback(reason=" ")) == "rolling back always needs a reason"


# --- how it is walked


def begun(*, steps: int = 2) -> Play:
    names = "abcd"[:steps]
    run = play(tuple(acts(n, effect("file", n)) for n in names))
    for name in names:
        done(run, name)
    run.do(ecmd.BeginRollback(reason="it is slow"))
    return run


def test_nothing_is_taken_back_that_nobody_looked_at() -> None:
    run = begun()
    assert refused(run, cmd.BeginCommand("back-1-2", purpose="run", line="undo")) == (
        "effect 2 was not looked at since (look at it first)"
    )
    look(run, 2, "ours")
    run.run("back-1-2")
    assert "effect 2 is not looked at" in refused(run, cmd.FinishStep("back-1-2"))
    look(run, 2, "ours", "back")
    assert "effect 2 is still there" in refused(run, cmd.FinishStep("back-1-2"))
    step = run.state.plan.by_id["back-1-2"]
    assert next_act(run.state, step) == "look"
    look(run, 2, "before", "back")
    assert next_act(run.state, step) == "done"
    run.do(cmd.FinishStep("back-1-2"))


def test_what_is_not_ours_is_left() -> None:
    run = begun()
    look(run, 2, "somebody else's")
    told = refused(run, cmd.BeginCommand("back-1-2", purpose="run", line="undo"))
    assert told.startswith("somebody else has changed effect 2 since: it is left as it is")
    run.do(ecmd.SayEffect(2, there=True, reason="it was me, by hand"))
    look(run, 2, "somebody else's")
    run.run("back-1-2")


def test_what_is_gone_already_needs_nothing() -> None:
    run = begun()
    look(run, 2, "before")
    assert "it is not there" in refused(
        run, cmd.BeginCommand("back-1-2", purpose="run", line="undo")
    )
    assert next_act(run.state, run.state.plan.by_id["back-1-2"]) == "start"
    run.do(cmd.FinishStep("back-1-2"))


def test_one_that_fails_is_told_and_the_others_go_on() -> None:
    run = begun(steps=3)
    assert list(back(run, fails=("back-1-3",))) == ["back-1-3", "back-1-2", "back-1-1"]
    assert run.status("back-1-3") is Status.FAILED
    here = current(run.state)
    assert here is not None
    assert here.id == "back-1-3"
    assert "1 step of the way back is open: back-1-3 failed" in refused(run, ecmd.EndRollback())
    run.do(cmd.SkipStep("back-1-3", "the disk is full"))
    run.do(ecmd.EndRollback(compared=3))
    assert [each.effect.number for each in residue(run.state)] == [3]
    assert refused(run, cmd.CloseRun()).startswith("nobody answers for 1 left over: 3 file c")


def test_it_can_pause_and_nothing_else_goes_on_meanwhile() -> None:
    run = begun()
    assert refused(run, cmd.StartStep("a")).startswith("a rollback is under way")
    assert refused(run, ecmd.BeginRollback(reason="again")).startswith("a rollback is under way")
    run.do(cmd.PauseRun("the phone"))
    assert refused(run, cmd.BeginCommand("back-1-2", purpose="run", line="x")).startswith(
        "the run is paused"
    )
    run.do(cmd.ContinueRun())
    assert list(back(run)) == ["back-1-2", "back-1-1"]
    run.do(ecmd.EndRollback(compared=2))
    assert run.state.effects.rolled_back
    run.do(cmd.CloseRun("rolled back"))
    assert run.replayed() == run.state


def test_turned_forward_what_was_taken_back_is_done_again() -> None:
    run = play(
        (
            acts("a", effect("file", "a")),
            gate("g"),
            acts("b", effect("file", "b")),
        )
    )
    done(run, "a")
    run.do(cmd.Tick("g", "it works"))
    run.do(cmd.DecideGate("g", go=True))
    done(run, "b")
    run.do(ecmd.BeginRollback(reason="it is slow"))
    next(back(run))
    run.do(ecmd.TurnForward("the vendor has a fix"))
    here = current(run.state)
    assert here is not None
    assert here.id == "b"
    assert run.status("g") is Status.DONE  # b stands behind it, and a was not taken back
    assert run.of("b").attempts == 1, "the numbers of attempts go on: they name evidence"
    done(run, "b")
    assert run.state.effects.ledger[2].presence == "there"
    run.do(cmd.CloseRun())


def test_a_gate_behind_what_was_taken_back_is_decided_again() -> None:
    run = play((acts("a", effect("file", "a")),), (gate("g"),))
    done(run, "a")
    run.do(cmd.Tick("g", "it works"))
    run.do(cmd.DecideGate("g", go=True))
    run.do(ecmd.BeginRollback(scope="phase", of="p0", reason="once more"))
    assert list(back(run)) == ["back-1-1"]
    run.do(ecmd.EndRollback())
    assert [run.status(step) for step in ("a", "g")] == [Status.PENDING, Status.PENDING]


def test_what_differs_afterwards_is_said_plainly() -> None:
    run = begun(steps=1)
    list(back(run))
    run.do(ecmd.EndRollback(differs=(Differs(where="files", key="x", now="0644"),), compared=2))
    assert IMPERFECT in sentence(run.entries[-1])
    assert tell(run.entries[-1].event).words == "files x: - -> 0644"


# --- what is left over


def test_what_a_success_leaves_over() -> None:
    run = play(
        (
            acts("a", effect("file", "kept")),
            acts("b", effect("file", "staging", temporary=True)),
            acts("c", effect("file", "half")),
        )
    )
    done(run, "a")
    done(run, "b")
    run.do(ecmd.IntendEffects("c"))
    look(run, 3, "before", "before")
    run.run("c", "failed")
    look(run, 3, "half", "after")
    run.do(cmd.SkipStep("c", "not today"))
    run.do(ecmd.AddEffect(Effect(kind="cron", target="/etc/cron.d/odd"), step="a"))
    assert [(each.effect.number, each.why) for each in residue(run.state)] == [
        (2, "temporary"),
        (3, "half-done"),
        (4, "undeclared"),
    ]
    assert "nobody answers for 3 left over" in refused(run, cmd.CloseRun())
    until = run.state.at.utc + timedelta(days=3) if run.state.at else None
    run.do(
        ecmd.AnswerEffect(
            number=2, answer="accepted", reason="until Friday", owner="bob", until=until
        )
    )
    run.do(ecmd.AnswerEffect(number=3, answer="ticket", reason="by ops", ticket="OPS-12"))
    run.do(ecmd.AnswerEffect(number=4, answer="taken-back", reason="removed it"))
    assert unanswered(run.state) == ()
    run.do(cmd.CloseRun())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"answer": "accepted", "owner": "bob"}, "what is accepted needs an owner and a date"),
        ({"answer": "ticket"}, "which ticket?"),
        ({"answer": "taken-back"}, "effect 1 can be looked at, and is there"),
        ({"answer": "none"}, "effect 1 is declared by a"),
        ({"answer": "ticket", "ticket": "OPS-1", "reason": " "}, "answering for an effect always"),
    ],
)
def test_an_answer_says_all_that_it_needs(answer: dict[str, object], told: str) -> None:
    run = play((acts("a", effect("file", "a", temporary=True)),))
    done(run, "a")
    asked = ecmd.AnswerEffect(number=1, **{"reason": "because", **answer})  # type: ignore[arg-type]
    assert refused(run, asked).startswith(told)


def test_hand_steps_are_looked_round_by_what_is_due() -> None:
    run = play((check("a", mutates=True, effects=(effect("file", "a"),)),))
    run.do(cmd.StartStep("a"))
    assert [(d.number, d.occasion) for d in due(run.state)] == [(1, "before")]
    look(run, 1, "before", "before")
    assert due(run.state) == ()
    run.do(cmd.FinishStep("a"))
    assert [(d.number, d.occasion) for d in due(run.state)] == [(1, "after")]
