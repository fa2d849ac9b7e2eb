"""The lab's own times: the evening in ten minutes, and nothing else of the runbook changed."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runbook_tui.domain.schedule.route import length_of
from runbook_tui.domain.schedule.window import resolved
from runbook_tui.formats.load import load
from runbook_tui.practice import builder, pace, package
from runbook_tui.practice.bundled import bundled_runbooks
from runbook_tui.practice.lab import Lab

BUNDLED = bundled_runbooks() / "full-upgrade"
NOW = datetime(2026, 11, 23, 23, 55, 7, tzinfo=UTC)
TIMES = re.compile(r"^ +(estimate|soak|timer|start|end|reserve): ")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The bundled runbook as a lab gets it."""
    shutil.copytree(BUNDLED, tmp_path / "full-upgrade")
    runbook = tmp_path / "full-upgrade" / "runbook.yaml"
    pace.keep_lab_time(runbook, NOW)
    return runbook


def test_the_copy_has_nothing_for_lint_to_say_and_differs_in_times_only(copy: Path) -> None:
    assert load(copy).problems == ()
    differs = set()
    for file in sorted(BUNDLED.rglob("*.yaml")):
        real = file.read_text().splitlines()
        ours = (copy.parent / file.relative_to(BUNDLED)).read_text().splitlines()
        for one, other in zip(real, ours, strict=True):
            if one != other:
                assert TIMES.match(one), one
                assert one.split(":")[0] == other.split(":")[0]
                differs.add(one)
    assert differs


def test_every_step_that_the_table_names_got_its_time(copy: Path) -> None:
    steps = {step.id: step for phase in load(copy).runbook.phases for step in phase.steps}
    text = "".join(file.read_text() for file in copy.parent.rglob("*.yaml"))
    assert set(pace.SHORTER) | set(pace.SOAK) | set(pace.TIMERS) <= set(steps)
    for time in (*pace.SHORTER.values(), *pace.SOAK.values(), *pace.TIMERS.values()):
        assert f": {time}\n" in text
    inside = [phase for phase in load(copy).runbook.phases if not phase.outside_window]
    long = [s.id for p in inside for s in p.steps if (known := length_of(s)) and known.mean > 90]
    assert long == [], "nobody waits for these while practising"


def test_the_vendors_word_on_the_migration_is_wrong_in_the_lab_and_nowhere_made_up(
    copy: Path, stopped_lab: Lab
) -> None:
    steps = {step.id: step for phase in load(copy).runbook.phases for step in phase.steps}
    planned = length_of(steps["migrate-schema"])
    real = {s.id: s for p in load(BUNDLED / "runbook.yaml").runbook.phases for s in p.steps}
    assert planned == length_of(real["migrate-schema"])
    assert planned is not None
    assert planned.likely == 10
    said = " ".join(package.grep(stopped_lab.layout, "seconds"))
    assert "migration takes ten seconds (measured with 50,000 orders)" in said
    assert builder.ORDERS > 4 * 50_000


def test_the_window_begins_now_and_runs_past_midnight_where_it_has_to(copy: Path) -> None:
    window = load(copy).runbook.window
    assert window is not None
    there = resolved(window, NOW)
    assert (there.start, there.length) == (NOW, pace.WINDOW.total_seconds())


@pytest.mark.parametrize(
    ("later", "starts"),
    [(timedelta(minutes=4), "23:55:07Z"), (timedelta(minutes=9), "00:04:07Z")],
    ids=["soon", "late"],
)
def test_a_window_that_mostly_went_by_before_anything_was_begun_opens_again(
    copy: Path, later: timedelta, starts: str
) -> None:
    pace.reopen(copy, NOW + later)
    assert f"start: {starts}" in copy.read_text()
    assert load(copy).problems == ()


def test_a_window_that_somebody_wrote_stays(copy: Path) -> None:
    mine = copy.read_text().replace("end: 00:15:07Z", "end: 02:00:00Z")
    copy.write_text(mine)
    pace.reopen(copy, NOW + timedelta(hours=1))
    assert copy.read_text() == mine
