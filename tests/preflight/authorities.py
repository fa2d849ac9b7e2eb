"""Certificate authorities for tests, made here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    cert: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def name(common: str, owner: str = "Dten") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def issue(
    common: str,
    by: Issued | None = None,
    *,
    ca: bool = False,
    names: tuple[str, ...] = (),
    begins: timedelta = timedelta(days=-100),
    lasts: timedelta = timedelta(days=300),
    key: Any = None,
    digest: Any = None,
    pathlen: int | None = None,
    constraints: bool = True,
    signs: bool = True,
    uses: Any = SERVER,
    aia: str = "",
    permitted: str = "",
) -> Issued:
    """A certificate for `common`, valid for `lasts` from NOW on, by itself where nobody issues."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    issuer = by or Issued(None, key)  # type: ignore[arg-type]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(by.cert.subject if by else name(common))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca and signs, key_cert_sign=ca and signs, crl_sign=ca,
                content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=not signs, encipher_only=False, decipher_only=False,
            ),
            True,
        )
    )  # fmt: skip
    if constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca, pathlen if ca else None), True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(n) for n in names]), False
        )
    if uses is not None and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([uses]), False)
    if permitted:
        builder = builder.add_extension(x509.NameConstraints([x509.DNSName(permitted)], None), True)
    if aia:
        where = x509.UniformResourceIdentifier(aia)
        method = x509.AuthorityInformationAccessOID.CA_ISSUERS
        access = x509.AuthorityInformationAccess([x509.AccessDescription(method, where)])
        builder = builder.add_extension(access, False)
    return Issued(builder.sign(issuer.key, digest or hashes.SHA256()), key)


def _general(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(*issued: Issued) -> bytes:
    return b"".join(each.pem for each in issued)
