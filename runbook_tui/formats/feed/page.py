"""The feed as one page that needs nothing but itself.

Its style and its script are constants, named by their hashes in the page's policy: whatever a text
of an entry says, nothing else is ever run. The page is a function of its entries alone, so writing
it again changes no byte; what depends on the clock is the script's.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed.entries import cleaned, corrections, in_order, one_line
from runbook_tui.formats.feed.identity import ATOM, JSON, MARKDOWN, Feed
from runbook_tui.formats.feed.page_parts import article, now, open_runs
from runbook_tui.formats.feed.wording import FOR_WHOM, REHEARSAL, STATES, day

MARK = '<meta name="generator" content="runbook-tui">'
"""By which the page is known as one of ours."""


def page(feed: Feed, entries: Sequence[FeedEntry], *, older: bool = False) -> str:
    """A whole HTML document, newest entry first. `older`: whether the Markdown file has more.

    Raises ValueError where there is no entry, or a time has no zone.
    """
    found = in_order(cleaned(entry) for entry in entries)
    if not found:
        raise ValueError("a status page without entries has no state to show")
    title = one_line(feed.title)
    state = STATES[open_runs(found)[0].kind]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            *_head(title, state),
            "<body>",
            *_header(feed, title),
            "<main>",
            *_content(found),
            "</main>",
            *_footer(older),
            # Announced to whoever does not see the page; it has to be there before it speaks.
            '<div id="page:news" class="spoken" role="status" aria-live="polite"></div>',
            f"<script>{_script()}</script>",
            "</body>",
            "</html>\n",
        ]
    )


def _head(title: str, state: str) -> Iterator[str]:
    policy = (
        f"default-src 'none'; script-src '{_digest(_script())}'; style-src '{_digest(_style())}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield MARK
    yield f"<title>{state}: {escape(title)}</title>"
    # Empty: else browsers ask every server for one.
    yield '<link rel="icon" href="data:,">'
    yield f'<link rel="alternate" type="application/atom+xml" title="Atom" href="{ATOM}">'
    yield f'<link rel="alternate" type="application/feed+json" title="JSON Feed" href="{JSON}">'
    yield f'<link rel="alternate" type="text/markdown" title="Markdown" href="{MARKDOWN}">'
    yield f"<style>{_style()}</style>"
    yield "</head>"


def _header(feed: Feed, title: str) -> Iterator[str]:
    yield "<header>"
    yield f'<h1 dir="auto">{escape(title)}</h1>'
    if FOR_WHOM[feed.audience]:
        yield f'<p class="for-whom">{FOR_WHOM[feed.audience]}</p>'
    yield '<p class="freshness" id="page:freshness">'
    yield '<span id="page:as-of">Without scripting, this page neither refreshes itself nor says'
    yield "when an update is overdue.</span>"
    yield '<button type="button" id="page:pause" hidden>Pause refreshing</button>'
    yield '<a href="">Reload</a>'
    yield "</p>"
    yield "</header>"


def _content(found: Sequence[FeedEntry]) -> Iterator[str]:
    """What is replaced when the feed has grown."""
    by_id: Mapping[str, FeedEntry] = {entry.id: entry for entry in found}
    corrected_by = corrections(found)
    yield f'<div id="page:content" data-form="{_form()}">'
    current = open_runs(found)
    if current[0].rehearsal:
        yield f'<p class="rehearsal">{REHEARSAL}.</p>'
    for number, entry in enumerate(current, 1):
        yield from now(entry, number)
    for name, of_day in groupby(reversed(found), lambda entry: day(entry.at)):
        yield f'<h2 class="day">{name} <small>(UTC)</small></h2>'
        for entry in of_day:
            corrects = by_id.get(entry.corrects)
            yield from article(entry, corrects, corrected_by.get(entry.id, ()))
    yield "</div>"


def _footer(older: bool) -> Iterator[str]:
    yield "<footer>"
    if older:
        yield f'<p>Older updates are in <a href="{MARKDOWN}">{MARKDOWN}</a></p>'
    yield "<p>To be told of new updates, subscribe to a feed:</p>"
    yield f'<p><a href="{ATOM}">Atom</a> <a href="{JSON}">JSON Feed</a>'
    yield f'<a href="{MARKDOWN}">All updates as text</a></p>'
    yield "</footer>"


@cache
def _style() -> str:
    return (files(__package__) / "page.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    return (files(__package__) / "page.js").read_text(encoding="utf-8")


@cache
def _form() -> str:
    """Another one where the script and style of an open page are not those of the new content."""
    return hashlib.sha256((_style() + _script()).encode()).hexdigest()[:12]


def _digest(text: str) -> str:
    """As a Content Security Policy names an inline block."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
