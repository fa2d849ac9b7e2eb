"""The feed as Atom, read by a real reader."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as Xml

import feedparser
import pytest
from hypothesis import given

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed.atom import atom
from runbook_tui.formats.feed.entries import cleaned, in_order, paragraphs
from runbook_tui.formats.feed.wording import REHEARSAL
from tests.formats import feed_entries as fe

ADDRESS = "https://status.example.org/customers/"
ATOM = "{http://www.w3.org/2005/Atom}"


class Seen(HTMLParser):
    """Elements and text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)
        if tag == "br":
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_reader_finds_what_was_told() -> None:
    read = feedparser.parse(atom(fe.feed(address=ADDRESS), fe.story()))
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.title == fe.TITLE
    assert read.feed.id == f"tag:status.example.org,2026-11-24:feed/customers/{fe.RUN}/1"
    assert read.feed.updated_parsed[:5] == (2026, 11, 24, 21, 30)
    assert [link.rel for link in read.feed.links] == ["self", "alternate", "alternate"]
    assert read.feed.links[0].href == f"{ADDRESS}feed.atom"
    newest, *_, oldest = read.entries
    assert newest.id == f"tag:status.example.org,2026-11-24:{fe.RUN}/6"
    assert newest.link == f"{ADDRESS}#{fe.RUN}/6"
    assert newest.tags[0].term == "post-watch"
    assert oldest.published == oldest.updated == "2026-11-24T19:00:00Z"
    assert oldest.content[0].value == (
        "<p>Orders may fail for some seconds (1).</p><p>Next update: in half an hour.</p>"
    )


def test_a_correction_and_what_it_corrects_refer_to_each_other() -> None:
    read = feedparser.parse(atom(fe.feed(address=ADDRESS), fe.story()))
    related = {
        entry.link.partition("#")[2]: [
            (link.href, link.title) for link in entry.links if link.rel == "related"
        ]
        for entry in read.entries
    }
    three, four = f"{fe.RUN}/3", f"{fe.RUN}/4"
    assert related.pop(four) == [(f"{ADDRESS}#{three}", "Corrects the update of 20:00 UTC")]
    assert related.pop(three) == [(f"{ADDRESS}#{four}", "Corrected by the update of 20:30 UTC")]
    assert not any(related.values())


def test_without_an_address_everything_is_beside_the_feed() -> None:
    read = feedparser.parse(atom(fe.feed(), fe.story()))
    assert read.entries[0].link == f"index.html#{fe.RUN}/6"
    assert read.entries[0].id == f"tag:runbook-tui.invalid,2026-11-24:{fe.RUN}/6"


def test_every_audience_has_the_same_ids_in_a_feed_of_its_own() -> None:
    ids = set()
    feeds = set()
    for audience in ("customers", "internal", "executives"):
        chosen = [fe.entry(1, audience=audience)]
        read = feedparser.parse(atom(fe.feed(audience), chosen))
        ids.add(read.entries[0].id)
        feeds.add(read.feed.id)
    assert (len(ids), len(feeds)) == (1, 3)


def test_the_same_entry_in_another_zone_of_the_day_keeps_its_id() -> None:
    first = fe.entry(1, at=datetime.fromisoformat("2026-11-25T00:30:00+05:30"))
    second = fe.entry(1, at=first.at.astimezone(UTC))
    assert atom(fe.feed(), [first]) == atom(fe.feed(), [second])


def test_a_feed_needs_an_entry() -> None:
    with pytest.raises(ValueError, match="without entries"):
        atom(fe.feed(), [])


@given(fe.many, fe.texts)
def test_whatever_is_told_the_xml_is_sound_and_text_stays_text(
    entries: list[FeedEntry], title: str
) -> None:
    written = atom(fe.feed(address=ADDRESS, title=title), entries)
    root = Xml.fromstring(written.encode())  # expat: strict about characters
    clean = in_order(cleaned(each) for each in entries)[::-1]
    nodes = root.findall(f"{ATOM}entry")
    assert len(nodes) == len(clean)
    for node, entry in zip(nodes, clean, strict=True):
        told = node.findtext(f"{ATOM}title") or ""
        assert told == (f"{REHEARSAL}: {entry.title}" if entry.rehearsal else entry.title)
        assert re.fullmatch(r"tag:[a-z.-]+,\d{4}-\d\d-\d\d:[\w.~/%-]*", node.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"[\d-]{10}T[\d:.]{8,15}Z", node.findtext(f"{ATOM}updated") or "")
        seen = Seen()
        seen.feed(node.findtext(f"{ATOM}content") or "")
        seen.close()
        assert set(seen.tags) <= {"p", "br"}
        assert "".join(seen.text) == "".join(paragraphs(entry.text))
    assert not feedparser.parse(written).bozo


@given(fe.entries)
def test_no_element_of_a_reader_comes_from_a_text(entry: FeedEntry) -> None:
    [read] = feedparser.parse(atom(fe.feed(), [entry])).entries
    # feedparser takes dangerous elements out; none may have been there.
    seen = Seen()
    seen.feed(read.content[0].value if "content" in read else "")
    assert set(seen.tags) <= {"p", "br"}
