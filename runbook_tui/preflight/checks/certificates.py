"""Certificates in files and at live addresses: chains, time, names, use, order, strength.

Judged for the end of the maintenance window where there is one, else for now. Revocation is not
looked at: that needs the network of whoever connects.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError
from runbook_tui.preflight.x509.chains import Pool
from runbook_tui.preflight.x509.describing import evidence, is_ca, subject_text
from runbook_tui.preflight.x509.keys import about_keys, wrong_key
from runbook_tui.preflight.x509.reading import (
    Content,
    Found,
    concerns,
    presented,
    public_of,
    read_certificates,
)
from runbook_tui.preflight.x509.rules import Times, is_for
from runbook_tui.preflight.x509.trust import Trust, system_bundle
from runbook_tui.preflight.x509.verdicts import Asked, judge
from runbook_tui.preflight.x509.wording import NAME, finding

LIMIT = 10.0
"""Seconds for one live address."""
PORT = 443


@dataclass
class _Seen:
    """What was read before anything is judged."""

    files: list[tuple[Content, bool]] = field(default_factory=list)
    """Each with whether it is a copy, out of a package."""
    live: list[tuple[Content, str]] = field(default_factory=list)
    """Each with the host that was asked."""

    @property
    def contents(self) -> list[Content]:
        """All of them."""
        return [content for content, _ in (*self.files, *self.live)]

    def leaves(self) -> list[Found]:
        """The certificates that are no CA's."""
        return [
            each for content in self.contents for each in content.certificates
            if not is_ca(each.cert)
        ]  # fmt: skip


def find(target: Target[CertificatesCheck]) -> Iterator[Finding | None]:
    """What is wrong with certificates, what will be by the end of the window, and what is fine."""
    config = target.config
    try:
        import cryptography  # noqa: F401 - asked for before anything else is done
    except ImportError:
        yield unknown(NAME, "The Python package cryptography is not installed")
        return
    if not config.files and not config.live:
        yield unknown(NAME, "Neither files nor live addresses are named", "nothing-named")
        return
    seen = _Seen()
    for name in config.files:
        yield from _read(target, name, seen)
    for address in config.live:
        yield from _ask(target, address, seen)
    trust = yield from _trust(target)
    begin, end = target.window or (target.now, target.now)
    times = Times(
        target.now, max(begin, target.now), max(end, target.now), timedelta(days=config.days)
    )
    given = Pool(each for content in seen.contents for each in content.certificates)
    asked = Asked(given, trust, times, config.names, servers=config.uses == "server")
    for content, copies in seen.files:
        yield from judge(content, asked)
        own = [each for each in content.certificates if not is_ca(each.cert)]
        yield from about_keys(content, own, copies=copies)
    for content, host in seen.live:
        of_host = Asked(given, trust, times, config.names or (host,))
        yield from judge(content, of_host, live=True)
    if config.key is not None:
        yield from _about_key(target, config.key, seen.leaves())


def _read(target: Target[CertificatesCheck], name: str, seen: _Seen) -> Iterator[Finding | None]:
    """The certificates of one of the named files, folders or packages."""
    contents: list[Content] = []
    try:
        tree = target.tree(name)
        for path in tree.files():
            yield None
            single, place = path == tree.root, tree.place(path)
            content = yield from _content(path, place, single=single)
            if content is not None:
                contents.append(content)
                seen.files.append((content, not tree.editable))
    except NotThereError as error:
        yield unknown(NAME, safe_line(str(error), 300), "not-there")
        return
    if not any(each.certificates or each.troubles for each in contents):
        place = safe_line(name)
        yield Finding(
            check=NAME, key="no-certificate", severity="unknown", subject=place,
            title=f"{place}: there is no certificate in it", evidence=(Evidence(place=place),),
        )  # fmt: skip
    target.tell(f"{sum(len(each.certificates) for each in contents):,} certificates in {name}")


def _content(
    path: Path, place: str, *, single: bool
) -> Generator[Finding | None, None, Content | None]:
    """What one file holds; None where it has nothing to do with certificates."""
    try:
        content = read_certificates(path, place) if single or concerns(path) else None
    except OSError as error:
        yield unknown(NAME, f"{place}: {error.strerror}", "not-readable")
        return None
    return None if content is None or content.empty else content


