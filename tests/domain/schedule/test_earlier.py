"""What earlier runs tell: lengths for the steps that still mean the same, and rehearsals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.play import start_of
from domain.schedule.test_reading import Clocked, plan, step
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.events import Mode
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook_model import Verify
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.domain.schedule.earlier import estimates, timings_of

LOOK = Verify(argv=("true",))


def run_through(made: Plan, minutes: float, mode: Mode = "rehearsal") -> Clocked:
    """A run of `made` in which each step took so long."""
    run = Clocked(*made.steps)
    run.state = replace(run.state, mode=mode)
    for one in made.steps:
        run.through(one.id, minutes)
    return run


def test_three_rehearsals_become_the_estimate_and_say_so() -> None:
    made = plan(step("a", 10), step("b", 10))
    timings = [t for minutes in (18, 20, 30) for t in timings_of(run_through(made, minutes).state)]
    found = estimates(made, timings)
    assert found["a"].runs == 3
    assert found["a"].source == "rehearsals"
    assert found["a"].likely == pytest.approx(20 * 60, abs=2)
    assert found["a"].best <= 18 * 60 <= 30 * 60 <= found["a"].worst


def test_one_run_keeps_the_spread_that_the_runbook_expects() -> None:
    made = plan(step("a", 10), step("b", 10))
    found = estimates(made, timings_of(run_through(made, 20).state))
    assert found["a"].best < 20 * 60 < found["a"].worst


def test_a_step_that_changed_since_has_no_earlier_lengths() -> None:
    made = plan(step("a"), step("b"))
    timings = timings_of(run_through(made, 12).state)
    changed = plan(step("a", verify=LOOK), step("b", 15))
    assert set(estimates(changed, timings)) == {"b"}, "an estimate changes nothing of what is done"


def test_a_live_run_gives_lengths_and_a_dry_run_gives_nothing() -> None:
    made = plan(step("a"))
    live = timings_of(run_through(made, 12, "live").state)
    assert estimates(made, live)["a"].runs == 1
    assert estimates(made, live)["a"].source == "earlier runs"
    assert timings_of(run_through(made, 12, "dry-run").state) == ()


def test_what_was_skipped_or_overridden_tells_no_length() -> None:
    made = plan(step("a", verify=LOOK), step("b"))
    run = Clocked(*made.steps)
    run.do(cmd.StartStep("a"))
    run.seconds += 600
    run.do(cmd.OverrideStep("a", "looked by hand"))
    run.do(cmd.SkipStep("b", "not tonight"))
    assert timings_of(run.state) == ()


def test_the_baseline_is_made_of_what_earlier_runs_took() -> None:
    made = plan(step("a"), step("b"))
    timings = timings_of(run_through(made, 30).state)
    name = start_of(made).run
    run = Clocked(*made.steps)
    before = baseline(made, name, run.read().now.utc, {})
    after = baseline(made, name, run.read().now.utc, {}, estimates(made, timings))
    assert after.plan > 2 * before.plan
    assert after.seed == before.seed


def test_what_earlier_runs_took_is_in_the_log_and_so_in_every_program_that_reads_it() -> None:
    made = plan(step("a"), step("b"))
    timings = timings_of(run_through(made, 30).state)
    run = Clocked(*made.steps, took=estimates(made, timings))
    assert run.replayed().baseline == run.state.baseline
    pending = run.read().work.pending
    assert pending["a"].source == "earlier runs"
    assert pending["a"].likely == pytest.approx(1800, abs=2)


def test_what_was_done_suspiciously_fast_is_no_length() -> None:
    made = plan(step("a", 10), step("b", 10))
    assert estimates(made, timings_of(run_through(made, 1).state)) == {}
