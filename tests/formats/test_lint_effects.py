"""What lint says of side effects: ways back, looks, snapshots, surveys, secrets in systems."""

from __future__ import annotations

import pytest

from .lint_texts import SECRET, step
from .runbook_texts import found, loaded, runbook_text

PROBE = "probe: {argv: [x]}"
SURVEY = "surveys: {flags: {system: unleash, url: 'https://flags.example.com', token: '%s'}}\n"


def effect(more: str, start: str = "kind: flag, target: t", also: str = "") -> str:
    return step(f"effects: [{{{start}, {more}}}]{also}")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (runbook_text(effect(f"{PROBE}, snapshot: disk")), "undeclared-snapshot", "10:122"),
        (
            runbook_text(
                effect(f"{PROBE}, reversibility: irreversible, compensation: {{text: x}}")
            ),
            "compensated-irreversible",
            "10:155",
        ),
        (runbook_text(effect("owner: bob")), "unseen-effect", "10:68"),
    ],
)
def test_warnings(text: str, code: str, place: str) -> None:
    result = loaded(text)
    assert result.errors == ()
    assert (code, place) in [(w.code, f"{w.line}:{w.col}") for w in result.warnings]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (
            effect(f"{PROBE}, compensation: {{text: x, options: [{{id: a, title: A}}]}}"),
            "compensation",
            "at least two options, here is one",
        ),
        (
            effect(
                f"{PROBE}, compensation: {{text: x, run: {{argv: [x]}}, "
                "options: [{id: a, title: A}, {id: b, title: B}]}"
            ),
            "compensation",
            "both `run` and `options`",
        ),
        (
            effect(
                f"{PROBE}, compensation: {{text: x, "
                "options: [{id: a, title: A}, {id: a, title: B}]}"
            ),
            "compensation",
            "`a` stands twice",
        ),
        (effect("probe: {argv: [x], hosts: [a, b]}"), "look-at-many", "one host"),
        (effect("at: {system: files, paths: [x], timeout: 0s}"), "duration", "is zero"),
        (
            effect("at: {system: git-flags, repository: r, files: [f], pattern: '('}"),
            "bad-pattern",
            "this regular expression is refused",
        ),
    ],
)
def test_errors_of_effects(text: str, code: str, words: str) -> None:
    problem = found(runbook_text(text))[code]
    assert problem.severity == "error"
    assert words in problem.message
    assert problem.line == 10


def test_a_snapshot_names_a_step_that_there_is() -> None:
    book = runbook_text(step(PROBE.replace("probe", "verify")), "snapshots: {disk: {step: b}}\n")
    problem = found(book)["undefined-step"]
    assert (problem.severity, problem.line, problem.col) == ("error", 6, 26)
    assert "undefined-step" not in found(book.replace("step: b", "step: a"))
    assert found(book.replace("step: b", "restore: {}"))["command"].line == 6


@pytest.mark.parametrize(
    ("token", "more", "code"),
    [
        ("abc123", SECRET, "plain-secret"),
        ("x{{pw}}", SECRET, "plain-secret"),
        ("{{env}}", "parameters: {env: {}}\n", "plain-secret"),
        ("{{nothing}}", SECRET, "undefined-parameter"),
    ],
)
def test_a_token_is_a_secret_parameter_and_nothing_else(token: str, more: str, code: str) -> None:
    problem = found(runbook_text(step("items: [x]"), more + SURVEY % token))[code]
    assert problem.severity == "error"
    assert problem.line == 7


def test_a_secret_parameter_is_right_where_a_secret_is_held() -> None:
    problems = loaded(runbook_text(step("items: [x]"), SECRET + SURVEY % "{{pw}}")).problems
    assert problems == ()


def test_a_secret_in_any_other_field_would_be_seen() -> None:
    book = runbook_text(
        step("items: [x]"), SECRET + (SURVEY % "{{pw}}").replace("flags.", "{{pw}}.")
    )
    problem = found(book)["secret-in-text"]
    assert (problem.severity, problem.line) == ("error", 7)
    assert "only these fields of unleash hold secrets: token" in problem.hint


@pytest.mark.parametrize(
    ("connection", "fine"),
    [
        ("host=db1 dbname=orders", True),
        ("postgresql://reader@db1/orders", True),
        ("postgresql://reader:hunter2@db1/orders", False),
        ("host=db1 password=hunter2", False),
        ("postgresql://reader:{{pw}}@db1/orders", False),
        ("{{pw}}", True),
    ],
)
def test_a_place_may_stand_in_plain_and_a_password_in_it_may_not(
    connection: str, fine: bool
) -> None:
    survey = f"surveys: {{db: {{system: postgresql-schema, connection: '{connection}'}}}}\n"
    codes = found(runbook_text(step("items: [x]"), SECRET + survey))
    assert ("plain-secret" not in codes) is fine


@pytest.mark.parametrize(
    "more",
    [
        "at: {system: files, paths: [x]}",
        "snapshot: disk",
        "compensation: {text: back}",
    ],
)
def test_whatever_takes_an_effect_back_answers_for_its_step(more: str) -> None:
    line = effect(f"{PROBE}, {more}", also=", mutates: true, verify: {argv: [x]}")
    assert "no-way-back" not in found(runbook_text(line))


def test_a_system_that_cannot_put_anything_back_is_no_answer() -> None:
    line = effect(
        "at: {system: dpkg}", "kind: package, target: t", ", mutates: true, verify: {argv: [x]}"
    )
    assert "no-way-back" in found(runbook_text(line))
