"""What `record`, `records` and `revisit` do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.begin import read_evidence
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.lines import decision_json, decision_line
from runbook_tui.cli.records_text import list_lines, record_lines, records_json
from runbook_tui.cli.runs import find_run
from runbook_tui.domain.records.events import RecordEvent, Revisited, Way
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_line
from runbook_tui.recording import Wish, option_of, record, revisit, with_costs
from runbook_tui.session import Recorded, Session


def record_here(*, run: str, wish: Wish, log: str | None, name: str | None, as_json: bool) -> int:
    """Makes a record; gives the exit code. Raises StopError, LogFailure, BrokenLogError."""
    session = _session(run, log, name)
    before = len(session.entries)
    return _report(session, record(session, wish, read_evidence), before, as_json)


def revisit_here(
    *,
    run: str,
    number: str,
    outcome: Revisited,
    reason: str,
    until: str,
    by: int,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Says what became of a record; gives the exit code. Raises as `record_here`."""
    if not number.isdecimal() or len(number) > 6:
        raise bad_input(
            f"{safe_line(number, 40)!r} is no number of a record", "runbook-tui records lists them"
        )
    session = _session(run, log, name)
    before = len(session.entries)
    answer = revisit(session, int(number), outcome, reason, until, by)
    return _report(session, answer, before, as_json)


def records_here(*, run: str, log: str | None, as_json: bool) -> int:
    """Prints every record; gives the exit code. Raises as `record_here`."""
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    session = wiring.open_session(repo, found)
    records, now = session.state.records, session.clock.now().utc
    if as_json:
        say.json_out({"run": session.state.run, "records": records_json(records, now)})
        return exits.FINE
    if not records.by_number:
        say.err("no decision record yet; runbook-tui record RUN makes one")
    for line in list_lines(records, now):
        say.out(line)
    for each in records.by_number.values():
        say.out("")
        for line in record_lines(records, each, now):
            say.out(line)
    return exits.FINE


def options_of(texts: Sequence[str], costs: Sequence[str]) -> tuple[Way, ...]:
    """The options as they were typed. Raises StopError (2)."""
    found: list[Way] = []
    for text in texts:
        way = option_of(text)
        if isinstance(way, Refusal):
            raise bad_input(way.reason, way.hint)
        found.append(way)
    whole = with_costs(tuple(found), tuple(costs))
    if isinstance(whole, Refusal):
        raise bad_input(whole.reason, whole.hint)
    return whole


def _session(run: str, log: str | None, name: str | None) -> Session:
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    return wiring.open_session(repo, found, wiring.person(repo, name))


def _report(
    session: Session, answer: tuple[Recorded, ...] | Refusal, before: int, as_json: bool
) -> int:
    refusal = answer if isinstance(answer, Refusal) else None
    recorded = answer if not isinstance(answer, Refusal) else _mine(session, before)
    records, now = session.state.records, session.clock.now().utc
    numbers = [e.entry.event.number for e in recorded if isinstance(e.entry.event, RecordEvent)]
    number = numbers[0] if numbers else 0
    if refusal is None and not number:  # only a step's choice was made
        number = max(records.by_number, default=0)
    if as_json:
        document: dict[str, Any] = {
            "run": session.state.run,
            "record": next((r for r in records_json(records, now) if r["number"] == number), None),
            "recorded": [decision_json(each) for each in recorded],
            "refused": {"reason": refusal.reason, "hint": refusal.hint} if refusal else None,
        }
        say.json_out(document)
    else:
        for each in recorded:
            say.out(decision_line(each))
        known = records.by_number.get(number)
        for line in record_lines(records, known, now) if known is not None else ():
            say.out(line)
    if refusal is not None:
        raise exits.refused(refusal)
    return exits.FINE


def _mine(session: Session, before: int) -> tuple[Recorded, ...]:
    """What was recorded before a refusal came: a step's choice that stands."""
    mine = session.who.name
    return tuple(each for each in session.entries[before:] if each.entry.by == mine)
