"""Takes secrets out of text before it is committed, because git does not forget.

The run's own secrets go by value, in the forms they turn up in; well-known tokens and what stands
after a tell-tale name (`password=`) go by shape.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from runbook_tui.domain.text import SHORTEST_SECRET, UNSAFE

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
# What is not seen, or moves the cursor: inside a secret it would hide it.
_NOISE = re.compile(rf"\x1b\[[0-9;:?]*[A-Za-z]|{UNSAFE.pattern}")
_OVERSTRUCK = re.compile("[^\x08]\x08")
# Shapes of well-known tokens. Sources: the vendors' own documentation of their prefixes.
# No expression here may try a long text from many of its places: what they read is foreign.
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,}"
    r"|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}"
    r"|[sr]k_live_[A-Za-z0-9]{16,}"
    r"|AIza[A-Za-z0-9_-]{35})"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
)
_NAMES = r"(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)"
# What stands after such a name and is none: `token: none`, `password = ******`.
_PLAIN_WORD = (
    r"(?!(?:none|null|nil|true|false|unset|empty|missing|required|expired|invalid|\*+|\.\.\.+)"
    r"(?:[\s\"',;.:?!&|)]|$))"
)
_QUOTED = rf"\"{_PLAIN_WORD}(?:[^\"\\]|\\.){{4,}}\"|'{_PLAIN_WORD}[^']{{4,}}'"
_ASSIGNED = re.compile(
    rf"(?i)({_NAMES}[\"']?\s*[=:]\s*)(?:{_QUOTED}|[\"']?{_PLAIN_WORD}[^\s\"',;&|)]{{4,}})"
)
_OPTION = re.compile(
    rf"(?i)((?<!\S)--?(?:[a-z]+-)?{_NAMES}\s+)(?:{_QUOTED}|(?!-){_PLAIN_WORD}[^\s\"']{{4,}})"
)
# `basic` and `bearer` are words, too: what follows must look like no word, or stand in a header.
_AUTHORISATION = re.compile(
    r"(?i:(authorization[\"']?\s*[=:]\s*[\"']?(?:bearer|basic|token)\s+)[^\s\"']{4,}"
    r"|(\b(?:bearer|basic)\s+)(?=[a-z0-9+/=_.~-]*(?:[0-9+/=_~]|(?-i:[a-z][A-Z])))"
    r"[a-z0-9+/=_.~-]{8,})"
)
_URL_PASSWORD = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@]*:)([^\s/]+)(@)")

MARK = "‹redacted›"
SHORTEST_LINE = 8
"""A line of a longer secret, or a part of its base64, that is still looked for by itself."""
HEX_LINE = 30
"""Bytes in a line of a plain hex dump."""


class Redactor:
    """Takes secrets out of text: the run's own by value, well-known tokens by shape.

    `lines` fed one by one keep what spans lines (private keys) redacted; make a new one a stream.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        forms: dict[str, str] = {}
        for name, value in (secrets or {}).items():
            for form in _forms(value):
                forms.setdefault(form, f"‹redacted:{name}›")
        self._forms = forms
        longest_first = sorted(forms, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if forms else None
        self._in_key = False

    @property
    def in_key(self) -> bool:
        """Whether the stream is inside a private key whose end has not come yet."""
        return self._in_key

    def line(self, line: str) -> str:
        """The next line of a stream, redacted."""
        if self._in_key:
            end = _KEY_END.search(line)
            if end is None:
                return MARK
            self._in_key = False
            return MARK + self._plain(line[end.end() :])
        begin = _KEY_BEGIN.search(line)
        if begin is not None:
            rest = line[begin.end() :]
            end = _KEY_END.search(rest)
            if end is None:
                self._in_key = True
                return self._plain(line[: begin.start()]) + MARK
            return self._plain(line[: begin.start()]) + MARK + self._plain(rest[end.end() :])
        return self._plain(line)

    def text(self, text: str) -> str:
        """A whole text, redacted, lines kept."""
        if self._values is not None:  # values that span lines, before lines are looked at alone
            text = self._values.sub(self._name, text)
        return "\n".join(Redactor.line(self, line) for line in text.split("\n"))

    def _name(self, match: re.Match[str]) -> str:
        return self._forms[match.group()]

    def _plain(self, text: str) -> str:
        if _NOISE.search(text) is None:
            return self._cleaned(text)
        # Kept where it hides nothing: a screen draws by it, and evidence has a line a drawing.
        parts = "\r".join(self._cleaned(part) for part in text.split("\r"))
        for found in (_NOISE.sub("", parts), _NOISE.sub("", _OVERSTRUCK.sub("", parts))):
            cleaned = self._cleaned(found)
            if cleaned != found:
                return cleaned
        return parts

    def _cleaned(self, text: str) -> str:
        if self._values is not None:
            text = self._values.sub(self._name, text)
        text = _TOKENS.sub(MARK, text)
        text = _AUTHORISATION.sub(_keep_first, text)
        text = _ASSIGNED.sub(_keep_first, text)
        text = _OPTION.sub(_keep_first, text)
        return _URL_PASSWORD.sub(rf"\1{MARK}\3", text)


def _keep_first(match: re.Match[str]) -> str:
    kept = next(group for group in match.groups() if group is not None)
    rest = match.group()[len(kept) :]
    if "‹redacted" in rest:
        return match.group()
    quote_ = rest[0] if rest[0] in "\"'" else ""
    closed = quote_ if quote_ and rest.endswith(quote_) else ""
    return f"{kept}{quote_}{MARK}{closed}"


def _forms(value: str) -> set[str]:
    """The ways a secret turns up in output: as it is, in URLs, JSON, base64 and hex, line by
    line."""
    if len(value.strip()) < SHORTEST_SECRET:
        return set()
    forms = {value, value.strip()}
    forms |= {line for line in value.splitlines() if len(line) >= SHORTEST_LINE}
    for form in tuple(forms):
        raw = form.encode("utf-8", "surrogatepass")
        forms |= {quote(raw, safe=""), quote(raw), quote_plus(raw), json.dumps(form)[1:-1]}
        forms |= {json.dumps(form, ensure_ascii=False)[1:-1]}
        forms |= _base64_forms(raw) | _hex_forms(raw)
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


def _base64_forms(raw: bytes) -> set[str]:
    """What of `raw` is the same in base64 whatever stands before and after it."""
    forms = {base64.b64encode(raw).decode().rstrip("=")}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        # The first letters mix with what stands before, the last one with what comes after.
        first = (0, 2, 3)[before]
        last = len(coded) - (1 if (before + len(raw)) % 3 else 0)
        if last - first >= SHORTEST_LINE:
            forms.add(coded[first:last])
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}


def _hex_forms(raw: bytes) -> set[str]:
    """`raw` in hex; a dump of a long one (``xxd -p``) has 30 bytes a line."""
    coded = [raw.hex()]
    if len(raw) > HEX_LINE:
        coded += [raw[n : n + HEX_LINE].hex() for n in range(0, len(raw), HEX_LINE)]
    forms = {form for form in coded if len(form) >= SHORTEST_LINE}
    return forms | {form.upper() for form in forms}


def redact(text: str, secrets: Mapping[str, str] | None = None) -> str:
    """`text` without the values of `secrets` and without what has the shape of a secret."""
    return Redactor(secrets).text(text)
