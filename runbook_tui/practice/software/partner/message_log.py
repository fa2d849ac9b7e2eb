"""The messages that arrived, in a file of one JSON object a line."""

from __future__ import annotations

import json
import os
import re
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

APPRISE = "Apprise JSON"
STATUS_PAGE = "status page"
MOST = 500
"""Messages that are kept; older ones go. The file may hold twice as many lines."""
LONGEST_TITLE = 500
LONGEST_TEXT = 30_000
"""Characters that are kept of one message; more than a status page takes."""
WORDS = ("at", "how", "title", "text", "reference")
"""What every message has beside its number, as text."""
CUT = " … (cut here)"
_REFERENCE = re.compile(r"(?<![\w-])\d{8}-\d{6}-[a-z0-9][a-z0-9-]{0,80}/\d{1,6}(?![\w/-])")
"""An update of a run: ``20261124-190000-full-upgrade-4f2a/3``."""


def reference_in(*places: object) -> str:
    """The last reference to a run's update in the first of the places that has one.

    A place is JSON: its strings are read wherever they stand in it. The last one, because a text
    may name the update that it corrects before it gives its own.
    """
    for place in places:
        found = [ref for text in _strings(place) for ref in _REFERENCE.findall(text)]
        if found:
            return str(found[-1])
    return ""


def _strings(place: object) -> list[str]:
    found, rest = [], [place]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            rest += reversed(value.values())
        elif isinstance(value, list):
            rest += reversed(value)
    return found


def moment() -> str:
    """Now, as JSON of the web has it: UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class MessageLog:
    """What arrived, oldest first. Its numbers go on where the file ends."""

    def __init__(self, file: Path, most: int = MOST) -> None:
        self._file = file
        self._most = most
        self._lock = threading.Lock()
        self._messages, self._lines, self._whole = _read(file)
        del self._messages[:-most]

    def add(
        self, how: str, title: str, text: str, reference: str, details: dict[str, Any]
    ) -> dict[str, Any]:
        """Keeps a message, in the file first. Raises OSError where it cannot be written."""
        with self._lock:
            message = {
                "number": self._messages[-1]["number"] + 1 if self._messages else 1,
                "at": moment(),
                "how": how,
                "title": _short(title, LONGEST_TITLE),
                "text": _short(text, LONGEST_TEXT),
                "reference": reference,
                **details,
            }
            with self._file.open("a", encoding="utf-8") as file:
                # After a line that was cut off by a crash a new one begins.
                file.write(("" if self._whole else "\n") + _line(message))
            self._whole = True
            self._lines += 1
            self._messages.append(message)
            del self._messages[: -self._most]
            if self._lines > 2 * self._most:
                self._rewrite()
            return message

    def all(self, after: int = 0) -> list[dict[str, Any]]:
        """The kept messages with a higher number than `after`, oldest first.

        Each with `times`: how often its reference arrived in the same way; 1 without a reference.
        """
        with self._lock:
            messages = list(self._messages)
        times = Counter((m["how"], m["reference"]) for m in messages)
        return [
            {**m, "times": times[m["how"], m["reference"]] if m["reference"] else 1}
            for m in messages
            if m["number"] > after
        ]

    def _rewrite(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text("".join(map(_line, self._messages)), encoding="utf-8")
        os.replace(fresh, self._file)  # noqa: PTH105
        self._lines = len(self._messages)


def counts(messages: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many came in which way."""
    counted = Counter(str(m["how"]) for m in messages)
    return {how: counted[how] for how in (APPRISE, STATUS_PAGE)}


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + CUT


def _line(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":")) + "\n"


def _read(file: Path) -> tuple[list[dict[str, Any]], int, bool]:
    """The messages in a file, its lines, and whether its last line is whole.

    What is no message is passed over: a crash may have cut a line off.
    """
    try:
        content = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return [], 0, True
    messages = []
    lines = content.splitlines()
    for line in lines:
        try:
            found = json.loads(line)
            if isinstance(found["number"], int) and all(isinstance(found[n], str) for n in WORDS):
                messages.append(found)
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return messages, len(lines), not content or content.endswith("\n")
