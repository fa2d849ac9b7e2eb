"""Lint of time: windows, buffers, plans that do not fit, points of no return."""

from __future__ import annotations

import pytest

from .lint_texts import BUFFER, CHOICE, DECISION, GATE, OK, step, steps
from .runbook_texts import found, loaded, runbook_text


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("start: 22:00Z, end: 22:00Z", "the window ends when it starts"),
        ("start: '2026-05-01T22:00Z', end: '2026-05-01T21:00Z'", "ends before it starts"),
        ("start: '2026-05-01T22:00Z', end: '2026-05-01T23:00+02:00'", "ends before it starts"),
        ("start: '2026-05-01T22:00Z', end: '23:00Z'", "only one end of the window has a date"),
        (
            "start: '2026-05-01T22:00Z', end: '2026-05-01T23:00Z', reserve: 1h",
            "the reserve takes up the whole window",
        ),
        ("start: 24:30Z, end: 22:00Z", "there is no such time"),
        ("start: 22:00, end: 23:00Z", "`start` does not say in which zone it is"),
        ("start: 22:00Z, end: '2026-05-01T23:00'", "`end` does not say in which zone it is"),
        ("start: 22:00, end: 23:00, zone: Europe/Berln", "did you mean `Europe/Berlin`?"),
        ("start: 22:00, end: 23:00, zone: europe/berlin", "did you mean `Europe/Berlin`?"),
        ("start: 22:00, end: 23:00, zone: localtime", "is not the same zone on every machine"),
        ("start: 22:00, end: 22:00, zone: UTC", "the window ends when it starts"),
        (
            "start: '2026-03-29T02:10', end: '2026-03-29T02:50', zone: Europe/Berlin",
            "a clock that is set forward leaves an hour out",
        ),
        ("start: 22:00Z, end: 23:00Z, reserve: 1h", "the reserve takes up the whole window"),
        ("start: 22:00Z, end: 23:00Z, warn: [0s]", "`warn` is zero"),
        (
            "start: 22:00Z, end: 23:00Z, warn: [1m, 2m, 3m, 4m, 5m, 6m]",
            "6 warnings before one deadline; 5 are the most",
        ),
    ],
)
def test_windows_that_cannot_be(window: str, said: str) -> None:
    errors = loaded(runbook_text(OK, f"window: {{{window}}}\n" + BUFFER)).errors
    assert [said in e.one_line() for e in errors] == [True]


@pytest.mark.parametrize(
    "window",
    [
        "start: 22:00Z, end: 02:00Z, reserve: 30m",
        "start: '2026-05-01T23:00+02:00', end: '2026-05-01T22:00Z'",
        "start: 22:00, end: 02:00, zone: Europe/Berlin",
        "start: '2026-10-25T01:00', end: '2026-10-25T04:00', zone: Europe/Berlin",
        "start: 22:00Z, end: 02:00Z, warn: []",
    ],
)
def test_windows_past_midnight_and_across_zones_are_fine(window: str) -> None:
    assert loaded(runbook_text(OK, f"window: {{{window}}}\n" + BUFFER)).problems == ()


@pytest.mark.parametrize(
    ("buffer", "said"),
    [
        ("{}", "a buffer has one of percent, duration and `root-of-squares: true`; here is none"),
        ("{percent: 30, duration: 5m}", "here is percent and duration"),
        ("{duration: 5m, root-of-squares: true}", "here is duration and root-of-squares"),
        ("{percent: 0}", "the buffer is empty"),
        ("{duration: 0s}", "`duration` is zero"),
        ("{duration: 9999999d}", "longer than a year"),
    ],
)
def test_buffers_that_say_nothing_or_too_much(buffer: str, said: str) -> None:
    errors = loaded(runbook_text(OK, f"buffer: {buffer}\n")).errors
    assert [said in e.one_line() for e in errors] == [True]


@pytest.mark.parametrize("size", ["percent: 30", "duration: 5m", "root-of-squares: true"])
def test_each_way_to_size_a_buffer_is_fine(size: str) -> None:
    assert loaded(runbook_text(OK, f"buffer: {{{size}}}\n")).problems == ()


WINDOW = "window: {start: '22:00Z', end: '00:00Z', reserve: 15m}\nbuffer: {duration: 20m}\n"
LONG = (
    "- {id: a, kind: checklist, title: A, estimate: {best: 80m, likely: 80m, worst: 80m},"
    " compensation: {text: back, estimate: 15m}}"
)


def test_a_plan_that_does_not_fit_its_window_is_told_in_figures() -> None:
    error = found(runbook_text(LONG, WINDOW))["does-not-fit"]
    assert error.severity == "error"
    assert (error.line, error.col) == (6, 9)
    # 15m as one figure: mean 16m53s, deviation 3m08s; with 5s to verify, the P95 is 22m07s.
    assert error.message == (
        "plan 1h20m + buffer 20m + rollback 23m + reserve 15m is 2h18m; the window has 2h"
    )
    assert "outside-window: true" in error.hint
    assert loaded(runbook_text(LONG, WINDOW.replace("00:00Z", "00:30Z"))).problems == ()


def test_what_is_done_outside_of_the_window_need_not_fit_into_it() -> None:
    text = runbook_text(LONG, WINDOW).replace(
        "title: Work\n", "title: W\n    outside-window: true\n"
    )
    assert loaded(text).problems == ()


def test_a_plan_fits_by_the_way_that_is_expected() -> None:
    """Only what applies by defaults, and by the first option of a decision, is counted."""
    for when in ("{decision: d, is: y}", "{parameter: env, is: staging}"):
        other = LONG.replace("80m", "9h").replace("id: a", f"id: b, when: {when}")
        text = runbook_text(
            steps(DECISION, other),
            WINDOW + CHOICE.replace("}}", ", default: prod}}"),
        )
        assert "does-not-fit" not in found(text)
        assert "does-not-fit" in found(text.replace("is: y", "is: x").replace("is: stag", "not: p"))


def test_steps_nobody_estimated_are_named_as_not_counted() -> None:
    text = runbook_text(steps(LONG, "- {id: b, kind: checklist, title: B}"), WINDOW)
    assert "1 step without estimate not even counted" in found(text)["does-not-fit"].hint


@pytest.mark.parametrize(
    "before",
    [
        GATE,
        steps(GATE, OK.replace("id: a", "id: b")),
        steps(DECISION, GATE.replace("criteria", "when: {decision: d, is: x}, criteria")),
    ],
)
def test_a_point_of_no_return_behind_a_gate_is_fine(before: str) -> None:
    when = ", when: {decision: d, is: x}" if "decision" in before else ""
    cut = step("point-of-no-return: true" + when)
    assert loaded(runbook_text(steps(before, cut))).problems == ()


def test_a_gate_further_up_the_same_way_is_enough() -> None:
    inner = step(
        "question: Q, options: [{id: p, title: P}, {id: q, title: Q}], when: {decision: d, is: x}",
        "decision",
        "e",
    )
    gate = GATE.replace("criteria", "when: {decision: d, is: x}, criteria")
    cut = step("point-of-no-return: true, when: {decision: e, is: p}")
    assert loaded(runbook_text(steps(DECISION, gate, inner, cut))).problems == ()
