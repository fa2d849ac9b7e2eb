"""Steps in lint's tests, as text."""

from __future__ import annotations

from .runbook_texts import loaded

OK = "- {id: a, kind: checklist, title: A, estimate: 1m}"


def step(more: str, kind: str = "checklist", name: str = "a") -> str:
    return f"- {{id: {name}, kind: {kind}, title: A, estimate: 1m, {more}}}"


def steps(*lines: str) -> str:
    return "\n".join(lines)


def codes(text: str) -> list[str]:
    return [problem.code for problem in loaded(text).problems]


DECISION = step("question: Q, options: [{id: x, title: X}, {id: y, title: Y}]", "decision", "d")
GATE = step("criteria: [x]", "gate", "g")
NO_RETURN = step("point-of-no-return: true")
BUFFER = "buffer: {percent: 30}\n"
SECRET = "parameters: {pw: {type: secret}}\n"
CHOICE = "parameters: {env: {type: choice, choices: [prod, staging]}}\n"
