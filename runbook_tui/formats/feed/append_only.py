"""``status.md``: a file to which entries are added and in which nothing is ever changed.

Each entry ends with a seal, a comment that holds what the entry was made of and the SHA-256 of all
that stands above. So the last seal tells whether anything was edited. It is no signature: whoever
edits on purpose can seal anew. Where that matters, keep the folder in git.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed.entries import anchor, cleaned, fingerprint, one_line
from runbook_tui.formats.feed.markdown import entry_markdown, escaped

_SEAL = re.compile(
    rb"^(?P<said><!-- runbook-tui (?:begin|entry=(?P<id>\S*) content=(?P<content>[0-9a-f]{64})))"
    rb" above=(?P<above>[0-9a-f]{64}) -->\n",
    re.MULTILINE,
)


class EditedError(Exception):
    """The file is not what was written: something was changed, added or cut off."""


def begin(title: str) -> bytes:
    """The file before its first entry."""
    told = "Newest last. Entries are added; none is changed or taken away."
    return _sealed(f"# {escaped(one_line(title))}\n\n{told}\n\n<!-- runbook-tui begin".encode())


def append(data: bytes, entry: FeedEntry) -> bytes:
    """`data` with the entry at its end. Raises ValueError where a time has no zone."""
    entry = cleaned(entry)
    seal = f"<!-- runbook-tui entry={anchor(entry.id)} content={fingerprint(entry)}"
    return _sealed(data + f"\n{entry_markdown(entry)}\n{seal}".encode())


def read(data: bytes) -> Mapping[str, str]:
    """The fingerprint of each entry by the `anchor` of its id. Raises EditedError."""
    seals = list(_SEAL.finditer(data))
    if not seals or seals[-1].end() != len(data):
        raise EditedError
    last = seals[-1]
    if hashlib.sha256(data[: last.end("said")]).hexdigest().encode() != last["above"]:
        raise EditedError
    return {each["id"].decode(): each["content"].decode() for each in seals if each["content"]}


def _sealed(data: bytes) -> bytes:
    return data + f" above={hashlib.sha256(data).hexdigest()} -->\n".encode()
