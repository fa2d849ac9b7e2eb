"""A decision as a git commit, and back.

Subject: one sentence, with who and what. Body: the words that were said. Trailers for machines:

    Runbook-Run: 2026-11-23-full-upgrade-k3f9
    Runbook-Step: migrate-schema
    Runbook-Clocks: buffer 41m left · ends 20:12Z (80 %) · decide by 20:47Z
    Runbook-Event: {"v":1,"seq":14,…}

The event's JSON is the only thing read back; everything else is for people and for `git log`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from runbook_tui.domain.events import Entry, EventError, decode, encode
from runbook_tui.domain.figures import Figures
from runbook_tui.domain.narrative import SUBJECT_LENGTH, clocks, sentence, tell
from runbook_tui.domain.record import CommitDraft, Identity, StoredCommit
from runbook_tui.domain.text import safe_line, safe_text

_EVENT = "Runbook-Event: "
_NOT_WORDS = ("Runbook-", "---", "#")


def draft(
    entry: Entry,
    run: str,
    committer: Identity,
    email: str,
    files: Mapping[str, bytes] | None = None,
) -> CommitDraft:
    """The commit for an entry. Its author is who decided, with the address `email`."""
    told = tell(entry.event)
    whole = safe_line(sentence(entry))
    subject = safe_line(whole, SUBJECT_LENGTH)
    body = []
    if subject != whole:
        body.append(textwrap.fill(whole, 100))
    if told.words:
        body.append(_protect(safe_text(told.words)))
    body.extend(_protect(f"- {change}") for change in getattr(entry.event, "changes", ()))
    trailers = [f"Runbook-Run: {run}"]
    step = getattr(entry.event, "step", None)
    if step:
        trailers.append(f"Runbook-Step: {step}")
    if isinstance(entry.figures, Figures):
        trailers.append(f"Runbook-Clocks: {clocks(entry.figures)}")
    trailers.append(_EVENT + encode(entry))
    parts = [subject, *body, "\n".join(trailers)]
    return CommitDraft(
        message="\n\n".join(parts) + "\n",
        author=Identity(entry.by, email),
        committer=committer,
        when=entry.at.wall,
        files=files or {},
    )


def _protect(words: str) -> str:
    """Words in a body never look like our trailers, nor like the lines that end a message for
    git (``---`` begins a patch, ``# --- >8 ---`` what an editor cuts off): those are indented.
    """
    return "\n".join(
        f"  {line}" if line.startswith(_NOT_WORDS) else line for line in words.split("\n")
    )


def entry_of(commit: StoredCommit) -> Entry:
    """The entry that a commit records.

    Raises EventError, naming the commit, where it records none or one that cannot be read.
    """
    line = commit.message.rstrip("\n").rpartition("\n")[2]
    if not line.startswith(_EVENT):
        raise EventError(f"commit {commit.id[:12]} records no event")
    try:
        return decode(line[len(_EVENT) :])
    except EventError as error:
        raise EventError(f"commit {commit.id[:12]}: {error}") from error
