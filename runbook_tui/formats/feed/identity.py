"""Names of a feed and of its entries that are the same for ever (RFC 4151), and its addresses."""

from __future__ import annotations

import re
from datetime import UTC
from urllib.parse import urlsplit

from msgspec import Struct

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.formats.feed.entries import anchor, one_line

PAGE, ATOM, JSON, MARKDOWN = "index.html", "feed.atom", "feed.json", "status.md"
"""The files of a feed, beside each other."""
NOBODY = "runbook-tui.invalid"
"""Names things where no address is known; RFC 2606 keeps it free."""
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,62}")


class Feed(Struct, frozen=True, kw_only=True):
    """One audience's feed. `authority` and `id` never change once the feed is there."""

    title: str
    audience: Audience
    authority: str
    id: str
    address: str = ""
    """Of the folder that its files stand in, with a slash at its end; empty where it is not known,
    and everything refers to the files beside it."""

    def entry_id(self, entry: FeedEntry) -> str:
        """The same for every audience, and for ever: ``tag:example.org,2026-11-24:RUN/3``."""
        return f"tag:{self.authority},{_date(entry)}:{anchor(entry.id)}"

    def entry_address(self, entry_id: str) -> str:
        """Of an entry on the page."""
        page = self.address or PAGE
        return f"{page}#{anchor(entry_id)}"


def new_feed(title: str, audience: Audience, address: str, first: FeedEntry) -> Feed:
    """The feed that begins with the entry `first`."""
    host = (urlsplit(address).hostname or "").lower()
    authority = host if _DOMAIN.fullmatch(host) else NOBODY
    return Feed(
        title=one_line(title),
        audience=audience,
        authority=authority,
        id=f"tag:{authority},{_date(first)}:feed/{audience}/{anchor(first.id)}",
        address=address,
    )


def address_of(link: str, audience: Audience) -> str:
    """The address of an audience's folder. `link` is that of the folder above it, or has
    ``{audience}`` where the name stands. Raises ValueError where it is no http address."""
    if not link:
        return ""
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the address of a status feed begins with https:// and ends with a folder")
    if parts.username is not None or re.search(r"[\s\x00-\x20\x7f<>\"\\^`|]", link):
        raise ValueError("the address of a status feed has no password, blank or quote in it")
    if "{audience}" in link:
        return link.replace("{audience}", audience).rstrip("/") + "/"
    return f"{link.rstrip('/')}/{audience}/"


def _date(entry: FeedEntry) -> str:
    return f"{entry.at.astimezone(UTC):%Y-%m-%d}"
