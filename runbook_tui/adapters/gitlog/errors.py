"""What can go wrong with the log, said for somebody who is tired and in the middle of a change."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from runbook_tui.domain.record import LogFailure, LostRaceError

_WHAT = {
    errno.ENOSPC: ("the disk is full", "Free some space there, then decide again."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space there, then decide again."),
    errno.EROFS: (
        "the file system is read-only",
        "Mount it writable (a disk error may have made it read-only: look at dmesg), "
        "or name another repository with --log.",
    ),
    errno.EIO: (
        "the disk reported an input/output error",
        "Do not trust this disk: look at dmesg, and copy the repository elsewhere.",
    ),
    errno.ENOENT: (
        "a folder that was there has vanished",
        "See whether the repository was moved, deleted or unmounted.",
    ),
    errno.ENOTDIR: (
        "a file is where a folder should be",
        "See whether the repository was replaced by something else.",
    ),
    errno.EACCES: (
        "this user may not do that there",
        "Give this user the right to write there, or name another repository with --log.",
    ),
    errno.EMFILE: (
        "this program has too many files open",
        "Raise the limit (ulimit -n), then decide again.",
    ),
    errno.ENFILE: ("this machine has too many files open", "Close something, then decide again."),
    errno.ESTALE: (
        "the network file system lost the folder",
        "Mount it again, then decide again.",
    ),
}
_WHAT[errno.EPERM] = _WHAT[errno.EACCES]


class LogError(LogFailure):
    """The log could not do what was asked.

    `message` says what happened and where, `unharmed` what is still as it was, `hint` what to do
    next. All three are plain text; they may quote a path, so a terminal gets them cleaned.
    """

    def __init__(self, message: str, *, unharmed: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.unharmed = unharmed
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.unharmed, self.hint) if part)


class NotARepository(LogError):  # noqa: N818 - read as the sentence it stands for
    """There is no git repository at the place that was named."""


class UnsupportedRepository(LogError):  # noqa: N818
    """A git repository in a format that this program does not write (SHA-256, reftable)."""


class LostRace(LogError, LostRaceError):  # noqa: N818
    """Somebody else appended first. Nothing was written to the branch: read on, decide again.

    `expected` and `actual` are commit ids; None means "no such branch".
    """

    def __init__(self, run_id: str, expected: str | None, actual: str | None) -> None:
        super().__init__(
            f"Somebody else wrote to runs/{run_id} first: "
            f"it is at {actual or 'nothing'}, not at {expected or 'nothing'}.",
            unharmed="Their decision is in the log; yours is not.",
            hint="Look at what they decided, then decide again.",
        )
        self.expected = expected
        self.actual = actual


class LockHeld(LogError):  # noqa: N818
    """Another process keeps the branch locked. `owner` is its process id where it is known."""

    def __init__(self, path: Path, owner: int | None, age: float) -> None:
        who = f"process {owner}" if owner else "another program, such as git,"
        super().__init__(
            f"{path} is held by {who} for {age:.0f} s already.",
            unharmed="Nothing was written.",
            hint=(
                f"See what process {owner} does; once it has ended the lock opens by itself."
                if owner
                else "If no git command is at work in this repository, delete that file."
            ),
        )
        self.path = path
        self.owner = owner


class StorageFailed(LogError):  # noqa: N818
    """The file system refused (full, read-only, broken, vanished).

    `uncertain` is true where the decision became visible in the log but the disk did not confirm
    it: it may or may not survive a power cut, so it is not acknowledged; reading the log again
    tells whether it is there.
    """

    def __init__(
        self, message: str, *, unharmed: str = "", hint: str = "", uncertain: bool = False
    ) -> None:
        super().__init__(message, unharmed=unharmed, hint=hint)
        self.uncertain = uncertain

    @classmethod
    def during(
        cls, doing: str, where: Path, problem: OSError, *, uncertain: bool = False
    ) -> StorageFailed:
        """The sentence for `problem`, met while `doing` something `where`."""
        number = problem.errno or 0
        what, hint = _WHAT.get(
            number, (os.strerror(number) if number else str(problem), "Then decide again.")
        )
        return cls(
            f"Could not {doing} in {where}: {what}.",
            unharmed=(
                "It is in the log, but the disk did not confirm it; all before it is safe."
                if uncertain
                else "Everything acknowledged before is in the log; this was not written."
            ),
            hint=hint,
            uncertain=uncertain,
        )


class BrokenObject(LogError):  # noqa: N818
    """Something in the repository is missing, damaged or not what it should be.

    `object_id` names it where there is one: a git object id, or the full name of a ref.
    """

    def __init__(self, object_id: str, what: str, *, hint: str = "") -> None:
        super().__init__(
            f"{object_id} {what}.",
            unharmed="Nothing was changed.",
            hint=hint or "`git fsck --full` there tells more; a copy may still be whole.",
        )
        self.object_id = object_id
