"""Signature: whether somebody whose keys were given made the package. Not a check by itself: the
command `intake` and the check `package` share it.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.findings import Evidence, Finding, Severity, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Tools
from runbook_tui.preflight.signing import gpg, minisign, ssh
from runbook_tui.preflight.signing.lists import LARGEST, held, list_of
from runbook_tui.preflight.signing.verdict import Outcome, Verdict, not_checkable

NAME = "signature"
BESIDE = (".asc", ".sig", ".gpg", ".minisig", ".sshsig")
"""What a signature beside its file is called."""
_ASK = "Get package and signature again; if it stays so, ask the vendor over another channel."
_KEYS = "Get the signer's key over another channel than the package, and list it."
_SEVERITIES: dict[Outcome, tuple[Severity, str]] = {
    "good": ("pass", ""),
    "bad": ("inhibitor", _ASK),
    "unknown-key": ("inhibitor", f"Nobody you listed signed it. {_KEYS}"),
    "expired-key": ("high", "Ask the vendor for a signature by a key that is valid."),
    "expired-signature": ("high", "Ask the vendor for a new signature."),
    "revoked-key": ("inhibitor", _ASK),
    "weak-digest": ("warning", "Ask the vendor for a signature over SHA-256 or better."),
    "other-purpose": ("inhibitor", "Ask the vendor for a signature of the file."),
    "other-content": ("inhibitor", _ASK),
    "not-checkable": ("unknown", ""),
}


def find_signature(
    tools: Tools, package: Path, signature: Path | None, keys: Path | None
) -> Iterator[Finding]:
    """One finding on who signed a package; none where nobody said anything about it and no
    signature lies beside it.
    """
    if signature is None:
        yield from _beside(package)
        return
    if keys is None:
        yield _unknown("no-keys", "Signature: nobody said whose counts (keys)", signature)
        return
    if package.is_dir():
        yield _unknown("directory", "A directory has no signature of its own", signature)
        return
    try:
        before = _state(package)
        verdict = _verify(tools, package, signature, keys)
        changed = _state(package) != before
    except OSError as error:
        where = error.filename or signature
        words = f"Signature: {safe_line(str(where))}: {error.strerror or error}"
        yield _unknown("not-readable", words, signature)
        return
    if changed:
        yield _unknown("changed", "The package changed while its signature was looked at", package)
        return
    yield _told(verdict, package, signature)


def _state(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _verify(tools: Tools, package: Path, signature: Path, keys: Path) -> Verdict:
    for path in (signature, keys):
        if not path.is_dir() and path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "is a pipe or a device", str(path))
    with signature.open("rb") as file:
        head = file.read(4096).lstrip()
    with keys.open("rb") as file:
        file.read(1)
    listed = None if head.startswith(gpg.CLEARSIGNED) else list_of(signature, package)
    if listed is None:
        return _verify_file(tools, package, signature, keys, head)
    with listed.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        return not_checkable(f"{safe_line(listed.name)} is too long for a list of checksums")
    with tempfile.TemporaryDirectory(prefix="runbook-tui-list-") as own:
        # What is verified and what is read have to be the same bytes.
        copy = Path(own, "list")
        copy.write_bytes(content)
        return held(_verify_file(tools, copy, signature, keys, head), content, package)


def _verify_file(tools: Tools, file: Path, signature: Path, keys: Path, head: bytes) -> Verdict:
    if head.startswith(ssh.BEGIN):
        return ssh.verify(tools, file, signature, keys)
    if head.startswith(minisign.BEGIN):
        return minisign.verify(file, signature, keys)
    # RFC 4880, 4.2: the first bit of every packet is set.
    if b"-----BEGIN PGP " in head or head[:1] >= b"\x80":
        return gpg.verify(tools, file, signature, keys)
    return not_checkable("is no signature that is known here (GPG, SSH, minisign)")


def _told(verdict: Verdict, package: Path, signature: Path) -> Finding:
    severity, remediation = _SEVERITIES[verdict.outcome]
    by = f": {verdict.signer}" if verdict.signer else ""
    text = f"{verdict.signer}; it says: {verdict.remark}" if verdict.remark else verdict.signer
    return Finding(
        check=NAME, key=verdict.outcome, severity=severity,
        title=safe_line(f"The signature {_clause(verdict)}{by}", 300), subject=package.name,
        evidence=(Evidence(place=safe_line(str(signature)), text=safe_line(text, 300)),),
        remediation=remediation,
    )  # fmt: skip


def _clause(verdict: Verdict) -> str:
    checked = verdict.outcome != "not-checkable" or verdict.words.startswith(("is ", "uses "))
    return verdict.words if checked else f"could not be checked: {verdict.words}"


def _beside(package: Path) -> Iterator[Finding]:
    found = [
        beside for suffix in BESIDE
        if (beside := package.with_name(package.name + suffix)).is_file()
    ]  # fmt: skip
    if found and not package.is_dir():
        names = ", ".join(safe_line(each.name) for each in found)
        yield Finding(
            check=NAME, key="not-checked", severity="info", subject=package.name,
            title=f"A signature lies beside the package and was not checked: {names}",
            evidence=tuple(Evidence(place=safe_line(str(each))) for each in found),
            remediation="Say which signature counts, and whose keys.",
        )  # fmt: skip


def _unknown(key: str, words: str, place: Path) -> Finding:
    found = unknown(NAME, words, key)
    return Finding(
        check=found.check, key=found.key, severity=found.severity, title=found.title,
        evidence=(Evidence(place=safe_line(str(place))),),
    )  # fmt: skip
