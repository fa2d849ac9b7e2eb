"""Certificates in words, and what of them rules ask for. Names in them are foreign."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from runbook_tui.domain.findings import Evidence
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.x509.reading import Found

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, ExtensionType, Name

    Extension = TypeVar("Extension", bound=ExtensionType)

LONGEST = 100
_WEAK_SIGNATURES = {
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.10040.4.3": "SHA-1",
    "1.2.840.113549.1.1.2": "MD2",
}


def name_text(name: Name) -> str:
    """What people call a subject or issuer: its common name, else all of it."""
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = str(common[-1].value) if common else name.rfc4514_string()
    return safe_line(text, LONGEST) or "(no name)"


def subject_text(cert: Certificate) -> str:
    """What people call a certificate; one without a subject by its first name."""
    if len(cert.subject.rdns):
        return name_text(cert.subject)
    dns, addresses = alternative_names(cert)
    return safe_line(next(iter([*dns, *addresses]), "(no name)"), LONGEST)


def day(moment: datetime) -> str:
    """``2026-05-01``."""
    return moment.strftime("%Y-%m-%d")


def evidence(found: Found) -> Evidence:
    """A certificate as what was seen: another one is another evidence."""
    cert = found.cert
    text = (
        f"{subject_text(cert)}, issued by {name_text(cert.issuer)}, "
        f"{day(cert.not_valid_before_utc)} to {day(cert.not_valid_after_utc)}, "
        f"SHA-256 {hashlib.sha256(found.der).hexdigest()[:16]}"
    )
    return Evidence(place=found.place, line=found.line, text=text)


def evidences(found: Iterable[Found]) -> tuple[Evidence, ...]:
    """All of them."""
    return tuple(evidence(each) for each in found)


def extension(cert: Certificate, kind: type[Extension]) -> Extension | None:
    """An extension's value; None where the certificate has none of its kind."""
    from cryptography.x509 import ExtensionNotFound

    try:
        return cert.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def is_self_issued(cert: Certificate) -> bool:
    """Whether subject and issuer are the same, as of a root."""
    return cert.subject == cert.issuer


def is_ca(cert: Certificate) -> bool:
    """Whether it says that it may issue others; of version 1, which cannot say so: a root."""
    from cryptography.x509 import BasicConstraints, Version

    constraints = extension(cert, BasicConstraints)
    if constraints is None:
        return cert.version == Version.v1 and is_self_issued(cert)
    return constraints.ca


def alternative_names(cert: Certificate) -> tuple[list[str], list[str]]:
    """The DNS names and the addresses that it is for."""
    from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName

    names = extension(cert, SubjectAlternativeName)
    if names is None:
        return [], []
    addresses = [str(each) for each in names.get_values_for_type(IPAddress)]
    return list(names.get_values_for_type(DNSName)), addresses


def key_ids(cert: Certificate) -> tuple[bytes | None, bytes | None]:
    """The identifiers of its own key and of its issuer's, where it has them."""
    from cryptography.x509 import AuthorityKeyIdentifier, SubjectKeyIdentifier

    own, above = extension(cert, SubjectKeyIdentifier), extension(cert, AuthorityKeyIdentifier)
    return (own.digest if own else None), (above.key_identifier if above else None)


def issuer_address(cert: Certificate) -> str:
    """Where it says that its issuer's certificate is (AIA); shown, never fetched."""
    from cryptography.x509 import AuthorityInformationAccess, UniformResourceIdentifier
    from cryptography.x509.oid import AuthorityInformationAccessOID

    access = extension(cert, AuthorityInformationAccess)
    for each in access or ():
        of_issuer = each.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        if of_issuer and isinstance(each.access_location, UniformResourceIdentifier):
            return safe_line(each.access_location.value, LONGEST)
    return ""


def weak_digest(cert: Certificate) -> str:
    """The digest that its signature is over, where that can be forged; else empty."""
    return _WEAK_SIGNATURES.get(cert.signature_algorithm_oid.dotted_string, "")
