"""Certificates of real authorities, made here; live ones from a real TLS server on loopback."""

from __future__ import annotations

import base64
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.domain.findings import CheckResult, Finding
from runbook_tui.practice import builder
from runbook_tui.preflight.checks.certificates import CHECK
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.ports import Network
from runbook_tui.preflight.x509.reading import read_certificates
from runbook_tui.preflight.x509.rules import is_for

from .archives import zip_of
from .authorities import NOW, Issued, issue, pem
from .targets import NoNetwork, by_key, result

HOST = "orders.dten.example"
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not on this machine"
)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Dten Root G1", ca=True, lasts=days(9000))


@pytest.fixture(scope="module")
def between(root: Issued) -> Issued:
    return issue("Dten Issuing CA 1", root, ca=True, pathlen=0, lasts=days(3000))


@pytest.fixture(scope="module")
def leaf(between: Issued) -> Issued:
    return issue(HOST, between, names=(HOST, "127.0.0.1"))


def check(folder: Path, bundle: bytes, *trusted: Issued, **more: Any) -> CheckResult:
    (folder / "it.pem").write_bytes(bundle)
    (folder / "trust.pem").write_bytes(pem(*trusted))
    window = more.pop("window", None)
    config = CertificatesCheck(files=("it.pem",), trust="trust.pem", **more)
    return result(CHECK, config, folder, window=window)


def severities(found: CheckResult) -> dict[str, str]:
    return {finding.key: finding.severity for finding in found.findings}


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


def test_a_private_key_beside_its_certificates(
    root: Issued, leaf: Issued, between: Issued, tmp_path: Path
) -> None:
    found = check(tmp_path, pem(leaf, between) + leaf.key_pem, root)
    [key] = by_key(found)["private-key"]
    assert (key.severity, key.evidence[0].line) == ("high", pem(leaf, between).count(b"\n") + 1)
    assert "wrong-key" not in by_key(found)
    body = leaf.key_pem.splitlines()[1].decode()
    assert body not in repr(found)
    found = check(tmp_path, pem(leaf, between) + between.key_pem, root)
    assert by_key(found)["wrong-key"][0].severity == "inhibitor"


