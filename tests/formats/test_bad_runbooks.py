"""A short run of the fuzz; `python -m tests.faults.fuzz_runbooks` is the long one."""

from __future__ import annotations

import pytest

from tests.faults.fuzz_runbooks import Outcome, attempt, fuzz


def test_bad_runbooks_are_refused_with_a_place_and_nothing_else_happens() -> None:
    outcome = fuzz(1_500, 20_260)
    assert outcome.broken == []
    assert outcome.tried == 1_500
    # The generator is worth something only while it makes every sort of runbook.
    assert outcome.refused > 500
    assert outcome.with_errors > 20
    assert len(outcome.codes) > 25


def test_the_fuzz_notices_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("tests.faults.fuzz_runbooks.load_files", crash)
    outcome = Outcome()
    attempt({"runbook.yaml": b"x"}, outcome)
    assert outcome.broken[0].startswith("RecursionError: too deep")
