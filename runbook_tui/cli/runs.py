"""Finding runs in a repository: by id, by a unique prefix, or the newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from runbook_tui.cli.exits import bad_input
from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.events import RollbackBegun, RollbackEnded
from runbook_tui.domain.fold_rules import FoldRefusedError
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.record import StoredCommit
from runbook_tui.domain.records.events import RecordEvent
from runbook_tui.domain.records.fold import apply_record, step_chose, step_took_back
from runbook_tui.domain.records.state import RecordsState
from runbook_tui.formats.commit import entry_of

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository

LAST = "@last"
MOST_NAMED = 8
"""Candidates named for an ambiguous prefix."""


@dataclass(frozen=True)
class Summary:
    """A run in a line. `trouble` says why it could not be read to its end."""

    id: str
    runbook: str = ""
    title: str = ""
    version: str = ""
    mode: str = ""
    status: str = "empty"
    rollback: str = ""
    """Of the newest rollback: ``under way``, ``rolled back`` (all of the run), ``partly`` (a phase
    or an effect), ``forward`` (it was left); nothing where there was none."""
    started: Moment | None = None
    ended: Moment | None = None
    driver: str = ""
    events: int = 0
    trouble: str = ""
    scope: str = ""
    """What its newest rollback was to take back."""
    records: RecordsState = field(default_factory=RecordsState)
    """Without the runbook: what a step was asked is only known where somebody added to it."""

    @property
    def word(self) -> str:
        """Its status, with what a rollback made of it: ``closed, rolled back``."""
        back = {"under way": "rolling back", "rolled back": "rolled back"}.get(self.rollback, "")
        if back == "rolling back" and self.status == "open":
            return back
        return f"{self.status}, {back}" if back else self.status

    @property
    def is_open(self) -> bool:
        """Whether it can be gone on with."""
        return self.status in ("open", "paused")


def summarise(run: str, commits: Iterable[StoredCommit]) -> Summary:
    """A run in a line, from its log alone, without the runbook. Never raises for what is in it."""
    from runbook_tui.domain.record import LogFailure

    found = Summary(run)
    try:
        for commit in commits:
            entry = entry_of(commit)
            found = replace(_after(found, entry), events=found.events + 1)
    except (ev.EventError, LogFailure) as error:
        return replace(found, trouble=str(error), status="broken")
    return found


def _after(found: Summary, entry: ev.Entry) -> Summary:
    match entry.event:
        case ev.RunStarted(pin=pin, mode=mode):
            return replace(
                found,
                runbook=pin.runbook,
                title=pin.title,
                version=pin.version,
                mode=mode,
                status="open",
                started=entry.at,
                driver=entry.by,
            )
        case ev.RunResumed():
            return replace(found, driver=entry.by)
        case ev.RunbookAmended(pin=pin):
            return replace(found, version=pin.version, title=pin.title)
        case ev.RunPaused():
            return replace(found, status="paused")
        case ev.RunContinued():
            return replace(found, status="open")
        case RollbackBegun(scope=scope):
            return replace(found, rollback="under way", scope=scope)
        case RollbackEnded(outcome=outcome):
            back = "rolled back" if found.scope == "run" else "partly"
            return replace(found, rollback=back if outcome == "done" else "forward")
        case ev.RunClosed():
            return replace(found, status="closed", ended=entry.at)
        case ev.RunAborted():
            return replace(found, status="aborted", ended=entry.at)
        case RecordEvent() | ev.OptionChosen() | ev.TakenBack():
            return replace(found, records=_recorded(found.records, entry))
        case _:
            return found


def _recorded(records: RecordsState, entry: ev.Entry) -> RecordsState:
    try:
        match entry.event:
            case ev.OptionChosen(step=step, option=option, reason=reason):
                return step_chose(records, entry, step, option, reason)
            case ev.TakenBack(step=step, seq=seq):
                return step_took_back(records, step, seq)
            case RecordEvent():
                return apply_record(records, entry, entry.event)
    except FoldRefusedError:
        pass  # whoever opens that run is told
    return records


def summaries(repo: Repository) -> Iterator[Summary]:
    """Every run, newest first.

    Ids begin with the day, so only the runs of one day are read before the first is given.
    """
    from runbook_tui.domain.record import LogFailure

    ids = sorted((run for run, _ in repo.runs()), reverse=True)
    for _, same_day in groupby(ids, key=lambda run: run[:8]):
        found = []
        for run in same_day:
            try:
                commits = repo.run(run).read()
            except LogFailure as error:
                found.append(Summary(run, status="broken", trouble=str(error)))
            else:
                found.append(summarise(run, commits))
        yield from sorted(found, key=_start, reverse=True)


def _start(summary: Summary) -> tuple[float, str]:
    started = summary.started
    return (started.wall.timestamp() if started is not None else 0.0, summary.id)


def find_run(repo: Repository | None, text: str, *, only_open: bool = False) -> str:
    """The id of the run that `text` names: an id, a unique prefix, or ``@last``.

    With `only_open`, ``@last`` is the newest one that is not over. Raises StopError (2) where
    there is none, or more than one.
    """
    if repo is None:
        raise bad_input("there is no run yet", "runbook-tui run RUNBOOK starts one")
    ids = [run for run, _ in repo.runs()]
    if not ids:
        raise bad_input(f"there is no run in {repo.path}", "runbook-tui run RUNBOOK starts one")
    if text == LAST:
        for summary in summaries(repo):
            if summary.is_open or not only_open:
                return summary.id
        raise bad_input(
            f"no run in {repo.path} is open", "name one to look at it: runbook-tui runs lists them"
        )
    if text in ids:
        return text
    found = [run for run in ids if run.startswith(text)] if text else []
    if not found:
        raise bad_input(f"no run in {repo.path} is called {text!r}", "runbook-tui runs lists them")
    if len(found) > 1:
        named = ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")
        raise bad_input(f"{text!r} names {len(found)} runs: {named}")
    return found[0]
