"""What the log stores, as plain data: a commit to be written, and a commit read back.

The git adapter moves these to and from a repository and knows nothing of runbooks; the commit
format (`runbook_tui.formats.commit`) turns decisions into them and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from runbook_tui.domain.pin import Pin
from runbook_tui.domain.text import safe_line


class Identity(Struct, frozen=True):
    """A person or program as git names them."""

    name: str
    email: str


class CommitDraft(Struct, frozen=True, kw_only=True):
    """One commit to append to a run's branch."""

    message: str
    """Subject, body and trailers, clean of control characters, ending in a newline."""
    author: Identity
    committer: Identity
    when: datetime
    """Aware; both dates of the commit."""
    files: Mapping[str, bytes] = {}
    """Files to add to the tree or to replace in it, by slash-separated path."""


class StoredCommit(Struct, frozen=True, kw_only=True):
    """One commit read from a run's branch."""

    id: str
    parents: tuple[str, ...]
    tree: str
    message: str
    author: Identity
    committer: Identity
    author_time: int
    """Seconds since 1970, UTC."""
    committer_time: int


class LogFailure(Exception):  # noqa: N818 - it is read as the sentence it stands for
    """The log could not be read or written. Nothing that was acknowledged is affected."""

    message: str
    """What happened."""
    unharmed: str
    """What is safe all the same."""
    hint: str
    """What to do next."""


class LostRaceError(Exception):
    """Another writer moved the branch first: look again, then decide again."""


class BrokenLogError(Exception):
    """A log that cannot be folded: it names the commit and says why."""


class LogGoneError(LogFailure):
    """The run's branch was there and is not any more."""

    def __init__(self, run: str) -> None:
        super().__init__(run)
        self.message = f"The log of run {run} is gone: its branch is no longer in the repository."
        self.unharmed = "Nothing was decided. What was recorded is wherever the branch still is."
        self.hint = "See whether the repository was moved or unmounted; put it back, then decide."


class Who(Struct, frozen=True):
    """The person at this terminal and the git identity that runs the program."""

    name: str
    committer: Identity

    def email_of(self, name: str) -> str:
        """The address for an author: git's own for git's own name, else one that claims."""
        if name == self.committer.name:
            return self.committer.email
        return f"{safe_line(name).replace(' ', '.')}@claimed.invalid"


def pinned_path(pin: Pin, path: str) -> str:
    """Where a pinned file lies in the log's tree."""
    return f"runbook/{pin.digest[:12]}/{path}"
