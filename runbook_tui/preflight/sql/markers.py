"""Cuts a file that holds both ways: goose, dbmate, sql-migrate, MyBatis and Liquibase mark them.

Sources: the documentation of each tool on its annotations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKS = re.compile(
    r"(?im)^[ \t]*--[ \t]*(?:\+(goose|migrate|micrate)[ \t]+(up|down)|(migrate):(up|down)"
    r"|(//)[ \t]*@undo)\b([^\n]*)"
)
_NO_TRANSACTION = re.compile(r"(?im)^[ \t]*--[ \t]*\+goose[ \t]+no[ \t]+transaction")
_LIQUIBASE = re.compile(r"(?im)^[ \t]*--[ \t]*liquibase[ \t]+formatted[ \t]+sql")
_ROLLBACK = re.compile(r"(?im)^[ \t]*--[ \t]*rollback[ \t]+([^\n]*)")


@dataclass(frozen=True)
class Sections:
    """A file's two ways, each with the lines of the other left empty, so that numbers stay."""

    up: str
    down: str | None = None
    wrapped: bool | None = None
    tool: str = ""


def sections(text: str) -> Sections:
    """Cuts a text at its marks; without marks all of it goes up."""
    if _LIQUIBASE.search(text):
        lines = [line if (m := _ROLLBACK.match(line)) is None else m[1] + ";" for line in
                 text.split("\n")]  # fmt: skip
        marked = [_ROLLBACK.match(line) is not None for line in text.split("\n")]
        down = "\n".join(
            line if is_back else "" for line, is_back in zip(lines, marked, strict=True)
        )
        return Sections(text, down if any(marked) else None, True, "Liquibase")
    marks = list(_MARKS.finditer(text))
    if not marks:
        return Sections(text)
    up: list[str] = []
    way_back: list[str] = []
    blank = text[: marks[0].start()]
    # MyBatis has no mark for the way up.
    begins_up = marks[0][5] is not None
    up.append(blank if begins_up else _empty(blank))
    way_back.append(_empty(blank))
    wrapped = _NO_TRANSACTION.search(text) is None
    tool = next((m[1] or m[3] for m in marks if m[1] or m[3]), "MyBatis")
    found_down = False
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        part = text[mark.start() : following.start() if following else len(text)]
        is_up = (mark[2] or mark[4] or "down").lower() == "up"
        found_down = found_down or not is_up
        up.append(part if is_up else _empty(part))
        way_back.append(_empty(part) if is_up else part)
        if is_up and re.search(r"(?i)transaction:false|notransaction", mark[6] or ""):
            wrapped = False
    names = {"migrate": "dbmate or sql-migrate", "goose": "goose", "micrate": "micrate"}
    back = "".join(way_back) if found_down else None
    return Sections("".join(up), back, wrapped, names.get(tool.lower(), tool))


def _empty(part: str) -> str:
    return "\n" * part.count("\n")
