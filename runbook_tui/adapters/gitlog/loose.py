"""Loose objects: read in process, and written so that they are on the disk when it says so.

gitdb, GitPython's object store, gives the compressing, hashing writer for what is large; its own
store neither fsyncs nor orders, so the file, its name and its folder are handled here. gitdb is
imported when the first large object is written (20 ms; GitPython whole would be 80 ms): reading
and small decisions need nothing of it.
"""

from __future__ import annotations

import os
import time
import zlib
from pathlib import Path

from runbook_tui.adapters.gitlog import durable, journal
from runbook_tui.adapters.gitlog.encoding import header, object_id
from runbook_tui.adapters.gitlog.errors import BrokenObject, StorageFailed
from runbook_tui.adapters.gitlog.layout import Layout

LARGEST = 1 << 28
"""Bytes of one object that are still read (256 MiB): a compressed bomb ends here."""

_PATIENCE = 3.0
"""Seconds for which git's housekeeping may take folders away and have them made again."""
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
_AT_ONCE = 128
"""Files open at the same time; 1,024 are usually allowed."""
_SMALL = 1 << 12


def path_of(layout: Layout, oid: str) -> Path:
    """The file of a loose object."""
    return layout.objects / oid[:2] / oid[2:]


def read(layout: Layout, oid: str) -> tuple[str, bytes] | None:
    """Kind and bytes of a loose object whose hash was checked; None where there is none.

    Raises BrokenObject where the file is damaged, StorageFailed where it cannot be read.
    """
    try:
        # Text and one call, where Path objects would cost a third of reading a long log.
        with open(f"{layout.common_dir}/objects/{oid[:2]}/{oid[2:]}", "rb", 0) as file:  # noqa: PTH123
            packed = file.read(LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise StorageFailed.during("read the log", path_of(layout, oid), problem) from problem
    return unpack(oid, packed)


def unpack(oid: str, packed: bytes) -> tuple[str, bytes]:
    """Kind and bytes of a loose object's file. Raises BrokenObject where they are not `oid`'s."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, LARGEST)
    except zlib.error:
        plain = b""
    head, _, data = plain.partition(b"\0")
    kind, _, size = head.decode("ascii", "replace").partition(" ")
    if not inflater.eof or size != str(len(data)) or object_id(kind, data) != oid:
        raise BrokenObject(oid, "is damaged: its file does not hold what its name promises")
    return kind, data


class ObjectWriter:
    """Objects staged together, then made durable together; to be kept from one write to the next.

    Staging gives the id; `flush` puts all files in place. After it returns, every staged object
    survives a power cut; before, none is promised and no ref may name one.

    An object that is there already is written all the same, over itself. Whoever wrote it may not
    have fsynced it (git does not, by default), and after a power cut an unsynced one is an empty
    file with the right name; and `git gc` must not find it old and unused at this very moment.
    Finding all that out would cost as much as writing it.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._objects = str(layout.objects)
        self._staged: dict[str, tuple[str, bytes]] = {}
        self._durable_folders: frozenset[str] = frozenset()
        self._carried: bool | None = None
        """Whether the fsync of the ref's folder carries the names of the objects."""

    def stage(self, kind: str, data: bytes) -> str:
        """Remembers an object and tells its id."""
        oid = object_id(kind, data)
        self._staged[oid] = (kind, data)
        return oid

    def staged(self, oid: str) -> tuple[str, bytes] | None:
        """What was staged as `oid`, so that it can be read before it is flushed."""
        return self._staged.get(oid)

    def forget(self) -> None:
        """Drops what is staged."""
        self._staged.clear()

    def flush(self, lock: int) -> None:
        """Makes every staged object durable, and forgets them.

        `lock` is the open file that will be renamed to the ref: its bytes are fsynced together
        with the objects', and where its file system keeps the order of names, those of the
        objects are left to the fsync of the ref's folder that must follow (see `journal`).

        Raises StorageFailed; no temporary file is left then.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._flush(lock)
                break
            except FileNotFoundError as problem:
                # `git gc --prune=now` takes even what is being written. A repository that is
                # gone as a whole stays gone.
                self._durable_folders = frozenset()
                if time.monotonic() > deadline or not self._layout.objects.is_dir():
                    raise self._failed(problem) from problem
            except OSError as problem:
                raise self._failed(problem) from problem
        self._staged.clear()

    def _failed(self, problem: OSError) -> StorageFailed:
        return StorageFailed.during("write to the log", self._layout.objects, problem)

    def _flush(self, lock: int) -> None:
        staged = list(self._staged)
        for start in range(0, len(staged), _AT_ONCE):
            self._flush_some(staged[start : start + _AT_ONCE], lock)

    def _flush_some(self, ids: list[str], lock: int) -> None:
        temporary: dict[str, str] = {}
        folders: set[str] = set()
        opened = [lock]
        try:
            for oid in ids:
                folder = f"{self._objects}/{oid[:2]}"
                folders.add(folder)
                source = f"{folder}/{_temporary_name()}"
                opened.append(self._create(folder, source))
                temporary[source] = f"{folder}/{oid[2:]}"
                self._write(opened[-1], oid)
            self._make_folders_durable({oid[:2] for oid in ids})
            durable.sync_together(opened)
            for source in list(temporary):
                os.rename(source, temporary[source])  # noqa: PTH104
                del temporary[source]
            if self._carried is None:
                device = os.fstat(lock).st_dev
                same = os.fstat(opened[-1]).st_dev == device
                self._carried = same and journal.keeps_order(device)
            if not self._carried:
                for folder in folders:
                    durable.sync_folder(folder)
        finally:
            for fd in opened:
                if fd != lock:
                    os.close(fd)
            for source in temporary:
                durable.remove(source)

    def _create(self, folder: str, source: str) -> int:
        """A new file, and its folder where there is none.

        `git gc` removes folders that are empty, at any moment: a file must be in the new one
        before anything that takes time. From then on the folder stays.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return os.open(source, _NEW, 0o444)
            except FileNotFoundError:
                if time.monotonic() > deadline:
                    raise
            durable.make_folder(folder, extra_mode=self._layout.folder_bits)
            self._durable_folders = frozenset()

    def _make_folders_durable(self, names: set[str]) -> None:
        """Sees to it that the names of the folders survive a power cut; they are not empty.

        A folder that another process has just made may not be durable yet. So the first time
        that one is used, `objects` is fsynced, and with it all the folders it has then.
        """
        if names <= self._durable_folders:
            return
        there = frozenset(entry.name for entry in os.scandir(self._objects))
        durable.sync_folder(self._objects)
        self._durable_folders = there

    def _write(self, fd: int, oid: str) -> None:
        kind, data = self._staged[oid]
        durable.write_all(fd, _compress(kind, data, oid))
        if shared := self._layout.shared_bits & 0o444:
            os.fchmod(fd, os.fstat(fd).st_mode & 0o777 | shared)


def _temporary_name() -> str:
    """A name that `git gc` sweeps, should this process die before the rename."""
    return f"tmp_obj_{durable.temporary_suffix()}"


def sync(layout: Layout, oid: str) -> None:
    """Makes a loose object durable that somebody else wrote. Packed ones are left alone."""
    path = path_of(layout, oid)
    try:
        durable.sync_file(path)
        durable.sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as problem:
        raise StorageFailed.during("make the log durable", path, problem) from problem


def _compress(kind: str, data: bytes, oid: str) -> bytes:
    head = header(kind, len(data))
    if len(data) < _SMALL:
        # gitdb's writer sets zlib up for its window of 32 KiB, which takes ten times as long as
        # compressing a decision (70 against 5 µs, a twentieth of the whole). A window of 4 KiB
        # loses nothing on what is smaller than that.
        small = zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, 12, 4)
        return small.compress(head) + small.compress(data) + small.flush()
    from gitdb.stream import ZippedStoreShaWriter  # type: ignore[import-untyped]

    # Not gitdb's writer straight to a descriptor: on a full disk it says neither why nor closes.
    writer = ZippedStoreShaWriter()
    writer.write(head)
    writer.write(data)
    writer.close()
    if writer.sha(as_hex=True) != oid:
        raise BrokenObject(oid, "changed in memory while it was written: this machine is faulty")
    compressed: bytes = writer.getvalue()
    return compressed
