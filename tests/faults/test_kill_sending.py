"""kill -9 around the sending of an update, a few times. `python -m tests.faults.kill_sending` does
it more."""

from __future__ import annotations

import pytest

from tests.faults import kill_sending

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_nothing_sent_is_lost_and_nothing_is_there_twice_unsaid(
    capfd: pytest.CaptureFixture[str],
) -> None:
    tally = kill_sending.run(kills=6, seed=5)
    assert tally.kills >= 6
    assert tally.acknowledged > 0
    assert tally.arrived > 0
    assert tally.good(), capfd.readouterr().err + tally.table()
