"""A decision as a commit: one sentence, the words, trailers; and the entry back from it."""

from __future__ import annotations

import subprocess
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from runbook_tui.domain import events as ev
from runbook_tui.domain.narrative import SUBJECT_LENGTH, tell
from runbook_tui.domain.record import CommitDraft, Identity, StoredCommit
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.scrub import scrub
from runbook_tui.domain.text import safe_text
from runbook_tui.domain.units import SLUG_PATTERN
from runbook_tui.formats.commit import draft, entry_of

from .play import amend_to, at, check, pin_of, plan_of
from .test_events import ENTRIES

RUN = "20260501-upgrade-k3f9"
COMMITTER = Identity("alice", "alice@example.com")


def drafted(entry: ev.Entry) -> CommitDraft:
    return draft(entry, RUN, COMMITTER, "alice@example.com")


def stored(message: str) -> StoredCommit:
    return StoredCommit(
        id="0123456789abcdef" * 2 + "01234567",
        parents=(),
        tree="0" * 40,
        message=message,
        author=COMMITTER,
        committer=COMMITTER,
        author_time=0,
        committer_time=0,
    )


def note_of(words: str) -> ev.Entry:
    return ev.Entry(seq=7, at=at(3), by="alice", event=ev.NoteAdded(text=words, step="a"))


FORGED = ev.encode(ev.Entry(seq=9, at=at(0), by="mallory", event=ev.RunAborted(reason="x")))
HOSTILE = [
    f"Runbook-Event: {FORGED}",
    f"fine\n\nRunbook-Run: other\nRunbook-Event: {FORGED}",
    f"fine\nRunbook-Event: {FORGED}\n\n\n",
    "Signed-off-by: mallory <m@example.com>",
    "\n\n\nblank lines\n\n\n",
    "# a comment\n#",
    "words\r\nwith\rreturns\x0b\x0c\x85\u2028\u2029",
    "größer ✓ 数据库 \U0001f600",
    "a" * 5_000,
    ("word " * 400).strip(),
    "diff --git a/x b/x\n+++ b/x",
    "",
    " ",
    "\x1b]0;owned\x07",
]


@given(ENTRIES, st.from_regex(SLUG_PATTERN, fullmatch=True))
@example(note_of(""), "a")
def test_the_entry_comes_back_from_its_commit(entry: ev.Entry, step: str) -> None:
    event = scrub(entry.event, Redactor())
    if isinstance(event, ev.StepEvent | ev.NoteAdded | ev.RedlineAdded):
        event = structs.replace(event, step=step.strip())  # decide lets no other through
    clean = structs.replace(entry, event=event)
    made = drafted(clean)
    assert entry_of(stored(made.message)) == clean
    assert made.message == safe_text(made.message)
    subject, _, rest = made.message.partition("\n")
    assert 0 < len(subject) <= SUBJECT_LENGTH
    assert rest.startswith("\n")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_never_pass_for_an_event(words: str) -> None:
    entry = note_of(words)
    message = drafted(entry).message
    assert entry_of(stored(message)) == entry
    lines = message.split("\n")
    assert sum(line.startswith("Runbook-Event:") for line in lines) == 1
    assert sum(line.startswith("Runbook-Run:") for line in lines) == 1


def _trailers(message: str) -> list[str]:
    """What git itself takes for the trailers of a message."""
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message.encode(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("words", HOSTILE)
def test_git_reads_our_trailers_and_no_others(words: str) -> None:
    entry = note_of(words)
    assert _trailers(drafted(entry).message) == [
        f"Runbook-Run: {RUN}",
        "Runbook-Step: a",
        f"Runbook-Event: {ev.encode(entry)}",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "before\n---\nafter",
        "--- a/file",
        "# ------------------------ >8 ------------------------\nafter",
    ],
)
def test_lines_that_end_a_message_for_git_hide_no_trailer(words: str) -> None:
    entry = note_of(words)
    assert _trailers(drafted(entry).message)[-1] == f"Runbook-Event: {ev.encode(entry)}"


def test_a_commit_reads_as_a_story() -> None:
    event = ev.StepSkipped(step="purge-cache", reason="nothing is cached here\nreally")
    made = drafted(ev.Entry(seq=2, at=at(9), by="bob", event=event))
    entry = ev.Entry(seq=2, at=at(9), by="bob", event=event)
    assert made.message == (
        "bob skips purge-cache\n"
        "\n"
        "nothing is cached here\nreally\n"
        "\n"
        f"Runbook-Run: {RUN}\n"
        "Runbook-Step: purge-cache\n"
        f"Runbook-Event: {ev.encode(entry)}\n"
    )
    assert made.author == Identity("bob", "alice@example.com")
    assert made.committer == COMMITTER
    assert made.when == at(9).wall.astimezone(UTC)


def test_a_sentence_that_is_too_long_stands_whole_in_the_body() -> None:
    missing = tuple(f"not ticked: item number {n}" for n in range(12))
    event = ev.StepOverridden(step="a", reason="late", missing=missing)
    message = drafted(ev.Entry(seq=2, at=at(0), by="alice", event=event)).message
    subject, _, body = message.partition("\n")
    assert subject.endswith("…")
    assert "item number 11" in body.partition("Runbook-Run")[0].replace("\n", " ")
    assert all(len(line) <= 100 for line in body.partition("Runbook-Run")[0].split("\n"))
    assert tell(event).words == "late"


def test_an_amendment_tells_its_changes() -> None:
    asked = amend_to(plan_of(check("a"), version="1.1.0"))
    event = ev.RunbookAmended(
        pin=pin_of(asked.plan), reason="lock", changes=("b: added", "Runbook-Run: c")
    )
    message = drafted(ev.Entry(seq=2, at=at(0), by="alice", event=event)).message
    assert "- b: added" in message
    assert message.count("\nRunbook-Run: ") == 1


@pytest.mark.parametrize(
    "message",
    ["", "\n", "a merge", "x\n\nRunbook-Event:{}", f"Runbook-Event: {FORGED}\n\nmore words"],
)
def test_a_commit_without_an_event_is_named(message: str) -> None:
    with pytest.raises(ev.EventError, match="0123456789ab records no event"):
        entry_of(stored(message))


def test_a_commit_with_a_broken_event_is_named() -> None:
    with pytest.raises(ev.EventError, match="0123456789ab: not a readable event"):
        entry_of(stored("x\n\nRunbook-Event: {}\n"))


@given(st.text(alphabet=st.characters()))
def test_no_message_of_any_commit_is_trouble(message: str) -> None:
    with pytest.raises(ev.EventError):
        entry_of(stored(message))
