"""One entry as Markdown, to be appended to a file.

Foreign text stays text in CommonMark, GitHub's tables and formulas, kramdown and Liquid. Less-than
is written as a reference, so that the file is harmless even where it is served as HTML.
"""

from __future__ import annotations

import re
from datetime import UTC

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed.entries import anchor, cleaned, paragraphs
from runbook_tui.formats.feed.wording import REHEARSAL, STATES, when

_INLINE = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "\\`*_[]#|~$"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        # Liquid reads files before Markdown does, and knows no backslash.
        "{": "&#123;",
        "}": "&#125;",
    }
)
# Addresses that GitHub makes into links by itself.
_BARE_LINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
# Lists, rules, underlines of headings, kramdown's definitions and ends of blocks.
_BLOCK = re.compile(r"^(?:([-+=:^])|(\d{1,9})([.)]))")
_LEADING = re.compile(r"^[ \t]+")


def entry_markdown(entry: FeedEntry) -> str:
    """A heading, the text, and which update it is; ends with a newline.

    Raises ValueError where a time has no zone.
    """
    entry = cleaned(entry)
    title = f"{REHEARSAL}: {entry.title}" if entry.rehearsal else entry.title
    parts = [f"## {entry.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {_line(title)}".rstrip()]
    # Two blanks at its end: the next line is a line of its own.
    parts += ["  \n".join(map(_line, part.split("\n"))) for part in paragraphs(entry.text)]
    parts.append(_about(entry))
    return "\n\n".join(parts) + "\n"


def _about(entry: FeedEntry) -> str:
    said = [f"State: {STATES[entry.kind].lower()}."]
    if entry.next_update is not None:
        said.append(f"Next update by {when(entry.next_update, entry.at)}.")
    if entry.corrects:
        said.append(f"Corrects update `{anchor(entry.corrects)}`.")
    said.append(f"Update `{anchor(entry.id)}`.")
    return " ".join(said)


def escaped(text: str) -> str:
    """One line of foreign text, safe wherever it stands in a line of Markdown."""
    return _BARE_LINK.sub(lambda m: f"\\{m[0]}", text.translate(_INLINE))


def _line(text: str) -> str:
    """The same for a whole line; blanks before it are kept, and make no block of code."""
    lead = _LEADING.match(text)
    blanks = "&nbsp;" * len(lead[0].expandtabs(4)) if lead else ""
    rest = escaped(text[lead.end() :] if lead else text)
    if not blanks:
        rest = _BLOCK.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", rest)
    return blanks + rest
