"""The only policy for foreign text that a person is to see: what may reach a terminal.

Runbooks, command output, package content and messages are foreign. They pass `safe_text` at every
way in; what may reach the log is the business of `redact`.
"""

from __future__ import annotations

import re

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""What a terminal obeys, and what is not seen: one character. Newline and tab are not among it."""
SHORTEST_SECRET = 4
"""A secret below this length cannot be told from ordinary text and is refused when it is typed."""
# Begins only where no blank stands before it: else a long run of blanks is tried from each of them.
_LINE_BREAKS = re.compile(r"(?<!\s)\s*[\n\t]\s*")


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def safe_text(text: str, *, keep_newlines: bool = True) -> str:
    """`text` with nothing in it that a terminal would obey or that hides or reorders letters.

    C0 controls but newline and tab, DEL, C1, bidirectional overrides, zero-width and tag
    characters and lone surrogates are replaced by visible stand-ins (ESC becomes ``␛``).
    With `keep_newlines` false the result is one line.
    """
    text = text.replace("\r\n", "\n")
    if UNSAFE.search(text):
        text = UNSAFE.sub(_picture, text)
    if not keep_newlines:
        text = _LINE_BREAKS.sub(" ", text.strip())
    return text


def safe_line(text: str, limit: int = 0) -> str:
    """`text` as one safe line, cut to `limit` characters with an ellipsis."""
    line = safe_text(text, keep_newlines=False)
    if limit and len(line) > limit:
        return line[: limit - 1] + "…"
    return line
