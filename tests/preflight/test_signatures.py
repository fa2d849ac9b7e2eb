"""Signatures made by the real gpg, ssh-keygen and minisign: who signed, and who did not."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.domain.findings import Finding
from runbook_tui.preflight.checks.signatures import find_signature
from runbook_tui.preflight.ports import Answer
from runbook_tui.preflight.signing import gpg, minisign

TOOLS = LocalTools()


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not on this machine")


def run(*argv: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    done = subprocess.run(
        [str(each) for each in argv], input=stdin, capture_output=True, check=False, timeout=60,
        env=None if env is None else {"PATH": "/usr/bin:/bin", **env},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def one(package: Path, signature: Path | None, keys: Path | None) -> Finding:
    [finding] = find_signature(TOOLS, package, signature, keys)
    return finding


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "it.zip"
    path.write_bytes(b"PK the package" * 1000)
    return path


class Gpg:
    """A vendor with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *argv: str | Path, stdin: bytes = b"") -> bytes:
        base = ("gpg", "--homedir", self.home, "--batch", "--yes", "--passphrase", "")
        return run(*base, *argv, stdin=stdin)

    def new(self, name: str, *, expires: str = "never", when: str = "") -> str:
        at = ("--faked-system-time", when) if when else ()
        self(*at, "--quick-gen-key", name, "ed25519", "sign", expires)
        listed = self("--list-keys", "--with-colons", name).decode().splitlines()
        return next(line.split(":")[9] for line in listed if line.startswith("fpr"))

    def export(self, path: Path, *keys: str, armor: bool = True) -> Path:
        how = ("--armor",) if armor else ()
        path.write_bytes(self(*how, "--export", *keys))
        return path

    def sign(self, package: Path, *options: str) -> Path:
        signature = package.with_name(package.name + ".asc")
        self(*options, "--output", signature, "--detach-sign", package)
        return signature


@pytest.fixture(scope="module")
def vendor() -> Iterator[Gpg]:
    # Below /tmp itself: the agent's socket has to have a short name.
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    yield Gpg(home)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, timeout=30)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def released(vendor: Gpg) -> str:
    return vendor.new("Dten Release <release@dten.example>")


@needs("gpg")
@pytest.mark.parametrize("armor", [True, False])
def test_gpg_good_by_a_listed_key(
    vendor: Gpg, released: str, package: Path, tmp_path: Path, armor: bool
) -> None:
    signature = vendor.sign(package, *(("--armor",) if armor else ()))
    found = one(package, signature, vendor.export(tmp_path / "keys", released, armor=armor))
    assert (found.severity, found.key) == ("pass", "good")
    assert released in found.title
    assert "release@dten.example" in found.title


@needs("gpg")
def test_gpg_takes_a_keyring(vendor: Gpg, released: str, package: Path, tmp_path: Path) -> None:
    ring = tmp_path / "ring.gpg"
    shutil.copyfile(vendor.home / "pubring.kbx", ring)
    assert one(package, vendor.sign(package), ring).key == "good"


@needs("gpg")
def test_gpg_another_content_is_bad(
    vendor: Gpg, released: str, package: Path, tmp_path: Path
) -> None:
    signature = vendor.sign(package)
    package.write_bytes(package.read_bytes() + b"!")
    found = one(package, signature, vendor.export(tmp_path / "keys", released))
    assert (found.severity, found.key) == ("inhibitor", "bad")


@needs("gpg")
def test_gpg_by_nobody_listed(vendor: Gpg, released: str, package: Path, tmp_path: Path) -> None:
    other = vendor.new("Somebody <else@evil.example>")
    signature = vendor.sign(package, "--local-user", other)
    found = one(package, signature, vendor.export(tmp_path / "keys", released))
    assert (found.severity, found.key) == ("inhibitor", "unknown-key")
    assert other[-16:] in found.title
    assert "Nobody you listed" in found.remediation


