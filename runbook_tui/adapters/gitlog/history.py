"""Reading a run's commits in order, oldest first, without holding them all in memory."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.adapters.gitlog import loose, process
from runbook_tui.adapters.gitlog.encoding import OBJECT_ID, read_commit
from runbook_tui.adapters.gitlog.errors import BrokenObject
from runbook_tui.adapters.gitlog.layout import Layout
from runbook_tui.adapters.gitlog.reader import end, next_or_end
from runbook_tui.domain.record import StoredCommit

LOOSE_IN_PROCESS = 500
"""So many of the newest commits are read here, if they are loose; git reads the others."""


def commits(layout: Layout, head: str, since: str | None) -> Iterator[StoredCommit]:
    """The commits after `since` (or all) up to `head`, along first parents, oldest first.

    The newest are mostly loose and read in process, at some 30 µs each; the first one that is
    packed, and all before it, come streaming out of git, whose start costs some milliseconds.
    Each object's hash is checked on the way. Raises BrokenObject where one is missing or damaged,
    and where `since` is not among the ancestors of `head`.
    """
    newest: list[StoredCommit] = []
    rest: str | None = head
    while rest and rest != since and len(newest) < LOOSE_IN_PROCESS:
        found = loose.read(layout, rest)
        if found is None:
            break
        commit = _commit(rest, *found)
        newest.append(commit)
        rest = commit.parents[0] if commit.parents else None
    if rest and rest != since:
        yield from _through_git(layout, rest, since)
    elif since and rest != since:
        raise _not_an_ancestor(head, since)
    newest.reverse()
    yield from newest


def _through_git(layout: Layout, head: str, since: str | None) -> Iterator[StoredCommit]:
    """As `commits`, by one `git rev-list` whose ids go to one `git cat-file --batch`.

    Not `git log`: it would show messages re-encoded and trimmed, whose hash nobody could check.
    """
    span = [head, f"^{since}"] if since else [head]
    lister = process.start(
        layout.common_dir, ["rev-list", "--first-parent", "--reverse", *span, "--"]
    )
    reader = None
    try:
        reader = process.start(
            layout.common_dir, ["cat-file", "--batch", "--buffer"], stdin=lister.stdout
        )
        previous = since
        while (found := next_or_end(reader)) is not None:
            commit = _commit(*found)
            if commit.parents[:1] != ((previous,) if previous else ()):
                if since and previous == since:
                    raise _not_an_ancestor(head, since)
                raise _cut_off(commit)
            previous = commit.id
            yield commit
        if previous != head:
            said = process.complaint(lister.stderr.read()) if lister.stderr else ""
            if since and previous == since:
                raise _not_an_ancestor(head, since)
            named = OBJECT_ID.search(said)
            raise BrokenObject(
                named[0] if named else head, f"could not be read: {said or 'git ended early'}"
            )
    finally:
        end(lister)
        if reader:
            end(reader)


def _commit(oid: str, kind: str, data: bytes) -> StoredCommit:
    if kind != "commit":
        raise BrokenObject(oid, f"is a {kind} where a commit should be")
    return read_commit(oid, data)


def _not_an_ancestor(head: str, since: str) -> BrokenObject:
    return BrokenObject(
        head,
        f"does not descend from {since}, which was read before: the branch was rewritten",
        hint="Somebody moved the branch by hand. Read the run anew, and ask who did it and why: "
        f"`git log {since}` still shows what was there.",
    )


def _cut_off(commit: StoredCommit) -> BrokenObject:
    return BrokenObject(
        commit.id,
        "is the oldest decision that is here, but not the first of its run",
        hint="This looks like a shallow clone: `git fetch --unshallow` brings the rest.",
    )
