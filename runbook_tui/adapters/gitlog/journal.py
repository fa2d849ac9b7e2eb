"""Whether a file system keeps the order of names by itself, so that one fsync can carry others.

A decision renames an object into its folder, and then the branch into another one. The object's
name must be durable no later than the branch's. Where nothing is known, each folder is fsynced in
turn. On ext4 with a journal that is not needed: every change of names goes through one journal,
in order and in atomic transactions. The transaction that holds the branch's rename is the one with
the object's rename, or a later one; so no crash keeps the branch and loses the object, and the
fsync of the branch's folder, which waits for its transaction, waits for the object's as well. The
bytes are another matter: both files are fsynced before either rename, everywhere.

xfs keeps the same order, btrfs not always; only ext4 is on the list, because only there it has
been put to the test (`tests/faults/powercut.py`).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def keeps_order(device: int) -> bool:
    """Whether the file system on `device` (an `st_dev`) is ext4 with a journal.

    False wherever that cannot be seen, as in a container without sysfs.
    """
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        name = Path("/sys/dev/block", number).resolve(strict=True).name
        # "<none>" where it has no journal.
        return Path("/sys/fs/ext4", name, "journal_task").read_text().strip().isdigit()
    except OSError:
        return False
