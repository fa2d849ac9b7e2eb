"""What checks find, what is answered, and what that means for the gate."""

from __future__ import annotations

import pytest
from msgspec import structs

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.checks.installed import InstalledVersion
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.every_command import of_check
from runbook_tui.domain.fold import FoldRefusedError
from runbook_tui.domain.narrative import sentence, tell
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.preflight import closes, standing
from runbook_tui.domain.preflight_events import Found
from runbook_tui.domain.preflight_words import TOLD, tell_preflight
from runbook_tui.domain.runbook import GateStep, PreflightStep, Step
from runbook_tui.domain.state import Status

from .play import TRUE, Play, at, check, command, gate, plan_of

HOUR = 3600.0
DAY = 24 * HOUR


def preflight(*names: str, id_: str = "look") -> PreflightStep:
    return PreflightStep(id=id_, title="Look", checks=names)


def plan(*steps: Step, valid_for: str = "24h", names: tuple[str, ...] = ("certs", "jobs")) -> Plan:
    made = plan_of(*steps)
    checks = {name: CommandCheck(run=TRUE, valid_for=valid_for) for name in names}
    return Plan(structs.replace(made.runbook, checks=checks), made.digest)


class Checked(Play):
    """A run of preflight, gate, work; with what its checks found."""

    def __init__(self, valid_for: str = "24h", before: tuple[Step, ...] = ()) -> None:
        steps = (*before, preflight("certs", "jobs"), gate("go"), command("work"))
        super().__init__(plan(*steps, valid_for=valid_for))

    def ask(self, command: cmd.AnyCommand, by: str = "") -> object:
        from runbook_tui.domain.decide import decide

        return decide(self.state, command, by or self.driver, at(self.seconds))

    def report(self, name: str, *found: Found, ran: bool = True) -> None:
        self.do(
            cmd.ReportCheck("look", name, name.title(), "d1", 0.5, ran, found, 1, f"e/{name}.json")
        )

    def waive(self, fingerprint: str, until: str = "7d", *, known: bool = False) -> None:
        self.do(cmd.WaiveFinding("look", fingerprint, until, "bob", "the vendor knows", known))

    def go(self) -> cmd.DecideGate:
        return cmd.DecideGate("go", go=True)

    def ready(self) -> None:
        """The preflight step is done, the gate's criterion ticked."""
        self.do(cmd.FinishStep("look"))
        self.do(cmd.Tick("go", "it works"))


def found(
    severity: str = "warning", fingerprint: str = "aaaa1111bbbb2222", **more: object
) -> Found:
    given: dict[str, object] = {
        "digest": "seen-1", "key": "job", "title": "A job is due at 03:00", "place": "cron:3",
        "places": 1,
    }  # fmt: skip
    return Found(fingerprint=fingerprint, severity=severity, **(given | more))  # type: ignore[arg-type]


def test_what_comes_next_is_to_look_then_to_answer_then_to_be_done() -> None:
    play = Checked()
    step = play.state.plan.by_id["look"]
    assert next_act(play.state, step) == "start"
    play.do(cmd.StartStep("look"))
    assert next_act(play.state, step) == "check"
    play.report("certs")
    assert next_act(play.state, step) == "check"
    play.report("jobs", found())
    assert next_act(play.state, step) == "findings"
    play.waive("aaaa")
    assert next_act(play.state, step) == "done"
    play.do(cmd.FinishStep("look"))
    assert play.status("look") is Status.DONE


def test_the_first_result_starts_the_step() -> None:
    play = Checked()
    play.report("certs")
    assert play.status("look") is Status.ACTIVE


def test_a_step_is_not_done_before_all_of_it_was_looked_at() -> None:
    play = Checked()
    play.report("certs")
    assert "not looked at: jobs" in play.refused(cmd.FinishStep("look"))


def test_nothing_found_opens_the_gate() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs")
    play.ready()
    play.do(play.go())
    assert play.status("go") is Status.DONE


@pytest.mark.parametrize("severity", ["inhibitor", "unknown", "high", "warning"])
def test_what_nobody_answered_keeps_the_gate_closed(severity: str) -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found(severity))
    play.ready()
    refusal = play.refused(play.go())
    assert "preflight keeps the gate closed" in refusal
    assert "A job is due at 03:00" in refusal
    assert play.status("go") is Status.ACTIVE


