"""kill -9 of the whole program, a few times. `python -m tests.faults.kill_program` does it more."""

from __future__ import annotations

import pytest

from tests.faults import kill_program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_nothing_that_the_screen_showed_as_recorded_is_lost(
    capfd: pytest.CaptureFixture[str],
) -> None:
    tally = kill_program.run(kills=8, seed=5)
    assert tally.kills == 8
    assert tally.acknowledged > 0
    assert not tally.violations, capfd.readouterr().err
