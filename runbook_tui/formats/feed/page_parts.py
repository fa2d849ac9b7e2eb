"""Parts of the status page: how it stands now, and one entry. What is foreign is escaped here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.messages.remarks import LAST, Kind
from runbook_tui.formats.feed.entries import anchor, paragraphs, stamp
from runbook_tui.formats.feed.wording import REHEARSAL, STATES, date, hour, when

FORGOTTEN = timedelta(days=1)
"""A run that said nothing for so long before the newest entry is not shown beside its run, even
where it never said its last word."""
_TONES: dict[Kind, str] = {"delay": "warn", "rollback": "bad", "done": "good", "post-watch": "good"}


def open_runs(found: Sequence[FeedEntry]) -> tuple[FeedEntry, ...]:
    """The newest entry of all, then those of other runs that are not over. Entries are oldest
    first; a rehearsal is shown only where there is nothing else."""
    real = [entry for entry in found if not entry.rehearsal] or found
    newest = {entry.run: entry for entry in real}
    first = real[-1]
    others = [
        entry
        for entry in newest.values()
        if entry.run != first.run and entry.kind not in LAST and first.at - entry.at < FORGOTTEN
    ]
    return (first, *sorted(others, key=lambda entry: entry.at, reverse=True))


def now(entry: FeedEntry, number: int) -> Iterator[str]:
    """How a run stands after its newest entry. `number`: which of these it is on the page."""
    tone = f" {_TONES[entry.kind]}" if entry.kind in _TONES else ""
    yield f'<section class="now{tone}" aria-labelledby="page:state-{number}">'
    yield f'<h2 id="page:state-{number}">{STATES[entry.kind]}</h2>'
    link = f'<a href="#{anchor(entry.id)}">{escape(entry.title)}</a>'
    yield f'<p class="headline" dir="auto">{link}</p>'
    yield "<dl>"
    last = _time(entry.at, f"{date(entry.at)}, {hour(entry.at)}")
    yield f"<dt>Last update</dt><dd>{last}</dd>"
    due = entry.next_update
    if due is not None:
        words = when(due, entry.at)
        yield f"<dt>Next update by</dt><dd>{_time(due, words)}</dd>"
    elif entry.kind in LAST:
        yield "<dt>Next update</dt><dd>none is planned</dd>"
    yield "</dl>"
    if due is not None and entry.kind not in LAST:
        yield f'<p class="overdue" data-due="{stamp(due)}" hidden>An update was due at'
        yield f'{_time(due, when(due, entry.at))}<span class="missing"> and is not here yet</span>.'
        yield '<span class="unknown">It may be there: this page was not refreshed since.</span></p>'
    yield "</section>"


def article(
    entry: FeedEntry, corrects: FeedEntry | None, corrected_by: Sequence[FeedEntry]
) -> Iterator[str]:
    """One entry. `corrects`: the entry that it corrects, where that is on the page."""
    place = anchor(entry.id)
    yield f'<article id="{place}" aria-labelledby="page:title:{place}">'
    yield f'<h3 id="page:title:{place}" dir="auto">{escape(entry.title)}</h3>'
    yield '<p class="meta">'
    yield f'<span class="state">{STATES[entry.kind]}</span>'
    yield f'<a href="#{place}">{_time(entry.at, hour(entry.at))}</a>'
    if entry.next_update is not None:
        due = _time(entry.next_update, when(entry.next_update, entry.at))
        yield f"<span>Next update by {due}</span>"
    yield "</p>"
    if entry.rehearsal:
        yield f'<p class="note">{REHEARSAL}.</p>'
    for later in corrected_by:
        yield f'<p class="note">Corrected by {_link(later, entry)}.</p>'
    if corrects is not None:
        yield f'<p class="note">Corrects {_link(corrects, entry)}.</p>'
    elif entry.corrects:
        yield f'<p class="note">Corrects the earlier update {escape(entry.corrects)}.</p>'
    for part in paragraphs(entry.text):
        yield f'<p class="text" dir="auto">{escape(part)}</p>'
    yield f'<p class="id">Update {escape(entry.id)}</p>'
    yield "</article>"


def _link(other: FeedEntry, entry: FeedEntry) -> str:
    at = _time(other.at, when(other.at, entry.at))
    return f'<a href="#{anchor(other.id)}">the update of {at}</a>'


def _time(moment: datetime, words: str) -> str:
    """What the script adds the reader's own time to."""
    return f'<time datetime="{stamp(moment)}">{words}</time>'
