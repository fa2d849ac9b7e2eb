"""Rules for one certificate: its time, its key, its names, what it is for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from runbook_tui.domain.findings import Severity
from runbook_tui.preflight.x509.describing import (
    alternative_names,
    day,
    extension,
    is_self_issued,
    subject_text,
    weak_digest,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SHORTEST_RSA = 2048  # NIST SP 800-57 part 1, and the CA/Browser Forum's 6.1.5
SHORTEST_CURVE = 224
SOON = timedelta(days=7)
"""Beyond the window, below which it is high: nobody gets a certificate in less for sure."""


@dataclass(frozen=True)
class Said:
    """What a rule has against a certificate. `words` go without its name."""

    key: str
    severity: Severity
    words: str
    remediation: str = ""


@dataclass(frozen=True)
class Times:
    """When it has to be valid: from `begin` to `end`, and `spare` beyond that."""

    now: datetime
    begin: datetime
    end: datetime
    spare: timedelta

    @property
    def has_window(self) -> bool:
        """Whether there is a window."""
        return self.end != self.now


def about_time(cert: Certificate, times: Times) -> Iterator[Said]:
    """Whether it is valid for as long as it is needed."""
    begins, ends = cert.not_valid_before_utc, cert.not_valid_after_utc
    renew = "Renew it before the window."
    if begins > times.begin:
        text = "Wait, or use one that is valid; and look at the clock of this machine."
        yield Said("not-yet-valid", "inhibitor", f"is not valid before {day(begins)}", text)
    if ends <= times.now:
        yield Said("expired", "inhibitor", f"expired on {day(ends)}", renew)
    elif ends <= times.end:
        words = f"expires on {day(ends)}, before the window ends"
        yield Said("expires-in-window", "inhibitor", words, renew)
    elif ends <= times.end + times.spare:
        left = ends - times.end
        after = "after the window" if times.has_window else "from now"
        words = f"expires on {day(ends)}, {left.days} days {after}"
        severity: Severity = "high" if left <= SOON else "warning"
        yield Said("expires-soon", severity, words, "Renew it, or plan to.")


def about_strength(cert: Certificate) -> Iterator[Said]:
    """Whether its key and its issuer's signature are worth anything."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    try:
        key = cert.public_key()
    except Exception:  # noqa: BLE001 - a kind that the library does not know
        yield Said("unknown-key", "unknown", "has a kind of key that is not known here")
        return
    weak = ""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SHORTEST_RSA:
        weak = f"RSA with {key.key_size} bits"
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < SHORTEST_CURVE:
        weak = f"a curve with {key.key_size} bits"
    elif isinstance(key, dsa.DSAPublicKey):
        weak = "DSA"
    text = "Have it issued again with a stronger key."
    if weak:
        yield Said("weak-key", "high", f"has a weak key: {weak}", text)
    digest = weak_digest(cert)
    if digest and not is_self_issued(cert):  # nobody looks at a root's own signature
        words = f"is signed over {digest}, which clients refuse"
        yield Said("weak-signature", "high", words, "Have it issued again over SHA-256.")


def about_server_use(cert: Certificate) -> Iterator[Said]:
    """Whether a server may show it: RFC 5280, 4.2.1.3 and 4.2.1.12; RFC 8446, 4.4.2.2."""
    from cryptography.x509 import ExtendedKeyUsage, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    uses = extension(cert, ExtendedKeyUsage)
    server = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    text = "Have it issued again for servers."
    if uses is not None and not any(each in server for each in uses):
        yield Said("not-for-servers", "high", "is not for servers (extended key usage)", text)
    usage = extension(cert, KeyUsage)
    if usage is not None and not usage.digital_signature:
        words = "has a key that may not sign, as TLS 1.3 needs (key usage)"
        yield Said("no-signing", "high", words, text)


def about_names(cert: Certificate, wanted: Sequence[str]) -> Iterator[Said]:
    """Whether it is for every name that is wanted."""
    dns, addresses = alternative_names(cert)
    text = "Have it issued for that name, or use a name that it is for."
    if not dns and not addresses:
        words = f"names no host at all ({subject_text(cert)} as common name counts nowhere now)"
        yield Said("no-names", "inhibitor" if wanted else "high", words, text)
        return
    missing = [name for name in wanted if not is_for(name, dns, addresses)]
    if missing:
        has = ", ".join([*dns, *addresses][:8])
        yield Said("wrong-name", "inhibitor", f"is not for {', '.join(missing)}; for: {has}", text)


def is_for(name: str, dns: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether a name is among those of a certificate: RFC 6125, 6.4, wildcards as a whole first
    label only.
    """
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        host = _ascii(name)
        return any(_matches(host, _ascii(each)) for each in dns)
    return str(address) in addresses


def _ascii(name: str) -> str:
    name = name.rstrip(".").lower()
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _matches(host: str, pattern: str) -> bool:
    if not pattern.startswith("*."):
        return host == pattern
    first, dot, rest = host.partition(".")
    return bool(first and dot) and rest == pattern[2:] and "." in rest
