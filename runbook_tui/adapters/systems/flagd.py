"""Flags in a JSON file as flagd reads it.

Source: https://flagd.dev/reference/flag-definitions/ and its schema, flags.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.json_members import (
    Member,
    Place,
    members,
    place,
    put_in,
    replaced,
    taken_out,
)
from runbook_tui.adapters.systems.placing import replace_content
from runbook_tui.domain.redact import redact
from runbook_tui.domain.systems.flag_files import Flagd
from runbook_tui.domain.systems.seen import Value, digest_of

LARGEST = 16 * 1024**2
"""Bytes of a file that is read."""
_SHARED = {"$evaluators": "$evaluators", "$metadata": "metadata"}
"""What is beside the flags, by its key among objects and its key in the file."""


class FlagdFile(InOrder):
    """One file with flags."""

    def __init__(self, config: Flagd) -> None:
        self._path = Path(config.file)

    def look(self, kept: Kept) -> dict[str, Value]:
        text = self._text()
        top, _, flags = self._read(text)
        found: dict[str, Value] = {}
        for number, flag in enumerate(flags):
            if flag.key in _SHARED:
                raise NotAskedError(f"{self._path}: no flag may be called {flag.key}")
            found[flag.key] = {"is": flag.value}
            self._keep(kept, flag, place(text, flags, number))
        for key, name in _SHARED.items():
            for number, member in enumerate(top):
                if member.key == name:
                    found[key] = {"is": member.value}
                    self._keep(kept, member, place(text, top, number))
        return found

    def _text(self) -> str:
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise NotAskedError(f"{self._path}: {error.strerror}") from error
        if len(content) > LARGEST:
            raise NotAskedError(f"{self._path}: more than {LARGEST:,} bytes")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise NotAskedError(f"{self._path}: it is no UTF-8") from error

    def _read(self, text: str) -> tuple[list[Member], int, list[Member]]:
        """The file's own members, where the flags' brace is, and the flags."""
        try:
            json.loads(text)
            top = members(text)
            flags = next((member for member in top if member.key == "flags"), None)
            if flags is None:
                raise NotAskedError(f"{self._path}: it has no `flags`: none of flagd's files")
            if not isinstance(flags.value, dict):
                raise NotAskedError(f"{self._path}: `flags` is no object; lists are not read here")
            return top, flags.at, members(text, flags.at)
        except json.JSONDecodeError as error:
            raise NotAskedError(f"{self._path}:{error.lineno}: no JSON: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            raise NotAskedError(f"{self._path}: {error}") from error

    @staticmethod
    def _keep(kept: Kept, member: Member, stands: Place) -> None:
        name = digest_of(["flagd", member.key, member.value])
        kept.content(name, json.dumps(stands._asdict()).encode())

    def line(self, key: str, value: Value) -> str:
        flag = value["is"]
        if key in _SHARED or not isinstance(flag, dict):
            return _shown(key, flag)
        default = flag.get("defaultVariant")
        variants = flag.get("variants")
        means = variants.get(default) if isinstance(variants, dict) and default else None
        rules = ", with targeting" if flag.get("targeting") else ""
        return f"{flag.get('state')}, default {default}{_means(key, means)}{rules}"

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        text = self._text()
        top, brace, flags = self._read(text)
        found, at = (top, text.index("{")) if key in _SHARED else (flags, brace)
        name = _SHARED.get(key, key)
        numbers = [number for number, each in enumerate(found) if each.key == name]
        there = {"is": found[numbers[0]].value} if numbers else None
        if there != now:
            raise NotPutBackError("somebody has changed it this very moment")
        if wanted is None:
            changed = taken_out(text, found, numbers[0]) if numbers else text
        else:
            content = kept.content_of(digest_of(["flagd", name, wanted["is"]]))
            stands = Place(**json.loads(content))
            changed = (
                replaced(text, found[numbers[0]], stands.text)
                if numbers
                else put_in(text, at, found, stands)
            )
        self._check(text, changed, name, None if wanted is None else wanted["is"], key in _SHARED)
        replace_content(self._path, changed.encode())
        return f"removed {key}" if wanted is None else f"put back {key}: {self.line(key, wanted)}"

    def _check(self, text: str, changed: str, name: str, wanted: object, top: bool) -> None:
        """Never writes a file in which anything else would be otherwise."""
        goal = json.loads(text)
        inside: dict[str, Any] = goal if top else goal["flags"]
        inside.pop(name, None)
        if wanted is not None:
            inside[name] = wanted
        try:
            right = json.loads(changed) == goal
        except ValueError:
            right = False
        if not right:
            raise NotPutBackError("no edit of it alone does it: it is to be edited by hand")


def _means(key: str, value: object) -> str:
    return "" if value is None else f" ({_shown(key, value)})"


def _shown(key: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return redact(f"{key}={text}").removeprefix(f"{key}=")[:80]
