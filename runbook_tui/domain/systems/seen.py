"""What a look at a system saw, as the log holds it: digests and one line an object, no contents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Value = Mapping[str, Any]
"""What one object is, as JSON data; two that are equal are the same state."""
DIGEST = 16
"""Hexadecimal digits of an object's digest."""


class Seen(Struct, frozen=True, omit_defaults=True):
    """The objects of a system at a moment, by key."""

    objects: dict[str, str] = {}
    """The digest of each; what is not there has none."""
    lines: dict[str, str] = {}
    """Each in one line for people, safe and without secrets."""

    @property
    def digest(self) -> str:
        """Of all of it: two looks with the same one saw the same."""
        return digest_of(self.objects)


def digest_of(value: object) -> str:
    """The digest of JSON data, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]


class Change(Struct, frozen=True, omit_defaults=True):
    """That an object is otherwise than before. A digest is empty where there was, or is, none."""

    key: str
    before: str = ""
    after: str = ""
    was: str = ""
    """How it stood, in one line."""
    now: str = ""


def changes(before: Seen, after: Seen) -> tuple[Change, ...]:
    """What differs between two looks at the same system, by key."""
    keys = sorted({*before.objects, *after.objects})
    return tuple(
        Change(
            key=key,
            before=before.objects.get(key, ""),
            after=after.objects.get(key, ""),
            was=before.lines.get(key, ""),
            now=after.lines.get(key, ""),
        )
        for key in keys
        if before.objects.get(key) != after.objects.get(key)
    )
