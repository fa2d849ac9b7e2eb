"""Archive safety: what would go wrong if somebody unpacked the package, and what hides in it.

The rules follow the classes of faults of archive readers: CWE-22 (paths out of the folder), CWE-59
(links), CWE-409 (bombs), CWE-178 (names that differ in case only), and what two readers of the
same bytes see differently (doubled names, two names of one member, data outside the archive).
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterator

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.domain.text import UNSAFE
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.package.members import Member, Package

NAME = "archive-safety"
LONGEST_NAME = 255
LONGEST_PATH = 4096
_SET_ID, _ANYBODY = 0o6000, 0o002

REMARKS: dict[str, tuple[Severity, str]] = {
    "bomb-count": ("inhibitor", "more members than a package may have"),
    "bomb-size": ("inhibitor", "unpacks to more than a package may"),
    "bomb-ratio": ("inhibitor", "unpacks to far more than its own size"),
    "overlap": ("inhibitor", "members share bytes, as in a bomb"),
    "two-names": ("inhibitor", "has another name for other readers"),
    "encrypted": ("unknown", "is encrypted: nobody can look inside"),
    "damaged": ("inhibitor", "is damaged"),
    "not-readable": ("unknown", "cannot be read here"),
    "too-deep": ("unknown", "lies too many archives deep"),
    "data-before": ("high", "is not only an archive"),
}
"""What reading remarked, and how bad it is."""
FIXES = {
    "inhibitor": "Ask the vendor for a package without it. Do not unpack this one.",
    "unknown": "Ask the vendor for a form that can be looked at.",
    "high": "Unpack as an ordinary user into an empty folder, and look at it before it is used.",
}


def find(package: Package) -> Iterator[Finding | None]:
    """What is dangerous about a package as an archive."""
    for remark in package.remarks:
        severity, words = REMARKS[remark.key]
        yield _finding(remark.key, severity, remark.path or "the package", words, remark.text)
    links: dict[str, Member] = {}
    seen: dict[str, Member] = {}
    folded: dict[str, str] = {}
    for member in package.members:
        yield None
        yield from _about_name(member)
        yield from _about_kind(member)
        root, path = _split(member)
        yield from _below_a_link(member, root, path, links)
        yield from _doubled(member, root + path, seen, folded)
        if member.kind == "symlink":
            links[root + path] = member
    yield from _file_as_folder(seen)


def _finding(key: str, severity: Severity, subject: str, words: str, text: str = "") -> Finding:
    return Finding(
        check=NAME,
        key=key,
        severity=severity,
        title=f"{subject} {words}",
        subject=subject,
        evidence=(Evidence(place=subject, text=text),),
        remediation=FIXES.get(severity, ""),
    )


def _split(member: Member) -> tuple[str, str]:
    """The archives that a member lies in, and its normal path in the innermost one."""
    root = member.path[: len(member.path) - len(member.name)]
    return root, posixpath.normpath(member.name.replace("\\", "/")).lstrip("/")


def _about_name(member: Member) -> Iterator[Finding]:
    name, path = member.name, member.path
    parts = name.replace("\\", "/").split("/")
    if not name.strip("/. "):
        if name not in (".", "./"):
            yield _finding("no-name", "inhibitor", path or "a member", "has no name")
        return
    if ".." in parts:
        yield _finding("path-traversal", "inhibitor", path, "leads out of the folder", name)
    if name.startswith(("/", "\\")):
        yield _finding("absolute-path", "inhibitor", path, "has an absolute path", name)
    if len(name) > 1 and name[1] == ":" and name[0].isalpha():
        yield _finding("drive-path", "inhibitor", path, "names a drive", name)
    if "\\" in name:
        yield _finding("backslash", "high", path, "has a backslash: a folder for some readers")
    if "\0" in name:
        yield _finding("nul-in-name", "inhibitor", path, "has a NUL: others see a shorter name")
    elif UNSAFE.search(name) or "\n" in name or "\t" in name:
        yield _finding("hidden-letters", "high", path, "has letters that hide or reorder its name")
    if name.startswith("-"):
        yield _finding("option-name", "high", path, "begins like an option of a command")
    if any(part.endswith((" ", ".")) and part.strip(".") for part in parts):
        yield _finding("trailing-dot", "warning", path, "ends in a blank or a dot")
    if len(name) > LONGEST_PATH or any(
        len(p.encode("utf-8", "replace")) > LONGEST_NAME for p in parts
    ):
        yield _finding("long-name", "high", path[:80], "has a name too long for a disk")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        yield _finding("not-utf8", "warning", path, "has a name that is no UTF-8")


def _about_kind(member: Member) -> Iterator[Finding]:
    path = member.path
    if member.kind in ("device", "fifo", "other"):
        what = {"device": "is a device", "fifo": "is a named pipe"}
        words = what.get(member.kind, "is neither file, folder nor link")
        yield _finding(member.kind, "inhibitor", path, words)
    if member.kind in ("symlink", "hardlink"):
        yield from _about_link(member)
    if member.kind in ("file", "directory") and member.mode & _SET_ID:
        sets = member.kind == "file"
        words = "runs as its owner or group (setuid, setgid)"
        yield _finding(
            "set-id", "high" if sets else "warning", path, words, f"mode {member.mode:04o}"
        )
    if member.kind == "file" and member.mode & _ANYBODY:
        yield _finding(
            "writable", "warning", path, "can be changed by anybody", f"mode {member.mode:04o}"
        )


def _about_link(member: Member) -> Iterator[Finding]:
    target = member.link.replace("\\", "/")
    # A hard link's target counts from the root of the archive, a symbolic one's from its folder.
    above = posixpath.dirname(member.name) if member.kind == "symlink" else ""
    reached = posixpath.normpath(posixpath.join(above, target))
    if target.startswith("/") or reached == ".." or reached.startswith("../"):
        words = "is a link out of the package"
        yield _finding("link-out", "inhibitor", member.path, words, f"-> {member.link}")
    if member.kind == "symlink" and target in ("", "."):
        yield _finding("link-to-itself", "high", member.path, "is a link to where it stands")


def _below_a_link(
    member: Member, root: str, path: str, links: dict[str, Member]
) -> Iterator[Finding]:
    """A file "below" a link is written to wherever the link leads."""
    above = posixpath.dirname(path)
    while above:
        if root + above in links:
            words = f"would be written through the link {above}"
            yield _finding("through-link", "inhibitor", member.path, words)
            return
        above = posixpath.dirname(above)


def _doubled(
    member: Member, path: str, seen: dict[str, Member], folded: dict[str, str]
) -> Iterator[Finding]:
    before = seen.get(path)
    if before is not None and not (before.kind == member.kind == "directory"):
        words = "is there more than once: which one counts depends on the reader"
        yield _finding("doubled", "inhibitor", member.path, words)
    seen.setdefault(path, member)
    fold = unicodedata.normalize("NFC", path).casefold()
    other = folded.setdefault(fold, path)
    if other != path:
        words = f"and {other} are one file where case does not count"
        yield _finding("case-collision", "high", member.path, words)


def _file_as_folder(seen: dict[str, Member]) -> Iterator[Finding | None]:
    for path, member in seen.items():
        above = seen.get(posixpath.dirname(path))
        if above is not None and above.kind == "file" and above is not member:
            words = f"lies in {above.path}, which is a file"
            yield _finding("file-as-folder", "inhibitor", member.path, words)
        yield None


CHECK: Check[Package] = Check(NAME, "Archive safety", find)
