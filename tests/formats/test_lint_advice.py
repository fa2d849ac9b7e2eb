"""Advice, uses of parameters, and runbooks of any size."""

from __future__ import annotations

import pytest

from .lint_texts import BUFFER, CHOICE, GATE, OK, SECRET, step, steps
from .runbook_texts import found, loaded, runbook_text


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (runbook_text(OK, "parameters: {spare: {}}\n"), "unused-parameter", "6:14"),
        (runbook_text(OK, "roles: {dba: {}}\n"), "unused-role", "6:9"),
        (runbook_text("- {id: a, kind: checklist, title: A}"), "no-estimate", "10:9"),
        (
            runbook_text(step("mutates: true, compensation: {text: x}")),
            "unverified-change",
            "10:58",
        ),
        (runbook_text(step("mutates: true, verify: {argv: [x]}")), "no-way-back", "10:58"),
        (runbook_text(step(f"items: [{', '.join('abcdefghij')}]")), "long-group", "10:58"),
        (
            runbook_text(step(f"criteria: [{', '.join('abcdefghij')}]", "gate")),
            "long-group",
            "10:53",
        ),
        (runbook_text(OK) + "  - {id: later, title: L, steps: []}\n", "empty-phase", "11:5"),
        (
            runbook_text(step("effects: [{kind: data, target: t, reversibility: irreversible}]")),
            "unmarked-point-of-no-return",
            "10:107",
        ),
        (
            runbook_text(OK, "window: {start: '22:00Z', end: '23:00', zone: UTC}\n" + BUFFER),
            "window-zone",
            "6:17",
        ),
        (runbook_text(OK, "window: {start: '22:00Z', end: '23:00Z'}\n"), "no-buffer", "6:1"),
    ],
)
def test_warnings(text: str, code: str, place: str) -> None:
    result = loaded(text)
    assert result.errors == ()
    assert [(w.code, f"{w.line}:{w.col}") for w in result.warnings] == [(code, place)]
    assert ": warning: " in result.warnings[0].one_line()


@pytest.mark.parametrize(
    "more",
    [
        "mutates: true, verify: {argv: [x]}, compensation: {text: back}",
        "mutates: true, observe: {label: L}, compensation: {text: back}",
        "mutates: true, verify: {argv: [x]}, effects: [{kind: data, target: t, "
        "reversibility: irreversible}], point-of-no-return: true",
        "mutates: true, verify: {argv: [x]}, effects: [{kind: flag, target: t, "
        "compensation: {text: back}}]",
    ],
)
def test_changes_with_a_check_and_an_answer_about_the_way_back_are_fine(more: str) -> None:
    assert loaded(runbook_text(steps(GATE, step(more)))).problems == ()


@pytest.mark.parametrize(
    "use",
    [
        "instruction: 'in {{ env }}'",
        "verify: {shell: 'test \"$RB_ENV\" = prod'}",
        "verify: {shell: 'test \"${RB_ENV:-x}\" = prod'}",
        "verify: {argv: [x], env: {PGHOST: '{{env}}'}}",
        "when: {parameter: env, is: prod}",
        "when: {parameter: env, not: prod}",
    ],
)
def test_every_use_of_a_parameter_counts(use: str) -> None:
    assert loaded(runbook_text(step(use), CHOICE)).problems == ()


def test_a_secret_may_go_into_the_environment() -> None:
    text = runbook_text(
        step("run: {argv: [x], env: {PGPASSWORD: '{{pw}}'}}", "command"),
        SECRET,
    )
    assert loaded(text).problems == ()


def test_a_runbook_without_steps_is_an_error() -> None:
    assert "no-steps" in found(runbook_text("[]"))


def test_a_thousand_problems_are_cut_short_and_errors_come_before_advice() -> None:
    many = "\n".join(f"- {{id: s{n}, kind: checklist, title: A}}" for n in range(600))
    problems = loaded(runbook_text(many + "\n- {id: s1, kind: checklist, title: B}")).problems
    assert "duplicate-id" in [p.code for p in problems]
    assert len(problems) == 501


def test_needs_of_any_length_are_followed_without_recursion() -> None:
    lines = [
        step(f"needs: [s{n - 1}]" if n else "mutates: false", name=f"s{n}") for n in range(3_000)
    ]
    assert loaded(runbook_text(steps(*lines))).problems == ()
