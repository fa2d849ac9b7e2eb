"""Editors check and complete runbooks while they are typed, by the same rules as the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from runbook_tui.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode, parse
from runbook_tui.formats.problem import ProblemList
from runbook_tui.formats.schema import schema

from .runbook_texts import loaded, refused, runbook_text

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft7Validator(schema())


def as_an_editor_reads_it(text: str) -> Any:
    """The data of a YAML text by the core schema of YAML 1.2, as language servers have it."""

    def plain(node: Node | None) -> Any:
        if isinstance(node, SequenceNode):
            return [plain(item) for item in node.items]
        if isinstance(node, MappingNode):
            return {key.text: plain(value) for key, value in node.entries}
        assert isinstance(node, ScalarNode)
        if not node.plain:
            return node.text
        if node.text in ("", "~", "null", "Null", "NULL"):
            return None
        if node.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return node.text.lower() == "true"
        if re.fullmatch(r"[-+]?[0-9]+", node.text):
            return int(node.text)
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node.text):
            return float(node.text)
        return node.text

    return plain(parse(text, "x", ProblemList()).root)


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(as_an_editor_reads_it(text)))


def test_the_committed_schema_is_the_one_of_the_model() -> None:
    """Regenerate it with: runbook-tui schema > docs/runbook.schema.json"""
    assert json.loads((ROOT / "docs/runbook.schema.json").read_text()) == schema()


def test_it_is_a_sound_schema_of_the_draft_that_editors_know() -> None:
    Draft7Validator.check_schema(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("runbooks/*/runbook.yaml")), ids=lambda p: p.parent.name
)
def test_the_runbooks_that_come_with_the_program_are_accepted(path: Path) -> None:
    errors = list(VALIDATOR.iter_errors(as_an_editor_reads_it(path.read_text())))
    assert errors == []


EVERYTHING = runbook_text(
    """
    - id: hand
      kind: checklist
      title: By hand
      instruction: |
        Look.
      style: DO-CONFIRM
      items: [one, {id: two, text: Two}]
      observe: {label: replicas, type: integer, min: 0, max: 3, unit: replicas}
      estimate: {best: 1m, likely: 2m, worst: 5m}
      role: dba
      approval: {role: dba}
      evidence: [screenshot]
    - id: run
      kind: command
      title: A command
      run: {argv: [sleep, 5, true, 1.10], cwd: work, env: {A: 1}, timeout: 1m, host: db1}
      verify: {shell: 'true', expect: {exit: 0, contains: x}}
      mutates: true
      needs: [hand]
      effects: [{kind: flag, target: t, reversibility: compensable, probe: {argv: [x]}}]
      compensation: {text: back, run: {argv: [x]}, estimate: 5m}
      estimate: 5m
      timer: 10m
    - id: choose
      kind: decision
      title: Choose
      question: Which?
      options: [{id: a, title: A}, {id: b, title: B, consequence: c}]
    - {id: go, kind: gate, title: Go, criteria: [x], when: {decision: choose, any-of: [a, b]}}
    - id: cut
      kind: checklist
      title: Cut over
      when: {decision: choose, any-of: [a, b]}
      point-of-no-return: true
    - {id: w1, kind: wait, title: W, duration: 5m}
    - {id: w2, kind: wait, title: W, until: '22:00Z'}
    - id: w3
      kind: wait
      title: W
      condition: {argv: [x], interval: 1s, limit: 1m, backoff: 1.5, longest: 20s}
    - {id: m, kind: message, title: M, audience: all}
    - {id: p, kind: preflight, title: P, checks: [a, b, c]}
    - {id: t, kind: watch, title: T, metrics: [a], soak: 10m}
    """,
    """\
    description: d
    links: {ticket: 'https://example.org/1'}
    parameters: {env: {type: choice, choices: [a, b], default: a, rehearsal: b}}
    roles: {dba: {people: [alice]}}
    window: {start: 22:00, end: 02:00, zone: Europe/Berlin, reserve: 10m, warn: [20m, 1m]}
    buffer: {percent: 30, reason: as always}
    checks:
      a: {kind: endpoints, paths: [etc, "{{env}}.zip"], allow: [db1], redirect: {old.example: new}}
      b: {kind: command, title: Ours, run: {argv: [ours, check]}, valid-for: 2h}
      c:
        kind: upgrade-path
        matrix: paths-postgresql
        to: "18"
        installed: {command: {argv: [postgres, --version]}, pattern: "([0-9.]+)"}
    """,
)


def test_a_runbook_with_everything_is_accepted_by_both() -> None:
    assert loaded(EVERYTHING).errors == ()
    assert list(VALIDATOR.iter_errors(as_an_editor_reads_it(EVERYTHING))) == []


def test_includes_are_accepted_in_phases_and_steps() -> None:
    text = runbook_text("- include: parts/a.yaml")
    assert accepts(text)
    assert accepts(text + "  - include: b.yaml\n")
    assert not accepts(text.replace("parts/a.yaml", "/etc/passwd"))
    assert not accepts(text.replace("include:", "inclde:"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format: 1", "format: 2"),
        ("id: test", "id: Te st"),
        ("owner: operations", "ownr: operations"),
        ("version: 1.0.0", "version: 1.0"),
        ("kind: wait, title: W, duration: 5m", "kind: wait, title: W, duration: 5 minutes"),
        ("kind: command", "kind: comand"),
        ("mutates: true", "mutates: yes"),
        ("exit: 0", "exit: zero"),
        ("{best: 1m, likely: 2m, worst: 5m}", "{best: 1m}"),
        ("kind: flag", "kind: flagg"),
        ("options: [{id: a, title: A},", "options: ["),
        ("criteria: [x]", "criteria: []"),
        ("point-of-no-return: true", "point-of-no-return: yes"),
        ("timer: 10m", "timer: ten"),
        ("percent: 30", "percent: -1"),
        ("percent: 30", "percent: many"),
        ("backoff: 1.5", "backoff: 0.5"),
        ("zone: Europe/Berlin", "zone: '+02:00'"),
        ("start: 22:00,", "start: 10pm,"),
        ("run: {argv: [sleep", "run: {argz: [sleep"),
    ],
)
def test_what_the_reader_refuses_the_editor_marks(old: str, new: str) -> None:
    text = EVERYTHING.replace(old, new, 1)
    assert text != EVERYTHING
    assert refused(text)
    assert not accepts(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("argv: [x], interval", "interval"),
        ("duration: 5m", "duration: 5m, until: '22:00Z'"),
        ("{decision: choose", "{parameter: env, decision: choose"),
        ("env: {A: 1}", "env: {A-B: 1}"),
        ("percent: 30", "percent: 30, duration: 5m"),
        ("percent: 30, ", ""),
        ("warn: [20m, 1m]", "warn: [20m, 1m, 2m, 3m, 4m, 5m]"),
        ("parameters: {env", "parameters: {Env"),
    ],
)
def test_some_errors_of_meaning_are_marked_too(old: str, new: str) -> None:
    text = EVERYTHING.replace(old, new, 1)
    assert text != EVERYTHING
    assert loaded(text).errors
    assert not accepts(text)


def test_editors_show_what_each_field_means() -> None:
    command = schema()["definitions"]["Command"]["properties"]
    assert command["cwd"]["description"] == "Working folder, relative to the runbook's own folder."
    step = schema()["definitions"]["CommandStep"]["properties"]
    assert step["mutates"]["description"].startswith("It changes something")
    assert step["kind"]["description"] == "A command the program runs when told to."
