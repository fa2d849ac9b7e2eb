"""The durable log in git: one branch a run, one commit a decision, acknowledged once on disk.

Importing this package imports neither GitPython nor gitdb; the first write imports gitdb.
"""

from runbook_tui.adapters.gitlog.branch import RunBranch
from runbook_tui.adapters.gitlog.errors import (
    BrokenObject,
    LockHeld,
    LogError,
    LostRace,
    NotARepository,
    StorageFailed,
    UnsupportedRepository,
)
from runbook_tui.adapters.gitlog.origin import file_at, provenance
from runbook_tui.adapters.gitlog.repository import Repository

__all__ = [
    "BrokenObject",
    "LockHeld",
    "LogError",
    "LostRace",
    "NotARepository",
    "Repository",
    "RunBranch",
    "StorageFailed",
    "UnsupportedRepository",
    "file_at",
    "provenance",
]
