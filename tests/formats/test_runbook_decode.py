"""Whoever mistypes a runbook learns of every mistake at once, where it is and what was meant."""

from __future__ import annotations

import pytest

from runbook_tui.domain.runbook import CommandStep, ThreePoint
from runbook_tui.formats.places import SourceMap

from .runbook_texts import HEAD, loaded, refused, runbook_text

BAD = """\
format: 2
id: Bad Id
titel: x
version: 1
owner: ok
phases:
  - id: p
    title: P
    steps:
      - id: a
        kind: comand
        title: T
        verfy: {argv: echo}
      - id: b
        title: B
        run: {argv: [echo, yes, 1.10], timeout: 5 minutes}
      - id: c
        kind: checklist
        title: C
        run: {}
        mutates: yes
        estimate: {best: 1m}
        effects: [{kind: fil, target: x}]
        verify: {argv: x, expect: {exit: "0"}}
      - oops
    stepz: 3
"""


def test_all_mistakes_are_told_at_once_each_with_place_and_hint() -> None:
    told = [p.one_line().removeprefix("runbook.yaml:") for p in refused(BAD)]
    beginnings = [
        "1:1: a runbook needs `title`, which is missing here (required: format, id, title,",
        "1:9: `format` cannot be `2` (possible: 1)",
        "2:5: `id` cannot be `Bad Id` (Lower-case letters, digits, - and _",
        "3:1: unknown key `titel` (did you mean `title`?)",
        "4:10: `version` cannot be `1` (A semantic version, such as 1.4.0.)",
        "10:9: a command step needs `run`, which is missing here",
        "11:15: `kind` cannot be `comand` (did you mean `command`? possible: checklist, command,",
        "13:9: unknown key `verfy` (did you mean `verify`?)",
        "14:9: `kind` is missing here (did you mean `kind: command`?)",
        "20:9: unknown key `run` (it belongs to the kind command; this is a checklist step)",
        "21:18: `mutates` wants true or false; here is the text `yes` (without quotes, in lower",
        "22:19: a three-point estimate needs `likely`, which is missing here",
        "22:19: a three-point estimate needs `worst`, which is missing here",
        "23:26: `kind` cannot be `fil` (did you mean `file`? possible: ",
        "24:24: `argv` wants a list; here is the text `x` (write it as [a, b] or as lines",
        "24:42: `exit` wants a whole number; here is the text `0` (write it without quotes)",
        "25:9: `steps` wants mappings; here is the text `oops` (each with id, title and kind)",
        "26:5: unknown key `stepz` (did you mean `steps`?)",
    ]
    assert len(told) == len(beginnings)
    for line, beginning in zip(told, beginnings, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize("plain", ["5.0", "1.10", "yes", "no", "null", "0x1F", "2026-05-01", "~"])
def test_a_plain_scalar_where_text_is_wanted_is_that_text(plain: str) -> None:
    steps = f"- {{id: a, kind: command, title: A, run: {{argv: [echo, {plain}]}}}}"
    step = loaded(runbook_text(steps)).runbook.phases[0].steps[0]
    assert isinstance(step, CommandStep)
    assert step.run.argv == ("echo", plain)


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_where_something_optional_may_stand_is_nothing(nothing: str) -> None:
    text = runbook_text(
        f"- id: a\n  kind: checklist\n  title: A\n  role: {nothing}\n  verify: {nothing}"
    )
    step = loaded(text).runbook.phases[0].steps[0]
    assert step.role is None
    assert step.verify is None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("instruction:", "`instruction` wants a text; here is nothing (write"),
        ("needs:", "`needs` wants a list; here is nothing"),
        ("needs: [a, {b: c}]", "`needs` wants a text; here is a mapping"),
        ("needs: {}", "`needs` wants a list; here is a mapping"),
        ("mutates: 'true'", "`mutates` wants true or false; here is the text `true`"),
        ("mutates: True", "`mutates` wants true or false"),
        ("estimate: 5", "`estimate` cannot be `5` (Such as 90s, 5m, 1h30m or 2d.)"),
        ("estimate: [5m]", "`estimate` wants a text or a mapping; here is a list"),
        ('role: "dba\\n"', "`role` cannot be `dba`"),
        ("title: ''", "`title` is empty"),
        (f"evidence: [{'x' * 121}]", "`evidence` has 121 characters; 120 is the most"),
        ("style: read-do", "`style` cannot be `read-do`"),
        ("verify: {argv: [x], expect: {exit: 256}}", "`exit` cannot be 256 (from 0 to 255"),
        ("verify: {argv: [x], expect: {exit: 010}}", "`exit` wants a whole number"),
        ("verify: {argv: [x], expect: {exit: 1.0}}", "`exit` wants a whole number"),
        ("verify: {argv: [x], env: [a]}", "`env` wants a mapping; here is a list"),
        ("observe: {label: x, min: .inf}", "`min` wants a number; here is the text `.inf`"),
        ("observe: {label: x, min: 1e999}", "`min` wants a number"),
        ("items: [[a]]", "`items` wants a text or a mapping; here is a list"),
        ("options: []", "unknown key `options` (it belongs to the kind decision; this is a"),
    ],
)
def test_wrong_values_say_what_is_wanted_and_what_is_there(key: str, said: str) -> None:
    title = "" if key.startswith("title") else "  title: A\n"
    problems = refused(runbook_text(f"- id: a\n  kind: checklist\n{title}  {key}"))
    assert len(problems) == 1
    assert problems[0].one_line().partition(": ")[2].startswith(said)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("- {id: a, title: A}", "`kind` is missing here (one of checklist, command, decision"),
        ("- {id: a, title: A, kind: [x]}", "`kind` wants one of checklist, command"),
        ("- {id: a, title: A, kind: xyz}", "`kind` cannot be `xyz` (possible: checklist, command"),
        (
            "- {id: a, title: A, kind: decision, question: q, options: [{id: a, title: A}]}",
            "`options` has 1 entries (needs 2)",
        ),
    ],
)
def test_kinds(steps: str, said: str) -> None:
    problems = refused(runbook_text(steps))
    assert problems[0].one_line().partition(": ")[2].startswith(said)


