"""Findings of a rehearsal on a scratch PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.rehearsal import Rehearsed, matters, rehearse
from runbook_tui.preflight.sql.scratch import PsqlScratch, ScratchError, database, version
from runbook_tui.preflight.sql.statements import split
from runbook_tui.preflight.sql.telling import MOST_PLACES, SHOWN, Teller

if TYPE_CHECKING:
    from runbook_tui.domain.checks.migrations import MigrationsCheck
    from runbook_tui.preflight.checks.migrations import Planned
    from runbook_tui.preflight.target import Target

CHECK = "migrations"


def measured_findings(
    target: Target[MigrationsCheck], planned: Sequence[tuple[Planned, Teller]], schema: str
) -> Iterator[Finding | None]:  # fmt: skip
    """Runs every migration on a database of its own and tells what is otherwise than predicted."""
    if target.config.dialect != "postgresql":
        yield unknown(CHECK, "only PostgreSQL is measured on a scratch server", "not-measured")
        return
    measured = 0
    try:
        with database(target.tools, target.config.scratch or "") as where:
            target.tell("measuring on the scratch server")
            yield from _loaded(where, schema)
            for each, teller in planned:
                yield None
                if each.migration.tool in ("Django", "Alembic", "Python"):
                    yield unknown(
                        CHECK, f"{each.migration.place} is not measured: {each.migration.tool}"
                        " makes its SQL when it runs", "not-measured",
                    )  # fmt: skip
                    continue
                down = each.migration.down
                result = rehearse(where, each.steps, down)
                measured += result.measured
                yield from _told(result, teller)
            yield Finding(
                check=CHECK, key="measured", severity="info",
                title=f"{measured:,} statements were run on a scratch PostgreSQL {version(where)},"
                " and their locks read",
            )  # fmt: skip
    except ScratchError as error:
        yield unknown(CHECK, safe_line(str(error), 300), "not-measured")


def _loaded(where: PsqlScratch, schema: str) -> Iterator[Finding]:
    """Puts the schema in; what of it fails is told."""
    from runbook_tui.preflight.sql.measuring import measure

    steps = [Step(statement) for statement in split(schema, "postgresql")]
    failed = [(s, m) for s, m in zip(steps, measure(where, steps), strict=True) if m.error]
    if failed:
        yield Finding(
            check=CHECK, key="schema-fails", severity="unknown",
            title=f"{len(failed)} statements of the schema fail on the scratch server",
            evidence=tuple(
                Evidence(place="schema", line=step.statement.line, text=safe_line(m.error, SHOWN))
                for step, m in failed[:MOST_PLACES]
            ),
        )  # fmt: skip


def _told(result: Rehearsed, teller: Teller) -> Iterator[Finding]:
    place = teller.migration.place
    if result.failures:
        yield Finding(
            check=CHECK, key="fails-on-scratch", severity="high", subject=place,
            title=f"{len(result.failures)} statements of {place} fail on the scratch server:"
            f" {result.failures[0][1]}",
            evidence=tuple(
                Evidence(
                    place=place, line=teller.steps[n].statement.line, text=safe_line(why, SHOWN)
                )
                for n, why in result.failures[:MOST_PLACES]
            ),
            remediation="Give `schema:` as it is in production, so that it begins where production"
            " does; what fails then fails there, too.",
        )  # fmt: skip
    if result.not_run:
        yield Finding(
            check=CHECK, key="not-measured", severity="unknown", subject=place,
            title=f"{len(result.not_run)} statements of {place} were not run:"
            f" {result.not_run[0][1]}",
            evidence=teller.evidence([n for n, _ in result.not_run]),
        )  # fmt: skip
    worse: dict[tuple[str, str, str], list[int]] = {}
    for each in result.disagreements:
        if matters(each):
            worse.setdefault((each.table, each.predicted, each.measured), []).append(each.step)
    for (table, was, now), steps in worse.items():
        title = f"{table}: {now or 'no lock'} was measured, {was or 'no lock'} was predicted"
        yield Finding(
            check=CHECK, key="measured-otherwise", severity="high" if now else "warning",
            title=safe_line(title, 300),
            subject=safe_line(f"{place} {table} {was}/{now}", 300),
            evidence=teller.evidence(steps),
        )  # fmt: skip
    if result.down_failures:
        yield Finding(
            check=CHECK, key="down-fails", severity="high", subject=place,
            title=f"the way back of {place} fails: {result.down_failures[0]}",
        )  # fmt: skip
    if result.went_back and result.differs:
        yield Finding(
            check=CHECK, key="down-differs", severity="high", subject=place,
            title=f"after {place} and its way back the schema is another:"
            f" {safe_line(result.differs[0], 120)}",
            evidence=tuple(
                Evidence(place=place, text=safe_line(row, SHOWN))
                for row in result.differs[:MOST_PLACES]
            ),
        )  # fmt: skip
