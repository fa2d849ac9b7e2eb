"""What the shell may complete: runs, steps, updates. Silent about every trouble, as prompts are."""

from __future__ import annotations

from runbook_tui.cli import wiring
from runbook_tui.cli.exits import StopError
from runbook_tui.cli.runs import find_run, summaries
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.text import safe_line
from runbook_tui.session import BrokenLogError

MOST = 50


def run_ids(log: str | None, incomplete: str) -> list[tuple[str, str]]:
    """Runs that begin with `incomplete`, newest first, each with its state in words."""
    try:
        repo = wiring.existing_repository(log)
        found = []
        for summary in summaries(repo) if repo is not None else ():
            if summary.id.startswith(incomplete):
                words = f"{summary.status}, {summary.mode}, {summary.driver}"
                found.append((summary.id, safe_line(words, 60)))
            if len(found) == MOST:
                break
    except (StopError, LogFailure, OSError):
        return []
    return found


def step_ids(log: str | None, run: str | None, incomplete: str) -> list[tuple[str, str]]:
    """Steps of a run that begin with `incomplete`, each with its title."""
    try:
        repo = wiring.existing_repository(log)
        if repo is None:
            return []
        plan = wiring.open_session(repo, find_run(repo, run or "@last")).state.plan
    except (StopError, LogFailure, BrokenLogError, OSError):
        return []
    return [
        (step.id, safe_line(step.title, 60))
        for step in plan.steps
        if step.id.startswith(incomplete)
    ]


def updates(log: str | None, run: str | None, incomplete: str) -> list[tuple[str, str]]:
    """What can follow a run after `message`: the numbers of its updates, each with what it tells,
    and what makes a new one."""
    new = [("draft", "a new update"), ("no-news", "a new update: nothing is new")]
    found = []
    try:
        repo = wiring.existing_repository(log)
        if repo is not None:
            state = wiring.open_session(repo, find_run(repo, run or "@last")).state
            found = [(str(n), str(update.kind)) for n, update in state.messages.updates.items()]
    except (StopError, LogFailure, BrokenLogError, OSError):
        pass
    return [each for each in (*found, *new) if each[0].startswith(incomplete)]
