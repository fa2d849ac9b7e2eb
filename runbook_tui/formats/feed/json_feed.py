"""The feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), and back.

What JSON Feed has no word for stands under ``_runbook_tui``, so that entries come back as they
were.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast, get_args

import msgspec

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.formats.feed.entries import as_fields, in_order, stamp
from runbook_tui.formats.feed.identity import JSON, Feed
from runbook_tui.formats.feed.wording import FOR_WHOM

VERSION = "https://jsonfeed.org/version/1.1"
OURS = "_runbook_tui"
# A server that calls the file HTML makes nothing of it.
_NO_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def encode(feed: Feed, entries: Sequence[FeedEntry]) -> str:
    """All entries, newest first, in ASCII. Raises ValueError where a time has no zone."""
    document: dict[str, Any] = {"version": VERSION, "title": feed.title}
    if feed.address:
        document |= {"home_page_url": feed.address, "feed_url": f"{feed.address}{JSON}"}
    if FOR_WHOM[feed.audience]:
        document["description"] = FOR_WHOM[feed.audience]
    document |= {
        "language": "en",
        "authors": [{"name": feed.title}],
        OURS: {
            "format": 1,
            "audience": feed.audience,
            "authority": feed.authority,
            "id": feed.id,
        },
        "items": [_item(feed, entry) for entry in reversed(in_order(entries))],
    }
    return json.dumps(document, indent=1).translate(_NO_MARKUP) + "\n"


def decode(text: str | bytes) -> tuple[Feed, tuple[FeedEntry, ...]]:
    """The feed and its entries, oldest first. Raises ValueError where it is none of ours."""
    try:
        document = json.loads(text)
        own = document[OURS]
        if own["format"] != 1 or own["audience"] not in get_args(Audience):
            raise ValueError("another format")
        home = document.get("home_page_url", "")
        feed = Feed(
            title=_text(document["title"]),
            audience=cast("Audience", own["audience"]),
            authority=_text(own["authority"]),
            id=_text(own["id"]),
            address=_text(home),
        )
        entries = [_entry(item) for item in document["items"]]
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError("this is no JSON feed that runbook-tui wrote") from error
    return feed, in_order(entries)


def _item(feed: Feed, entry: FeedEntry) -> dict[str, Any]:
    fields = as_fields(entry)
    item: dict[str, Any] = {"id": feed.entry_id(entry)}
    if feed.address:
        item["url"] = feed.entry_address(entry.id)
    item |= {
        "title": fields.pop("title"),
        "content_text": fields.pop("text"),
        "date_published": stamp(entry.at),
        "tags": [entry.kind, "rehearsal"] if entry.rehearsal else [entry.kind],
        OURS: fields,
    }
    return item


def _entry(item: dict[str, Any]) -> FeedEntry:
    fields = item[OURS] | {"title": item["title"], "text": item["content_text"]}
    # Not by msgspec's JSON decoder, which takes no lone surrogate.
    entry = msgspec.convert(fields, FeedEntry)
    for moment in (entry.at, entry.next_update):
        if moment is not None and moment.utcoffset() is None:
            raise ValueError("a time without its zone")
    return entry


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value
