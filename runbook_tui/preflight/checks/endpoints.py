"""Hosts that scripts, configuration, units and SQL talk to: each once, with all its places, against
a list of those that are wanted, and with a proposal where one has been replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from runbook_tui.domain.checks.endpoints import EndpointsCheck
from runbook_tui.domain.findings import Evidence, Finding, Remedy, Severity, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.hosts import names, places
from runbook_tui.preflight.hosts.allowing import AllowList, BadEntryError, Redirects
from runbook_tui.preflight.hosts.endpoints import PATTERNS, Computed, Endpoint, in_line
from runbook_tui.preflight.hosts.lines import FileLines
from runbook_tui.preflight.hosts.old_names import OldNames
from runbook_tui.preflight.hosts.probing import probe
from runbook_tui.preflight.scan import formats
from runbook_tui.preflight.scan.batches import Patterns
from runbook_tui.preflight.scan.engine import Hits, Scan
from runbook_tui.preflight.scan.lines import PIECE, pieces
from runbook_tui.preflight.scan.telling import said
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

NAME = "endpoints"
SHOWN = 160
ASIDE_SHOWN = 200
"""Places of a kind that ask nobody; all of them are counted."""
_ASIDE = (
    ("computed", "addresses are put together when the program runs; what comes out is not known"),
    ("this-machine", "places mean this machine"),
    ("commented", "places in comments look like endpoints"),
    ("documentation", "addresses are names of documents and examples"),
)


def find(target: Target[EndpointsCheck]) -> Iterator[Finding | None]:
    """One finding for each host, and what was left aside, counted."""
    try:
        allowed = AllowList(target.config.allow)
        redirects = Redirects(target.config.redirect)
    except BadEntryError as error:
        yield unknown(NAME, f"The list of endpoints cannot be read: {error}", "bad-list")
        return
    seen = _Seen(allowed, redirects, OldNames(redirects.hosts))
    files = passed_over = 0
    for text in target.config.paths:
        try:
            tree = target.tree(text)
        except NotThereError as error:
            yield unknown(NAME, str(error), "not-there")
            continue
        scan = Scan(tree, target.tools, seen.choose, tell=target.tell)
        for hits in scan.run():
            if hits is not None:
                seen.look(tree, hits)
            yield None
        yield from said(NAME, tree, scan.looked)
        files += scan.looked.files
        passed_over += scan.looked.passed_over
    if target.config.probe:
        yield from _probed(target, seen)
    yield from seen.findings()
    if files or passed_over:
        read = f"{files:,} file{'' if files == 1 else 's'}"
        wanted = f"allowed hosts {len(seen.allowed_hosts)}, in places {seen.allowed_places}"
        yield Finding(
            check=NAME, key="allowed", severity="pass",
            title=f"{read}: {wanted}; {passed_over:,} files of text not looked at",
        )  # fmt: skip


@dataclass
class _Seen:
    allowed: AllowList
    redirects: Redirects
    old_names: OldNames
    hosts: dict[str, places.Host] = field(default_factory=dict)
    aside: dict[str, dict[Evidence, None]] = field(default_factory=dict)
    aside_count: dict[str, int] = field(default_factory=dict)
    allowed_hosts: set[str] = field(default_factory=set)
    allowed_places: int = 0

    def choose(self, name: str) -> Patterns | None:
        """What is looked for in a file; None where it is none to look at."""
        if formats.by_name(name) in ("prose", "bundle"):
            return None
        return PATTERNS + self.old_names.patterns

    def look(self, tree: Tree, hits: Hits) -> None:
        """Everything in the lines of a file."""
        file = FileLines(tree, hits.path, hits.name)
        for number, raw in hits.lines:
            for count, text in enumerate(pieces(raw)):
                if count == 0 and file.begins_comment(text):
                    self._leave("commented", file, number, text, 0)
                    continue
                known = list(in_line(text, file.format))
                for found in (*known, *self.old_names.more(text, known)):
                    if isinstance(found, Computed):
                        self._leave("computed", file, number, text, found.at)
                        continue
                    host = names.plain(found.host)
                    aside = self._aside(host, found, file, number, text)
                    if aside:
                        self._leave(aside, file, number, text, found.begin)
                    elif self._allowed(host, found):
                        self.allowed_places += 1
                        self.allowed_hosts.add(host)
                    else:
                        line = raw if len(raw) <= PIECE and tree.editable else None
                        evidence = _evidence(file.place, number, text, found.begin)
                        self._keep(host, found, evidence, hits.path, line)

    def _allowed(self, host: str, found: Endpoint) -> bool:
        return self.allowed.has(host, found.port) and not self.redirects.instead(host, found.port)

    def _aside(self, host: str, found: Endpoint, file: FileLines, number: int, text: str) -> str:
        """Why a place is no endpoint that anybody has to decide on; empty where it is one. What
        costs more to know is looked at last.
        """
        listed = self._allowed(host, found) or self.redirects.instead(host, found.port)
        if not listed:
            if names.is_here(host):
                return "this-machine"
            if names.is_documentation(host) or file.is_reference(text, found.begin):
                return "documentation"
        return "commented" if file.is_in_comment(number, text, found.begin) else ""

    def _leave(self, key: str, file: FileLines, number: int, text: str, at: int) -> None:
        self.aside_count[key] = count = self.aside_count.get(key, 0) + 1
        if count <= ASIDE_SHOWN:
            self.aside.setdefault(key, {})[_evidence(file.place, number, text, at)] = None

    def _keep(
        self, host: str, found: Endpoint, evidence: Evidence, path: str, raw: bytes | None
    ) -> None:
        entry = self.hosts.setdefault(host, places.Host(host))
        entry.evidence[evidence] = None
        entry.uses.add(found.use)
        if found.port is not None:
            entry.ports.add(found.port)
        if new := self.redirects.instead(host, found.port):
            entry.instead.add(new)
            change = None
            if raw is not None:
                change = places.edit(path, evidence.line, raw, found, new, self.redirects, host)
            if change is None:
                entry.by_hand += (path, evidence.line) not in entry.edits
            else:
                entry.edits[path, evidence.line] = change

    def findings(self) -> Iterator[Finding]:
        """What there is to say about each host, and about what was left aside."""
        for host in self.hosts.values():
            yield _finding(host)
        for key, words in _ASIDE:
            if evidence := tuple(self.aside.get(key, ())):
                yield Finding(
                    check=NAME, key=key, severity="info", evidence=evidence,
                    title=f"{self.aside_count[key]:,} {words}",
                )  # fmt: skip


def _finding(host: places.Host) -> Finding:
    shown = safe_line(host.name, SHOWN)
    where = f"{shown}, in {len(host.evidence)} places" if len(host.evidence) > 1 else shown
    inside = " (internal)" if names.is_internal(host.name) else ""
    key, severity, words = _class(host)
    advice = "Ask who owns it and whether it is wanted; then put it on the list of those allowed."
    remedies: tuple[Remedy, ...] = ()
    if host.instead:
        new = safe_line(", ".join(sorted(host.instead)), SHOWN)
        words = f"{words}, replaced by {new}: "
        advice = f"Put {new} in its place."
        if host.by_hand:
            advice += f" {host.by_hand} of the places have to be changed by hand."
        if host.edits:
            remedies = (
                Remedy(
                    label=f"Redirect {shown} to {new}",
                    edits=tuple(host.edits.values()),
                    target=shown,
                ),
            )
    return Finding(
        check=NAME, key=key, severity=severity, title=f"{words}{where}{inside}",
        subject=shown, evidence=tuple(host.evidence), remediation=advice, remedies=remedies,
    )  # fmt: skip


def _class(host: places.Host) -> tuple[str, Severity, str]:
    if host.instead:
        return "redirect", "high", "Old endpoint"
    if "webhook" in host.uses:
        return "webhook", "high", "Webhook to a host that is not on the list: "
    if "push" in host.uses:
        return "file-push", "high", "Sends to a host that is not on the list: "
    return "unknown-host", "warning", "Talks to a host that is not on the list: "


def _probed(target: Target[EndpointsCheck], seen: _Seen) -> Iterator[None]:
    """Adds to each host whether it can be reached, and its successor too."""
    wanted: set[tuple[str, int]] = set()
    for host in seen.hosts.values():
        wanted |= {(host.name, port) for port in host.ports}
    answers: dict[tuple[str, int], str] = {}
    limit = seconds(target.config.probe_timeout)
    for answer in probe(target.network, sorted(wanted), limit):
        if answer is not None:
            answers[answer.host, answer.port] = answer.words
            target.tell(f"{len(answers)} of {len(wanted)} endpoints tried")
        yield None
    for (name, port), words in sorted(answers.items()):
        evidence = Evidence(place=f"{name}:{port}", text=safe_line(words, SHOWN))
        seen.hosts[name].evidence[evidence] = None


def _evidence(place: str, number: int, text: str, at: int) -> Evidence:
    """What of a line is shown: the part around the place, without secrets."""
    if len(text) > SHOWN:
        text = redact(text)[max(0, at - SHOWN // 2) : at + SHOWN // 2] if len(text) < PIECE else ""
    return Evidence(place=place, line=number, text=safe_line(redact(text), SHOWN))


CHECK: Check[Target[EndpointsCheck]] = Check(NAME, "External endpoints", find)
