"""Private keys in files: which kind, and whether a pass phrase is needed to use them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

PATTERN = r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]:"
"""What ripgrep looks for."""
_BEGIN = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ ){0,3})PRIVATE KEY(?: BLOCK)?-----")
_PUTTY = re.compile(r"^PuTTY-User-Key-File-\d:\s*(\S+)")
_LINE = re.compile(r"[A-Za-z0-9+/=]{16,}")
STORES = (".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".bcfks", ".ppk")
"""Names of files that hold keys in a form that is no text."""


def in_lines(lines: Sequence[str], number: int) -> tuple[str, str, bool] | None:
    """The key whose beginning stands in line `number` (from 1): what it is, its text (by which it
    is known again), whether it is encrypted. None where only the words are there, without a key.
    """
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    if (putty := _PUTTY.match(line)) is not None:
        block = [each.strip() for each in lines[number - 1 : number + 60]]
        encrypted = any(
            each.startswith("Encryption: ") and each != "Encryption: none" for each in block
        )
        whole = "".join(each for each in block if _LINE.fullmatch(each))
        return (f"PuTTY {putty[1]}", whole, encrypted) if whole else None
    begin = _BEGIN.search(line)
    if begin is None:
        return None
    # In JSON or code the whole block stands in one line, its line ends written as \n.
    rest = line[begin.end() :].replace("\\n", "\n").split("\n")
    block = [*rest, *(each.strip() for each in lines[number : number + 200])]
    body: list[str] = []
    encrypted = begin[1].startswith("ENCRYPTED")
    for each in block:
        each = each.strip().strip("\"',+ \\").removesuffix("\\n").lstrip("#*;/ ")
        if "-----END" in each:
            break
        if each.startswith(("Proc-Type:", "DEK-Info:")):
            encrypted = encrypted or "ENCRYPTED" in each
            continue
        if found := _LINE.match(each):
            body.append(found.group())
        elif body and each:
            break
    text = "".join(body)
    if len(text) < 48:
        return None
    kind = begin[1].strip() or "PKCS#8"
    return kind, text, encrypted or _openssh_encrypted(kind, text)


def _openssh_encrypted(kind: str, text: str) -> bool:
    """Whether a key of OpenSSH's own form names a cipher (PROTOCOL.key of its source)."""
    if kind != "OPENSSH":
        return False
    try:
        raw = base64.b64decode(text[:64])
    except (binascii.Error, ValueError):
        return False
    return raw.startswith(b"openssh-key-v1\0") and not raw[15:].startswith(b"\0\0\0\4none")
