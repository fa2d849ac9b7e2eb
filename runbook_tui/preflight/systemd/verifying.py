"""What `systemd-analyze verify` says of unit files, on this machine.

It looks at this machine's programs, users and other units, too: of valid units of another release
many are found fault with. So nothing that it says is a verdict. It runs nothing of the units.
Source: systemd-analyze(1), "verify".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.preflight.ports import Answer, Tools

AT_ONCE = 40
"""Units handed to one run."""
LIMIT = 60.0
LONGEST_LINE = 1_000
_BY_PATH = re.compile(r"(/[^:]{1,4000}):(\d{1,7}): (.+)")
_BY_UNIT = re.compile(r"(?:Unit )?([\w@.\\:-]{1,255}\.[a-z]{3,9})(?::| has| is) (.+)")


@dataclass(frozen=True)
class Said:
    """One thing that it said; `path` is None where it could not be asked: `text` says why."""

    path: Path | None
    line: int
    text: str


def verify(tools: Tools, units: Sequence[Path], folders: Sequence[Path]) -> Iterator[Said | None]:
    """What it says of units; None now and then. `folders`: where they find each other."""
    program = tools.find("systemd-analyze")
    if program is None:
        yield Said(None, 0, "systemd-analyze is not on this machine")
        return
    # The empty one at the end stands for the machine's own folders.
    search = ":".join(str(folder.absolute()) for folder in folders if ":" not in str(folder))
    env = {"LC_ALL": "C", "SYSTEMD_UNIT_PATH": f"{search}:", "SYSTEMD_LOG_LEVEL": "warning",
           "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_COLORS": "0"}  # fmt: skip
    for first in range(0, len(units), AT_ONCE):
        yield None
        batch = units[first : first + AT_ONCE]
        argv = [program, "verify", "--man=no", "--recursive-errors=no"]
        answer = tools.run([*argv, *map(_absolute, batch)], env=env, limit=LIMIT)
        if b"unrecognized option" in answer.err:  # before systemd 250
            answer = tools.run([*argv[:3], *map(_absolute, batch)], env=env, limit=LIMIT)
        yield from _said(answer, batch)


def _absolute(path: Path) -> str:
    return str(path.absolute())


def _said(answer: Answer, batch: Sequence[Path]) -> Iterator[Said]:
    if answer.exit is None or answer.exit < 0 or answer.cut:
        yield Said(None, 0, answer.trouble or "systemd-analyze was ended, or said too much")
        return
    paths = {_absolute(path): path for path in batch}
    names = {path.name: path for path in batch}
    count = 0
    for raw in answer.err.decode("utf-8", "replace").split("\n"):
        line = raw.strip()[:LONGEST_LINE]
        if (match := _BY_PATH.fullmatch(line)) and match[1] in paths:
            count += 1
            yield Said(paths[match[1]], int(match[2]), match[3])
        elif (match := _BY_UNIT.fullmatch(line)) and match[1] in names:
            count += 1
            yield Said(names[match[1]], 0, match[2])
    if answer.exit != 0 and not count:
        said = answer.err.decode("utf-8", "replace").strip()[:LONGEST_LINE]
        yield Said(None, 0, f"systemd-analyze ended with {answer.exit}: {said}")
