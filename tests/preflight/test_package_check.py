"""The check `package` of a runbook: what the intake finds, what was expected, who signed it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from runbook_tui.domain.checks.package import PackageCheck
from runbook_tui.preflight.checks.package import CHECK
from runbook_tui.preflight.registry import check_of

from .archives import tar_of, zip_of
from .targets import by_key, result, target


def clean(path: Path) -> Path:
    listed = f"{hashlib.sha256(b'hello').hexdigest()}  notes.md\n".encode()
    return zip_of(path, ("notes.md", b"hello"), ("SHA256SUMS", listed))


def test_a_package_with_nothing_against_it_passes(tmp_path: Path) -> None:
    path = clean(tmp_path / "p.zip")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    config = PackageCheck(package="p.zip", sha256=f" {digest.upper()} ")
    found = result(CHECK, config, tmp_path)
    assert found.ran
    assert found.worst == "info"
    keys = by_key(found)
    assert keys["checksum.package"][0].severity == "pass"
    assert keys["fine"][0].severity == "pass"
    assert keys["manifest.held"][0].evidence[0].place == "p.zip!SHA256SUMS"
    assert check_of("package") is CHECK


def test_everything_the_intake_finds_comes_under_the_name_of_its_check(tmp_path: Path) -> None:
    script = b"#!/bin/sh\nsystemctl enable x.service\n"
    path = tar_of(tmp_path / "p.tar.gz", ("../x", b""), ("a.sh", script))
    (tmp_path / "p.tar.gz.asc").write_text("")
    found = by_key(result(CHECK, PackageCheck(package="p.tar.gz", sha256="0" * 64), tmp_path))
    traversal = found["archive-safety.path-traversal"][0]
    assert (traversal.check, traversal.severity) == ("package", "inhibitor")
    assert traversal.subject == "p.tar.gz!../x"
    assert found["checksum.package"][0].severity == "inhibitor"
    assert found["checksum.package"][0].evidence[0].place == "p.tar.gz"
    assert found["signature.not-checked"][0].severity == "info"
    [unit] = found["planned-actions.unit"]
    assert (unit.evidence[0].place, unit.evidence[0].line) == ("p.tar.gz!a.sh", 2)
    assert "fine" not in found
    assert path.exists()


def test_a_finding_is_the_same_wherever_the_package_lies(tmp_path: Path) -> None:
    prints = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        tar_of(folder / "p.tar.gz", ("../x", b""))
        found = by_key(result(CHECK, PackageCheck(package=f"{folder}/p.tar.gz"), tmp_path))
        prints.append(found["archive-safety.path-traversal"][0].fingerprint)
    assert prints[0] == prints[1]


@pytest.mark.parametrize("what", ["missing", "text", "broken"])
def test_what_cannot_be_read_is_unknown(tmp_path: Path, what: str) -> None:
    if what != "missing":
        (tmp_path / "p").write_bytes(b"hello" if what == "text" else b"PK\x03\x04 and no more")
    found = result(CHECK, PackageCheck(package="p"), tmp_path)
    assert [(f.key, f.severity) for f in found.findings] == [("not-read", "unknown")]


def test_a_checksum_that_is_none_is_unknown(tmp_path: Path) -> None:
    clean(tmp_path / "p.zip")
    found = by_key(result(CHECK, PackageCheck(package="p.zip", sha256="abc"), tmp_path))
    assert found["checksum.could-not-run"][0].severity == "unknown"
    assert "fine" not in found


def test_a_directory_is_a_package(tmp_path: Path) -> None:
    (tmp_path / "p" / "d").mkdir(parents=True)
    (tmp_path / "p" / "d" / "a.sh").write_text("#!/bin/sh\ncurl http://x.example\n")
    found = by_key(result(CHECK, PackageCheck(package="p"), tmp_path))
    assert found["planned-actions.host"][0].evidence[0].place == "p/d/a.sh"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
def test_who_signed_it(tmp_path: Path) -> None:
    path = clean(tmp_path / "p.zip")
    for argv in (
        ["-q", "-t", "ed25519", "-N", "", "-C", "release", "-f", tmp_path / "key"],
        ["-q", "-Y", "sign", "-f", tmp_path / "key", "-n", "file", path],
    ):
        subprocess.run(["ssh-keygen", *argv], check=True, timeout=30)
    config = PackageCheck(package="p.zip", signature="p.zip.sig", keys="key.pub")
    found = by_key(result(CHECK, config, tmp_path))
    assert found["signature.good"][0].severity == "pass"


def test_it_is_ended_while_it_reads(tmp_path: Path) -> None:
    zip_of(tmp_path / "p.zip", ("zeros", bytes(40 * 1024**2)), deflated=False)
    going = iter(CHECK.find(target(PackageCheck(package="p.zip"), tmp_path)))
    next(going)
    going.close()  # type: ignore[attr-defined]
    late = result(CHECK, PackageCheck(package="p.zip", timeout="0s"), tmp_path)
    assert late.worst == "unknown"
