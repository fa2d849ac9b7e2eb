"""What a file of a package is for: by its place and name, and by how it begins."""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from runbook_tui.preflight.package.members import Member

FileKind = Literal[
    "script", "binary", "migration", "unit", "cron", "config", "certificate", "key", "archive",
    "documentation", "list", "code", "other",
]  # fmt: skip
_UNITS = (
    ".service", ".timer", ".socket", ".path", ".mount", ".automount", ".target", ".slice", ".swap",
)  # fmt: skip
_SCRIPTS = (".sh", ".bash", ".ksh", ".zsh", ".ps1", ".bat", ".cmd", ".pl")
_CODE = (".py", ".rb", ".js", ".ts", ".php", ".go", ".java", ".jar", ".lua", ".c", ".h", ".so")
_CONFIG = (
    ".conf", ".cfg", ".ini", ".toml", ".yaml", ".yml", ".json", ".env", ".properties", ".cnf",
    ".xml",
)  # fmt: skip
_MAINTAINER = frozenset({"preinst", "postinst", "prerm", "postrm"})
"""Scripts that dpkg runs by itself."""
_CRON = re.compile(
    r"(?:^|/)(?:cron\.(?:d|daily|hourly|weekly|monthly)|crontabs?|cron)/|(?:^|/)(?:ana)?crontab$"
)
_MIGRATION = re.compile(r"(?:^|/)(?:migrations?|versions|schema|db/upgrade)/")
_BINARY = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


def file_kind(member: Member) -> FileKind:
    """The first kind that fits; what stands earlier says more."""
    path = member.path.replace("!", "/")
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1].lower()
    if b"PRIVATE KEY-----" in member.head[:8192]:
        return "key"
    if suffix in (".pem", ".crt", ".cer", ".der", ".p7b", ".p12", ".pfx") or member.head.startswith(
        b"-----BEGIN CERTIFICATE"
    ):
        return "certificate"
    if _CRON.search(path):
        return "cron"
    if suffix in _UNITS:
        return "unit"
    if suffix == ".sql" or (_MIGRATION.search(path) and suffix in (".py", ".rb", ".php")):
        return "migration"
    if name in _MAINTAINER or suffix in _SCRIPTS or _is_shell(member.head):
        return "script"
    if member.head.startswith(_BINARY):
        return "binary"
    if member.head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"!<arch>", b"BZh", b"\xfd7zXZ")):
        return "archive"
    if suffix in _CODE or member.head.startswith(b"#!"):
        return "code"
    if re.search(r"(?i)sums?(\.txt)?$|^(MANIFEST|RECORD)", name):
        return "list"
    if suffix in _CONFIG or "/etc/" in f"/{path}":
        return "config"
    if suffix in (".md", ".rst", ".txt", ".html", ".adoc") or name.upper().startswith(
        ("README", "CHANGES", "LICENSE", "COPYING", "NEWS")
    ):
        return "documentation"
    return "other"


def _is_shell(head: bytes) -> bool:
    first = head[:80].split(b"\n", 1)[0]
    return first.startswith(b"#!") and bool(re.search(rb"\b(?:ba|da|k|z|a)?sh\b", first))
