"""Keys, bundles, trust stores, other forms and hostile files of certificates."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.preflight.checks.certificates import CHECK
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.x509.reading import read_certificates

from .archives import zip_of
from .authorities import Issued, issue, pem
from .chains import HOST, check, days, severities
from .chains import between as between
from .chains import leaf as leaf
from .chains import root as root
from .targets import by_key, result


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
