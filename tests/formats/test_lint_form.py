"""Errors of form hide nothing else, and are told in one line each."""

from __future__ import annotations

import pytest

from runbook_tui.domain.units import LONGEST, duration_text, seconds
from runbook_tui.formats.load import RunbookError

from .lint_texts import codes, steps
from .runbook_texts import HEAD, loaded, runbook_text

MANY = """
- id: one
  kind: command
  title: One
  mutates: true
  needs: [zwei]
  run: {argv: [echo, "{{nope}}"]}
- id: two
  kind: checklist
  title: Two
  needs: [three]
- id: two
  kind: checklist
  title: Two again
"""


def told(text: str, **fragments: str) -> set[tuple[str, str]]:
    """Code and message of everything that is wrong with `text`."""
    try:
        problems = loaded(text, **fragments).problems
    except RunbookError as error:
        problems = error.problems
    return {(problem.code, problem.message) for problem in problems}


def test_an_unknown_key_hides_no_other_mistake() -> None:
    text = runbook_text(MANY)
    before = told(text)
    assert len(before) > 6
    more = told(text.replace("title: Two again", "title: Two again\n        verfy: a"))
    assert more == before | {("unknown-key", "unknown key `verfy`")}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("owner: operations\n", "", "missing-key"),
        ("version: 1.0.0", "version: ''", "bad-value"),
        ("title: Work", "title: [a]", "wrong-type"),
        ("title: One", "title: One\n        style: odd", "bad-value"),
        ("title: Two again", "text: |\n          Two again", "missing-key"),
    ],
)
def test_a_field_that_cannot_be_read_hides_no_other_mistake(old: str, new: str, code: str) -> None:
    text = runbook_text(MANY)
    assert old in text
    added = told(text.replace(old, new)) - told(text)
    assert code in {c for c, _ in added}
    assert {c for c, _ in told(text)} <= {c for c, _ in told(text.replace(old, new))}


def test_what_lint_says_only_because_something_was_dropped_is_not_said() -> None:
    steps = """
    - {id: a, kind: comand, title: A, run: {argv: [echo, "{{name}}"]}}
    - {id: b, kind: checklist, title: B, needs: [a], estimate: 5m}
    - id: c
      kind: command
      title: C
      mutates: true
      estimate: 5m
      verfy: {argv: ["true"]}
      effects: [{target: x, reversibility: irreversible}]
      run: {argv: ["true"]}
    """
    parameters = "parameters:\n  name: {description: A name}\n"
    assert {code for code, _ in told(runbook_text(steps, parameters))} == {
        "unknown-kind",
        "missing-key",
        "unknown-key",
    }


def test_a_circle_of_includes_is_told_once() -> None:
    text = HEAD + "phases:\n  - include: x.yaml\n"
    assert [code for code, _ in told(text, x="- include: x.yaml\n")] == ["include"]


def test_a_tag_is_told_in_one_line() -> None:
    ((code, message),) = told('format: !!python/object/apply:os.system ["id"]\n')
    assert code == "tag"
    assert "os.system" in message


@pytest.mark.parametrize("digits", [12, 400])
def test_a_length_of_many_digits_is_refused_and_no_error_of_the_program(digits: int) -> None:
    endless = "9" * digits + "d"
    more = f"compensation: {{text: Undo it., estimate: {endless}}}, mutates: true"
    window = f'window: {{start: "22:00Z", end: "23:00Z", reserve: {endless}}}\n'
    lines = steps(
        f"- {{id: a, kind: checklist, title: A, estimate: {endless}, timer: {endless}, {more}}}",
        f"- {{id: b, kind: wait, title: B, duration: {endless}}}",
        f"- {{id: c, kind: watch, title: C, soak: {endless}}}",
    )
    assert codes(runbook_text(lines, window))


def test_lengths_are_finite() -> None:
    assert seconds("9" * 400 + "d") == LONGEST
    assert duration_text(LONGEST) == "11574d2h"