def _ask(target: Target[CertificatesCheck], address: str, seen: _Seen) -> Iterator[Finding | None]:
    """The certificates that a live address shows."""
    yield None
    place = safe_line(address)
    host, port = _split(address)
    if not host or port is None:
        yield unknown(NAME, f"{place}: no address like host:port", "no-address")
        return
    name = next((each for each in target.config.names if is_for(each, [each], [])), "")
    target.tell(f"asking {place}")
    ders, why = target.network.presented(host, port, name=name, limit=LIMIT)
    yield None
    if not ders:
        yield Finding(
            check=NAME, key="not-reached", severity="unknown", subject=place,
            title=f"{place}: no certificate to look at: {safe_line(why, 200)}",
            evidence=(Evidence(place=place),),
        )  # fmt: skip
        return
    seen.live.append((presented(ders, place), host))


def _split(address: str) -> tuple[str, int | None]:
    host, colon, port = address.strip().rpartition(":")
    if not colon or host.endswith(":") or ("]" in port):
        host, port = address.strip(), str(PORT)
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    return host.strip("[]"), number if 0 < number < 65536 else None


def _trust(
    target: Target[CertificatesCheck],
) -> Generator[Finding | None, None, Trust | None]:
    """What is trusted; None, and why, where that cannot be read."""
    named = target.config.trust
    contents: list[Content] = []
    label, own = safe_line(named or ""), named is not None
    try:
        if named is not None:
            tree = target.tree(named)
            for path in tree.files():
                content = yield from _content(path, tree.place(path), single=path == tree.root)
                contents += [content] if content is not None else []
        else:
            bundle = system_bundle()
            label = f"the system's trust store ({bundle})"
            contents = [read_certificates(bundle, str(bundle))] if bundle is not None else []
    except (NotThereError, OSError) as error:
        yield unknown(NAME, f"What is trusted cannot be read: {safe_line(str(error))}", "no-trust")
        return None
    for content in contents if own else ():
        for line, trouble in content.troubles:
            where = (Evidence(place=content.place, line=line),)
            yield Finding(
                check=NAME, key="trust-not-readable", severity="unknown", subject=content.place,
                title=f"{content.place}: {trouble}", evidence=where,
            )  # fmt: skip
    trust = Trust.of(label, contents, own=own)
    if not trust.certificates:
        words = "No trusted root was found" + (f" in {label}" if own else " on this system")
        yield unknown(NAME, f"{words}: chains cannot be looked at", "no-trust")
        return None
    for each in trust.certificates if own else ():
        if each.cert.not_valid_after_utc <= target.now:
            words = "is trusted and has expired"
            yield finding("expired-root", "info", words, each, "Take it out when nobody needs it.")
    return trust


def _about_key(
    target: Target[CertificatesCheck], name: str, leaves: list[Found]
) -> Iterator[Finding]:
    """Whether the named private key is the one of a leaf."""
    place = safe_line(name)
    try:
        keys = read_certificates(target.path(name), place).keys
    except OSError as error:
        yield unknown(NAME, f"{place}: {error.strerror}", "key-not-readable")
        return
    usable = [key for key in keys if not key.trouble]
    if not usable:
        why = keys[0].trouble if keys else "is not in it"
        yield unknown(NAME, f"{place}: the private key {why}", "key-not-readable")
        return
    if not leaves:
        yield unknown(NAME, f"{place}: there is no certificate to hold it against", "key-alone")
        return
    publics = {key.public for key in usable}
    mine = [leaf for leaf in leaves if public_of(leaf.cert) in publics]
    if not mine:
        yield wrong_key(place, usable[0].line, leaves)
        return
    yield Finding(
        check=NAME, key="key", severity="pass", subject=place,
        title=f"{place}: the private key of {subject_text(mine[0].cert)}",
        evidence=tuple(evidence(each) for each in mine),
    )  # fmt: skip


CHECK: Check[Target[CertificatesCheck]] = Check(NAME, "Certificates", find)
