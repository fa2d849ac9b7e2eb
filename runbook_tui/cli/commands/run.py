"""`run` and `resume`: open a run, in the full screen or in lines."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

import click

from runbook_tui.cli.options import (
    examples,
    log_option,
    name_option,
    run_argument,
)

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.domain.events import Mode
    from runbook_tui.domain.record import Who
    from runbook_tui.opening import Opening

plain_option = click.option(
    "--plain",
    is_flag=True,
    help="Line mode: for screen readers, logs and dumb terminals. "
    "Taken by itself where there is no terminal.",
)


@click.command(
    epilog=examples(
        "run runbooks/full-upgrade -p lab=/srv/lab",
        "run upgrade.yaml --mode rehearsal --load '150 requests/s' --as alice",
        "RB_DB_PASSWORD=… runbook-tui run upgrade.yaml",
    )
)
@click.argument("runbook", metavar="RUNBOOK", type=click.Path())
@click.option(
    "-p",
    "--parameter",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter of the runbook; repeat it for more. Secrets are asked for, "
    "or taken from the environment variable RB_NAME.",
)
@click.option(
    "--mode",
    type=click.Choice(["live", "rehearsal", "dry-run"]),
    default="live",
    show_default=True,
    help="A dry run shows commands and runs none.",
)
@click.option(
    "--load",
    "under",
    metavar="TEXT",
    help="Of a rehearsal: the load that it is held under, in words, where it is not what the "
    "runbook says. Live runs tell it.",
)
@log_option
@name_option
@plain_option
def run(
    runbook: str,
    given: tuple[str, ...],
    mode: Mode,
    under: str | None,
    log: str | None,
    name: str | None,
    plain: bool,
) -> int:
    """Start a run of a runbook.

    RUNBOOK is a file, or a folder with a runbook.yaml in it. The run is pinned to its exact bytes
    and kept as the branch runs/<id> of the log repository, one commit a decision. A runbook not
    seen before must be trusted first.
    """
    from runbook_tui.cli import values, wiring
    from runbook_tui.cli.begin import NewRun, opening_of
    from runbook_tui.cli.exits import bad_input
    from runbook_tui.cli.reading import load_named

    if under and mode != "rehearsal":
        raise bad_input("--load says what a rehearsal is held under: it needs --mode rehearsal")
    path, loaded = load_named(runbook)
    known = values.given_values(loaded.runbook, given)
    if mode == "rehearsal":
        known = values.for_rehearsals(loaded.runbook) | known
    known |= values.take_secrets(values.secret_names(loaded.runbook))
    known_name = wiring.given_name(name)
    wiring.refuse_missing_log(log)

    @cache
    def kept() -> tuple[Repository, Who]:
        repo = wiring.repository(log)
        return repo, wiring.person(repo, name)

    new = NewRun(log=kept, loaded=loaded, source=path, mode=mode, load=under or "")
    return interface(opening_of(new, known, known_name), plain)


@click.command(epilog=examples("resume", "resume 20260501-full --as bob --plain"))
@run_argument()
@log_option
@name_option
@plain_option
def resume(run: str, log: str | None, name: str | None, plain: bool) -> int:
    """Go on with a run.

    It goes on where it stood, after a break or a crash; without RUN the newest one that is open.
    What was running when the program died comes back as
    UNKNOWN where it changes something: find out, then say what became of it. A run that is over
    is opened for reading.
    """
    from runbook_tui.cli import wiring
    from runbook_tui.cli.begin import OldRun, opening_of
    from runbook_tui.cli.exits import StopError
    from runbook_tui.cli.labs import hint_of_open_lab
    from runbook_tui.cli.runs import LAST, find_run

    repo = wiring.repository(log)
    try:
        found = find_run(repo, run, only_open=True)
    except StopError as error:
        # A demo keeps its log in its own folder, which is what is looked for where nothing is here.
        if run == LAST and wiring.log_path(log) is None:
            error.hint = hint_of_open_lab() or error.hint
        raise
    who = wiring.person(repo, name)
    return interface(opening_of(OldRun(repo=repo, who=who, run=found), {}), plain)


def interface(opening: Opening, plain: bool) -> int:
    """Opens the full screen, or line mode where that was asked for or there is no terminal."""
    from runbook_tui.cli import logfile, signals, wiring

    logfile.start()
    config = wiring.configuration()
    try:
        if plain or config.plain or not _full_screen():
            from runbook_tui.cli.plain import run_plain

            gc.enable()
            return run_plain(opening, config.poll_seconds)
        from runbook_tui.tui.app import RunbookApp

        # The screen hears signals itself while it is open, and leaves the default handlers behind.
        with signals.ends_on_signal():
            return int(RunbookApp(opening, wiring.settings()).run_to_exit())
    finally:
        opening.close()


def _full_screen() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return os.environ.get("TERM", "") not in ("", "dumb") and all(s.isatty() for s in streams)
