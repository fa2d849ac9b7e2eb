"""The members of a JSON object by their places in its text, so that one can be put in, put
otherwise or taken out while every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Member(NamedTuple):
    """A key with its value: from where its key begins to where its value ends."""

    key: str
    value: Any
    begin: int
    at: int
    """Where the value begins."""
    end: int


def members(text: str, at: int = 0) -> list[Member]:
    """The members of the object that begins at `at`. Raises ValueError where none does."""
    at = _skip(text, at)
    if text[at : at + 1] != "{":
        raise ValueError("an object is expected")
    found: list[Member] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if found:
            at = _sign(text, at, ",")
        key, after = _DECODER.raw_decode(text, at)
        if not isinstance(key, str):
            raise ValueError("a key is expected")
        value_at = _sign(text, after, ":")
        value, end = _DECODER.raw_decode(text, value_at)
        if key in (member.key for member in found):
            raise ValueError(f"the key {key!r} is there twice")
        found.append(Member(key, value, at, value_at, end))
        at = _skip(text, end)
    return found


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _sign(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"{sign!r} is expected")
    return _skip(text, at + 1)


class Place(NamedTuple):
    """How a member stands: its own text, the keys before it, and what is around it."""

    text: str
    before: list[str]
    lead: str
    """From the end of the one before it, or from the brace, to its key."""
    tail: str
    """From its end to the next key or the closing brace."""


def place(text: str, found: Sequence[Member], number: int) -> Place:
    """How the member of this number stands."""
    member = found[number]
    begin = found[number - 1].end if number else text.rindex("{", 0, member.begin) + 1
    last = number + 1 == len(found)
    end = text.index("}", member.end) + 1 if last else found[number + 1].begin
    return Place(
        text[member.begin : member.end],
        [each.key for each in found[:number]],
        text[begin : member.begin],
        text[member.end : end].rstrip("}"),
    )


def replaced(text: str, member: Member, own: str) -> str:
    """With another text for a member."""
    return text[: member.begin] + own + text[member.end :]


def taken_out(text: str, found: Sequence[Member], number: int) -> str:
    """Without a member, and without its comma."""
    stands = place(text, found, number)
    begin = found[number].begin - len(stands.lead)
    end = found[number].end
    if not number:  # what parts the next one from it goes with it, not what is before it
        begin += len(stands.lead) if len(found) > 1 else 0
        end += len(stands.tail)
    return text[:begin] + text[end:]


def put_in(text: str, at: int, found: Sequence[Member], stands: Place) -> str:
    """With a member that was there before, behind the last of those that stood before it. `at`:
    where the object's brace is."""
    earlier = [each for each in found if each.key in stands.before]
    if earlier:
        end = earlier[-1].end
        return text[:end] + stands.lead + stands.text + text[end:]
    if found:
        between = stands.tail if "," in stands.tail else "," + stands.lead
        begin = found[0].begin
        return text[:begin] + stands.text + between + text[begin:]
    closing = text.index("}", at)
    return text[: at + 1] + stands.lead + stands.text + stands.tail + text[closing:]
