"""The verdict on one line: which secrets stand in it, of what kind. Their values stay in here and
in the keyed hash that the check makes; what is shown is made of `Secret.name` and `Secret.kind`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from runbook_tui.preflight.scan import formats
from runbook_tui.preflight.scan.comments import Comments
from runbook_tui.preflight.scan.formats import Format
from runbook_tui.preflight.scan.lines import Surroundings
from runbook_tui.preflight.secrets import assigned, commands, keyblocks, names, tokens, values

BY_SHAPE = (tokens.ANY, keyblocks.PATTERN)
"""What is looked for in any text: secrets by their own shape."""
_NAMED = rf"(?i)(?:{names.WORD}){names.RIGHT}"
_HASH = r"\$(?:2[aby]|5|6|y|apr1|argon2(?:id|i|d))\$[./A-Za-z0-9$,=+-]|\{(?:SSHA|SMD5|CRYPT)\}"
_IN_CODE = (*BY_SHAPE, rf"{_NAMED}(?:=>?|:|,)\s*[rbufN@]{{0,2}}['\x22]", *commands.PATTERNS, _HASH)
_IN_TEXT = (*BY_SHAPE, rf"{_NAMED}(?:=>?|:|,)", *commands.PATTERNS, _HASH)
_IN_CONF = (
    *BY_SHAPE,
    rf"{_NAMED}(?:=>?|:|,|>|\s\S|value\s*=)",
    rf"(?i)(?:{names.WORD})[\s\x22']+\S",
    *commands.PATTERNS,
    _HASH,
)
PATTERNS: dict[Format, tuple[str, ...]] = {
    "prose": BY_SHAPE,
    "bundle": BY_SHAPE,
    "code": _IN_CODE,
    "json": _IN_CODE,
    "sql": _IN_CONF,
    "xml": _IN_CONF,
    "conf": _IN_CONF,
    "shell": _IN_CONF,
    "yaml": (
        *_IN_TEXT,
        rf"(?i)name\s*:\s*['\x22]?[\w.-]{{0,60}}(?:{names.WORD})['\x22]?\s*$",
        rf"--\S{{0,40}}(?:{names.WORD})\s",
    ),
}
"""What ripgrep looks for in files of a format."""
_HASHED = re.compile(
    r"(?:^|[:=\s\"'])(\$(?:2[aby]|5|6|y|apr1|argon2(?:id|i|d))\$[./A-Za-z0-9$,=+-]{16,}"
    r"|\{(?:SSHA|SMD5|CRYPT)\}[A-Za-z0-9+/$.=]{12,})"
)
_PAIR_NAME = re.compile(
    rf"(?i)^\s*(?:-\s+)?name\s*:\s*[\"']?([\w.-]{{0,60}}(?:{names.WORD}))[\"']?\s*$"
)
_PAIR_VALUE = re.compile(
    r"^\s*(?:-\s+)?value\s*:\s*(?:\"([^\"]*)\"|'([^']*)'|([^#\s][^#]*?))\s*(?:#.*)?$"
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, or what stands in the place of one."""

    kind: str
    verdict: values.Verdict
    name: str
    """How it is called. Never part of a value: names that stand inside one are left out."""
    value: str = field(repr=False)
    line: int
    commented: bool = False


class FileRules:
    """The rules for one file. `name`: its name in the tree, which says more than where that is."""

    def __init__(self, path: str, name: str) -> None:
        self._around = Surroundings(path)
        self.format: Format = formats.of(name, self._around)
        self._comments = Comments(self.format, self._around)
        self._settings = self.format != "code" or formats.is_settings(name)
        if formats.is_labels(name):
            self._settings = False

    def secrets(self, number: int, text: str, first: bool = True) -> Iterator[Secret]:
        """The secrets of a line or a piece of it. `first`: the piece is the line's beginning."""
        taken: list[tuple[int, int]] = []
        commented = self._comments.whole(number, text) if first else False
        for token, begin, end in tokens.in_line(text):
            taken.append((begin, end))
            yield Secret(token.kind, "secret", token.words, text[begin:end], number, commented)
        if "PRIVATE KEY" in text or text.startswith("PuTTY"):
            key = keyblocks.in_lines(self._around.lines, number)
            if key is not None:
                kind = "encrypted-private-key" if key[2] else "private-key"
                yield Secret(kind, "secret", f"{key[0]} private key", key[1], number, commented)
        if self.format in ("prose", "bundle"):
            return
        for match in _HASHED.finditer(text):
            if not _inside(match.start(1), taken):
                taken.append(match.span(1))
                yield Secret("password-hash", "hash", "password hash", match[1], number, commented)
        for passed in commands.in_line(text):
            if _inside(passed.begin, taken):
                continue
            taken.append((passed.begin, passed.end))
            if passed.kind == "url-password" and _made_up(text[: passed.begin], passed.value):
                continue
            yield self._judged(passed.kind, passed.name, passed.value, "'", number, commented)
        for found in assigned.in_line(text, self.format):
            if _inside(found.begin, taken) or _inside(found.at, taken):
                continue
            taken.append((found.begin, found.end))
            commented_here = commented or self._comments.before(text, found.at)
            settings = self._settings or _is_filled_in(text, found)
            yield self._judged(
                _kind_of(found.name), found.name, found.value, found.quoted, number,
                commented_here, settings,
            )  # fmt: skip
        if self.format == "yaml" and (name := _PAIR_NAME.match(text)) is not None:
            for near in (number + 1, number - 1):
                if (value := _PAIR_VALUE.match(self._around.line(near))) is not None:
                    written = next(filter(None, value.groups()), "")
                    yield self._judged(_kind_of(name[1]), name[1], written, "'", near, commented)
                    break

    def _judged(
        self, kind: str, name: str, value: str, quoted: str, number: int, commented: bool,
        settings: bool = True,
    ) -> Secret:  # fmt: skip
        verdict = values.verdict(value, name, self.format, quoted, settings)
        if verdict == "hash":
            kind = "password-hash"
        elif verdict == "default":
            kind = "default-password"
        return Secret(kind, verdict, name, value, number, commented)


def _made_up(before: str, value: str) -> bool:
    """Whether a URL says only where its parts go: ``amqp://user:password@host``."""
    return re.search(
        r"(?i)//[<{\[(]?(?:user|username|usr|login|me|name|foo)\w{0,2}:$", before
    ) is not None and (
        re.match(r"(?i)[<{\[(]?(?:p(?:ass)?w?o?r?d?|secret|bar|\W*)\w{0,2}$", value) is not None
    )


def _is_filled_in(text: str, found: assigned.Assigned) -> bool:
    """Whether program text gives a variable such as ``$db_password`` a word that is no name of
    anything: there, even a plain word is a password.
    """
    before = text[: found.at].rstrip("$")
    between = text[found.at + len(found.name) : found.begin].strip("\"' ")
    return (
        between == "="
        and re.fullmatch(
            r"\s*(?:my|our|local|var|let|const|static|private|public|final|String|export|\s)*",
            before,
        )
        is not None
        and len(found.name) > len("password")
        and re.fullmatch(r"[a-z0-9]{4,}", found.value) is not None
        and re.search(r"pass|pwd|secret|token|key|user|auth|none|null|field", found.value) is None
    )


def _inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(begin <= at < end for begin, end in spans)


def _kind_of(name: str) -> str:
    low = name.lower()
    if "token" in low:
        return "token"
    if low.endswith(("key", "secret", "salt", "cookie")) or "key" in low:
        return "secret-key"
    return "password"
