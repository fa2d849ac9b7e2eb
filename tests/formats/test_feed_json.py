"""The feed as JSON Feed 1.1: its rules, and entries that come back as they were."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed import json_feed
from runbook_tui.formats.feed.entries import in_order
from runbook_tui.formats.feed.identity import address_of, new_feed
from tests.formats import feed_entries as fe

ADDRESS = "https://status.example.org/customers/"
TOP = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url",
    "icon", "favicon", "authors", "language", "expired", "hubs", "items",
}  # fmt: skip
ITEM = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image",
    "banner_image", "date_published", "date_modified", "authors", "tags", "language", "attachments",
}  # fmt: skip


def against_the_rules(document: dict[str, Any]) -> None:
    """https://www.jsonfeed.org/version/1.1/, what it requires of a feed and of its items."""
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(document["title"], str)
    for name in ("home_page_url", "feed_url"):
        assert document.get(name, "https://").startswith("https://")
    assert all(set(author) & {"name", "url", "avatar"} for author in document["authors"])
    own = {name for name in document if name not in TOP}
    assert all(name[0] == "_" and name[1].isalpha() and "." not in name for name in own)
    ids = [item["id"] for item in document["items"]]
    assert all(isinstance(each, str) and each for each in ids)
    for item in document["items"]:
        assert isinstance(item["content_text"], str)
        assert {name for name in item if name not in ITEM} == {"_runbook_tui"}
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert item.get("url", "https://").startswith("https://")


def test_a_feed_follows_the_rules_newest_first() -> None:
    document = json.loads(json_feed.encode(fe.feed(address=ADDRESS), fe.story()))
    against_the_rules(document)
    assert document["feed_url"] == f"{ADDRESS}feed.json"
    items = document["items"]
    assert [item["_runbook_tui"]["number"] for item in items] == [6, 5, 4, 3, 2, 1]
    assert items[2]["url"] == f"{ADDRESS}#{fe.RUN}/4"
    assert items[2]["_runbook_tui"]["corrects"] == f"{fe.RUN}/3"
    assert items[2]["tags"] == ["progress"]


@given(fe.many, fe.texts)
def test_entries_come_back_as_they_were(entries: list[FeedEntry], title: str) -> None:
    feed = fe.feed(address=ADDRESS, title=title)
    written = json_feed.encode(feed, entries)
    against_the_rules(json.loads(written))
    assert json_feed.decode(written) == (feed, in_order(entries))
    assert json_feed.decode(written.encode()) == (feed, in_order(entries))


@given(fe.entries)
def test_the_file_is_harmless_where_a_server_calls_it_html(entry: FeedEntry) -> None:
    written = json_feed.encode(fe.feed(), [entry])
    assert written.isascii()
    assert not set("<>&") & set(written)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "{}", '{"version": "https://jsonfeed.org/version/1.1"}', "[" * 9_999,
        '{"title": "x", "items": [], "_runbook_tui": {"format": 2, "audience": "customers"}}',
        '{"title": "x", "items": [], "_runbook_tui": {"format": 1, "audience": "all"}}',
        '{"title": 1, "items": [], "_runbook_tui": '
        '{"format": 1, "audience": "internal", "authority": "a", "id": "b"}}',
        b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="no JSON feed that runbook-tui wrote"):
        json_feed.decode(text)


def test_an_entry_with_a_naive_time_is_refused() -> None:
    written = json_feed.encode(fe.feed(), [fe.entry()])
    with pytest.raises(ValueError, match="no JSON feed"):
        json_feed.decode(
            written.replace('"at": "2026-11-24T19:00:00Z"', '"at": "2026-11-24T19:00"')
        )


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("", ""),
        ("https://status.example.org", "https://status.example.org/customers/"),
        ("https://status.example.org/", "https://status.example.org/customers/"),
        ("https://{audience}.example.org", "https://customers.example.org/"),
        ("http://127.0.0.1:8000/s/", "http://127.0.0.1:8000/s/customers/"),
    ],
)
def test_each_audience_has_its_address(link: str, address: str) -> None:
    assert address_of(link, "customers") == address


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "example.org", "/status", "https://", "https://u:p@example.org/",
        "https://example.org/?a=b", "https://example.org/#x", 'https://example.org/"x', "ftp://x/",
        "https://example.org/a b",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_folder_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="address of a status feed"):
        address_of(link, "customers")


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "http://[::1]/", "http://localhost/", ""])
def test_an_address_that_is_no_domain_names_nothing(address: str) -> None:
    feed = new_feed("x", "customers", address, fe.entry())
    assert feed.authority == "runbook-tui.invalid"