@needs("gpg")
def test_gpg_expired_key_and_signature(
    vendor: Gpg, released: str, package: Path, tmp_path: Path
) -> None:
    old = vendor.new("Old <old@dten.example>", expires="2021-01-01", when="20200101T000000")
    signature = vendor.sign(package, "--local-user", old, "--faked-system-time", "20200201T000000")
    found = one(package, signature, vendor.export(tmp_path / "keys", old))
    assert (found.severity, found.key) == ("high", "expired-key")
    past = ("--default-sig-expire", "100d", "--faked-system-time", "20200601T000000")
    elder = vendor.new("Elder <elder@dten.example>", when="20200101T000000")
    signature = vendor.sign(package, "--local-user", elder, *past)
    found = one(package, signature, vendor.export(tmp_path / "keys", elder))
    assert (found.severity, found.key) == ("high", "expired-signature")


@needs("gpg")
def test_gpg_revoked_key(vendor: Gpg, package: Path, tmp_path: Path) -> None:
    gone = vendor.new("Gone <gone@dten.example>")
    signature = vendor.sign(package, "--local-user", gone)
    text = (vendor.home / "openpgp-revocs.d" / f"{gone}.rev").read_text()
    vendor("--import", stdin=text.replace(":-----BEGIN", "-----BEGIN").encode())
    found = one(package, signature, vendor.export(tmp_path / "keys", gone))
    assert (found.severity, found.key) == ("inhibitor", "revoked-key")


@needs("gpg")
def test_gpg_over_sha1_is_weak(vendor: Gpg, released: str, package: Path, tmp_path: Path) -> None:
    rsa = ("--quick-gen-key", "Weak <weak@dten.example>", "rsa2048", "sign", "never")
    vendor(*rsa)
    signature = vendor.sign(package, "--local-user", "weak@dten.example", "--digest-algo", "SHA1")
    found = one(package, signature, vendor.export(tmp_path / "keys", "weak@dten.example"))
    assert (found.severity, found.key) == ("warning", "weak-digest")


@needs("gpg")
@pytest.mark.parametrize(
    ("listed", "key"),
    [("the package", "good"), ("another", "other-content"), ("nothing", "other-content")],
)
def test_gpg_a_signed_list_has_to_list_the_package(
    vendor: Gpg, released: str, package: Path, tmp_path: Path, listed: str, key: str
) -> None:
    own = hashlib.sha256(package.read_bytes()).hexdigest()
    row = {"the package": own, "another": "0" * 64, "nothing": "hello"}[listed]
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(f"{'1' * 64}  other.zip\n{row}  it.zip\n" if row != "hello" else row)
    vendor("--clearsign", sums)
    signed = tmp_path / "SHA256SUMS.asc"
    if listed == "another":  # what stands around the signed part counts for nothing
        signed.write_bytes(signed.read_bytes() + f"\n{own}  it.zip\n".encode())
    assert one(package, signed, vendor.export(tmp_path / "keys", released)).key == key
    signed.write_bytes(signed.read_bytes().replace(row.encode(), b"2" * len(row)))
    assert one(package, signed, tmp_path / "keys").key == "bad"


@needs("gpg")
def test_gpg_what_is_no_signature_or_no_key_is_unknown(
    vendor: Gpg, released: str, package: Path, tmp_path: Path
) -> None:
    keys = vendor.export(tmp_path / "keys", released)
    signature = vendor.sign(package, "--armor")
    broken = tmp_path / "broken.asc"
    broken.write_text("-----BEGIN PGP SIGNATURE-----\n\nnonsense\n-----END PGP SIGNATURE-----\n")
    assert one(package, broken, keys).severity == "unknown"
    assert one(package, keys, keys).severity == "unknown"
    assert "no OpenPGP key" in one(package, signature, package).title
    attached = tmp_path / "attached.gpg"
    vendor("--output", attached, "--sign", package)
    assert one(package, attached, keys).severity == "unknown"