def test_the_key_that_is_named_is_the_leafs(
    root: Issued, leaf: Issued, between: Issued, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_bytes(leaf.key_pem)
    found = by_key(check(tmp_path, pem(leaf, between), root, key="key.pem"))
    assert found["key"][0].severity == "pass"
    assert "private-key" not in found
    (tmp_path / "key.pem").write_bytes(between.key_pem)
    found = by_key(check(tmp_path, pem(leaf, between), root, key="key.pem"))
    assert found["wrong-key"][0].severity == "inhibitor"
    locked = leaf.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    for content in (locked, b"", pem(leaf), b"-----BEGIN PRIVATE KEY-----\n!\n"):
        (tmp_path / "key.pem").write_bytes(content)
        found = by_key(check(tmp_path, pem(leaf, between), root, key="key.pem"))
        assert found["key-not-readable"][0].severity == "unknown"
    assert (
        "none" in by_key(check(tmp_path, leaf.pem, root, key="none"))["key-not-readable"][0].title
    )


def test_a_bundle_of_authorities(root: Issued, between: Issued, tmp_path: Path) -> None:
    assert severities(check(tmp_path, pem(root, between), root)) == {"authorities": "pass"}
    second = issue("Dten Root G2", ca=True)
    third = issue("Dten Issuing CA 3", second, ca=True)
    found = check(tmp_path, pem(third, second), root)
    [rotated] = found.findings
    assert (rotated.key, rotated.severity) == ("rotated-root", "inhibitor")
    assert [e.text.split(",")[0] for e in rotated.evidence] == [
        "Dten Issuing CA 3", "Dten Root G2", "Dten Root G1",
    ]  # fmt: skip
    (tmp_path / "it.pem").write_bytes(pem(third, second))
    system = result(CHECK, CertificatesCheck(files=("it.pem",)), tmp_path)
    assert {f.severity for f in system.findings} <= {"info", "unknown"}


def test_trust(root: Issued, leaf: Issued, between: Issued, tmp_path: Path) -> None:
    old = issue("Gone Root", ca=True, lasts=days(-5))
    found = check(tmp_path, pem(leaf, between), root, old)
    assert severities(found) == {"expired-root": "info", "chain": "pass"}
    partial = check(tmp_path, leaf.pem, between)
    assert severities(partial) == {"partial-trust": "warning"}
    for content in (b"", b"hello", leaf.pem):
        (tmp_path / "trust.pem").write_bytes(content)
        config = CertificatesCheck(files=("it.pem",), trust="trust.pem")
        assert severities(result(CHECK, config, tmp_path)) == {"no-trust": "unknown"}
    config = CertificatesCheck(files=("it.pem",), trust="none.pem")
    assert severities(result(CHECK, config, tmp_path)) == {"no-trust": "unknown"}
    (tmp_path / "trust.pem").write_bytes(pem(root).replace(b"MII", b"MIJ"))
    keys = severities(
        result(CHECK, CertificatesCheck(files=("it.pem",), trust="trust.pem"), tmp_path)
    )
    assert keys["trust-not-readable"] == "unknown"


def test_the_systems_trust_store_can_be_another(
    root: Issued, leaf: Issued, between: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.pem").write_bytes(root.pem)
    (tmp_path / "it.pem").write_bytes(pem(leaf, between))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    assert severities(result(CHECK, CertificatesCheck(files=("it.pem",)), tmp_path)) == {
        "chain": "pass"
    }


def test_other_forms(root: Issued, leaf: Issued, between: Issued, tmp_path: Path) -> None:
    certs = [leaf.cert, between.cert]
    forms = {
        "p7b": pkcs7.serialize_certificates(certs, serialization.Encoding.DER),
        "p7b in PEM": pkcs7.serialize_certificates(certs, serialization.Encoding.PEM),
        "p12": pkcs12.serialize_key_and_certificates(
            None, None, leaf.cert, [between.cert], serialization.NoEncryption()
        ),
        "with text": b"# subject: x\n\n"
        + leaf.pem.replace(b"\n", b"\r\n")
        + b"text\n"
        + between.pem,
    }
    for form, content in forms.items():
        assert "chain" in severities(check(tmp_path, content, root)), form
    single = issue(HOST, root, names=(HOST,))
    assert "chain" in severities(check(tmp_path, single.der, root))
    locked = pkcs12.serialize_key_and_certificates(
        None, leaf.key, leaf.cert, None, serialization.BestAvailableEncryption(b"x")
    )
    assert severities(check(tmp_path, locked, root)) == {"not-readable": "unknown"}


def test_what_is_no_certificate_is_unknown(root: Issued, leaf: Issued, tmp_path: Path) -> None:
    broken = leaf.pem[:200] + b"\n-----END CERTIFICATE-----\n"
    for content, key in (
        (b"hello", "no-certificate"), (b"", "no-certificate"), (broken, "not-readable"),
        (leaf.pem[:200], "not-readable"), (b"\x30\x82junk", "not-readable"),
        (leaf.key_pem, "no-certificate"),
    ):  # fmt: skip
        found = severities(check(tmp_path, content, root))
        assert found.get(key) == "unknown", content
    config = CertificatesCheck(files=("none.pem",), trust="trust.pem")
    assert by_key(result(CHECK, config, tmp_path))["not-there"][0].severity == "unknown"
    assert result(CHECK, CertificatesCheck(), tmp_path).worst == "unknown"


@given(st.binary(max_size=400))
def test_nonsense_is_never_a_certificate(content: bytes) -> None:
    import tempfile

    block = b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
    key = b"-----BEGIN PRIVATE KEY-----\n"
    for data in (b"\x30" + content, block % base64.b64encode(content) + key + content):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            assert read_certificates(Path(file.name), "x").certificates == []


def test_a_file_made_to_be_slow_is_not(tmp_path: Path, leaf: Issued) -> None:
    began = time.monotonic()
    for line in (b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN " + b"A " * 1000, leaf.key_pem):
        (tmp_path / "x.pem").write_bytes(line * (8 * 1024**2 // len(line)))
        content = read_certificates(tmp_path / "x.pem", "x")
        assert len(content.troubles) == (0 if b"A A" in line else 1)
    assert time.monotonic() - began < 5


def test_folders_and_packages(root: Issued, leaf: Issued, between: Issued, tmp_path: Path) -> None:
    folder = tmp_path / "ssl"
    folder.mkdir()
    (folder / "chain").write_bytes(b"# no suffix\n" + pem(leaf, between))
    (folder / "private.pem").write_bytes(leaf.key_pem)
    (folder / "readme.txt").write_text("hello")
    (tmp_path / "trust.pem").write_bytes(root.pem)
    config = CertificatesCheck(files=("ssl",), trust="trust.pem")
    assert severities(result(CHECK, config, tmp_path)) == {"chain": "pass"}
    content = [(p.name, p.read_bytes()) for p in sorted(folder.iterdir())]
    zip_of(tmp_path / "p.zip", *content, ("ca/root.pem", root.pem))
    config = CertificatesCheck(files=("p.zip",), trust="p.zip")
    with Unpacker() as unpacker:
        found = by_key(result(CHECK, config, tmp_path, unpack=unpacker.unpack))
    assert found["chain"][0].evidence[0].place == "p.zip!chain"
    assert found["private-key"][0].subject == "p.zip!private.pem"


def test_hostile_names_reach_nobody(root: Issued, tmp_path: Path) -> None:
    leaf = issue("a\x1b]0;x\u202eb", root, names=(HOST,))
    other = issue("\x1b[2J", ca=True)
    for bundle in (leaf.pem, other.pem):
        found = repr(check(tmp_path, bundle, root))
        assert "\\x1b" not in found
        assert "\\u202e" not in found


class ByOpenssl(NoNetwork):
    """What a server sends, as openssl sees it."""

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-showcerts",
             *(["-servername", name] if name else ["-noservername"])],
            input=b"", capture_output=True, check=False, timeout=limit,
        )  # fmt: skip
        found = re.findall(
            rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", done.stdout, re.S
        )
        return tuple(base64.b64decode(each) for each in found), done.stderr.decode()[-100:]


@contextmanager
def serving(folder: Path, bundle: bytes, key: bytes) -> Iterator[str]:
    (folder / "server.pem").write_bytes(bundle)
    (folder / "server.key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                with plain:
                    try:
                        with context.wrap_socket(plain, server_side=True) as tls:
                            tls.recv(1)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


NETWORKS = [pytest.param(ByOpenssl, marks=needs_openssl), LocalNetwork]


def ask(folder: Path, network: Network, address: str, **more: Any) -> dict[str, list[Finding]]:
    config = CertificatesCheck(live=(address,), trust="trust.pem", **more)
    return by_key(result(CHECK, config, folder, network=network))


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_live_server(
    root: Issued, between: Issued, leaf: Issued, tmp_path: Path, kind: type[Network]
) -> None:
    network = kind()
    (tmp_path / "trust.pem").write_bytes(root.pem)
    with serving(tmp_path, pem(leaf, between), leaf.key_pem) as address:
        assert list(ask(tmp_path, network, address)) == ["chain"]
        assert list(ask(tmp_path, network, address, names=(HOST,))) == ["chain"]
        assert "wrong-name" in ask(tmp_path, network, address, names=("x.example",))
    with serving(tmp_path, leaf.pem, leaf.key_pem) as address:
        found = ask(tmp_path, network, address)
        assert found["no-chain"][0].severity == "inhibitor"
        assert found["no-chain"][0].title.startswith(address)
        (tmp_path / "chain.pem").write_bytes(between.pem)
        found = ask(tmp_path, network, address, files=("chain.pem",))
        assert found["missing-intermediate"][0].severity == "high"
        # Who asks with a bundle that has it gets through.
        (tmp_path / "trust.pem").write_bytes(pem(root, between))
        found = ask(tmp_path, network, address)
        assert found["missing-intermediate"][0].severity == "warning"


def test_an_address_that_shows_nothing_is_unknown(root: Issued, tmp_path: Path) -> None:
    (tmp_path / "trust.pem").write_bytes(root.pem)
    for address, key in (("127.0.0.1:1", "not-reached"), ("h:99999", "no-address")):
        config = CertificatesCheck(live=(address,), trust="trust.pem")
        found = by_key(result(CHECK, config, tmp_path))
        assert found[key][0].severity == "unknown"


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_trap_of_the_practice_lab(tmp_path: Path, kind: type[Network]) -> None:
    """The package brings the old root; the partner's new address ends in another."""
    certificates = builder.CERTIFICATES
    old = (certificates / "vendor-root-g1.pem").read_bytes()
    new = [(certificates / f"vendor-{n}.pem").read_bytes() for n in ("issuing-3", "root-g2")]
    (tmp_path / "vendor-ca.pem").write_bytes(old)
    zip_of(tmp_path / "p.zip", ("dten-5.0/certs/vendor-ca.pem", old))
    bundle = (certificates / "partner-g2.pem").read_bytes() + new[0]
    now = datetime.now(UTC)
    with serving(tmp_path, bundle, (certificates / "partner-g2.key.pem").read_bytes()) as address:
        for trust in ("vendor-ca.pem", "p.zip"):
            config = CertificatesCheck(live=(address,), files=("p.zip",), trust=trust)
            with Unpacker() as unpacker:
                found = by_key(
                    result(
                        CHECK,
                        config,
                        tmp_path,
                        network=kind(),
                        unpack=unpacker.unpack,
                        now=now,
                    )
                )
            [trap] = found["rotated-root"]
            assert trap.severity == "inhibitor"
            assert address in trap.title
            assert "does not have Dten Vendor Root G2; it has Dten Vendor Root G1" in trap.title
            assert any("Dten Vendor Issuing CA 3" in each.text for each in trap.evidence)
        (tmp_path / "vendor-ca.pem").write_bytes(old + b"".join(new))
        config = CertificatesCheck(live=(address,), trust="vendor-ca.pem")
        found = by_key(result(CHECK, config, tmp_path, network=kind(), now=now))
        assert list(found) == ["chain"]
