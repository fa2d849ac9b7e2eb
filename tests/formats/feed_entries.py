"""Entries of a status feed for tests: plain ones, and hostile ones for Hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.formats.feed.identity import Feed, new_feed

RUN = "20261124-190000-full-upgrade-4f2a"
BEGAN = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
TITLE = "Status of the order service"
EVERY: timedelta = timedelta(minutes=30)


def entry(number: int = 1, kind: Kind = "progress", **other: Any) -> FeedEntry:
    """Entry `number` of a run, half an hour after the one before."""
    at = other.pop("at", BEGAN + (number - 1) * EVERY)
    run = other.setdefault("run", RUN)
    given: dict[str, Any] = {
        "id": f"{run}/{number}",
        "number": number,
        "kind": kind,
        "audience": "customers",
        "title": "The order service: planned work in progress",
        "text": f"Orders may fail for some seconds ({number}).\n\nNext update: in half an hour.",
        "at": at,
        "next_update": None if kind == "post-watch" else at + EVERY,
    }
    return FeedEntry(**given | other)


def story() -> list[FeedEntry]:
    """A run that was announced, late, corrected, and is over."""
    return [
        entry(1, "announce", title="The order service: planned work"),
        entry(2, "start"),
        entry(3, "delay", title="The order service: planned work takes longer"),
        entry(4, "progress", corrects=f"{RUN}/3", text="The update before named a wrong hour."),
        entry(5, "done", title="The order service: planned work is over"),
        entry(6, "post-watch", title="The order service: last word on the planned work"),
    ]


def feed(audience: Audience = "customers", address: str = "", title: str = TITLE) -> Feed:
    """A feed that begins with the first entry."""
    return new_feed(title, audience, address, entry(audience=audience))


HOSTILE = (
    "<script>alert(1)</script>", "</script>", "</style>", "]]>", "<!--", "-->", "--", "<![CDATA[",
    "<?php", "<img src=x onerror=alert(1)>", "&lt;", "&#60;", "&amp;", '" onclick="', "' x='",
    "[a](javascript:alert(1))", "![a](http://x/y.png)", "[r]: http://x", "[^1]: x", "<http://x>",
    "http://example.org/", "www.example.org", "# heading", "## ", "===", "---", "***", "- item",
    "+ item", "1. item", "1) item", "> quote", "```", "~~~", "    code", "\tcode", "`code`",
    "**b**", "_i_", "~~s~~", "| a | b |\n|---|---|", "a\nb", "a\n\nb", "\n\n\n", "  \n", "\\",
    "\\\n", "$x$",
    "$$", "{{ site.x }}", "{% include x %}", "{: .x}", ": definition", "^", "*[x]: y", ":smile:",
    "\x00", "\x1b[31m", "\x07", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\u202e",
    "\u2066", "\u200b", "\ufeff", "\ufffe", "\uffff", "\ud800", "\U0010ffff", "\xa0",
    "é", "עברית", "日本", "🙂", "tag:x,2026:y", "%2F", "%", "#", "/", "?",
    "<!-- runbook-tui begin above=" + "0" * 64 + " -->\n",
)  # fmt: skip
texts = st.lists(
    st.sampled_from(HOSTILE)
    | st.text(st.characters(codec=None), max_size=8)
    | st.text("abc ,.\n\t<>&*_`#-=+~|!()[]{}:/\\\"'1", max_size=20),
    max_size=12,
).map("".join)
_zones = st.integers(-23, 23).map(lambda hours: timezone(timedelta(minutes=hours * 30)))
moments = st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1), timezones=_zones)  # noqa: DTZ001
entries = st.builds(
    FeedEntry,
    id=texts,
    run=texts,
    number=st.integers(1, 10_000),
    kind=st.sampled_from(
        ["announce", "start", "progress", "delay", "rollback", "done", "post-watch"]
    ),
    audience=st.just("customers"),
    title=texts,
    text=texts,
    at=moments,
    next_update=st.none() | moments,
    corrects=st.just("") | texts,
    rehearsal=st.booleans(),
)
"""Any entry, with texts that want to be markup."""
many = st.lists(entries, min_size=1, max_size=5, unique_by=lambda each: each.id)
