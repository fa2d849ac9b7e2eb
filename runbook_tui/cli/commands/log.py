"""`log`: the decisions of a run, and those to come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from runbook_tui.cli.options import examples, json_option, log_option, run_argument

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import RunBranch
    from runbook_tui.session import Recorded


@click.command(epilog=examples("log", "log @last --follow", "log 20260501-full --json"))
@run_argument()
@log_option
@click.option("-f", "--follow", is_flag=True, help="Go on with what is decided from now on.")
@json_option
def log(run: str, log: str | None, follow: bool, as_json: bool) -> int:
    """Show the decisions of a run, oldest first.

    One line each: time (UTC), who, what, the words, the commit. Plain git shows the same:
    git log --reverse runs/RUN. With --json one document a line.
    """
    from runbook_tui.cli import exits, wiring
    from runbook_tui.cli.runs import find_run

    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    branch = repo.run(found)
    printer = _Printer(as_json)
    since: str | None = None
    while True:
        for recorded in _new(branch, since):
            printer.show(recorded)
            since = recorded.commit
        if not follow:
            return exits.FINE
        while not branch.moved():
            time.sleep(wiring.configuration().poll_seconds)


def _new(branch: RunBranch, since: str | None) -> Iterator[Recorded]:
    from runbook_tui.domain.events import EventError
    from runbook_tui.formats.commit import entry_of
    from runbook_tui.session import BrokenLogError, LogGoneError, Recorded

    commits = branch.read(since)
    if since is not None and branch.head is None:
        raise LogGoneError(branch.id)
    for commit in commits:
        try:
            entry = entry_of(commit)
        except EventError as error:
            raise BrokenLogError(f"run {branch.id}: {error}") from error
        yield Recorded(entry, commit.id)


class _Printer:
    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._day = ""

    def show(self, recorded: Recorded) -> None:
        from runbook_tui.cli import say
        from runbook_tui.cli.lines import day, decision_json, decision_line

        if self._as_json:
            say.json_line(decision_json(recorded))
            return
        # The day stands where it changes, so that a run over midnight can be read.
        today = day(recorded.entry)
        if self._day and today != self._day:
            say.out(today)
        self._day = today
        say.out(decision_line(recorded))
