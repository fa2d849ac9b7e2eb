"""A log in memory that dies with its program: commits as git has them, without git.

That a real one loses nothing of what it acknowledged is tested with real repositories.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runbook_tui.domain.record import CommitDraft, LostRaceError, StoredCommit

from .world import KilledError


@dataclass
class Branch:
    """What outlives the program."""

    commits: list[StoredCommit] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


class MemoryLog:
    """The branch as one program sees it. Dies once `left` more appends were made, with the last
    one stored or not."""

    id = "r"

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self.left: int | None = None
        self.after = False
        self.head: str | None = self.current()

    def append(self, drafts: Sequence[CommitDraft], expected: str | None) -> tuple[str, ...]:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                if self.after:
                    self._append(drafts, expected)
                raise KilledError
        return self._append(drafts, expected)

    def _append(self, drafts: Sequence[CommitDraft], expected: str | None) -> tuple[str, ...]:
        if self.current() != expected:
            raise LostRaceError
        ids = []
        for draft in drafts:
            ids.append(f"{len(self._branch.commits):040d}")
            self._branch.files |= dict(draft.files)
            self._branch.commits.append(
                StoredCommit(
                    id=ids[-1],
                    parents=(),
                    tree="",
                    message=draft.message,
                    author=draft.author,
                    committer=draft.committer,
                    author_time=0,
                    committer_time=0,
                )
            )
        self.head = ids[-1]
        return tuple(ids)

    def moved(self) -> bool:
        self.head = self.current()
        return False

    def current(self) -> str | None:
        return self._branch.commits[-1].id if self._branch.commits else None

    def read(self, since: str | None = None) -> Iterator[StoredCommit]:
        yield from self._branch.commits[int(since) + 1 if since else 0 :]

    def file(self, path: str, commit: str | None = None) -> bytes:
        try:
            return self._branch.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None