def test_found_no_more_opens_it_though_the_step_is_done() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found("inhibitor"))
    play.ready()
    play.report("jobs")
    play.do(play.go())
    assert play.status("go") is Status.DONE


def test_waived_opens_it_and_the_log_tells_who_until_when_and_why() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found())
    play.waive("aaaa1111")
    play.ready()
    play.do(play.go())
    entry = next(e for e in play.entries if isinstance(e.event, ev.FindingWaived))
    line = sentence(entry)
    assert line.startswith("alice waives aaaa1111 of jobs in look, until 2026-05-08 22:0")
    assert "for bob to see to" in line
    assert "the vendor knows" in tell(entry.event).words


def test_a_waiver_needs_reason_owner_and_an_end() -> None:
    play = Checked()
    play.report("jobs", found())

    def waiver(until: str = "7d", owner: str = "bob", reason: str = "known") -> cmd.WaiveFinding:
        return cmd.WaiveFinding("look", "aaaa1111", until, owner, reason)

    assert "always needs a reason" in play.refused(waiver(reason=" "))
    assert "needs an owner" in play.refused(waiver(owner=" "))
    assert "needs an end" in play.refused(waiver(until="soon"))
    assert "needs an end" in play.refused(waiver(until="2026-05-08T18:00"))
    assert "ended already" in play.refused(waiver(until="2026-04-01T18:00Z"))
    assert "within 90 days" in play.refused(waiver(until="91d"))
    play.do(waiver(until="2026-05-02T18:00Z"))


def test_a_finding_is_named_by_the_beginning_of_its_fingerprint() -> None:
    play = Checked()
    play.report("jobs", found(), found(fingerprint="aaaa2222bbbb3333"))
    assert "beginning of several" in play.refused(cmd.WaiveFinding("look", "aaaa", "1d", "b", "r"))
    assert "4 or more" in play.refused(cmd.WaiveFinding("look", "aaa", "1d", "b", "r"))
    assert "no finding ffff" in play.refused(cmd.WaiveFinding("look", "ffff", "1d", "b", "r"))
    play.waive("aaaa2")


@pytest.mark.parametrize("severity", ["inhibitor", "unknown"])
def test_what_inhibits_is_waived_only_by_somebody_who_says_that_they_know(severity: str) -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found(severity))
    refusal = play.refused(cmd.WaiveFinding("look", "aaaa1111", "1d", "bob", "known"))
    assert "say that you know it" in refusal
    play.waive("aaaa1111", known=True)
    play.ready()
    play.do(play.go())


def test_a_waiver_lapses_when_what_was_seen_is_another() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found())
    play.waive("aaaa1111")
    play.ready()
    play.report("jobs", found(digest="seen-2"))
    assert "its waiver was for other evidence" in play.refused(play.go())
    play.report("jobs", found())
    play.do(play.go())


def test_a_waiver_lapses_when_it_gets_worse() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found("warning"))
    play.waive("aaaa1111")
    play.ready()
    play.report("jobs", found("inhibitor"))
    assert "its waiver was for a warning" in play.refused(play.go())


def test_a_waiver_ends() -> None:
    play = Checked(valid_for="30d")
    play.report("certs")
    play.report("jobs", found())
    play.waive("aaaa1111", "2d")
    play.ready()
    play.seconds += 3 * DAY
    assert "its waiver has ended" in play.refused(play.go())


def test_a_result_ages_out() -> None:
    play = Checked(valid_for="2h")
    play.report("certs")
    play.report("jobs")
    play.ready()
    play.seconds += 3 * HOUR
    assert "certs was looked at 3h" in play.refused(play.go())
    play.report("certs")
    play.report("jobs")
    play.do(play.go())


def test_a_waiver_can_be_taken_back() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found())
    play.waive("aaaa1111")
    play.do(cmd.TakeBack("look"))
    play.ready()
    assert "nobody has answered it" in play.refused(play.go())


def test_the_gate_can_be_overridden_and_what_was_open_stands_in_the_log() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found("inhibitor"))
    play.ready()
    play.do(cmd.OverrideStep("go", "the customer insists"))
    event = play.entries[-1].event
    assert isinstance(event, ev.StepOverridden)
    assert any("A job is due at 03:00" in missing for missing in event.missing)


