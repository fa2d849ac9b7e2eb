"""`intake` on the real package of the practice lab, and on what is no package."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runbook_tui.practice import lab as practice
from tests.preflight.archives import zip_of

from .conftest import Program


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of a practice lab that does not run."""
    lab = practice.build(tmp_path_factory.mktemp("intake") / "lab", 10)
    [path] = (lab.layout.root / "inbox").glob("*.zip")
    return path


def test_the_traps_of_the_labs_package_are_found_with_their_places(
    program: Program, package: Path
) -> None:
    report = program.json("intake", package, code=1)
    places = {
        (finding["key"], f"{each['place']}:{each.get('line', 0)}")
        for check in report["checks"]
        for finding in check["findings"]
        for each in finding["evidence"]
    }
    assert {
        ("job", "dten-5.0/cron/orders-export:3"),
        ("host", "dten-5.0/scripts/push-export.sh:3"),
        ("unchecked", "dten-5.0/scripts/push-export.sh:8"),
        ("unit", "dten-5.0/scripts/install.sh:20"),
        ("host", "dten-5.0/scripts/enable-features.sh:8"),
    } <= places
    assert not report["closes_the_gate"]
    assert all(check["ran"] for check in report["checks"])
    assert "Quarry-58" not in json.dumps(report)


def test_the_checksum_that_was_given_is_held_against_the_package(
    program: Program, package: Path
) -> None:
    digest = program.json("intake", package, code=1)["digest"]
    same = program("intake", package, "--sha256", digest, code=1)
    assert "✓ pass       The package has the checksum that was given" in same.stdout
    other = program("intake", package, "--sha256", "0" * 64, code=1)
    assert "The gate stays closed" in other.stdout


def test_a_clean_package_is_fine(program: Program, tmp_path: Path) -> None:
    import hashlib

    listed = f"{hashlib.sha256(b'hello').hexdigest()}  notes.md\n".encode()
    path = zip_of(tmp_path / "p.zip", ("notes.md", b"hello"), ("SHA256SUMS", listed))
    done = program("intake", path)
    assert "Nothing was found that anybody has to look at." in done.stdout


def test_sarif_and_junit_tell_the_same(program: Program, package: Path) -> None:
    report = program.json("intake", package, code=1)
    sarif = json.loads(program("intake", package, "--format", "sarif", code=1).stdout)
    results = sarif["runs"][0]["results"]
    assert {r["partialFingerprints"]["runbookTui/v1"] for r in results} == {
        f["fingerprint"] for c in report["checks"] for f in c["findings"]
    }
    rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert {r["ruleId"] for r in results} == rules
    assert sarif["version"] == "2.1.0"
    suite = ElementTree.fromstring(program("intake", package, "--format", "junit", code=1).stdout)
    assert suite.attrib["tests"] == str(len(report["checks"]))
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 1


@pytest.mark.parametrize("what", ["missing", "text", "broken"])
def test_what_is_no_package_is_bad_input(program: Program, tmp_path: Path, what: str) -> None:
    path = tmp_path / "p.zip"
    if what != "missing":
        path.write_bytes(b"hello" if what == "text" else b"PK\x03\x04 and no more")
    done = program("intake", path, code=2)
    assert str(path) in done.stderr
    assert done.stdout == ""


def test_hostile_names_reach_no_terminal(program: Program, tmp_path: Path) -> None:
    script = b"#!/bin/sh\ncurl http://x.example\n"
    path = zip_of(tmp_path / "p.zip", ("a\x1b]0;x\x07\u202eb.sh", script))
    for form in ("text", "json", "sarif", "junit"):
        done = program("intake", path, "--format", form, code=1)
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
def test_who_signed_it_is_said(program: Program, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("notes.md", b"hello"))
    for argv in (
        ["-q", "-t", "ed25519", "-N", "", "-C", "release", "-f", tmp_path / "key"],
        ["-q", "-Y", "sign", "-f", tmp_path / "key", "-n", "file", path],
    ):
        subprocess.run(["ssh-keygen", *argv], check=True, timeout=30)
    unasked = program("intake", path, code=1)
    assert "p.zip.sig" in unasked.stdout
    assert "was not checked" in unasked.stdout
    signed = ("--signature", f"{path}.sig", "--keys", tmp_path / "key.pub")
    good = program.json("intake", path, *signed, code=1)["checks"][0]
    assert (good["check"], good["worst"], good["ran"]) == ("signature", "pass", True)
    assert "release (ED25519 SHA256:" in good["findings"][0]["title"]
    zip_of(path, ("notes.md", b"hallo"))
    assert "✗ INHIBITOR" in program("intake", path, *signed, code=1).stdout
    gone = program.json("intake", path, *signed[:-1], tmp_path / "none", code=1)
    assert gone["closes_the_gate"]
    assert not gone["checks"][0]["ran"]


def test_a_signature_without_keys_says_nothing(program: Program, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("notes.md", b"hello"))
    for one in ("--signature", "--keys"):
        assert "belong together" in program("intake", path, one, path, code=2).stderr
