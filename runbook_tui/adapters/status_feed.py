"""Writes the status feed: for each audience one folder with a page, Atom, JSON and Markdown.

It is given what the log says and only adds: entries of other runs that are in the folder stay.
``status.md`` is written first and the page last, each file whole, so whoever reads or is killed at
any moment finds whole files, and publishing again completes what is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runbook_tui.adapters.feed_folder import FeedError, FeedFolder, opened
from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.formats.feed import append_only, json_feed
from runbook_tui.formats.feed.append_only import EditedError
from runbook_tui.formats.feed.atom import atom
from runbook_tui.formats.feed.entries import anchor, cleaned, fingerprint, in_order, one_line
from runbook_tui.formats.feed.identity import (
    ATOM,
    JSON,
    MARKDOWN,
    PAGE,
    Feed,
    address_of,
    new_feed,
)
from runbook_tui.formats.feed.page import MARK, page

__all__ = ["KEPT", "FeedError", "StatusFeed"]

KEPT = 200
"""Entries on the page, in Atom and in JSON; ``status.md`` keeps all."""
_RIGHTS: dict[Audience, int] = {"customers": 0o755, "executives": 0o750, "internal": 0o750}
"""Of a folder that is made, customers' first. Who reads the others is for people to say."""
_OURS = {PAGE: MARK.encode(), ATOM: b">runbook-tui</generator>"}
"""What a file has to have in it to be overwritten: it may be another program's."""


@dataclass(frozen=True)
class StatusFeed:
    """A status feed in a folder.

    `link` is the address that the folder is read at, for feeds that want whole addresses: each
    audience is below it, or where ``{audience}`` stands in it. Raises ValueError where it is no
    http address.
    """

    folder: Path
    title: str
    link: str = ""
    patience: float = field(default=10.0, kw_only=True)
    """Seconds to wait for another program that publishes."""

    def __post_init__(self) -> None:
        address_of(self.link, "customers")

    def publish(self, entries: Sequence[FeedEntry]) -> None:
        """Publishes all entries of a run so far, of all audiences.

        The same entries again change no byte. Blocks: not for an event loop. Raises FeedError,
        after doing what can be done for each audience, and ValueError where a time has no zone.

        Where ``status.md`` was edited it is left as it is, neither repaired nor added to, for only
        people can know which of both is right; page, Atom and JSON are brought up to date, for
        their readers are waiting, and then FeedError tells. An older state of it, as out of a
        backup, is completed. An update that says something else than was published under its id is
        not published at all: a correction is a new update.
        """
        told = [cleaned(entry) for entry in entries]
        if not told:
            return
        failed: list[FeedError] = []
        with opened(self.folder) as base, base.locked(self.patience):
            for audience, rights in _RIGHTS.items():
                chosen = [entry for entry in told if entry.audience == audience]
                if not chosen:
                    continue
                try:
                    with base.inside(audience, rights) as folder:
                        self._publish(folder, audience, chosen)
                except FeedError as error:
                    failed.append(error)
        if failed:
            raise FeedError("; ".join(map(str, failed))) from failed[0]

    def _publish(self, folder: FeedFolder, audience: Audience, told: list[FeedEntry]) -> None:
        folder.sweep()
        _not_others(folder)
        before = folder.read(JSON)
        feed, known = _known(before, audience)
        _not_mixed(known, told, audience)
        entries = in_order({entry.id: entry for entry in (*known, *told)}.values())
        address = address_of(self.link, audience)
        if feed is None:
            feed = new_feed(self.title, audience, address, entries[0])
        else:
            feed = msgspec.structs.replace(feed, title=one_line(self.title), address=address)

        trouble, length = "", len(entries)
        try:
            data, length = self._grown(folder.read(MARKDOWN), entries, told, audience)
            folder.replace(MARKDOWN, data)
        except EditedError:
            trouble = (
                f"{audience}/{MARKDOWN} was edited and is left as it is; put it back as it was, or "
                "move it away to have it written anew (page and feeds are up to date)"
            )
        kept = entries[-KEPT:]
        folder.replace(JSON, json_feed.encode(feed, kept).encode())
        folder.replace(ATOM, atom(feed, kept).encode())
        folder.replace(PAGE, page(feed, kept, older=length > len(kept)).encode())
        folder.sync()
        if trouble:
            raise FeedError(trouble)

    def _grown(
        self,
        data: bytes | None,
        entries: Sequence[FeedEntry],
        told: Sequence[FeedEntry],
        audience: Audience,
    ) -> tuple[bytes, int]:
        """``status.md`` with what it lacks, and the number of its entries. Raises EditedError."""
        if data is None:
            data = append_only.begin(self.title)
        there = dict(append_only.read(data))
        said = dict(there)
        for entry in told:
            if said.setdefault(anchor(entry.id), fingerprint(entry)) != fingerprint(entry):
                raise FeedError(
                    f"update {entry.id} to {audience} is published with another text; nothing was "
                    "changed, since what was told is corrected by a new update only"
                )
        for entry in entries:
            if anchor(entry.id) not in there:
                data = append_only.append(data, entry)
                there[anchor(entry.id)] = fingerprint(entry)
        return data, len(there)


def _known(data: bytes | None, audience: Audience) -> tuple[Feed | None, tuple[FeedEntry, ...]]:
    """The feed in the folder and its entries."""
    if data is None:
        return None, ()
    with contextlib.suppress(ValueError):
        feed, entries = json_feed.decode(data)
        if feed.audience == audience:
            return feed, tuple(map(cleaned, entries))
    raise FeedError(
        f"{audience}/{JSON} is not as this program writes it; nothing was changed there, move it "
        "away to begin anew"
    )


def _not_others(folder: FeedFolder) -> None:
    for name, mark in _OURS.items():
        data = folder.read(name)
        if data is not None and mark not in data:
            raise FeedError(
                f"{folder.name}/{name} was not written by this program; nothing was changed there"
            )


def _not_mixed(known: Sequence[FeedEntry], told: Sequence[FeedEntry], audience: Audience) -> None:
    """A rehearsal is not told to people who wait for the real thing."""
    if any(entry.rehearsal for entry in told) and not all(entry.rehearsal for entry in known):
        raise FeedError(
            f"{audience}: a rehearsal is not published where live updates are; give it a folder "
            "of its own"
        )
