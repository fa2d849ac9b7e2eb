"""minisign signatures, verified here: the format is four lines
(https://jedisct1.github.io/minisign/, "Signature format" and "Public key format").

Two Ed25519 signatures count: one over the file (``Ed``) or over its BLAKE2b-512 (``ED``), and one
over that signature with the trusted comment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import mmap
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.signing.verdict import Verdict, not_checkable

BEGIN = b"untrusted comment:"
_TRUSTED = b"trusted comment: "
_MOST = 64 * 1024
_MOST_KEYS = 100


@dataclass(frozen=True)
class _Signature:
    algorithm: bytes
    key_id: bytes
    signature: bytes
    comment: bytes
    over_all: bytes


def verify(file: Path, signature: Path, keys: Path) -> Verdict:
    """Whether a signature of `file` is by one of the public keys in `keys`. Raises OSError."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return not_checkable("the Python package cryptography is not installed")
    signed = _read_signature(signature)
    if signed is None:
        return not_checkable("is no minisign signature that can be read")
    known = _read_keys(keys)
    if not known:
        return not_checkable(f"{safe_line(keys.name)} holds no minisign public key")
    name = _id(signed.key_id)
    raw = known.get(signed.key_id)
    if raw is None:
        return Verdict("unknown-key", "is by a key that is not among those given", f"key {name}")
    key = Ed25519PublicKey.from_public_bytes(raw)
    try:
        if signed.algorithm == b"ED":
            key.verify(signed.signature, _blake2b(file))
        else:
            _verify_whole(key, signed.signature, file)
    except InvalidSignature:
        return Verdict("bad", "does not belong to this content", f"key {name}")
    try:
        key.verify(signed.over_all, signed.signature + signed.comment)
    except InvalidSignature:
        return Verdict("bad", "has a trusted comment that was changed", f"key {name}")
    comment = safe_line(signed.comment.decode("utf-8", "replace"), 200)
    return Verdict("good", "is good", f"minisign key {name}", comment)


def _id(key_id: bytes) -> str:
    # As minisign prints it: without zeros before it.
    return f"{int.from_bytes(key_id, 'little'):X}"


def _read_signature(path: Path) -> _Signature | None:
    with path.open("rb") as file:
        lines = file.read(_MOST).splitlines()
    if len(lines) < 4 or not lines[0].startswith(BEGIN) or not lines[2].startswith(_TRUSTED):
        return None
    whole, over_all = _decoded(lines[1]), _decoded(lines[3])
    if len(whole) != 74 or len(over_all) != 64 or whole[:2] not in (b"Ed", b"ED"):
        return None
    return _Signature(whole[:2], whole[2:10], whole[10:], lines[2][len(_TRUSTED) :], over_all)


def _read_keys(path: Path) -> dict[bytes, bytes]:
    """Ed25519 keys by their identifier."""
    keys: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        lines = file.read(_MOST).splitlines()
    for line in lines[: 2 * _MOST_KEYS]:
        whole = _decoded(line)
        if len(whole) == 42 and whole.startswith(b"Ed"):
            keys[whole[2:10]] = whole[10:]
    return keys


def _decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _blake2b(path: Path) -> bytes:
    whole = hashlib.blake2b()
    with path.open("rb") as file:
        while chunk := file.read(1024**2):
            whole.update(chunk)
    return whole.digest()


def _verify_whole(key: object, signature: bytes, path: Path) -> None:
    """The old form is over the file itself: it is mapped, not read into memory."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    assert isinstance(key, Ed25519PublicKey)
    with path.open("rb") as file:
        if not path.stat().st_size:
            key.verify(signature, b"")
            return
        with (
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
            memoryview(content) as view,
        ):
            key.verify(signature, view)
