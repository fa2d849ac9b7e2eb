"""Packing: thirteen times smaller and faster to read, and never at the cost of a decision."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from runbook_tui.adapters.gitlog import durable, loose, process
from runbook_tui.adapters.gitlog.errors import BrokenObject, StorageFailed
from runbook_tui.adapters.gitlog.layout import Layout

_INDEX_MAGIC = b"\xfftOc\x00\x00\x00\x02"


def pack(layout: Layout, head: str) -> None:
    """Packs what `head` reaches and no pack has yet, then drops the loose copies of just that.

    In this order: git writes the pack to a folder of its own beside the objects; it is read back
    whole; pack and index are fsynced and moved in, the index last, since it is what makes a pack
    visible; their folder is fsynced; only then are the loose files removed. A process killed
    anywhere between leaves duplicates, or a temporary folder that `git gc` sweeps. Objects that
    come meanwhile stay loose. What belongs to other branches is not touched.

    Raises StorageFailed, with nothing temporary left, and BrokenObject.
    """
    # Named as git names its own quarantine, so that its housekeeping knows it.
    workshop = layout.objects / f"tmp_objdir-pack_{durable.temporary_suffix()}"
    try:
        workshop.mkdir()
        (workshop / "pack").mkdir()
        for name in _write(layout, head, workshop):
            stem = workshop / "pack" / f"pack-{name}"
            ids = _verified(layout, stem)
            _move_in(layout, stem)
            for oid in ids:
                durable.remove(loose.path_of(layout, oid))
    except OSError as problem:
        raise StorageFailed.during("pack the log", layout.objects, problem) from problem
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _write(layout: Layout, head: str, workshop: Path) -> list[str]:
    """The names of the packs that git made; none where there was nothing to pack."""
    status, out, said = process.output(
        layout.common_dir,
        # --incremental leaves out what a pack has already.
        ["pack-objects", "-q", "--revs", "--non-empty", "--incremental", f"{workshop}/pack/pack"],
        stdin=head.encode() + b"\n",
        timeout=None,
        environment={
            "GIT_OBJECT_DIRECTORY": str(workshop),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(layout.objects),
        },
    )
    if status:
        raise _failed(layout, said)
    return out.decode("ascii", "replace").split()


def _quoted(path: Path) -> str:
    """A path for a list of paths: git takes one in quotes as C would, colons and all."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _verified(layout: Layout, stem: Path) -> list[str]:
    """The objects in a pack, once git has read every one of them back."""
    index = stem.with_name(stem.name + ".idx")
    status, _, said = process.output(
        layout.common_dir, ["verify-pack", "--", str(index)], timeout=None
    )
    if status:
        raise _failed(layout, said)
    return _ids(index)


def _move_in(layout: Layout, stem: Path) -> None:
    folder = layout.objects / "pack"
    durable.make_folders(folder, layout.objects, extra_mode=layout.folder_bits)
    for suffix in (".pack", ".rev", ".idx"):
        path = stem.with_name(stem.name + suffix)
        if suffix == ".rev" and not path.exists():
            continue  # Older git makes none.
        if layout.shared_bits:
            path.chmod(path.stat().st_mode & 0o777 | layout.shared_bits & 0o444)
        durable.sync_file(path)
        path.rename(folder / path.name)
    durable.sync_folder(folder)


def _ids(index: Path) -> list[str]:
    """The objects in a pack, from its index (version 2, which git writes since 2007)."""
    data = index.read_bytes()
    if not data.startswith(_INDEX_MAGIC):
        raise BrokenObject(index.name, "is not a pack index of version 2")
    (count,) = struct.unpack_from(">L", data, 8 + 255 * 4)
    start = 8 + 256 * 4
    return [data[at : at + 20].hex() for at in range(start, start + 20 * count, 20)]


def _failed(layout: Layout, said: str) -> StorageFailed:
    return StorageFailed(
        f"Could not pack the log in {layout.objects}: {said or 'git ended without a word'}.",
        unharmed="Nothing was removed; every decision is where it was.",
        hint="The run can go on unpacked. See that there is free space, then try again.",
    )
