"""Estimates of every shape, for the tests of time."""

from __future__ import annotations

from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import Estimate

LENGTHS = st.floats(0, 1e5, allow_nan=False)


def estimates(least: float = 0.0) -> st.SearchStrategy[Estimate]:
    """Three points in order, equal ones among them."""
    length = st.floats(least, 1e5, allow_nan=False) | st.sampled_from([least, 60.0, 600.0])
    return st.tuples(length, length, length).map(lambda three: Estimate(*sorted(three)))