def test_skipping_the_step_does_not_unfind_what_was_found() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found("inhibitor"))
    play.do(cmd.SkipStep("look", "no time"))
    play.do(cmd.Tick("go", "it works"))
    assert "preflight keeps the gate closed" in play.refused(play.go())


def test_skipped_without_having_looked_it_closes_nothing() -> None:
    play = Checked()
    play.do(cmd.SkipStep("look", "no time"))
    play.do(cmd.Tick("go", "it works"))
    play.do(play.go())


def test_a_check_that_was_not_run_is_no_pass() -> None:
    play = Checked()
    play.report("certs")
    play.do(cmd.OverrideStep("look", "the other one hangs"))
    play.do(cmd.Tick("go", "it works"))
    play.do(play.go())  # the override said so, loudly
    other = Checked()
    other.do(cmd.StartStep("look"))
    gate_step = other.state.plan.by_id["go"]
    assert isinstance(gate_step, GateStep)
    assert closes(other.state, gate_step, other.state.at) == (
        "look: certs was not looked at",
        "look: jobs was not looked at",
    )


def test_names_that_stand_for_no_check_are_left_to_people() -> None:
    """Runbooks from before there were checks named what was done by hand."""
    old = Play(plan_of(preflight("config-keys"), gate("go")))
    assert "say what you looked at" in old.refused(cmd.FinishStep("look"))
    old.do(cmd.FinishStep("look", "looked at the keys"))
    old.do(cmd.Tick("go", "it works"))
    old.do(cmd.DecideGate("go", go=True))
    assert old.replayed() == old.state


def remedy(undo: bool = False) -> cmd.BeginRemedy:
    return cmd.BeginRemedy(
        "look", "jobs", "aaaa1111bbbb2222", "Comment the job out", "cron", "cron:3",
        "cron:3: put '# ' before the line", "" if undo else "cron:3: take '# ' from the line", undo,
    )  # fmt: skip


def end(outcome: str = "done", undo: bool = False) -> cmd.EndRemedy:
    return cmd.EndRemedy("look", "jobs", "aaaa1111bbbb2222", outcome, "1 line", undo)  # type: ignore[arg-type]


def test_a_remedy_is_written_down_before_it_is_done_and_with_what_takes_it_back() -> None:
    play = Checked()
    play.report("jobs", found("high", remedy="Comment the job out"))
    play.do(remedy())
    kept = play.of("look").remedies["jobs", "aaaa1111bbbb2222"]
    assert kept.outcome is None
    assert "nobody knows" in play.refused(remedy())
    play.do(end())
    kept = play.of("look").remedies["jobs", "aaaa1111bbbb2222"]
    assert (kept.outcome, kept.compensation) == ("done", "cron:3: take '# ' from the line")
    play.do(remedy(undo=True))
    play.do(end(undo=True))
    assert play.of("look").remedies["jobs", "aaaa1111bbbb2222"].undone
    assert "nothing was done" in play.refused(remedy(undo=True))


def test_how_a_remedy_ended_is_found_out_by_the_check_where_the_program_died() -> None:
    play = Checked()
    play.report("jobs", found("high"))
    play.do(remedy())
    play.report("jobs", found("high"))
    assert play.of("look").remedies["jobs", "aaaa1111bbbb2222"].outcome == "failed"
    play.do(remedy())
    play.report("jobs")
    assert play.of("look").remedies["jobs", "aaaa1111bbbb2222"].outcome == "done"


def test_only_what_was_found_last_is_remedied() -> None:
    play = Checked()
    play.report("jobs")
    assert "not among what the check found" in play.refused(remedy())


def test_the_fold_takes_no_go_that_preflight_forbids() -> None:
    play = Checked()
    play.report("certs")
    play.report("jobs", found("inhibitor"))
    play.ready()
    with pytest.raises(FoldRefusedError, match="A job is due"):
        play.record([ev.GateDecided(step="go", go=True)])


def test_the_fold_takes_no_waiver_for_what_was_not_seen() -> None:
    play = Checked()
    play.report("jobs", found())
    waived = ev.FindingWaived(
        step="look", check="jobs", fingerprint="aaaa1111bbbb2222", digest="seen-1",
        severity="warning", title="t", reason="r", owner="bob", until=at(DAY).utc,
    )  # fmt: skip
    for wrong in (
        structs.replace(waived, digest="seen-2"),
        structs.replace(waived, fingerprint="bbbb"),
        structs.replace(waived, reason=" "),
        structs.replace(waived, owner=""),
        structs.replace(waived, until=at(-1).utc),
        structs.replace(waived, until=at(200 * DAY).utc),
        structs.replace(waived, check="certs"),
    ):
        with pytest.raises(FoldRefusedError):
            play.record([wrong])
    play.record([waived])


