"""Certificates of real authorities, made here; live ones from a real TLS server on loopback."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.preflight.checks.certificates import CHECK
from runbook_tui.preflight.x509.rules import is_for

from .authorities import NOW, Issued, issue, pem
from .chains import HOST, check, days, needs_openssl, severities
from .chains import between as between
from .chains import leaf as leaf
from .chains import root as root
from .targets import by_key, result


def openssl_says(folder: Path, leaf: Issued, untrusted: bytes, *trusted: Issued) -> bool:
    (folder / "o-leaf.pem").write_bytes(leaf.pem)
    (folder / "o-untrusted.pem").write_bytes(untrusted)
    (folder / "o-trust.pem").write_bytes(pem(*trusted))
    done = subprocess.run(
        ["openssl", "verify", "-no-CApath", "-no-CAstore", "-attime", str(int(NOW.timestamp())),
         "-purpose", "sslserver", "-CAfile", "o-trust.pem",
         *(["-untrusted", "o-untrusted.pem"] if untrusted else []), "o-leaf.pem"],
        cwd=folder, capture_output=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode == 0


def test_a_sound_chain_passes(root: Issued, between: Issued, leaf: Issued, tmp_path: Path) -> None:
    found = check(tmp_path, pem(leaf, between), root, names=(HOST,))
    assert severities(found) == {"chain": "pass"}
    [fine] = found.findings
    assert "Dten Root G1" in fine.title
    assert fine.evidence[0].place == "it.pem"
    assert (fine.evidence[0].line, fine.evidence[1].line) == (1, pem(leaf).count(b"\n") + 1)


def test_an_intermediate_that_is_not_sent(
    root: Issued, between: Issued, leaf: Issued, tmp_path: Path
) -> None:
    found = check(tmp_path, leaf.pem, root)
    assert severities(found) == {"no-chain": "inhibitor"}
    assert "issued by Dten Issuing CA 1, which is nowhere here" in found.findings[0].title
    [in_trust] = check(tmp_path, leaf.pem, root, between).findings
    assert (in_trust.key, in_trust.severity) == ("missing-intermediate", "high")
    (tmp_path / "more.pem").write_bytes(between.pem)
    config = CertificatesCheck(files=("it.pem", "more.pem"), trust="trust.pem")
    check(tmp_path, leaf.pem, root)
    keys = by_key(result(CHECK, config, tmp_path))
    assert keys["missing-intermediate"][0].severity == "high"
    assert "more.pem" in keys["missing-intermediate"][0].remediation
    assert "no-chain" not in keys


def test_the_missing_issuer_is_named_with_where_it_is_said_to_be(
    root: Issued, tmp_path: Path
) -> None:
    between = issue("Far CA", root, ca=True)
    leaf = issue(HOST, between, names=(HOST,), aia="http://pki.dten.example/far.crt")
    [found] = check(tmp_path, leaf.pem, root).findings
    assert "http://pki.dten.example/far.crt" in found.remediation
    assert re.search(r"key identifier is [0-9a-f]{40}", found.remediation)


def test_a_rotated_root_is_told_from_any_missing_one(root: Issued, tmp_path: Path) -> None:
    second = issue("Dten Root G2", ca=True)
    between = issue("Dten Issuing CA 3", second, ca=True)
    leaf = issue(HOST, between, names=(HOST,))
    for bundle in (pem(leaf, between), pem(leaf, between, second)):
        found = by_key(check(tmp_path, bundle, root))["rotated-root"][0]
        assert found.severity == "inhibitor"
        assert "trust.pem does not have Dten Root G2; it has Dten Root G1" in found.title
    rekeyed = issue("Dten Root G1", ca=True)
    leaf = issue(HOST, rekeyed, names=(HOST,))
    assert "another key" in by_key(check(tmp_path, leaf.pem, root))["rotated-root"][0].title
    other = issue("Somebody Else", ca=True)
    leaf = issue(HOST, other, names=(HOST,))
    found = by_key(check(tmp_path, pem(leaf, other), root))["untrusted-root"][0]
    assert found.severity == "inhibitor"


def test_a_certificate_signed_by_itself(tmp_path: Path, root: Issued) -> None:
    alone = issue(HOST, names=(HOST,))
    found = check(tmp_path, alone.pem, root)
    assert by_key(found)["untrusted-root"][0].severity == "inhibitor"
    assert severities(check(tmp_path, alone.pem, alone))["chain"] == "pass"


def test_order_doubles_and_what_nobody_needs(
    root: Issued, between: Issued, leaf: Issued, tmp_path: Path
) -> None:
    other = issue("Other CA", ca=True)
    stray = issue("Stray CA", other, ca=True)
    found = check(tmp_path, pem(between, leaf, between, root, stray), root)
    assert severities(found) == {
        "chain": "pass", "wrong-order": "warning", "duplicate": "info",
        "unneeded-root": "info", "unneeded": "info",
    }  # fmt: skip
    assert f"right is: {HOST}, Dten Issuing CA 1" in by_key(found)["wrong-order"][0].title


WINDOW = (NOW + days(1), NOW + days(1) + timedelta(hours=6))


@pytest.mark.parametrize(
    ("begins", "lasts", "key", "severity"),
    [
        (-400, -1, "expired", "inhibitor"),
        (-400, 1.1, "expires-in-window", "inhibitor"),
        (-400, 5, "expires-soon", "high"),
        (-400, 20, "expires-soon", "warning"),
        (-400, 32, "chain", "pass"),
        (1.1, 300, "not-yet-valid", "inhibitor"),
        (0.5, 300, "chain", "pass"),
    ],
)
def test_time(
    root: Issued, tmp_path: Path, begins: float, lasts: float, key: str, severity: str
) -> None:
    leaf = issue(HOST, root, names=(HOST,), begins=days(begins), lasts=days(lasts))
    found = severities(check(tmp_path, leaf.pem, root, window=WINDOW))
    assert found.get(key) == severity
    assert ("chain" in found) == (severity in ("pass", "warning"))


def test_an_intermediate_that_ends_first_counts_too(root: Issued, tmp_path: Path) -> None:
    between = issue("Short CA", root, ca=True, lasts=days(3))
    leaf = issue(HOST, between, names=(HOST,))
    found = by_key(check(tmp_path, pem(leaf, between), root))
    assert found["expires-soon"][0].subject == "it.pem: Short CA"


def test_cross_signed_the_valid_way_up_counts(tmp_path: Path) -> None:
    old = issue("Old Root", ca=True, lasts=days(-1))
    new = issue("New Root", ca=True)
    crossed = issue("New Root", old, ca=True, key=new.key, lasts=days(-1))
    leaf = issue(HOST, new, names=(HOST,))
    found = severities(check(tmp_path, pem(leaf, crossed), old, new))
    assert found == {"chain": "pass", "expired-root": "info", "unneeded": "info"}
    assert severities(check(tmp_path, pem(leaf, crossed), old))["expired"] == "inhibitor"


def test_names(root: Issued, tmp_path: Path) -> None:
    leaf = issue(HOST, root, names=(HOST, "10.0.0.1", "*.api.dten.example"))
    fine = ("10.0.0.1", HOST.upper(), "a.api.dten.example")
    assert severities(check(tmp_path, leaf.pem, root, names=fine)) == {"chain": "pass"}
    wrong = by_key(check(tmp_path, leaf.pem, root, names=("x.example", "a.b.api.dten.example")))
    assert wrong["wrong-name"][0].severity == "inhibitor"
    assert "x.example, a.b.api.dten.example" in wrong["wrong-name"][0].title
    bare = issue(HOST, root)
    assert severities(check(tmp_path, bare.pem, root))["no-names"] == "high"
    assert severities(check(tmp_path, bare.pem, root, names=(HOST,)))["no-names"] == "inhibitor"


@pytest.mark.parametrize(
    ("name", "given", "matches"),
    [
        ("a.b.c", "*.b.c", True),
        ("a.b.c", "*.c", False),
        ("b.c", "*.b.c", False),
        ("a.b.c", "a.b.c.", True),
        ("a.b.c", "a*.b.c", False),
        ("c", "*", False),
        ("a.c", "*.c", False),
        ("", "", True),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_how_names_match(name: str, given: str, matches: bool) -> None:
    assert is_for(name, [given], []) == matches


def test_weak_keys_and_signatures(root: Issued, tmp_path: Path) -> None:
    small = rsa.generate_private_key(65537, 1024)
    leaf = issue(HOST, root, names=(HOST,), key=small)
    assert severities(check(tmp_path, leaf.pem, root)) == {"weak-key": "high"}


@needs_openssl
def test_a_signature_over_sha1_is_weak_and_a_roots_own_is_nobodys_trouble(tmp_path: Path) -> None:
    def openssl(*argv: str) -> None:
        subprocess.run(
            ["openssl", *argv], cwd=tmp_path, check=True, capture_output=True, timeout=60
        )

    new = ("req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "9000", "-sha1")
    openssl(*new, "-subj", "/CN=Old CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-nodes", "-newkey", "rsa:2048", "-subj", f"/CN={HOST}", "-keyout", "l.key",
            "-addext", f"subjectAltName=DNS:{HOST}", "-out", "l.csr")  # fmt: skip
    openssl("x509", "-req", "-in", "l.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "9000",
            "-sha1", "-CAcreateserial", "-copy_extensions", "copy", "-out", "l.pem")  # fmt: skip
    config = CertificatesCheck(files=("l.pem",), trust="ca.pem")
    now = datetime.now(UTC) + days(1)
    assert severities(result(CHECK, config, tmp_path, now=now)) == {"weak-signature": "high"}


@needs_openssl
def test_an_old_certificate_says_nothing_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its serial number is 0, as that of some roots of every system."""
    argv = ("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "9000",
            "-subj", "/CN=Old CA", "-set_serial", "0",
            "-keyout", "ca.key", "-out", "it.pem")  # fmt: skip
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    config = CertificatesCheck(files=("it.pem",), trust="it.pem")
    now = datetime.now(UTC) + days(1)
    found = result(CHECK, config, tmp_path, now=now)
    assert severities(found) == {"authorities": "pass"}
    assert capfd.readouterr() == ("", "")