def test_estimates_and_items_take_their_short_and_their_long_form() -> None:
    step = (
        loaded(
            runbook_text(
                "- id: a\n  kind: checklist\n  title: A\n  items: [one, {id: two, text: Two}]\n"
                "  estimate: {best: 1m, likely: 2m, worst: 5m}"
            )
        )
        .runbook.phases[0]
        .steps[0]
    )
    assert [item.key for item in step.checklist] == ["one", "two"]
    assert step.estimate == ThreePoint(best="1m", likely="2m", worst="5m")


def test_a_file_that_is_something_else_entirely_does_not_flood_the_screen() -> None:
    problems = refused("\n".join(f"key{n}: value" for n in range(5_000)))
    assert len(problems) == 101
    assert problems[-1].message == "more than 100 problems; the rest is not listed"


def test_foreign_text_in_messages_is_short_and_on_one_line() -> None:
    problems = refused(HEAD + '"' + "k" * 5_000 + '\\n": 1\nphases: []\n')
    assert all(len(p.one_line()) < 900 and "\n" not in p.one_line() for p in problems)


def test_every_place_of_a_runbook_can_be_looked_up() -> None:
    text = runbook_text(
        "- id: a\n  kind: checklist\n  title: A\n  when:\n    parameter: p\n    any-of: [x, y]\n"
        "  items:\n    - one\n    - two"
    )
    places: SourceMap = loaded(text).source_map
    lines = text.split("\n")

    def at(*path: str | int) -> str:
        place = places.at(*path)
        return lines[place.line - 1][place.col - 1 :]

    step = ("phases", 0, "steps", 0)
    assert at("title") == "A test"
    assert at(*step) == "id: a"
    assert at(*step, "items", 1) == "two"
    assert at(*step, "when", "any_of", 1) == "y]"
    assert at(*step, "when", "any-of", 1) == "y]"
    assert at(*step, "verify", "argv") == "id: a"  # not written: the nearest thing around it
    key = places.key(*step, "items")
    assert lines[key.line - 1][key.col - 1 :] == "items:"
