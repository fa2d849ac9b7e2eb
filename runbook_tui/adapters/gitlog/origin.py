"""Where a runbook's file comes from, if it comes from a git repository: any format, only read."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.adapters.gitlog import process
from runbook_tui.adapters.gitlog.encoding import OBJECT_ID
from runbook_tui.adapters.gitlog.errors import LogError, NotARepository
from runbook_tui.adapters.gitlog.layout import Layout, discover


def provenance(path: Path) -> tuple[str, bool] | None:
    """(commit, dirty) of a file: HEAD of the repository it lies in, and whether it differs there.

    None outside git, in a bare repository and before the first commit. A file that HEAD does not
    have is dirty. Contents are compared as they are, without running the repository's filters;
    only line ends may differ, as they do under `core.autocrlf`. Raises LogError where git is
    missing or the repository is damaged, OSError where the file cannot be read.
    """
    path = path.resolve()
    try:
        layout = discover(path.parent)
    except NotARepository:
        return None
    if layout.work_tree is None:
        return None
    commit = commit_of(layout, "HEAD")
    if commit is None:
        return None
    inside = path.relative_to(layout.work_tree.resolve()).as_posix()
    committed = blob(layout, commit, inside)
    content = path.read_bytes()
    dirty = committed is None or (
        content != committed and content.replace(b"\r\n", b"\n") != committed
    )
    return commit, dirty


def file_at(path: Path, rev: str) -> bytes:
    """The bytes of the file `path` as it was at revision `rev` of the repository it lies in.

    The file need not exist any more. Raises NotARepository, LogError where `rev` or the file in
    it does not exist.
    """
    path = path.absolute()
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    layout = discover(folder)
    if layout.work_tree is None:
        raise NotARepository(
            f"{path} is inside a bare repository, which has no files.",
            hint="Name a file in a work tree of it.",
        )
    path = folder.resolve() / path.relative_to(folder)
    return read_file(layout, rev, path.relative_to(layout.work_tree.resolve()).as_posix())


def read_file(layout: Layout, rev: str, path: str) -> bytes:
    """The bytes of `path` (from the top of the tree, slash-separated) at revision `rev`.

    Neither can be taken for an option or for another revision. Raises LogError where the revision
    or the file in it does not exist.
    """
    commit = commit_of(layout, rev)
    if commit is None:
        raise LogError(
            f"{layout.git_dir} has no revision {rev!r}.",
            hint="`git log --oneline` there shows the revisions; a branch, tag or id will do.",
        )
    found = blob(layout, commit, path)
    if found is None:
        raise LogError(
            f"{path} is not a file in revision {rev!r} of {layout.git_dir}.",
            hint=f"`git ls-tree -r --name-only {commit[:12]}` lists the files in it.",
        )
    return found


def commit_of(layout: Layout, rev: str) -> str | None:
    """The commit that `rev` means, None where it means none."""
    if not rev or rev.startswith("-") or not rev.isprintable():
        return None
    status, out, _ = process.output(
        layout.git_dir, ["rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"]
    )
    found = out.decode("ascii", "replace").strip()
    return found if status == 0 and OBJECT_ID.match(found) else None


def blob(layout: Layout, commit: str, path: str) -> bytes | None:
    """The bytes of a file in the tree of `commit` (an id), None where there is no such file."""
    if not path or "\0" in path or {"", ".", ".."} & set(path.split("/")):
        return None
    status, out, _ = process.output(layout.git_dir, ["cat-file", "blob", f"{commit}:{path}"])
    return out if status == 0 else None
