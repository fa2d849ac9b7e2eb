"""Builds chains: from a certificate up to one that is trusted, by names and signatures.

RFC 5280, 6.1. Every way up is tried, within limits, for cross-signed certificates have several.
Not done here: revocation, certificate policies. Name constraints are the business of `second`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from runbook_tui.preflight.x509.describing import (
    extension,
    is_ca,
    is_self_issued,
    key_ids,
    subject_text,
    weak_digest,
)
from runbook_tui.preflight.x509.reading import Found

DEEPEST = 10
MOST_SIGNATURES = 500
"""Signatures that are looked at for one chain."""
MOST_PATHS = 50


@dataclass(frozen=True)
class Chain:
    """A way up, the leaf first. `trusted`: whether it ends in a certificate that is trusted."""

    links: tuple[Found, ...]
    trusted: bool
    faults: tuple[tuple[str, Found, str], ...] = ()
    """What is wrong with those that issue: key, which, and words."""

    @property
    def top(self) -> Found:
        """Where it ends."""
        return self.links[-1]

    @property
    def ends_in_root(self) -> bool:
        """Whether nothing can come above it."""
        return is_self_issued(self.top.cert)

    def valid(self, at: datetime) -> bool:
        """Whether all of it is valid at a time."""
        return all(
            each.cert.not_valid_before_utc <= at < each.cert.not_valid_after_utc
            for each in self.links
        )


class Pool:
    """Certificates by their subjects."""

    def __init__(self, certificates: Iterable[Found]) -> None:
        self._by_subject: dict[object, dict[bytes, Found]] = {}
        for each in certificates:
            self._by_subject.setdefault(each.cert.subject, {}).setdefault(each.der, each)

    def issuers(self, found: Found) -> list[Found]:
        """Those whose subject is its issuer, those whose key identifier fits first."""
        named = list(self._by_subject.get(found.cert.issuer, {}).values())
        wanted = key_ids(found.cert)[1]
        return sorted(named, key=lambda each: key_ids(each.cert)[0] != wanted)

    def __contains__(self, found: Found) -> bool:
        return found.der in self._by_subject.get(found.cert.subject, {})


def build(leaf: Found, given: Pool, trust: Pool, at: datetime) -> Chain:
    """The best way up from `leaf`: trusted, without faults and valid at `at` where there is one;
    else the one that comes nearest to that.
    """
    paths = _Search(given, trust).paths(leaf)

    def rank(chain: Chain) -> tuple[bool, bool, bool, bool, int]:
        length = len(chain.links) if chain.trusted else -len(chain.links)
        return (
            not chain.trusted, bool(chain.faults), not chain.valid(at), not chain.ends_in_root,
            length,
        )  # fmt: skip

    return min(paths, key=rank)


class _Search:
    def __init__(self, given: Pool, trust: Pool) -> None:
        self._given = given
        self._trust = trust
        self._left = MOST_SIGNATURES

    def paths(self, leaf: Found) -> list[Chain]:
        found: list[Chain] = []
        for chain in self._up((leaf,)):
            found.append(chain)
            if len(found) >= MOST_PATHS:
                break
        return found

    def _up(self, links: tuple[Found, ...]) -> Iterator[Chain]:
        top = links[-1]
        if top in self._trust:
            yield Chain(links, True, tuple(_faults(links)))
            if is_self_issued(top.cert):
                return
        seen = {each.der for each in links}
        went = False
        if len(links) < DEEPEST and not _is_root(top):
            for above in (*self._trust.issuers(top), *self._given.issuers(top)):
                if above.der in seen or not self._issued(top, above):
                    continue
                seen.add(above.der)
                went = True
                yield from self._up((*links, above))
        if not went and top not in self._trust:
            yield Chain(links, False, tuple(_faults(links)))

    def _issued(self, below: Found, above: Found) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        return issued(below, above)


def issued(below: Found, above: Found) -> bool:
    """Whether one is signed by the other."""
    try:
        below.cert.verify_directly_issued_by(above.cert)
    except Exception:  # noqa: BLE001 - foreign keys; whatever it is, it is not signed by it
        return _issued_over_sha1(below, above)
    return True


def _issued_over_sha1(below: Found, above: Found) -> bool:
    """The library takes no SHA-1 there. A rule has that against it; who issued it is another
    question.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1

    if weak_digest(below.cert) != "SHA-1" or below.cert.issuer != above.cert.subject:
        return False
    signature, signed = below.cert.signature, below.cert.tbs_certificate_bytes
    try:
        key = above.cert.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), SHA1())  # noqa: S303
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(SHA1()))  # noqa: S303
        else:
            return False
    except Exception:  # noqa: BLE001 - see above
        return False
    return True


def _is_root(found: Found) -> bool:
    return is_self_issued(found.cert) and issued(found, found)


def _faults(links: Sequence[Found]) -> Iterator[tuple[str, Found, str]]:
    """What forbids those above the first to issue: RFC 5280, 4.2.1.3 and 4.2.1.9."""
    from cryptography.x509 import BasicConstraints, KeyUsage

    below = 0
    for each in links[1:]:
        name = subject_text(each.cert)
        usage, constraints = extension(each.cert, KeyUsage), extension(each.cert, BasicConstraints)
        if not is_ca(each.cert):
            yield "not-a-ca", each, f"{name} issued another and is no CA"
        if usage is not None and not usage.key_cert_sign:
            yield "no-cert-sign", each, f"the key of {name} is not for signing certificates"
        longest = constraints.path_length if constraints is not None else None
        if longest is not None and below > longest:
            yield "path-length", each, f"{name} allows {longest} CAs below it, and has {below}"
        # RFC 5280 counts those that are not self-issued.
        below += not is_self_issued(each.cert)
