"""What squawk advises on PostgreSQL migrations. The verdict is our own lock table's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from runbook_tui.preflight.ports import Tools
from runbook_tui.preflight.sql.statements import Statement

OURS = frozenset(
    [
        "require-lock-timeout",
        "require-statement-timeout",
        "require-timeout-settings",
        "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
        "ban-drop-column",
        "ban-drop-table",
        "ban-truncate-cascade",
        "changing-column-type",
        "adding-field-with-default",
        "adding-not-nullable-field",
        "adding-serial-primary-key-field",
        "constraint-missing-not-valid",
        "adding-foreign-key-constraint",
        "disallowed-unique-constraint",
        "syntax-error",
        "ban-concurrent-index-creation-in-transaction",
        "ban-char-field",
        "transaction-nesting",
        "ban-uncommitted-transaction",
        "require-table-schema",
    ]
)
"""Rules that the lock table answers better, and matters of style."""


@dataclass(frozen=True)
class Advice:
    """One thing that squawk says. `statement`: the place of what it speaks of in the list."""

    rule: str
    message: str
    statement: int


LONGEST = 10_000
"""Letters of a statement that squawk gets: it is slow with long ones, and those are data."""


class NoAdviceError(Exception):
    """squawk could not be asked; the message says why."""


class _Said(msgspec.Struct):
    line: int
    message: str
    rule_name: str


def advice(tools: Tools, statements: Sequence[Statement], version: int) -> list[Advice]:
    """What squawk says of statements. Raises NoAdviceError."""
    program = tools.find("squawk")
    if program is None:
        raise NoAdviceError("squawk is not on this machine")
    lines: list[int] = []
    texts = []
    for n, statement in enumerate(statements):
        if not statement.is_meta and len(statement.text) <= LONGEST:
            text = statement.text + ";\n"
            lines += [n] * text.count("\n")
            texts.append(text)
    argv = [program, "--reporter", "Json", f"--pg-version={version}.0"]
    answer = tools.run(argv, stdin="".join(texts).encode("utf-8", "replace"), limit=60)
    if answer.exit not in (0, 1):
        raise NoAdviceError(answer.trouble or f"squawk ended with {answer.exit}")
    try:
        said = msgspec.json.decode(answer.out or b"[]", type=list[_Said])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise NoAdviceError(f"squawk's answer cannot be read: {error}") from error
    return [
        Advice(each.rule_name, each.message, lines[each.line])
        for each in said
        if each.line < len(lines) and each.rule_name not in OURS
        and not each.rule_name.startswith("prefer-")
    ]  # fmt: skip
