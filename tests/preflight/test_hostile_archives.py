"""Hostile archives are refused, each for its reason, and an honest one is not."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.domain.findings import Severity
from runbook_tui.preflight.check import run_check
from runbook_tui.preflight.checks.archive_safety import CHECK
from runbook_tui.preflight.package.members import BadPackageError, Limits
from runbook_tui.preflight.package.opening import open_package

from .archives import deb_of, entry, overlapping, renamed, special, tar_of, zip_of

SMALL = Limits(members=50, total=1_000_000, ratio_from=100_000, ratio=50, kept=10_000)
X = b"x"
Build = Callable[[Path], Path]


def nested(path: Path, depth: int) -> Path:
    inner = zip_of(path / "0.zip", ("a", X))
    for level in range(1, depth):
        inner = zip_of(path / f"{level}.zip", (f"{level - 1}.zip", inner.read_bytes()))
    return inner


def encrypted(path: Path) -> Path:
    made = zip_of(path, ("secret", X), deflated=False)
    data = bytearray(made.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    made.write_bytes(bytes(data))
    return made


def truncated(path: Path) -> Path:
    tar_of(path, ("a", os.urandom(50_000)), ("b", os.urandom(50_000)))
    path.write_bytes(path.read_bytes()[:60_000])
    return path


def folder_with(path: Path, make: Callable[[Path], object]) -> Path:
    path.mkdir()
    (path / "fine").write_text("fine")
    make(path)
    return path


def many_zeros(path: Path) -> Path:
    path.write_bytes(gzip.compress(b"\0" * 900_000))
    return path


def bomb_inside(path: Path) -> Path:
    inner = zip_of(path.with_suffix(".inner"), ("zeros", b"\0" * 900_000))
    return tar_of(path, ("inner.zip", inner.read_bytes()))


ZIP, TAR = "p.zip", "p.tar.gz"
HOSTILE: dict[str, tuple[str, Severity, str, Build]] = {
    "up and out of the folder": (
        "path-traversal", "inhibitor", ZIP, lambda p: zip_of(p, ("../etc/passwd", X))),
    "up in the middle": (
        "path-traversal", "inhibitor", TAR, lambda p: tar_of(p, ("a/../../b", X))),
    "up with backslashes": (
        "path-traversal", "inhibitor", ZIP, lambda p: zip_of(p, ("..\\..\\b", X))),
    "an absolute path in a zip": (
        "absolute-path", "inhibitor", ZIP, lambda p: zip_of(p, ("/etc/passwd", X))),
    "an absolute path in a tar": (
        "absolute-path", "inhibitor", TAR, lambda p: tar_of(p, ("/etc/passwd", X))),
    "a drive": ("drive-path", "inhibitor", ZIP, lambda p: zip_of(p, ("C:/x", X))),
    "a backslash": ("backslash", "high", ZIP, lambda p: zip_of(p, ("a\\b", X))),
    "a NUL in a name": (
        "nul-in-name", "inhibitor", ZIP,
        lambda p: renamed(zip_of(p, ("safe_evil.sh", X)), b"safe_evil", b"safe\0evil")),
    "a name that is reordered": (
        "hidden-letters", "high", ZIP, lambda p: zip_of(p, ("a\u202egpj.sh", X))),
    "an escape sequence in a name": (
        "hidden-letters", "high", TAR, lambda p: tar_of(p, ("a\x1b]0;x\x07", X))),
    "a newline in a name": ("hidden-letters", "high", TAR, lambda p: tar_of(p, ("a\nb", X))),
    "a name like an option": (
        "option-name", "high", TAR, lambda p: tar_of(p, ("--checkpoint-action=exec=sh", X))),
    "a name that is too long": ("long-name", "high", TAR, lambda p: tar_of(p, ("n" * 300, X))),
    "a name that ends in a dot": (
        "trailing-dot", "warning", ZIP, lambda p: zip_of(p, ("install.sh.", X))),
    "a name of no UTF-8": (
        "not-utf8", "warning", TAR, lambda p: tar_of(p, ("caf\udce9", X))),
    "a link out, absolute": (
        "link-out", "inhibitor", TAR,
        lambda p: tar_of(p, special("a", tarfile.SYMTYPE, "/etc/passwd"))),
    "a link out, relative": (
        "link-out", "inhibitor", TAR,
        lambda p: tar_of(p, special("a/b", tarfile.SYMTYPE, "../../c"))),
    "a hard link out": (
        "link-out", "inhibitor", TAR,
        lambda p: tar_of(p, special("a", tarfile.LNKTYPE, "../../etc/shadow"))),
    "a link out of a zip": (
        "link-out", "inhibitor", ZIP,
        lambda p: zip_of(p, (entry("a", stat.S_IFLNK | 0o777), b"/etc"))),
    "a file written through a link": (
        "through-link", "inhibitor", TAR,
        lambda p: tar_of(p, special("a", tarfile.SYMTYPE, "b"), ("a/c", X))),
    "a device": (
        "device", "inhibitor", TAR, lambda p: tar_of(p, special("a", tarfile.BLKTYPE))),
    "a device in a zip": (
        "device", "inhibitor", ZIP, lambda p: zip_of(p, (entry("a", stat.S_IFCHR | 0o600), b""))),
    "a named pipe": ("fifo", "inhibitor", TAR, lambda p: tar_of(p, special("a", tarfile.FIFOTYPE))),
    "a socket in a zip": (
        "other", "inhibitor", ZIP, lambda p: zip_of(p, (entry("a", stat.S_IFSOCK | 0o600), b""))),
    "a bomb by ratio": (
        "bomb-ratio", "inhibitor", ZIP, lambda p: zip_of(p, ("zeros", b"\0" * 900_000))),
    "a bomb by ratio, gzip alone": ("bomb-ratio", "inhibitor", "p.gz", many_zeros),
    "a bomb in an archive within": ("bomb-ratio", "inhibitor", TAR, bomb_inside),
    "a bomb by size": (
        "bomb-size", "inhibitor", ZIP,
        lambda p: zip_of(p, *((f"{n}", os.urandom(300_000)) for n in range(4)))),
    "a bomb by count": (
        "bomb-count", "inhibitor", ZIP, lambda p: zip_of(p, *((f"{n}", b"") for n in range(60)))),
    "members that share bytes": ("overlap", "inhibitor", ZIP, lambda p: overlapping(p, 20)),
    "one name twice": ("doubled", "inhibitor", ZIP, lambda p: zip_of(p, ("a", X), ("a", b"y"))),
    "one name twice in a tar, written differently": (
        "doubled", "inhibitor", TAR, lambda p: tar_of(p, ("a", X), ("./a", b"y"))),
    "names that differ in case": (
        "case-collision", "high", ZIP, lambda p: zip_of(p, ("Install", X), ("install", X))),
    "names that differ in how a letter is composed": (
        "case-collision", "high", ZIP, lambda p: zip_of(p, ("\u00e9", X), ("e\u0301", X))),
    "a file that is a folder as well": (
        "file-as-folder", "inhibitor", TAR, lambda p: tar_of(p, ("a", X), ("a/b", X))),
    "an encrypted member": ("encrypted", "unknown", ZIP, encrypted),
    "a member with two names": (
        "two-names", "inhibitor", ZIP,
        lambda p: renamed(zip_of(p, ("good.sh", X)), b"good.sh", b"evil.sh", times=1)),
    "bytes that are not what their sum says": (
        "damaged", "inhibitor", ZIP,
        lambda p: renamed(zip_of(p, ("a", b"hello"), deflated=False), b"hello", b"jello")),
    "an archive that ends too early": ("damaged", "inhibitor", TAR, truncated),
    "a program before the archive": (
        "data-before", "high", ZIP,
        lambda p: (p.write_bytes(b"#!/bin/sh\n" + zip_of(p, ("a", X)).read_bytes()), p)[1]),
    "setuid": (
        "set-id", "high", ZIP, lambda p: zip_of(p, (entry("a", stat.S_IFREG | 0o4755), X))),
    "setgid in a tar": (
        "set-id", "high", TAR, lambda p: tar_of(p, special("a", tarfile.REGTYPE, "", 0o2755))),
    "changed by anybody": (
        "writable", "warning", ZIP, lambda p: zip_of(p, (entry("a", stat.S_IFREG | 0o666), X))),
    "archives too deep": ("too-deep", "unknown", "deep", lambda p: (p.mkdir(), nested(p, 6))[1]),
    "an archive within that is not read here": (
        "not-readable", "unknown", TAR,
        lambda p: tar_of(p, ("a.7z", b"7z\xbc\xaf\x27\x1c" + X * 99))),
    "hostile names within an archive within a deb": (
        "path-traversal", "inhibitor", "p.deb",
        lambda p: deb_of(p, debian_binary=b"2.0\n", data_tar_gz=tar_of(
            p.with_suffix(".t"), ("../x", X)).read_bytes())),
    "a link out of a directory": (
        "link-out", "inhibitor", "folder",
        lambda p: folder_with(p, lambda f: (f / "a").symlink_to("/etc/passwd"))),
    "a pipe in a directory": (
        "fifo", "inhibitor", "folder", lambda p: folder_with(p, lambda f: os.mkfifo(f / "a"))),
}  # fmt: skip
"""What is wrong, by what it is called: key, severity, file name, and how it is built."""


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_for_its_reason(what: str, tmp_path: Path) -> None:
    key, severity, name, build = HOSTILE[what]
    path = build(tmp_path / name)
    result = run_check(CHECK, open_package(path, limits=SMALL))
    assert result.ran, result
    found = {finding.key: finding for finding in result.findings}
    assert key in found, sorted(found)
    assert found[key].severity == severity
    assert found[key].evidence
    assert not (tmp_path / "x").exists()


def test_there_are_at_least_thirty_kinds() -> None:
    assert len({key for key, *_ in HOSTILE.values()}) >= 25
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize(
    ("name", "build"),
    [
        (ZIP, lambda p: zip_of(p, ("a/b.sh", b"#!/bin/sh\n"), ("a/c", X * 5000))),
        (TAR, lambda p: tar_of(
            p, ("./a/b.sh", X), special("./l", tarfile.SYMTYPE, "a/b.sh"), ("./c", X * 5000))),
        ("p.tar.xz", lambda p: tar_of(p, ("a", X), how="w:xz")),
        ("p.tar.bz2", lambda p: tar_of(p, ("a", X), how="w:bz2")),
        ("p.tar", lambda p: tar_of(p, ("a", X), how="w")),
        ("p.deb", lambda p: deb_of(p, debian_binary=b"2.0\n", data_tar_gz=tar_of(
            p.with_suffix(".t"), ("./usr/bin/x", X)).read_bytes())),
        ("folder", lambda p: folder_with(p, lambda f: (f / "l").symlink_to("fine"))),
        ("p.gz", lambda p: (p.write_bytes(gzip.compress(b"hello")), p)[1]),
    ],
)  # fmt: skip
def test_an_honest_archive_has_nothing_against_it(name: str, build: Build, tmp_path: Path) -> None:
    result = run_check(CHECK, open_package(build(tmp_path / name), limits=SMALL))
    assert result.ran
    assert result.findings == ()
    assert result.worst == "pass"


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x1f\x8b\x08broken", b"!<arc"])
def test_what_is_no_package_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.bin"
    path.write_bytes(data)
    with pytest.raises(BadPackageError):
        open_package(path)


def test_nothing_is_written_and_a_real_bomb_is_left_in_time(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("z", "w") as out:
        for _ in range(600):
            out.write(b"\0" * 1024**2)
    before = sorted(tmp_path.iterdir())
    read: list[int] = []
    package = open_package(path, lambda _members, size: read.append(size))
    assert [remark.key for remark in package.remarks] == ["bomb-ratio"]
    assert max(read) < 200 * 1024**2
    assert sorted(tmp_path.iterdir()) == before


def test_whoever_watches_can_stop_the_reading(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", *((f"{n}", X) for n in range(30)))

    def stop(members: int, _size: int) -> None:
        if members == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_package(path, stop)


def test_what_lies_in_archives_within_is_seen_under_their_names(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "i.zip", ("deep.sh", b"#!/bin/sh\n"))
    middle = io.BytesIO()
    with tarfile.open(fileobj=middle, mode="w:gz") as archive:
        info = tarfile.TarInfo("i.zip")
        info.size = inner.stat().st_size
        archive.addfile(info, io.BytesIO(inner.read_bytes()))
    package = open_package(zip_of(tmp_path / "o.zip", ("m.tgz", middle.getvalue())))
    assert [m.path for m in package.members] == ["m.tgz", "m.tgz!i.zip", "m.tgz!i.zip!deep.sh"]
    assert package.nested == {"m.tgz": "tar.gz", "m.tgz!i.zip": "zip"}


def test_a_pipe_is_no_package_and_nobody_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "p.zip"
    os.mkfifo(pipe)
    with pytest.raises(BadPackageError, match="plain file"):
        open_package(pipe)
