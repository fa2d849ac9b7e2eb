"""What is trusted: a bundle that the runbook names, or the system's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.preflight.x509.chains import Pool
from runbook_tui.preflight.x509.describing import is_ca, is_self_issued, name_text
from runbook_tui.preflight.x509.reading import Content, Found

if TYPE_CHECKING:
    from cryptography.x509 import Name

SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, the BSDs
)
_GENERATION = re.compile(r"\b[a-z]{0,2}\d{1,6}\b|\b(?:new|old|[ivx]{1,5})\b|[\s_-]+")


@dataclass
class Trust:
    """Certificates that are trusted. `own`: whether the runbook names them."""

    label: str
    own: bool
    certificates: list[Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pool = Pool(self.certificates)

    @classmethod
    def of(cls, label: str, contents: list[Content], *, own: bool) -> Trust:
        """Those of some files that can issue others: leaves among them are no roots."""
        found = [
            each for content in contents for each in content.certificates
            if is_ca(each.cert) or is_self_issued(each.cert)
        ]  # fmt: skip
        return cls(label, own, found)

    def elder(self, name: Name) -> Found | None:
        """A trusted one that is called alike but for its generation (``Root G1``, ``Root G2``), or
        just the same: what a rotated CA leaves behind.
        """
        wanted = _without_generation(name)
        if not wanted[1].strip():
            return None
        alike = [
            each for each in self.certificates if _without_generation(each.cert.subject) == wanted
        ]
        return max(alike, key=lambda each: each.cert.not_valid_before_utc, default=None)


def _without_generation(name: Name) -> tuple[str, str]:
    from cryptography.x509.oid import NameOID

    owner = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    text = _GENERATION.sub(" ", name_text(name).lower())
    return (str(owner[0].value).lower() if owner else ""), " ".join(text.split())


def system_bundle() -> Path | None:
    """The file of the system's trusted roots, `SSL_CERT_FILE` before all; None where none is."""
    named = os.environ.get("SSL_CERT_FILE")
    for each in ([named] if named else []) + list(SYSTEM):
        if Path(each).is_file():
            return Path(each)
    return None
