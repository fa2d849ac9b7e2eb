"""`decide` and `note`: decisions from a script or another terminal, under the same rules."""

from __future__ import annotations

import click

from runbook_tui.cli.options import (
    examples,
    json_option,
    log_option,
    name_option,
    run_argument,
    step_argument,
)
from runbook_tui.domain.acts import ACTS


@click.command(
    epilog=examples(
        "decide @last stop-writers done",
        'decide @last purge-cache skip --reason "the cache is gone already"',
        "decide @last count-orders observe --observed 30000",
        "decide @last migrate approve --as bob",
        'decide @last - pause --reason "waiting for the DBA"',
        'decide @last copy-data extend --length 10m --reason "the disk is slow"',
        "decide @last remove-old start --no-way-back",
        "decide @last checks check --check certificates",
        'decide @last checks waive --finding a1b2c3d4 --until 7d --owner bob --reason "known"',
        "decide @last checks remedy --finding a1b2c3d4",
    )
)
@run_argument(required=True)
@step_argument
@click.argument("action", metavar="ACTION", type=click.Choice(list(ACTS)))
@click.option("--reason", "--text", "reason", metavar="TEXT", help="Why; the words of a note.")
@click.option("--observed", metavar="VALUE", help="The value that was seen (observe).")
@click.option(
    "--item", metavar="ITEM", help="An item's number, name or how it begins (tick, untick)."
)
@click.option("--option", metavar="OPTION", help="The option's id or number (choose).")
@click.option("--length", metavar="LENGTH", help="How long: 10m (extend, extend-window).")
@click.option(
    "--no-way-back",
    "agreed",
    is_flag=True,
    help="Agree that nothing before this step is taken back any more (start, reopen, retry "
    "of a point of no return).",
)
@click.option("--check", "check", metavar="CHECK", help="One check of a preflight step (check).")
@click.option(
    "--finding",
    metavar="FINDING",
    help="A finding, by the first digits of its fingerprint "
    "(waive, waive-inhibitor, remedy, undo-remedy).",
)
@click.option(
    "--until", metavar="TIME", help="When a waiver ends: 7d from now, or 2026-05-08T18:00Z."
)
@click.option("--owner", metavar="NAME", help="Who sees to it that a waiver is not for ever.")
@click.option("--file", "file", metavar="NAME=PATH", help="A text file as evidence (attach).")
@log_option
@name_option
@json_option
def decide(
    run: str,
    step: str,
    action: str,
    reason: str | None,
    observed: str | None,
    item: str | None,
    option: str | None,
    length: str | None,
    check: str | None,
    finding: str | None,
    until: str | None,
    owner: str | None,
    file: str | None,
    agreed: bool,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Take a decision from a script or another terminal.

    STEP is a step's id, or - where the decision is about the whole run. ACTION is what the full
    screen offers: start, tick, run, verify, observe, attach, approve, choose, go, no-go, done,
    skip, defer, fail, retry, override, take-back, note, check, waive, remedy, pause, close, …

    run, verify, wait, check and remedy start things here: they need the runbook to be trusted and
    no other terminal to drive the run. Their output goes to stderr. A refusal, a command that
    failed: 1.
    """
    from runbook_tui.cli.deciding import Asked, decide_here

    asked = Asked(
        reason=reason or "",
        observed=observed,
        item=item,
        option=option,
        file=file,
        length=length,
        check=check,
        finding=finding,
        until=until,
        owner=owner,
        agreed=agreed,
    )
    return decide_here(
        run=run, step=step, action=action, asked=asked, log=log, name=name, as_json=as_json
    )


@click.command(epilog=examples('note @last "the vendor says it is safe to go on"'))
@run_argument(required=True)
@click.argument("text", metavar="TEXT")
@click.option("--step", default="-", metavar="STEP", help="The step it is about.")
@log_option
@name_option
@json_option
def note(run: str, text: str, step: str, log: str | None, name: str | None, as_json: bool) -> int:
    """Leave a note in a run.

    Words for whoever reads the log later; also in a run that is over.
    """
    from runbook_tui.cli.deciding import Asked, decide_here

    return decide_here(
        run=run,
        step=step,
        action="note",
        asked=Asked(reason=text),
        log=log,
        name=name,
        as_json=as_json,
    )