@needs("gpg")
def test_gpg_leaves_the_users_own_keys_alone(
    vendor: Gpg, released: str, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that only the user's own keyring has does not count, and nothing is written there."""
    other = vendor.new("Own <own@here.example>")
    signature = vendor.sign(package, "--local-user", other)
    keys = vendor.export(tmp_path / "keys", released)
    monkeypatch.setenv("GNUPGHOME", str(vendor.home))
    before = sorted(vendor.home.iterdir())
    assert one(package, signature, keys).key == "unknown-key"
    assert sorted(vendor.home.iterdir()) == before


def status(*lines: str) -> Answer:
    return Answer(0, "".join(f"[GNUPG:] {line}\n" for line in lines).encode())


FPR = "A" * 40
VALID = f"VALIDSIG {FPR} 2026-01-01 1767225600 0 4 0 22 10 00 {FPR}"


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((f"GOODSIG {FPR[-16:]} me", VALID), "good"),
        ((f"GOODSIG {FPR[-16:]} me",), "not-checkable"),
        ((VALID,), "not-checkable"),
        ((f"GOODSIG {FPR[-16:]} me", VALID, "BADSIG B me"), "bad"),
        (("ERRSIG B 22 10 00 1 9 -", f"GOODSIG {FPR[-16:]} me", VALID), "good"),
        (("ERRSIG B 22 10 00 1 4 -",), "not-checkable"),
        ((f"REVKEYSIG {FPR[-16:]} me", VALID), "revoked-key"),
        ((), "not-checkable"),
    ],
)
def test_gpg_only_what_is_good_and_valid_is_good(lines: Sequence[str], outcome: str) -> None:
    assert gpg.judge(status(*lines)).outcome == outcome


@pytest.fixture
def ssh_key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "release@dten", "-f", path)
    return path


def ssh_sign(key: Path, package: Path, namespace: str = "file") -> Path:
    signature = package.with_name(package.name + ".sig")
    signature.unlink(missing_ok=True)
    run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, package)
    return signature


def allowed(tmp_path: Path, key: Path, options: str = "") -> Path:
    path = tmp_path / "allowed"
    path.write_text(f"*@dten.example {options} {key.with_suffix('.pub').read_text()}")
    return path


@needs("ssh-keygen")
def test_ssh_good_by_a_listed_key(package: Path, ssh_key: Path, tmp_path: Path) -> None:
    signature = ssh_sign(ssh_key, package)
    found = one(package, signature, allowed(tmp_path, ssh_key))
    assert (found.severity, found.key) == ("pass", "good")
    assert "*@dten.example" in found.title
    assert "SHA256:" in found.title
    plain = one(package, signature, ssh_key.with_suffix(".pub"))
    assert plain.key == "good"
    assert "release@dten" in plain.title


@needs("ssh-keygen")
def test_ssh_everything_else_is_not_good(package: Path, ssh_key: Path, tmp_path: Path) -> None:
    signature = ssh_sign(ssh_key, package)
    cases = {
        'valid-before="20200101"': ("high", "expired-key"),
        'valid-after="20990101"': ("inhibitor", "unknown-key"),
        'namespaces="git"': ("inhibitor", "other-purpose"),
    }
    for options, expected in cases.items():
        found = one(package, signature, allowed(tmp_path, ssh_key, options))
        assert (found.severity, found.key) == expected, options
    other = tmp_path / "other"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
    assert one(package, signature, allowed(tmp_path, other)).key == "unknown-key"
    keys = allowed(tmp_path, ssh_key)
    package.write_bytes(package.read_bytes() + b"!")
    assert one(package, signature, keys).key == "bad"
    assert one(package, ssh_sign(ssh_key, package, "git"), keys).key == "other-purpose"
    signature.write_text("-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n")
    assert one(package, signature, keys).severity == "unknown"
    empty = tmp_path / "empty"
    empty.write_text("")
    assert one(package, ssh_sign(ssh_key, package), empty).key == "unknown-key"


@needs("ssh-keygen")
def test_a_signed_list_beside_its_signature(package: Path, ssh_key: Path, tmp_path: Path) -> None:
    own = hashlib.sha512(package.read_bytes()).hexdigest()
    sums = tmp_path / "SHA512SUMS"
    keys = allowed(tmp_path, ssh_key)
    for row, key in ((own, "good"), ("0" * 128, "other-content"), ("hello", "other-content")):
        sums.write_text(f"{row}  it.zip\n")
        assert one(package, ssh_sign(ssh_key, sums), keys).key == key
    sums.write_text(f"{own}  it.zip\n")
    assert one(package, tmp_path / "SHA512SUMS.sig", keys).key == "bad"
    ssh_sign(ssh_key, sums)
    package.write_bytes(package.read_bytes() + b"!")
    assert one(package, tmp_path / "SHA512SUMS.sig", keys).key == "other-content"


@pytest.fixture(scope="module")
def minisign_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minisign")
    run("minisign", "-G", "-W", "-p", folder / "key.pub", "-s", folder / "key.sec")
    run("minisign", "-G", "-W", "-p", folder / "other.pub", "-s", folder / "other.sec")
    return folder


