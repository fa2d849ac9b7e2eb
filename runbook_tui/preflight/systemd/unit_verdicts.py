"""What the names in a file come to: there, elsewhere called, renamed, masked, or missing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.domain.findings import Edit, Evidence, Finding, Remedy, Severity, line_digest
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.systemd.existing import Existing
from runbook_tui.preflight.systemd.names import RUN_TIME, full_name
from runbook_tui.preflight.systemd.references import Reference
from runbook_tui.preflight.systemd.renames import replacement, stands_alone
from runbook_tui.preflight.systemd.unit_files import template_of
from runbook_tui.preflight.trees import Tree

SHOWN = 160
MOST_EVIDENCE = 20
NEAR = 0.8
"""How alike two names are, from 0 to 1, for one to be proposed instead of the other."""
_WORST = ("acts", "asks", "needs", "brings", "orders")


@dataclass(frozen=True)
class Named:
    """A unit that a file names, by its full name, with all the places."""

    tree: Tree
    path: Path
    name: str
    references: tuple[Reference, ...]

    @property
    def place(self) -> str:
        """What people call the file."""
        return self.tree.place(self.path)

    @property
    def strength(self) -> str:
        """The strongest way in which it is named."""
        return min((r.strength for r in self.references), key=_WORST.index)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The lines, with those that set a variable."""
        seen = [
            Evidence(
                place=self.place,
                line=each.line,
                text=around(each.text, each.name),
            )
            for each in self.references[:MOST_EVIDENCE]
        ]
        return tuple(dict.fromkeys(seen))


