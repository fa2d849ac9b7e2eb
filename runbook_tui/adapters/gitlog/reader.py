"""Reading objects: loose ones in process, the others through one `git cat-file --batch`."""

from __future__ import annotations

import contextlib
import subprocess
from types import TracebackType

from runbook_tui.adapters.gitlog import loose, process
from runbook_tui.adapters.gitlog.encoding import object_id
from runbook_tui.adapters.gitlog.errors import BrokenObject
from runbook_tui.adapters.gitlog.layout import Layout


class ObjectReader:
    """Objects by id, hash checked. git is started for the first packed one, and only then.

    A context manager: leaving it ends that process.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._git: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._git:
            end(self._git)
            self._git = None

    def read(self, oid: str, kind: str) -> bytes:
        """The bytes of an object of this kind.

        Raises BrokenObject where it is missing, damaged or of another kind.
        """
        found = loose.read(self._layout, oid) or self._packed(oid)
        if found[0] != kind:
            raise BrokenObject(oid, f"is a {found[0]} where a {kind} should be")
        return found[1]

    def _packed(self, oid: str) -> tuple[str, bytes]:
        if self._git is None:
            self._git = process.start(self._layout.common_dir, ["cat-file", "--batch"])
        assert self._git.stdin
        # Where it has ended, the answer below is empty and says so.
        with contextlib.suppress(BrokenPipeError):
            self._git.stdin.write(oid.encode() + b"\n")
            self._git.stdin.flush()
        return next_object(self._git, oid)


def next_object(git: subprocess.Popen[bytes], expected: str = "") -> tuple[str, bytes]:
    """Kind and bytes of the next answer of a `git cat-file --batch`, its hash checked.

    Raises BrokenObject where the object is missing, damaged or too large, or git has ended.
    """
    found = next_or_end(git)
    if found is None:
        said = process.complaint(git.stderr.read()) if git.stderr else ""
        raise BrokenObject(expected or "an object", f"could not be read: {said or 'git ended'}")
    oid, kind, data = found
    if expected and oid != expected:
        raise BrokenObject(expected, f"was asked for, and git answered with {oid}")
    return kind, data


def next_or_end(git: subprocess.Popen[bytes]) -> tuple[str, str, bytes] | None:
    """Id, kind and bytes of the next answer, or None at the end of the output."""
    assert git.stdout
    line = git.stdout.readline()
    if not line:
        return None
    words = line.decode("utf-8", "replace").split()
    if len(words) != 3 or not words[2].isdigit():
        what = "is missing" if words[-1:] == ["missing"] else "could not be read"
        raise BrokenObject(words[0] if words else "an object", f"{what} in this repository")
    oid, kind, size = words[0], words[1], int(words[2])
    if size > loose.LARGEST:
        raise BrokenObject(oid, f"has {size} bytes, more than anything this program writes")
    data = git.stdout.read(size)
    git.stdout.read(1)
    if len(data) != size or object_id(kind, data) != oid:
        raise BrokenObject(oid, "is damaged: its bytes are not those its name promises")
    return oid, kind, data


def end(git: subprocess.Popen[bytes]) -> None:
    """Ends a git process that has nothing to write, and leaves no pipe or zombie."""
    if git.poll() is None:
        git.kill()
    for stream in (git.stdin, git.stdout, git.stderr):
        if stream:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    git.wait()
