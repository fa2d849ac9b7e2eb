"""Makes findings of what there is to say about a migration: places, lines, texts, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from runbook_tui.domain.findings import Edit, Evidence, Finding, Remedy, line_digest
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.sql.advice import Advice
from runbook_tui.preflight.sql.judgement import Judgement
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.sources import Migration
from runbook_tui.preflight.sql.tokens import Dialect
from runbook_tui.preflight.trees import Tree

SHOWN = 160
MOST_PLACES = 20
"""Places of one finding; how many there are more is in its title."""
_WAIT = "SET lock_timeout = '5s'; "


class Teller:
    """Tells of one migration."""

    def __init__(self, check: str, tree: Tree, migration: Migration, steps: Sequence[Step]) -> None:
        self.check, self.tree, self.migration, self.steps = check, tree, migration, steps

    def evidence(self, places: Sequence[int]) -> tuple[Evidence, ...]:
        """Where statements stand and what they say."""
        return tuple(self._seen(self.steps[n]) for n in places[:MOST_PLACES])

    def _seen(self, step: Step) -> Evidence:
        text = safe_line(redact(step.statement.text[:1000]), SHOWN)
        return Evidence(place=self.migration.place, line=step.statement.line, text=text)

    def finding(self, judgement: Judgement, dialect: Dialect) -> Finding:
        """One judgement as a finding of this migration."""
        more = len(judgement.steps) - MOST_PLACES
        title = judgement.title + (f", and {more} places more" if more > 0 else "")
        return Finding(
            check=self.check,
            key=judgement.key,
            severity=judgement.severity,
            title=safe_line(redact(title), 300),
            subject=self._subject(judgement.subject),
            evidence=self.evidence(judgement.steps),
            remediation=judgement.remediation,
            remedies=self._remedies(judgement, dialect),
        )

    def _subject(self, rest: str) -> str:
        return safe_line(redact(f"{self.migration.place} {rest}".strip()), 300)

    def _remedies(self, judgement: Judgement, dialect: Dialect) -> tuple[Remedy, ...]:
        """A lock_timeout before the first of its statements, where the file counts."""
        wanted = judgement.key in ("lock-instant", "lock-scan", "lock-rewrite", "blocks-writes")
        plain = not self.migration.tool and self.migration.path.suffix.lower() in (".sql", ".pgsql")
        if not (wanted and plain and dialect == "postgresql" and self.tree.editable):
            return ()
        if judgement.severity == "info" or not judgement.steps:
            return ()
        number = self.steps[judgement.steps[0]].statement.line
        line = _line(self.migration.path, number)
        if line is None or not line.lstrip()[:1].isalpha():
            return ()
        edit = Edit(path=str(self.migration.path), line=number, digest=line_digest(line), put=_WAIT)
        return (Remedy(label="Set a lock_timeout of 5 s before it", edits=(edit,),
                       target=self.migration.place),)  # fmt: skip

    def not_checkable(self, down: Sequence[Step] | None) -> Iterator[Finding]:
        """What of it cannot be told: one finding for its way up and one for its way down."""
        places = [(why, line, "") for why, line in self.migration.troubles]
        for step in self.steps:
            places += [(why, step.statement.line, step.statement.text) for why in step.troubles]
        yield from self._unclear(places, "", self.migration.place)
        back = [(why, line, "") for why, line in self.migration.down_troubles]
        for step in down or ():
            back += [(why, step.statement.line, step.statement.text) for why in step.troubles]
        yield from self._unclear(back, "the way back of ", self.migration.place)

    def _unclear(
        self, places: Sequence[tuple[str, int, str]], what: str, place: str
    ) -> Iterator[Finding]:
        if not places:
            return
        first = places[0][0]
        more = f", and {len(places) - 1} things more" if len(places) > 1 else ""
        yield Finding(
            check=self.check,
            key="not-checkable",
            severity="unknown",
            title=safe_line(f"{what}{place} cannot be checked: {first}{more}", 300),
            subject=self._subject(what.strip()),
            evidence=tuple(
                Evidence(place=place, line=line, text=safe_line(
                    redact(f"{why}: {text[:500]}" if text else why), SHOWN))
                for why, line, text in places[:MOST_PLACES]
            ),
            remediation="Look at it by hand, or have the tool write the SQL out (Django:"
            " sqlmigrate, Alembic: upgrade --sql) and check that.",
        )  # fmt: skip

    def not_undone(self, trouble: Sequence[str]) -> Iterator[Finding]:
        """What the way back does not take back."""
        if trouble:
            more = f", and {len(trouble) - 1} things more" if len(trouble) > 1 else ""
            yield Finding(
                check=self.check,
                key="down-does-not-undo",
                severity="warning",
                title=safe_line(f"the way back of {self.migration.place} does not undo it:"
                                f" {trouble[0]}{more}", 300),
                subject=self._subject(""),
                evidence=tuple(
                    Evidence(place=self.migration.place, text=safe_line(each, SHOWN))
                    for each in trouble[:MOST_PLACES]
                ),
            )  # fmt: skip

    def no_way_back(self) -> Finding:
        """There is none, though others here have one."""
        return Finding(
            check=self.check,
            key="no-down",
            severity="warning",
            title=f"{self.migration.place} has no way back",
            subject=self._subject(""),
            evidence=(Evidence(place=self.migration.place),),
            remediation="Write the migration that takes it back, or have a backup to restore.",
        )

    @staticmethod
    def no_way_back_at_all(check: str, tellers: Sequence[Teller]) -> Finding:
        """None of them has one."""
        label = tellers[0].tree.place(tellers[0].tree.root)
        return Finding(
            check=check,
            key="no-down",
            severity="warning",
            title=f"none of the {len(tellers):,} migrations has a way back",
            subject=label,
            evidence=tuple(Evidence(place=t.migration.place) for t in tellers[:MOST_PLACES]),
            remediation="Have a backup to restore, or write what takes them back.",
        )

    def advice(self, said: Sequence[Advice]) -> Iterator[Finding]:
        """squawk's advice, each rule once for a file."""
        rules: dict[str, list[Advice]] = {}
        for each in said:
            rules.setdefault(each.rule, []).append(each)
        for rule, found in sorted(rules.items()):
            places = sorted({each.statement for each in found})
            yield Finding(
                check=self.check,
                key="advice",
                severity="info",
                title=safe_line(f"squawk, {rule}: {found[0].message}", 300),
                subject=self._subject(rule),
                evidence=tuple(
                    Evidence(
                        place=self.migration.place, line=self.migration.up[n].line,
                        text=safe_line(redact(self.migration.up[n].text[:1000]), SHOWN),
                    )
                    for n in places[:MOST_PLACES]
                ),
            )  # fmt: skip


def _line(path: Path, number: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            for n, line in enumerate(file, 1):
                if n == number:
                    return line
    except OSError:
        pass
    return None
