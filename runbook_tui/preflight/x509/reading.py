"""Reads certificates and private keys out of PEM, DER, PKCS#7 and PKCS#12 files.

Files are foreign: at most `LARGEST` bytes are looked at, and a block that cannot be read is told,
never left out in silence. Nothing of a private key is kept but where it stands and its public half.
"""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LARGEST = 16 * 1024**2
HEAD = 64 * 1024
MOST = 5_000
"""Blocks of one file."""
MOST_KEYS = 20
SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".cert"})
_BEGIN = re.compile(rb"^-----BEGIN ([A-Z0-9 ]{1,60})-----[ \t\r]*$", re.M)
_CERTIFICATES = frozenset({b"CERTIFICATE", b"X509 CERTIFICATE"})


@dataclass(frozen=True)
class Found:
    """One certificate, and where it stands."""

    cert: Certificate
    der: bytes
    place: str
    line: int = 0


@dataclass(frozen=True)
class FoundKey:
    """A private key. `public`: its public half (DER), empty where it is protected or not known."""

    place: str
    line: int
    public: bytes = b""
    trouble: str = ""


@dataclass
class Content:
    """What one file holds, in its order."""

    place: str
    certificates: list[Found] = field(default_factory=list)
    keys: list[FoundKey] = field(default_factory=list)
    troubles: list[tuple[int, str]] = field(default_factory=list)
    """Blocks that cannot be read: line and why."""

    @property
    def empty(self) -> bool:
        """Whether it has nothing to do with certificates."""
        return not (self.certificates or self.keys or self.troubles)


def concerns(path: Path) -> bool:
    """Whether a file of a folder has to do with certificates: by its name, or how it begins.

    Raises OSError.
    """
    if path.suffix.lower() in SUFFIXES:
        return True
    with path.open("rb") as file:
        head = file.read(HEAD)
    return any(
        each[1] in _CERTIFICATES or each[1].endswith(b"PRIVATE KEY")
        for each in _BEGIN.finditer(head)
    )


def read_certificates(path: Path, place: str) -> Content:
    """What a file holds. Raises OSError."""
    _say_nothing()
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    content = Content(place)
    if len(data) > LARGEST:
        content.troubles.append((0, f"has more than {LARGEST // 1024**2} MiB and was not read"))
    elif _BEGIN.search(data):
        _read_pem(content, data)
    elif data[:1] == b"\x30":
        _read_der(content, data)
    return content


def presented(ders: tuple[bytes, ...], place: str) -> Content:
    """What a server sent."""
    _say_nothing()
    content = Content(place)
    for number, der in enumerate(ders, 1):
        cert = _certificate(der)
        if cert is None:
            content.troubles.append((0, f"the {number}. certificate cannot be read"))
        else:
            content.certificates.append(Found(cert, der, place))
    return content


def _say_nothing() -> None:
    """The library warns of old certificates, of every system's own too, on standard error: that is
    a terminal in use. For all threads and for good: to put a filter back is not safe among them.
    """
    from cryptography.utils import CryptographyDeprecationWarning

    warnings.simplefilter("ignore", CryptographyDeprecationWarning)


def _read_pem(content: Content, data: bytes) -> None:
    line, counted = 1, 0
    for number, begin in enumerate(_BEGIN.finditer(data)):
        line += data.count(b"\n", counted, begin.start())
        counted = begin.start()
        kind = begin[1]
        end = data.find(b"-----END " + kind + b"-----", begin.end())
        if number >= MOST or len(content.keys) >= MOST_KEYS:
            content.troubles.append((line, "holds more blocks than are read"))
            return
        if end < 0:
            content.troubles.append((line, "a block has no end"))
            return
        if kind in _CERTIFICATES:
            _take(content, _decoded(data[begin.end() : end]), line)
        elif kind == b"TRUSTED CERTIFICATE":
            _take(content, _first_der(_decoded(data[begin.end() : end])), line)
        elif kind == b"PKCS7":
            _take_pkcs7(content, _decoded(data[begin.end() : end]), line)
        elif kind.endswith(b"PRIVATE KEY"):
            tail = data[begin.start() : end + len(b"-----END -----") + len(kind)]
            content.keys.append(_key(content.place, line, tail))


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _first_der(data: bytes) -> bytes:
    """The first DER value: OpenSSL appends what it trusts a certificate for."""
    if len(data) < 4 or data[0] != 0x30 or data[1] != 0x82:
        return data
    return data[: 4 + int.from_bytes(data[2:4], "big")]


def _take(content: Content, der: bytes, line: int) -> None:
    cert = _certificate(der)
    if cert is None:
        content.troubles.append((line, "a certificate cannot be read"))
    else:
        content.certificates.append(Found(cert, der, content.place, line))


def _certificate(der: bytes) -> Certificate | None:
    from cryptography.x509 import load_der_x509_certificate

    try:
        cert = load_der_x509_certificate(der)
        # Parsed when they are asked for: what cannot be is no certificate either.
        _ = (cert.subject, cert.issuer, cert.extensions, cert.not_valid_after_utc, cert.version)
    except Exception:  # noqa: BLE001 - foreign bytes; the library raises a dozen kinds
        return None
    return cert


def _take_pkcs7(content: Content, der: bytes, line: int) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

    try:
        found = load_der_pkcs7_certificates(der)[:MOST]
    except Exception:  # noqa: BLE001 - see above
        content.troubles.append((line, "a PKCS#7 block cannot be read"))
        return
    for cert in found:
        _take(content, cert.public_bytes(Encoding.DER), line)


def _read_der(content: Content, data: bytes) -> None:
    cert = _certificate(data)
    if cert is not None:
        content.certificates.append(Found(cert, data, content.place))
        return
    before = len(content.troubles)
    _take_pkcs7(content, data, 0)
    if content.certificates:
        return
    del content.troubles[before:]
    content.troubles.append((0, "cannot be read as DER, PKCS#7 or PKCS#12 without a password"))
    _take_pkcs12(content, data)


def _take_pkcs12(content: Content, data: bytes) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        store = load_pkcs12(data, None)
    except Exception:  # noqa: BLE001 - no such file, or protected: the trouble stays
        return
    content.troubles.pop()
    if store.key is not None:
        content.keys.append(FoundKey(content.place, 0, _public(store.key)))
    own = [store.cert] if store.cert is not None else []
    for each in [*own, *store.additional_certs]:
        _take(content, each.certificate.public_bytes(Encoding.DER), 0)


def _key(place: str, line: int, pem: bytes) -> FoundKey:
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_ssh_private_key,
    )

    load = load_ssh_private_key if pem.startswith(b"-----BEGIN OPENSSH") else load_pem_private_key
    try:
        return FoundKey(place, line, _public(load(pem, None)))
    except TypeError:
        return FoundKey(place, line, trouble="is protected by a passphrase")
    except Exception as error:  # noqa: BLE001 - see above
        return FoundKey(place, line, trouble=f"cannot be read ({type(error).__name__})")


def _public(key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key()  # type: ignore[attr-defined]  # every kind of private key has it
    encoded: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def public_of(cert: Certificate) -> bytes:
    """A certificate's public key (DER); empty where its kind is not known."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        return cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001 - foreign bytes
        return b""
