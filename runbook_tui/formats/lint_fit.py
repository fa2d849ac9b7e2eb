"""Lint of the plan's length: with its buffer, its way back and the reserve it fits the window."""

from __future__ import annotations

from math import ceil

from runbook_tui.domain.schedule.buffer import PlanLength, plan_length
from runbook_tui.domain.schedule.route import route
from runbook_tui.domain.units import duration_text, seconds
from runbook_tui.formats.lint_report import Report
from runbook_tui.formats.lint_time import window_length

_ROUGH = 600.0
"""Seconds from which on a length is told in minutes."""


def check_fit(report: Report) -> None:
    """An error where it does not fit, a warning where nothing is kept for the unexpected."""
    runbook = report.runbook
    window = runbook.window
    if window is None:
        return
    if runbook.buffer is None:
        report.at_key(
            ("window",),
            "no-buffer",
            "there is a window and no buffer",
            "buffer: {percent: 50} or {duration: 20m}, for what nobody can foresee",
            "warning",
        )
    room = window_length(window)
    reserve = seconds(window.reserve) if window.reserve is not None else 0.0
    if room is None or reserve >= room:
        return  # `lint_time` says why
    length = plan_length(route(runbook).inside, runbook.buffer, reserve)
    if length.needed > room:
        hint = "a longer window, or `outside-window: true` at phases done before or after it"
        if length.unknown:
            count = len(length.unknown)
            hint += f"; {count} step{'s' * (count > 1)} without estimate not even counted"
        report.error(("window",), "does-not-fit", sum_in_words(length, room), hint)


def sum_in_words(length: PlanLength, room: float) -> str:
    """``plan 1h20m + buffer 20m + rollback 35m + reserve 15m is 2h30m; the window has 2h``.

    `room` is the window's length in seconds. What is added up is rounded up, so that the sum on the
    page is the sum of what stands there.
    """
    unit = 60 if length.needed >= _ROUGH else 1
    parts = {
        "plan": length.mean,
        "buffer": length.buffer,
        "rollback": length.rollback,
        "reserve": length.reserve,
    }
    rounded = {name: ceil(part / unit - 1e-9) * unit for name, part in parts.items()}
    said = " + ".join(f"{name} {duration_text(part)}" for name, part in rounded.items() if part)
    has = duration_text(room // unit * unit)
    return f"{said} is {duration_text(sum(rounded.values()))}; the window has {has}"
