"""`demo`: the practice lab, from nothing to an open runbook in one command."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runbook_tui.cli.commands.run import plain_option
from runbook_tui.cli.options import examples, name_option

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.cli.begin import NewRun, OldRun
    from runbook_tui.practice.lab import Lab
    from runbook_tui.session import Who

SCHEMA = "docs/runbook.schema.json"
"""What the first line of the bundled runbook names, from its folder upwards."""


@click.command(epilog=examples("demo", "demo --new", "demo ./lab --plain", "demo --stop"))
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@click.option("--new", "fresh", is_flag=True, help="A fresh lab, also where one is open already.")
@click.option(
    "--stop", "stop", is_flag=True, help="End every process of the labs, after a crash, and leave."
)
@click.option("--keep", is_flag=True, help="Leave the lab's services running at the end.")
@name_option
@plain_option
def demo(
    folder: str | None, fresh: bool, stop: bool, keep: bool, name: str | None, plain: bool
) -> int:
    """Build the practice lab and open its runbook.

    A real service over a real database, on loopback, in DIR or a fresh folder: no set-up, no
    network, no root. You upgrade it from 4.2 to 5.0. Its log is the git repository DIR/log.git.
    With the DIR of a lab that is there already, its open run goes on; without DIR the lab goes on
    whose run was begun last and is open, unless you ask for a new one.
    """
    from runbook_tui.cli import exits
    from runbook_tui.practice.layout import LabError

    if fresh and (folder is not None or stop):
        raise click.UsageError("--new builds a fresh lab: it takes no DIR and no --stop")
    try:
        if stop:
            return _stop(folder)
        return _open(_root(folder, fresh), keep=keep, name=name, plain=plain)
    except LabError as error:
        raise exits.StopError(error.code, str(error)) from None


def _stop(folder: str | None) -> int:
    from runbook_tui.cli import exits, say
    from runbook_tui.practice.lab import Lab, stop_labs

    if folder is not None:
        lab = Lab.open(Path(folder))
        stopped = {lab.root: lab.stop()}
    else:
        stopped = stop_labs()
    for root, units in stopped.items():
        say.out(f"{root}: " + (f"stopped {', '.join(units)}" if units else "nothing was running"))
    if not stopped:
        say.out("no lab is running")
    return exits.FINE


def _root(folder: str | None, fresh: bool) -> Path:
    """The folder of the lab to open: the named one, that of an open run, or a new one."""
    from runbook_tui.cli import say
    from runbook_tui.cli.labs import open_labs

    if folder is not None:
        return Path(folder)
    if not fresh:
        # After a crash nobody remembers a folder that was named once, before the screen filled.
        left = [lab for lab in open_labs() if not lab.driven]
        if left:
            say.err(f"the run {left[0].run} in the lab {left[0].root} is open: it goes on")
            say.err("  a fresh lab instead: runbook-tui demo --new")
            return left[0].root
    return Path(tempfile.mkdtemp(prefix="runbook-lab-"))


def _open(root: Path, *, keep: bool, name: str | None, plain: bool) -> int:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.cli import say, signals, wiring
    from runbook_tui.cli.begin import opening_of
    from runbook_tui.cli.commands.run import interface
    from runbook_tui.cli.labs import LOG
    from runbook_tui.practice.lab import build, is_built

    if not is_built(root):
        say.err("building the practice lab …")
    lab = build(root)
    _refuse_upgraded(lab)
    _write_schema(root / SCHEMA)
    try:
        lab.start()
        say.err(lab.summary())
        repo = Repository.create(lab.root / LOG)
        who = wiring.person(repo, name)
        opened = _run(lab, repo, who)
        try:
            return interface(opening_of(opened, lab.parameters, who.name), plain)
        finally:
            _farewell(lab, repo)
    finally:
        if not keep:
            with signals.undisturbed():
                lab.stop()
            say.err("the lab's services are stopped")


def _write_schema(path: Path) -> None:
    """Editors complete and check the lab's runbook, which is there to be edited."""
    if not path.exists():
        from runbook_tui.formats.schema import schema_text

        path.parent.mkdir(exist_ok=True)
        path.write_text(schema_text(), encoding="utf-8")


def _run(lab: Lab, repo: Repository, who: Who) -> NewRun | OldRun:
    """The lab's open run, or a new one."""
    from runbook_tui.cli import wiring
    from runbook_tui.cli.begin import NewRun, OldRun
    from runbook_tui.cli.labs import open_run
    from runbook_tui.cli.reading import load_named
    from runbook_tui.practice import pace

    found = open_run(repo)
    if found is not None:
        return OldRun(repo=repo, who=who, run=found.id)
    source, loaded = load_named(str(lab.runbook))
    if pace.reopen(lab.runbook, datetime.now(UTC)):
        store, seen = wiring.trust_store(), loaded
        source, loaded = load_named(str(lab.runbook))
        # Two times of day were written anew, by this program: no command is another one.
        if store.trusts(seen.digest):
            with contextlib.suppress(OSError):  # then it is asked for
                store.trust(loaded.digest, loaded.runbook.title)
    return NewRun(log=lambda: (repo, who), loaded=loaded, source=source, mode="live")


def _refuse_upgraded(lab: Lab) -> None:
    """Raises StopError (1) where the lab is upgraded and its run over: there is nothing to do."""
    from runbook_tui.adapters.gitlog import NotARepository, Repository
    from runbook_tui.cli import exits
    from runbook_tui.cli.labs import LOG, is_upgraded, open_run
    from runbook_tui.cli.runs import summaries

    if not is_upgraded(lab):
        return
    log = lab.root / LOG
    read = ""
    try:
        repo = Repository.open(log)
        if open_run(repo) is not None:
            return
        newest = next(summaries(repo), None)
        if newest is not None:
            read = f"; to read its run: runbook-tui resume {newest.id} --log {log}"
    except NotARepository:
        pass
    raise exits.the_answer_is_no(
        f"the lab {lab.root} is upgraded already, and no run in it is open; nothing was started",
        f"a fresh lab: runbook-tui demo --new{read}",
    )


def _farewell(lab: Lab, repo: Repository) -> None:
    from runbook_tui.cli import say
    from runbook_tui.cli.labs import LOG, is_upgraded, open_run
    from runbook_tui.cli.runs import summaries

    log = lab.root / LOG
    newest = next(summaries(repo), None)
    if newest is not None:
        say.err(f"read the story:  git -C {log} log --reverse runs/{newest.id}")
    if newest is None or open_run(repo) is not None or not is_upgraded(lab):
        say.err(f"go on with it:   runbook-tui demo {lab.root}")
    else:
        say.err(f"look at it:      runbook-tui resume {newest.id} --log {log}")
        say.err("a fresh lab:     runbook-tui demo --new")
