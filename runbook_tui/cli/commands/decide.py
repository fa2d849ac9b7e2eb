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
    file: str | None,
    agreed: bool,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Take a decision from a script or another terminal.

    STEP is a step's id, or - where the decision is about the whole run. ACTION is what the full
    screen offers: start, tick, run, verify, observe, attach, approve, choose, go, no-go, done,
    skip, defer, fail, retry, override, take-back, note, pause, close, …

    run, verify and wait start commands here: they need the runbook to be trusted and no other
    terminal to drive the run. Their output goes to stderr. A refusal, a command that failed: 1.
    """
    from runbook_tui.cli.deciding import Asked, decide_here

    asked = Asked(
        reason=reason or "",
        observed=observed,
        item=item,
        option=option,
        file=file,
        length=length,
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