def around(text: str, name: str) -> str:
    """A line, redacted; of a long one the part with a name in it."""
    line = safe_line(redact(text.strip()))
    at = line.find(name)
    if at + len(name) > SHOWN:
        line = "…" + line[at - SHOWN // 3 :]
    return safe_line(line, SHOWN)


@dataclass
class Judge:
    """What names are measured by."""

    check: str
    existing: Existing
    known: bool
    """Whether there is anything to measure them by: any unit at all."""
    renames: dict[str, str]
    brought: set[str] = field(default_factory=set)
    """Units whose files are among what is looked through."""

    def finding(self, named: Named, lines: Sequence[bytes]) -> Finding | None:
        """The finding about a name in a file; None where all is well or nothing can be said.
        `lines`: the file's, for edits.
        """
        new = self.renames.get(named.name) or self._instance_renamed(named.name)
        if new is not None:
            return self._renamed(named, new, lines)
        if named.strength == "brings" or not self.known:
            return None
        standing = self.existing.standing(named.name)
        shown = safe_line(named.name, 120)
        if standing.kind == "alias":
            other = safe_line(standing.other, 120)
            title = f"{shown} is another name of {other} here: no rename"
            return self._made(named, "unit-alias", "info", title)
        if standing.kind == "masked" and named.strength == "acts":
            title = f"{shown} is masked here: it cannot be started"
            advice = f"`systemctl unmask {shown}` where that is wanted."
            return self._made(named, "unit-masked", "high", title, advice)
        if standing.kind == "not-enabled-alias":
            other = safe_line(standing.other, 120)
            title = f"{shown} is there only while {other} is enabled (its Alias=)"
            severity: Severity = "warning" if named.strength in ("acts", "asks") else "info"
            return self._made(named, "unit-alias-off", severity, title)
        if standing.kind != "absent" or named.name in self.brought:
            return None
        if template_of(named.name) in self.brought or named.name.endswith(RUN_TIME):
            return None
        return self._missing(named, shown, lines)

    def _instance_renamed(self, name: str) -> str | None:
        template = template_of(name)
        new = self.renames.get(template) if template != name else None
        if new is None or "@." not in new:
            return None
        instance = name.partition("@")[2].rpartition(".")[0]
        return new.replace("@.", f"@{instance}.", 1)

    def _renamed(self, named: Named, new: str, lines: Sequence[bytes]) -> Finding:
        shown, now = safe_line(named.name, 120), safe_line(new, 120)
        kind = self.existing.standing(named.name).kind
        if kind == "alias":
            title = f"{shown} is another name of {now} here: no rename"
            return self._made(named, "unit-alias", "info", title)
        if kind == "unit":
            title = f"{shown} is said to be {now} by now, and is still here"
            advice = "Find out which of the two runs before anything is started."
            return self._made(named, "unit-renamed-yet-there", "warning", title, advice)
        if named.strength == "brings":
            title = f"It brings {shown}, which is {now} here: there would be two"
            advice = f"Leave the file out, or install it as {now}."
            evidence = (Evidence(place=named.place),)
            return self._made(named, "unit-brought-renamed", "high", title, advice, evidence)
        severity: Severity = "high" if named.strength == "orders" else "inhibitor"
        title = f"{shown} is {now} here: {_how(named)}"
        advice = f"Write {now} there."
        edits = self._edits(named, new, lines)
        remedies = (
            Remedy(label=f"Write {now} there", edits=edits, target=named.place),
        ) if edits else ()  # fmt: skip
        return self._made(named, "unit-renamed", severity, title, advice, remedies=remedies)

    def _missing(self, named: Named, shown: str, lines: Sequence[bytes]) -> Finding:
        acting = [each for each in named.references if each.strength == "acts"]
        if acting:
            severity: Severity = "high" if all(each.ignored for each in acting) else "inhibitor"
        else:
            severity = "high" if named.strength in ("asks", "needs") else "info"
        near = self.near(named.name) if severity != "info" else ""
        advice = "Find out what it is called here."
        remedies: tuple[Remedy, ...] = ()
        if near:
            advice = f"Did you mean {safe_line(near, 120)}?"
            edits = self._edits(named, near, lines) if severity == "inhibitor" else ()
            if edits:
                label = f"Write {safe_line(near, 120)} there (a guess by likeness)"
                remedies = (Remedy(label=label, edits=edits, target=named.place),)
        title = f"There is no {shown} here: {_how(named)}"
        return self._made(named, "unit-missing", severity, title, advice, remedies=remedies)

    def near(self, name: str) -> str:
        """The one unit whose name is most like another; empty where none is."""
        suffix = name.rpartition(".")[2]
        names = sorted(n for n in self.existing.names if n.endswith(f".{suffix}"))
        stem = name.rpartition(".")[0]
        stems = {n.rpartition(".")[0]: n for n in names}
        found = difflib.get_close_matches(stem[:80], stems, n=1, cutoff=NEAR)
        return stems[found[0]] if found else ""

    def _edits(self, named: Named, new: str, lines: Sequence[bytes]) -> tuple[Edit, ...]:
        """Edits of every line that names it; none where one of them cannot be edited safely."""
        if not named.tree.editable:
            return ()
        edits: dict[int, Edit] = {}
        for each in named.references:
            number = each.set_at or each.line
            if each.elsewhere or not 0 < number <= len(lines):
                return ()
            raw = lines[number - 1]
            written = each.name if full_name(each.name) == named.name else named.name
            if not stands_alone(raw.decode("utf-8", "surrogateescape"), written):
                return ()
            edit = Edit(
                path=str(named.path.absolute()),
                line=number,
                digest=line_digest(raw),
                find=written,
                put=replacement(written, new),
            )
            # Two names of one unit in a line would need two edits: the first would void the other.
            if edits.setdefault(number, edit) != edit:
                return ()
        return tuple(edits.values())

    def _made(
        self,
        named: Named,
        key: str,
        severity: Severity,
        title: str,
        advice: str = "",
        evidence: tuple[Evidence, ...] | None = None,
        remedies: tuple[Remedy, ...] = (),
    ) -> Finding:
        return Finding(
            check=self.check,
            key=key,
            severity=severity,
            title=title,
            subject=f"{named.place}: {safe_line(named.name, 255)}",
            evidence=named.evidence if evidence is None else evidence,
            remediation=advice,
            remedies=remedies,
        )


def _how(named: Named) -> str:
    """By what it is named first, strongest first."""
    strongest = next(each for each in named.references if each.strength == named.strength)
    more = len(named.references) - 1
    words = {"acts": f"{strongest.how} would fail", "asks": f"{strongest.how} would mislead"}
    how = words.get(strongest.strength, f"{strongest.how} names it")
    if strongest.strength == "acts" and strongest.ignored:
        how = f"{strongest.how} would fail unseen"
    return safe_line(how, 80) + (f", and {more} more" if more else "")