def mini(keys: Path, package: Path, *how: str, name: str = "key") -> Path:
    signature = package.with_name(package.name + ".minisig")
    run("minisign", "-S", *how, "-s", keys / f"{name}.sec", "-m", package, "-x", signature,
        "-t", "dten 5.0, build 311")  # fmt: skip
    return signature


@needs("minisign")
@pytest.mark.parametrize("how", [(), ("-H",), ("-l",)], ids=["default", "prehashed", "legacy"])
@pytest.mark.parametrize("content", [b"", b"x" * 300_000], ids=["empty", "large"])
def test_minisign_agrees_with_the_program(
    minisign_keys: Path, package: Path, how: tuple[str, ...], content: bytes
) -> None:
    package.write_bytes(content)
    signature = mini(minisign_keys, package, *how)
    run("minisign", "-V", "-m", package, "-x", signature, "-p", minisign_keys / "key.pub")
    found = one(package, signature, minisign_keys / "key.pub")
    assert (found.severity, found.key) == ("pass", "good")
    assert "dten 5.0, build 311" in found.evidence[0].text
    name = (minisign_keys / "key.pub").read_text().split("public key ")[1].split()[0]
    assert f"key {name}" in found.title
    assert one(package, signature, minisign_keys / "other.pub").key == "unknown-key"
    package.write_bytes(content + b"!")
    assert one(package, signature, minisign_keys / "key.pub").key == "bad"


@needs("minisign")
def test_minisign_a_changed_comment_is_bad(minisign_keys: Path, package: Path) -> None:
    signature = mini(minisign_keys, package)
    signature.write_bytes(signature.read_bytes().replace(b"build 311", b"build 312"))
    found = one(package, signature, minisign_keys / "key.pub")
    assert (found.severity, found.key) == ("inhibitor", "bad")
    assert "comment" in found.title


@needs("minisign")
def test_minisign_a_key_that_takes_anothers_name_is_bad(
    minisign_keys: Path, package: Path, tmp_path: Path
) -> None:
    import base64

    def raw(name: str) -> bytes:
        return base64.b64decode((minisign_keys / name).read_text().splitlines()[1])

    forged = tmp_path / "forged.pub"
    mixed = base64.b64encode(raw("key.pub")[:10] + raw("other.pub")[10:]).decode()
    forged.write_text(f"untrusted comment: x\n{mixed}\n")
    assert one(package, mini(minisign_keys, package), forged).key == "bad"


@given(content=st.binary(max_size=300))
def test_minisign_reads_nothing_into_nonsense(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(b"untrusted comment: \n" + content)
        assert minisign.verify(path, path, path).outcome == "not-checkable"


def test_a_signature_beside_the_package_is_said_not_to_be_checked(package: Path) -> None:
    assert list(find_signature(TOOLS, package, None, None)) == []
    package.with_name("it.zip.asc").write_text("x")
    found = one(package, None, None)
    assert (found.severity, found.key) == ("info", "not-checked")
    assert "it.zip.asc" in found.title


class NoTools:
    """A machine with no program at all."""

    def find(self, name: str) -> None:
        return None


def test_what_cannot_be_looked_at_is_unknown(package: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    some.write_text("-----BEGIN SSH SIGNATURE-----\n")
    assert one(package, some, None).severity == "unknown"
    assert one(package, tmp_path / "none", some).severity == "unknown"
    assert "No such file" in one(package, some, tmp_path / "none").title
    assert one(tmp_path, some, some).severity == "unknown"
    assert one(package, package, some).severity == "unknown"
    for begin in ("-----BEGIN SSH SIGNATURE-----\n", "-----BEGIN PGP SIGNATURE-----\n"):
        some.write_text(begin)
        [found] = find_signature(NoTools(), package, some, some)  # type: ignore[arg-type]
        assert found.severity == "unknown"
        assert "is not on this machine" in found.title


def test_a_pipe_in_place_of_a_signature_is_unknown_and_nobody_waits_for_it(tmp_path: Path) -> None:
    package, pipe = tmp_path / "p.zip", tmp_path / "p.zip.asc"
    package.write_bytes(b"PK")
    os.mkfifo(pipe)
    found = list(find_signature(LocalTools(), package, pipe, pipe))
    assert [each.severity for each in found] == ["unknown"]
