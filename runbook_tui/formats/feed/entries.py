"""Entries of the feed as every format takes them: safe, in order, and with what corrects what."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.text import safe_line, safe_text

# XML 1.0 cannot write these, not even as references (section 2.2); HTML calls them errors. The
# others of that kind are replaced by `safe_text`.
_NONCHARACTERS = re.compile("[\ufffe\uffff]")


def cleaned(entry: FeedEntry) -> FeedEntry:
    """The entry with nothing in it that a terminal obeys or that hides or turns around letters.

    Raises ValueError where one of its times has no zone.
    """
    for moment in (entry.at, entry.next_update):
        if moment is not None and moment.utcoffset() is None:
            raise ValueError("an entry of the status feed has a time without its zone")
    return msgspec.structs.replace(
        entry,
        id=one_line(entry.id),
        run=one_line(entry.run),
        title=one_line(entry.title),
        text=_NONCHARACTERS.sub("\ufffd", safe_text(entry.text)),
        corrects=one_line(entry.corrects),
    )


def one_line(text: str) -> str:
    """Foreign text as one line, safe in every format once it is escaped there."""
    return _NONCHARACTERS.sub("\ufffd", safe_line(text))


def in_order(entries: Iterable[FeedEntry]) -> tuple[FeedEntry, ...]:
    """Oldest first. Within a run the number decides, for a clock may have been put back."""
    found = list(entries)
    latest: dict[tuple[str, int], datetime] = {}
    for run in {each.run for each in found}:
        seen: datetime | None = None
        for each in sorted((e for e in found if e.run == run), key=lambda e: e.number):
            seen = each.at if seen is None else max(seen, each.at)
            latest[run, each.number] = seen
    return tuple(sorted(found, key=lambda e: (latest[e.run, e.number], e.run, e.number, e.id)))


def corrections(entries: Iterable[FeedEntry]) -> Mapping[str, Sequence[FeedEntry]]:
    """What corrects each entry, by the id of the corrected one."""
    found: dict[str, list[FeedEntry]] = defaultdict(list)
    for each in entries:
        if each.corrects:
            found[each.corrects].append(each)
    return found


def paragraphs(text: str) -> tuple[str, ...]:
    """The parts between empty lines; lines end without blanks, and what is empty is left out."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return tuple(part.strip("\n") for part in re.split(r"\n{2,}", lines) if part.strip("\n"))


def anchor(entry_id: str) -> str:
    """The id as it can stand in an address after ``#``. Unlike for unlike ids, and never with a
    colon in it, which the page's own places have."""
    return quote(entry_id, safe="/", errors="replace")


def as_fields(entry: FeedEntry) -> dict[str, Any]:
    """What `entry` says, times in UTC; what it does not say is left out."""
    fields: dict[str, Any] = {
        "id": entry.id,
        "run": entry.run,
        "number": entry.number,
        "kind": entry.kind,
        "audience": entry.audience,
        "title": entry.title,
        "text": entry.text,
        "at": stamp(entry.at),
    }
    if entry.next_update is not None:
        fields["next_update"] = stamp(entry.next_update)
    if entry.corrects:
        fields["corrects"] = entry.corrects
    if entry.rehearsal:
        fields["rehearsal"] = True
    return fields


def fingerprint(entry: FeedEntry) -> str:
    """SHA-256 of all that it says: the same id has to keep it for ever."""
    exact = json.dumps(as_fields(entry), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(exact.encode()).hexdigest()


def stamp(moment: datetime) -> str:
    """RFC 3339, in UTC: ``2026-11-24T18:30:00Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
