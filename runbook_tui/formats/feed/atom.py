"""The feed as Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from xml.etree import ElementTree as Xml  # only written here, never read

from runbook_tui import __version__
from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed.entries import (
    cleaned,
    corrections,
    in_order,
    one_line,
    paragraphs,
    stamp,
)
from runbook_tui.formats.feed.identity import ATOM, JSON, PAGE, Feed
from runbook_tui.formats.feed.wording import FOR_WHOM, REHEARSAL, STATES, hour

_NAMESPACE = "http://www.w3.org/2005/Atom"


def atom(feed: Feed, entries: Sequence[FeedEntry]) -> str:
    """All entries, newest first. Raises ValueError where there is none (an Atom feed needs a time),
    or a time has no zone."""
    found = in_order(cleaned(entry) for entry in entries)
    if not found:
        raise ValueError("a feed without entries has no time that it was updated at")
    by_id = {entry.id: entry for entry in found}
    corrected_by = corrections(found)
    root = Xml.Element("feed", xmlns=_NAMESPACE)
    root.set("xml:lang", "en")
    _add(root, "id", feed.id)
    _add(root, "title", one_line(feed.title))
    if FOR_WHOM[feed.audience]:
        _add(root, "subtitle", FOR_WHOM[feed.audience])
    _add(root, "updated", stamp(max(entry.at for entry in found)))
    _add(_add(root, "author"), "name", one_line(feed.title))
    _add(root, "generator", "runbook-tui", version=__version__)
    _link(root, "self", f"{feed.address}{ATOM}", "application/atom+xml")
    _link(root, "alternate", feed.address or PAGE, "text/html")
    _link(root, "alternate", f"{feed.address}{JSON}", "application/feed+json")
    for entry in reversed(found):
        node = _entry(root, feed, entry)
        if entry.corrects:
            other = by_id.get(entry.corrects)
            when = f" of {hour(other.at)}" if other else f" {entry.corrects}"
            _related(node, feed, entry.corrects, f"Corrects the update{when}")
        for later in corrected_by.get(entry.id, ()):
            _related(node, feed, later.id, f"Corrected by the update of {hour(later.at)}")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _entry(root: Xml.Element, feed: Feed, entry: FeedEntry) -> Xml.Element:
    node = _add(root, "entry")
    _add(node, "id", feed.entry_id(entry))
    _add(node, "title", f"{REHEARSAL}: {entry.title}" if entry.rehearsal else entry.title)
    # What was told is never changed, so both are the same moment.
    _add(node, "published", stamp(entry.at))
    _add(node, "updated", stamp(entry.at))
    _add(node, "category", term=entry.kind, label=STATES[entry.kind])
    _link(node, "alternate", feed.entry_address(entry.id), "text/html")
    # Readers show type="text" as one paragraph. What is foreign is escaped twice: for HTML, then
    # for XML.
    lines = (escape(part).replace("\n", "<br>") for part in paragraphs(entry.text))
    _add(node, "content", "".join(f"<p>{part}</p>" for part in lines), type="html")
    return node


def _related(node: Xml.Element, feed: Feed, entry_id: str, title: str) -> None:
    Xml.SubElement(node, "link", rel="related", href=feed.entry_address(entry_id), title=title)


def _link(node: Xml.Element, rel: str, href: str, media_type: str) -> None:
    Xml.SubElement(node, "link", rel=rel, type=media_type, href=href)


def _add(node: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    made = Xml.SubElement(node, name, attributes)
    if text:
        made.text = text
    return made
