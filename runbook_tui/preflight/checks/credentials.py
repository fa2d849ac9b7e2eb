"""Passwords, keys and tokens that stand in files, each with all its places and without its value.

A value leaves the rules as a keyed hash only. What is shown is put together from its name, which
is the text before it, and its kind: there is no way from the value to a finding.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.domain.checks.credentials import CredentialsCheck
from runbook_tui.domain.findings import Evidence, Finding, Severity, unknown
from runbook_tui.domain.redact import MARK
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.ports import BadDocumentError
from runbook_tui.preflight.scan import formats
from runbook_tui.preflight.scan.batches import Patterns
from runbook_tui.preflight.scan.engine import Hits, Looked, Scan
from runbook_tui.preflight.scan.lines import pieces
from runbook_tui.preflight.scan.telling import said
from runbook_tui.preflight.secrets import keyblocks, positional
from runbook_tui.preflight.secrets.baseline import Baseline, is_over
from runbook_tui.preflight.secrets.rules import PATTERNS, FileRules, Secret
from runbook_tui.preflight.secrets.values import verdict
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

NAME = "credentials"
DIGITS = 16
NAME_SHOWN = 60
_SEVERITY: dict[str, Severity] = {
    "default-password": "warning",
    "password-hash": "warning",
    "encrypted-private-key": "warning",
}
_WORDS = {
    "password": "Password in a file",
    "secret-key": "Secret key in a file",
    "token": "Token in a file",
    "url-password": "Password in a URL",
    "default-password": "Well-known default password",
    "password-hash": "Hash of a password",
    "private-key": "Private key, not encrypted",
    "encrypted-private-key": "Private key, encrypted",
}
_ADVICE = {
    "default-password": "Everybody knows it. Set one of your own before anything can connect.",
    "password-hash": "It can be guessed offline. See that only the service can read the file.",
    "encrypted-private-key": "See that its pass phrase is not beside it.",
}
_MOVE = (
    "Take it out of the file and into the secret store, and change it: whoever had the file has it."
    " Where it has to stay, accept it in the baseline by its hash."
)


def find(target: Target[CredentialsCheck]) -> Iterator[Finding | None]:
    """One finding for each secret, however often it stands somewhere."""
    baseline = Baseline()
    if target.config.baseline is not None:
        try:
            baseline = target.documents.read(target.path(target.config.baseline), Baseline)
        except (BadDocumentError, OSError) as error:
            yield unknown(NAME, f"The baseline cannot be read: {error}", "baseline")
    if not target.key:
        words = "There is no key to hash values with, so nothing in the baseline can be recognised"
        if target.config.baseline is not None:
            yield unknown(NAME, words, "no-key")
    seen = _Seen(target.key or randomness.token_bytes(32))
    looked = []
    for text in target.config.paths:
        try:
            tree = target.tree(text)
        except NotThereError as error:
            yield unknown(NAME, str(error), "not-there")
            continue
        scan = Scan(
            tree, target.tools, _choose, lambda p: positional.fields(p) is not None, target.tell
        )
        for hits in scan.run():
            if hits is not None:
                _look(tree, hits, seen)
            yield None
        yield from said(NAME, tree, scan.looked)
        yield from _stores(tree, scan.looked)
        looked.append(scan.looked)
    yield from seen.findings(baseline, target)
    if looked and not seen.found:
        files = sum(each.files for each in looked)
        yield Finding(
            check=NAME, key="none", severity="pass", title=f"{files:,} files, no credential"
        )


def _choose(path: str) -> Patterns:
    return PATTERNS[formats.by_name(path)]


def _look(tree: Tree, hits: Hits, seen: _Seen) -> None:
    place = tree.place(Path(hits.path))
    read = positional.fields(hits.name)
    if read is not None:
        for number, raw in hits.lines:
            text = next(pieces(raw))
            if (entry := read(text)) is not None and not text.lstrip().startswith("#"):
                what = verdict(entry[1], entry[0], "conf", "'")
                kind = {"hash": "password-hash", "default": "default-password"}.get(
                    what, "password"
                )
                seen.add(place, Secret(kind, what, entry[0], entry[1], number))
    rules = FileRules(hits.path, hits.name)
    for number, raw in hits.lines:
        for count, piece in enumerate(pieces(raw)):
            for secret in rules.secrets(number, piece, first=count == 0):
                if read is None or secret.kind not in ("password", "password-hash"):
                    seen.add(place, secret)


@dataclass
class _Seen:
    key: bytes
    found: dict[tuple[str, str], dict[Evidence, None]] = field(default_factory=dict)
    aside: dict[str, dict[Evidence, None]] = field(default_factory=dict)

    def add(self, place: str, secret: Secret) -> None:
        if secret.verdict == "nothing":
            return
        evidence = _evidence(place, secret)
        if secret.verdict in ("reference", "placeholder"):
            self.aside.setdefault(secret.verdict, {})[evidence] = None
        elif secret.commented and secret.kind in (
            "password",
            "secret-key",
            "token",
            "default-password",
            "url-password",
            "password-hash",
        ):
            self.aside.setdefault("commented", {})[evidence] = None
        else:
            digest = hmac.new(self.key, secret.value.encode("utf-8", "replace"), hashlib.sha256)
            entry = self.found.setdefault((secret.kind, digest.hexdigest()[:DIGITS]), {})
            entry[evidence] = None

    def findings(self, baseline: Baseline, target: Target[CredentialsCheck]) -> Iterator[Finding]:
        used = set()
        for (kind, digest), evidence in self.found.items():
            places = tuple(evidence)
            severity: Severity = _SEVERITY.get(kind, "high")
            note = ""
            entry = baseline.entry(kind, digest, tuple({each.place for each in places}))
            if entry is not None:
                used.add(entry)
                try:
                    over = is_over(entry, target.now.date())
                except ValueError:
                    over = True
                if over:
                    note = f", accepted until {entry.until} by {entry.owner}, which is past"
                else:
                    severity = "info"
                    note = f", accepted by {entry.owner}: {entry.reason}"
            words = _WORDS.get(kind) or f"{places[0].text.removesuffix(MARK).strip()} in a file"
            count = f", in {len(places)} places" if len(places) > 1 else ""
            yield Finding(
                check=NAME, key=kind, severity=severity, title=safe_line(f"{words}{count}{note}"),
                subject=digest, evidence=places, remediation=_ADVICE.get(kind, _MOVE),
            )  # fmt: skip
        for entry in baseline.accepted:
            if entry not in used:
                yield Finding(
                    check=NAME, key="baseline-unused", severity="info", subject=entry.hash,
                    title=safe_line(f"The baseline accepts {entry.hash}, which is nowhere"),
                )  # fmt: skip
        yield from self._asides()

    def _asides(self) -> Iterator[Finding]:
        for key, words in (
            ("commented", "in comments, which nobody reads but people"),
            ("placeholder", "to be filled in"),
            ("reference", "taken from elsewhere, as they should be"),
        ):
            if evidence := tuple(self.aside.get(key, ())):
                yield Finding(
                    check=NAME, key=key, severity="info", evidence=evidence,
                    title=f"{len(evidence)} credentials {words}",
                )  # fmt: skip


def _evidence(place: str, secret: Secret) -> Evidence:
    """The only place where text about a secret is made: of its name, never of its value."""
    name = safe_line(secret.name, NAME_SHOWN)
    if secret.value and (secret.value in name or (len(name) > 3 and name in secret.value)):
        name = secret.kind
    return Evidence(place=place, line=secret.line, text=f"{name} {MARK}")


def _stores(tree: Tree, looked: Looked) -> Iterator[Finding]:
    found = [path for path in looked.binary if path.lower().endswith(keyblocks.STORES)]
    for path in found:
        place = tree.place(Path(path))
        yield Finding(
            check=NAME, key="key-store", severity="warning", subject=place,
            title=f"Key store: {place.rpartition('/')[2]}", evidence=(Evidence(place=place),),
            remediation="It can hold private keys. See who can read it and where its password is.",
        )  # fmt: skip


CHECK: Check[Target[CredentialsCheck]] = Check(NAME, "Credentials in files", find)