def test_findings_stand_worst_first_and_survive_the_log() -> None:
    play = Checked()
    play.report("jobs", found("warning"), found("inhibitor", "bbbb1111"), found("high", "cccc1111"))
    stands = standing(play.state, play.state.plan.by_id["look"], play.state.at)
    assert [each.found.severity for each in stands] == ["inhibitor", "high", "warning"]
    assert play.replayed() == play.state


def test_checks_belong_to_preflight_steps() -> None:
    play = Play(plan(check("a"), preflight()))
    assert "only preflight steps have" in play.refused(cmd.BeginChecks("a"))
    play.do(cmd.FinishStep("a"))
    assert "has no check nonsense" in play.refused(cmd.BeginChecks("look", "nonsense"))
    # Where none is named, all of the runbook are meant.
    assert next_act(play.state, play.state.plan.by_id["look"]) == "start"
    play.do(cmd.BeginChecks("look"))
    assert next_act(play.state, play.state.plan.by_id["look"]) == "check"


def test_a_waiver_is_for_what_its_giver_saw() -> None:
    play = Checked()
    play.report("jobs", found())
    play.report("jobs", found(digest="seen-2"))
    seen = cmd.WaiveFinding("look", "aaaa1111", "7d", "bob", "fine", digest="seen-1")
    assert "something else" in play.refused(seen)
    play.do(structs.replace(seen, digest="seen-2"))


def test_the_fold_takes_no_waiver_under_a_milder_name_and_no_result_that_was_only_shown() -> None:
    play = Checked()
    play.report("jobs", found("inhibitor"))
    waived = ev.FindingWaived(
        step="look", check="jobs", fingerprint="aaaa1111bbbb2222", digest="seen-1",
        severity="warning", title="t", reason="r", owner="bob", until=at(DAY).utc,
    )  # fmt: skip
    with pytest.raises(FoldRefusedError):
        play.record([waived])
    shown = cmd.ReportCheck("look", "certs", "Certs", "", 0.0, False, (), 0, "", dry=True)
    assert "only shown" in play.refused(shown)
    with pytest.raises(FoldRefusedError):
        play.record(
            [ev.CheckReported(step="look", check="certs", title="", digest="", seconds=0, ran=False,
                              dry=True)]
        )  # fmt: skip


def test_what_could_not_be_taken_back_stays_on_the_ledger() -> None:
    play = Checked()
    play.report("jobs", found("high"))
    play.do(remedy())
    play.do(end())
    play.do(remedy(undo=True))
    play.do(end("failed", undo=True))
    kept = play.of("look").remedies["jobs", "aaaa1111bbbb2222"]
    assert (kept.outcome, kept.undone) == ("done", False)
    assert kept.compensation == "cron:3: take '# ' from the line"
    play.do(remedy(undo=True))
    play.do(end(undo=True))
    assert play.of("look").remedies["jobs", "aaaa1111bbbb2222"].undone


def test_a_program_that_a_check_asks_for_a_version_is_listed_before_it_is_trusted() -> None:
    installed = InstalledVersion(pip="airflow", python="./own-python")
    check = UpgradePathCheck(matrix="paths-airflow", installed=installed, to="3.0")
    assert [each.command.argv[0] for each in of_check("path", check)] == ["./own-python"]


def test_the_log_tells_the_worst_of_many_and_how_many_more_there_are() -> None:
    play = Checked()
    many = [found(fingerprint=f"{n:016x}", title=f"job {n}") for n in range(50)]
    play.report("jobs", found("inhibitor", "f" * 16, title="the worst"), *many)
    event = next(
        each.event for each in reversed(play.entries) if isinstance(each.event, ev.CheckReported)
    )
    _, what, _, words = tell_preflight(event)
    assert what == "jobs in look: 1 inhibitor, 50 warnings"
    assert "the worst" in words.splitlines()[0]
    assert len(words.splitlines()) == TOLD + 1
    assert words.splitlines()[-1] == f"and {51 - TOLD} more"
