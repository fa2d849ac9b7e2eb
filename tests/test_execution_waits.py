"""Waits end by themselves, not before, and no later than their limit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from live_run import live, until

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.state import Status


async def test_a_wait_for_a_condition_ends_when_it_holds(tmp_path: Path) -> None:
    here = live(
        tmp_path,
        """
        - id: it
          kind: wait
          title: It
          condition: {argv: [cat, flag], interval: 50ms, limit: 20s, expect: {equals: up}}
        """,
    )
    here.session.submit(cmd.StartStep("it"))
    task = asyncio.create_task(here.executor.wait("it", here.show))
    await until(lambda: len(here.shown) > 1, "two looks at it")
    assert here.session.state.of("it").wait_over is None
    (tmp_path / "book" / "flag").write_text("up\n")
    assert await task is None
    assert here.session.state.of("it").wait_over == "condition met: up"


async def test_a_condition_is_asked_for_less_and_less_often_and_a_last_time_at_the_limit(
    tmp_path: Path,
) -> None:
    here = live(
        tmp_path,
        """
        - id: it
          kind: wait
          title: It
          condition:
            shell: echo asked >> asked; false
            interval: 10ms
            backoff: 10
            limit: 500ms
        """,
    )
    here.session.submit(cmd.StartStep("it"))
    await here.executor.wait("it", here.show)
    # After 10 ms, 100 ms, and then not after a second but at the limit.
    assert 3 <= len((tmp_path / "book" / "asked").read_text().split()) <= 5
    assert here.session.state.of("it").status is Status.FAILED


async def test_a_condition_that_never_holds_fails_the_step(tmp_path: Path) -> None:
    here = live(
        tmp_path,
        """
        - id: it
          kind: wait
          title: It
          condition: {argv: ["false"], interval: 20ms, limit: 200ms}
        """,
    )
    here.session.submit(cmd.StartStep("it"))
    await here.executor.wait("it", here.show)
    now = here.session.state.of("it")
    assert now.status is Status.FAILED
    assert now.reason == "condition not met within 200ms: expected exit 0, got exit 1"


async def test_a_wait_for_a_length_and_one_until_a_time_end_by_themselves_and_not_before(
    tmp_path: Path,
) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    here = live(
        tmp_path,
        f"""
        - {{id: length, kind: wait, title: It, duration: 300ms}}
        - {{id: time, kind: wait, title: It, until: "{due:%Y-%m-%dT%H:%M:%SZ}"}}
        """,
    )
    for step in ("length", "time"):
        here.session.submit(cmd.StartStep(step))
        assert await here.executor.wait(step, here.show) is None
        here.session.submit(cmd.FinishStep(step))
        now = here.session.state.of(step)
        assert now.status is Status.DONE
        assert now.wait_over
    length, time_ = (here.session.state.of(step) for step in ("length", "time"))
    assert length.started is not None
    assert length.settled is not None
    assert here.session.state.between(length.started, length.settled) >= 0.3
    assert time_.settled is not None
    assert time_.settled.utc >= due


async def test_a_wait_that_is_left_records_nothing(tmp_path: Path) -> None:
    here = live(tmp_path, "- {id: it, kind: wait, title: It, duration: 1h}")
    here.session.submit(cmd.StartStep("it"))
    task = asyncio.create_task(here.executor.wait("it", here.show))
    await until(lambda: here.executor.running == ("it",), "the wait")
    here.executor.cancel("it")
    assert await task is None
    assert here.kinds == ["RunStarted", "StepStarted"]
