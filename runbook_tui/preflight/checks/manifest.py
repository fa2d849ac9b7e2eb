"""Checksums and manifest, both ways: what is listed is there, what is there is listed, unchanged.

Reads lists as ``sha256sum`` and its kin write them (also with ``--tag``), the RECORD of a wheel
(PEP 376, PEP 427), and MANIFEST lists of names, with or without sizes. A list says that a package
is what its maker made. Who made it is the business of a signature.
"""

from __future__ import annotations

import base64
import binascii
import csv
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.package.members import Member, Package

NAME = "manifest"
_SUMS = re.compile(r"(?i)(?:^|[._-])(md5|sha1|sha256|sha512|check)sums?(?:\.txt|\.asc)?$")
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_PLAIN = re.compile(r"\\?([0-9a-fA-F]{32,128}) [ *](.+)")
_TAGGED = re.compile(r"(MD5|SHA1|SHA256|SHA512) \((.+)\) = ([0-9a-fA-F]+)")
_SIZED = re.compile(r"\s*(\d{1,15})\s+(\S.*)")
_WEAK = frozenset({"md5", "sha1"})
_SIGNATURE = (".asc", ".sig", ".minisig", ".p7s", ".jws")
_NOT_LISTED = frozenset({"debian-binary"})


@dataclass(frozen=True)
class Listed:
    """One row of a list. `digest` is empty where only the name is listed."""

    path: str
    algorithm: str
    digest: str
    line: int
    size: int = -1
    """Bytes, where the list says; -1 where not."""


def find(package: Package) -> Iterator[Finding | None]:
    """Holds every list in the package against what is there."""
    files = {member.path: member for member in package.files()}
    lists = [member for member in files.values() if _is_list(member)]
    listed: set[str] = set()
    summed: set[str] = set()
    for each in lists:
        yield None
        text = each.text
        if text is None:
            yield _said("unreadable", "unknown", each.path, "is a list that cannot be read as text")
            continue
        rows, strange = read_list(each.path, text)
        for line in strange:
            yield _said("strange-line", "warning", each.path, "has a line that is no row", line)
        for row in rows:
            listed.add(row.path)
            if row.digest:
                summed.add(row.path)
            yield from _hold(each, row, files.get(row.path))
    names = {each.path for each in lists}
    if not summed:
        text = "Ask the vendor for checksums, or take them from another place than the package."
        yield Finding(
            check=NAME, key="no-list", severity="warning",
            title="The package lists no checksums of what is in it", remediation=text,
        )  # fmt: skip
        return
    extra = [
        path for path in files
        if path not in listed and path not in names and not path.endswith(_SIGNATURE)
        and posixpath.basename(path) not in _NOT_LISTED and not _within(path, package)
    ]  # fmt: skip
    for path in extra:
        yield _said("extra", "high", path, "is in the package and in no list")
    sums = sum(1 for path in summed if path in files and path not in names)
    yield Finding(
        check=NAME, key="held", severity="info",
        title=f"{sums} of {len(files) - len(names)} files have a checksum in the package",
        evidence=tuple(Evidence(place=each.path) for each in lists),
    )  # fmt: skip


def _is_list(member: Member) -> bool:
    name = posixpath.basename(member.path.replace("!", "/"))
    if name == "RECORD":
        return ".dist-info/" in member.path
    return bool(_SUMS.search(name)) or name in ("MANIFEST", "MANIFEST.txt")


def _within(path: str, package: Package) -> bool:
    """Whether a file lies in an archive within the package: the list names that archive."""
    return any(path.startswith(nested + "!") for nested in package.nested)


def read_list(place: str, text: str) -> tuple[list[Listed], list[int]]:
    """The rows of a list, their paths as those of members, and the lines that are none."""
    name = posixpath.basename(place.replace("!", "/"))
    # Names count from where the list lies, but a wheel's from the root.
    archive, _, inside = place.rpartition("!")
    root = f"{archive}!" if archive else ""
    if name == "RECORD":
        return _read_record(root, text)
    above = posixpath.dirname(inside)
    rows: list[Listed] = []
    strange: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "-----")):
            continue
        found = _row(line, names_only=name.startswith("MANIFEST"))
        if found is None:
            strange.append(number)
            continue
        path, algorithm, digest, size = found
        path = root + posixpath.normpath(posixpath.join(above, path))
        rows.append(Listed(path, algorithm, digest, number, size))
    return rows, strange


def _row(line: str, *, names_only: bool) -> tuple[str, str, str, int] | None:
    plain = _PLAIN.fullmatch(line.rstrip())
    if plain and len(plain[1]) in _BY_LENGTH:
        return plain[2], _BY_LENGTH[len(plain[1])], plain[1].lower(), -1
    tagged = _TAGGED.fullmatch(line.rstrip())
    if tagged:
        return tagged[2], tagged[1].lower(), tagged[3].lower(), -1
    sized = _SIZED.fullmatch(line.rstrip())
    if names_only and sized:
        return sized[2], "", "", int(sized[1])
    if names_only and not line[:1].isspace() and ":" not in line:
        return line.strip(), "", "", -1
    return None


def _read_record(root: str, text: str) -> tuple[list[Listed], list[int]]:
    rows: list[Listed] = []
    strange: list[int] = []
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if len(row) != 3:
            strange.append(number)
            continue
        algorithm, _, value = row[1].partition("=")
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
        except (binascii.Error, ValueError):
            strange.append(number)
            continue
        rows.append(Listed(root + row[0], algorithm, raw, number))
    return rows, strange


def _hold(each: Member, row: Listed, member: Member | None) -> Iterator[Finding]:
    if member is None:
        yield _said(
            "missing", "inhibitor", row.path, "is listed and not there", row.line, each.path
        )
        return
    if row.size >= 0 and row.size != member.size:
        words = f"has {member.size:,} bytes, not the {row.size:,} of its list"
        yield _said("changed-size", "inhibitor", row.path, words, row.line, each.path)
    if not row.digest:
        return
    have = member.digests.get(row.algorithm)
    if have is None:
        words = f"has a checksum that cannot be checked here ({row.algorithm or 'none'})"
        yield _said("not-checked", "unknown", row.path, words, row.line, each.path)
    elif have != row.digest:
        words = f"is not what its list says ({row.algorithm} {have[:12]}…, not {row.digest[:12]}…)"
        yield _said("changed", "inhibitor", row.path, words, row.line, each.path)
    elif row.algorithm in _WEAK:
        words = f"has only a {row.algorithm} sum, which can be forged"
        yield _said("weak-sum", "warning", each.path, words, row.line, row.path)


def _said(
    key: str, severity: Severity, subject: str, words: str, line: int = 0, place: str = ""
) -> Finding:
    text = "Get the package again from its source; if it stays so, ask the vendor."
    return Finding(
        check=NAME, key=key, severity=severity, title=f"{subject} {words}", subject=subject,
        evidence=(Evidence(place=place or subject, line=line),),
        remediation=text if severity in ("inhibitor", "high") else "",
    )  # fmt: skip


CHECK: Check[Package] = Check(NAME, "Checksums and manifest", find)