def test_what_a_certificate_is_for(root: Issued, tmp_path: Path) -> None:
    client = issue("me", root, names=("me.example",), uses=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert severities(check(tmp_path, client.pem, root))["not-for-servers"] == "high"
    assert severities(check(tmp_path, client.pem, root, uses="client")) == {"chain": "pass"}
    mute = issue(HOST, root, names=(HOST,), signs=False)
    assert severities(check(tmp_path, mute.pem, root))["no-signing"] == "high"


def test_who_may_issue(root: Issued, between: Issued, tmp_path: Path) -> None:
    cases = {
        "not-a-ca": issue("No CA", root, names=("x.example",)),
        "no-cert-sign": issue("Mute CA", root, ca=True, signs=False),
        "path-length": issue("Too deep CA", between, ca=True),
    }
    for key, by in cases.items():
        leaf = issue(HOST, by, names=(HOST,))
        found = severities(check(tmp_path, pem(leaf, by, between), root))
        assert found.get(key) == "inhibitor", key
        assert "chain" not in {k for k in found if k != "chain"}
        if shutil.which("openssl"):
            assert not openssl_says(tmp_path, leaf, pem(by, between), root)


def test_name_constraints_are_kept(root: Issued, tmp_path: Path) -> None:
    by = issue("Narrow CA", root, ca=True, permitted="dten.example")
    for host, key in ((HOST, "chain"), ("evil.example", "name-constraints")):
        leaf = issue(host, by, names=(host,))
        assert list(severities(check(tmp_path, pem(leaf, by), root))) == [key]
        if shutil.which("openssl"):
            assert openssl_says(tmp_path, leaf, by.pem, root) == (key == "chain")


@needs_openssl
def test_openssl_comes_to_the_same(
    root: Issued, between: Issued, leaf: Issued, tmp_path: Path
) -> None:
    second = issue("Dten Root G2", ca=True)
    expired = issue(HOST, root, names=(HOST,), lasts=days(-1))
    forged = Issued(issue("Dten Issuing CA 1", second, ca=True).cert, None)
    client = issue("me", root, names=("me.example",), uses=ExtendedKeyUsageOID.CLIENT_AUTH)
    early = issue(HOST, root, names=(HOST,), begins=days(1))
    cases = [
        (leaf, (between,), (root,)), (leaf, (), (root,)), (leaf, (), (root, between)),
        (leaf, (between,), (second,)), (leaf, (between, root), (second,)),
        (leaf, (root, between), (root,)), (expired, (), (root,)), (leaf, (forged,), (root, second)),
        (leaf, (forged, between), (root,)), (client, (), (root,)), (early, (), (root,)),
    ]  # fmt: skip
    for number, (one, sent, trusted) in enumerate(cases):
        ours = severities(check(tmp_path, pem(one, *sent), *trusted))
        refused = any(s == "inhibitor" or k == "not-for-servers" for k, s in ours.items())
        assert openssl_says(tmp_path, one, pem(*sent), *trusted) != refused, (number, ours)
