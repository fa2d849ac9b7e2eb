"""Values that stand behind a secret's name, by the format of the file: ``password = x``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from runbook_tui.preflight.scan.formats import Format
from runbook_tui.preflight.secrets import names

LONGEST = 600
"""Letters of a value that are read."""


class Assigned(NamedTuple):
    """A value and what it stands behind. `begin`, `end`: where the value is in the line."""

    name: str
    value: str
    begin: int
    end: int
    quoted: str
    """The quote that it stands in; empty where it stands without."""
    at: int
    """Where the name begins."""


_SEPARATOR = re.compile(
    r"""(["'\])}]{0,3})([ \t]{0,100})(=>|:=|\+=|==|=~|::|[=:,>]|)([ \t]{0,100})"""
)
_VALUE_ATTRIBUTE = re.compile(r"""["'][^<>"']{0,40}\bvalue\s{0,4}=\s{0,4}(["'])""")
_QUOTED = re.compile(r"""(?:[rRbBuUfFN@]{0,2})("{3}|'{3}|["'`])""")
_SETTER = re.compile(
    r"(?i)\b(?:define|modparam|set|put|putenv|setenv|setproperty|set_option|option|setdefault|add|ini_set"
    r"|credentials|set_config|add_option|update_option)\s{0,4}\(\s{0,4}(?:[\"'][\w-]{1,40}[\"'],\s{0,4})?[\"']?$"
)
_NEXT_PAIR = re.compile(
    r"\s+[A-Za-z_][\w.-]{0,40}\s?=(?!=)|[;&]\s{0,4}[A-Za-z_][\w .-]{0,40}=|,\s{0,2}[a-z_]\w{0,30}="
)
_COMMENT = re.compile(r"\s[#;]|\s//\s|\s/\*|\s--\s")
_BARE = re.compile(r"""[^\s"'`;&|<>()]{1,600}""")
_JOINED = re.compile(r"\s{0,4}(?:\.\s{0,4}[$\w\"'(]|\+(?!\w*$)|%\s{0,2}[(\w]|\.format\(|\?|\[)")
_WHITESPACE_LINE = re.compile(r"^\s*(?:(?:set|export|option|setenv)\s+)?$")
_BEGINS = re.compile(r"""(?:^|[{,(])\s*(?:[-*]\s+)?["']?$|^\s*[\w.-]{1,40}:\s*$""")


def in_line(text: str, format_: Format) -> Iterator[Assigned]:
    """What is assigned in a line to names of secrets, from left to right, none inside another."""
    taken = 0
    for begin, end in names.in_line(text):
        if begin < taken:
            continue
        found = _behind(text, begin, end, format_)
        if found is not None:
            taken = found.end
            yield found


def _behind(text: str, begin: int, end: int, format_: Format) -> Assigned | None:
    name = text[begin:end]
    apart = _SEPARATOR.match(text, end)
    if apart is None:
        return None
    closing, blank, sign, _ = apart.groups()
    start = apart.end()
    if sign in ("==", "=~", "+="):
        return None
    if sign == "=" and text.startswith(("=", "~", "*"), start):
        return None
    if format_ == "shell" and sign == "=" and (blank or text[start - 1] in " \t"):
        return None  # a comparison
    if sign in (":", "::") and format_ in ("conf", "code") and not _begins(text, begin, closing):
        return None
    if (attribute := _VALUE_ATTRIBUTE.match(text, end)) is not None and format_ in (
        "xml",
        "conf",
        "prose",
    ):
        return _quoted(text, name, begin, attribute.end() - 1, format_)
    if sign == ">":
        element = not closing and begin > 0 and text[begin - 1] in "<:"
        if not element and not (closing and format_ == "xml"):
            return None
        value = re.compile(r"[^<]{1,600}(?=</)").match(text, start)
        return value and Assigned(name, value.group(), start, value.end(), "", begin)
    if sign == ",":
        if not closing or not _SETTER.search(text[:begin]):
            return None
        return _quoted(text, name, begin, start, format_)
    if not sign:
        return _after_blank(text, name, begin, start, bool(blank) and not closing, format_)
    if _QUOTED.match(text, start):
        return _quoted(text, name, begin, start, format_)
    if format_ in ("code", "json", "sql", "xml"):
        return None
    if closing and format_ != "yaml" and sign != "=":
        return None
    return _bare(text, name, begin, start, format_, sign)


def _begins(text: str, begin: int, closing: str) -> bool:
    """Whether a name stands where ``name: value`` may begin, and not somewhere in a text."""
    opening = text[begin - 1 : begin]
    if opening in ("'", '"') and not closing.startswith(opening):
        return False
    return bool(closing) or _BEGINS.search(text[:begin]) is not None


def _quoted(text: str, name: str, begin: int, start: int, format_: Format) -> Assigned | None:
    opening = _QUOTED.match(text, start)
    if opening is None:
        return None
    mark, first = opening.group(1), opening.end()
    if mark == "`":
        return None
    last = first
    limit = min(len(text), first + LONGEST)
    while last < limit and not text.startswith(mark, last):
        last += 2 if text[last] == "\\" else 1
    last = min(last, len(text))
    after = last + len(mark)
    if format_ == "code" and _JOINED.match(text, after):
        return None
    value = text[first:last]
    if format_ == "json" or (format_ == "code" and mark == '"'):
        value = re.sub(r"\\([\"'\\/])", r"\1", value)
    return Assigned(name, value, first, last, mark, begin)


def _after_blank(
    text: str, name: str, begin: int, start: int, blank: bool, format_: Format
) -> Assigned | None:
    """``requirepass x`` on a line of its own, ``--password x``, ``PASSWORD 'x'`` in SQL."""
    if not blank or start >= len(text):
        return None
    before = text[:begin]
    option = name.startswith("--") or (begin >= 2 and before.endswith("--"))
    if format_ == "sql":
        return _quoted(text, name, begin, start, format_) if text[start] in "'\"" else None
    if option and format_ in ("shell", "conf", "yaml"):
        if _QUOTED.match(text, start):
            return _quoted(text, name, begin, start, format_)
        value = _BARE.match(text, start)
        if value is None or value.group().startswith("-"):
            return None
        return Assigned(name, value.group(), start, value.end(), "", begin)
    if format_ != "conf" or not _WHITESPACE_LINE.match(before):
        return None
    if _QUOTED.match(text, start):
        found = _quoted(text, name, begin, start, format_)
        return (
            found if found and re.match(r"\s*[;,]?\s*(?:[#;].*)?$", text[found.end + 1 :]) else None
        )
    value = _BARE.match(text, start)
    if value is None or not re.match(r"\s*;?\s*(?:#.*)?$", text[value.end() :]):
        return None
    return Assigned(name, value.group(), start, value.end(), "", begin)


def _bare(
    text: str, name: str, begin: int, start: int, format_: Format, sign: str
) -> Assigned | None:
    if format_ == "shell":
        value = _BARE.match(text, start)
        if value is None or (sign == ":" or text[start - 1] in " \t"):
            return None
        if re.match(r"\(|[\"'][^\s\"';,)]", text[value.end() :]):
            return None  # more of the word follows
        return Assigned(name, value.group(), start, value.end(), "", begin)
    rest = text[start : start + LONGEST]
    if (cut := _COMMENT.search(rest)) is not None:
        rest = rest[: cut.start()]
    if (cut := _NEXT_PAIR.search(rest)) is not None and sign != ":":
        rest = rest[: cut.start()]
    value_text = rest.rstrip().rstrip(";,").rstrip()
    if format_ == "yaml":
        value_text = re.sub(r"^&\w+\s+", "", value_text)
        if value_text.startswith(("*", "{", "[", "|", ">", "&")):
            return None
    unclosed = value_text.endswith(('"', "'")) and value_text[-1] not in value_text[:-1]
    value_text = value_text[:-1] if unclosed else value_text
    if not value_text or value_text.startswith(("{", "[", "(", '"', "'")):
        return None
    return Assigned(name, value_text, start, start + len(value_text), "", begin)
