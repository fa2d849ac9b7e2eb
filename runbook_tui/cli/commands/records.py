"""`record`, `records` and `revisit`: why it was decided, and when somebody looks again."""

from __future__ import annotations

from typing import get_args

import click

from runbook_tui.cli.options import (
    examples,
    json_option,
    log_option,
    name_option,
    run_argument,
)
from runbook_tui.domain.records.events import Revisited


@click.command(
    epilog=examples(
        'record @last "Does the new backoff stay?" --option "keep: Keep it: the tail stays slow" '
        '--option "tune: Tune it behind a flag" --cost "tune: two days" --chosen tune '
        '--reason "p99 is up, the mean is down" --evidence tail=p99.txt --revisit 14d',
        'record @last --step which-way --dissent "bob: I would wait" --revisit 2027-05-08',
        'record @last "And now?" --option "a: Go on" --option "b: Wait" --chosen a '
        '--reason "it holds" --revisit "never: the host is gone" --replaces 1',
    )
)
@run_argument(required=True)
@click.argument("question", metavar="[QUESTION]", required=False, default="")
@click.option(
    "--option",
    "options",
    metavar='"ID: TITLE: CONSEQUENCE"',
    multiple=True,
    help="One way to go; repeat it, there are two or more.",
)
@click.option("--cost", "costs", metavar='"ID: TEXT"', multiple=True, help="What an option costs.")
@click.option("--chosen", metavar="ID", help="The option that was chosen.")
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option(
    "--evidence",
    metavar="NAME=PATH",
    multiple=True,
    help="A text file, committed without its secrets; or the path of a file in the log.",
)
@click.option(
    "--threshold", "thresholds", metavar="TEXT", multiple=True, help="What would change it."
)
@click.option(
    "--dissent", metavar='"NAME: TEXT"', multiple=True, help="Who was of another mind, and why."
)
@click.option("--present", metavar="NAME", multiple=True, help="Who decided it with you.")
@click.option(
    "--reversibility",
    metavar="HOW",
    help='Whether it can be taken back: reversible, one-way, or "until DATE".',
)
@click.option(
    "--revisit", metavar="DATE", help='When to look again: 14d, a day, a time, or "never: why".'
)
@click.option("--step", metavar="STEP", help="The step that it comes from.")
@click.option("--replaces", metavar="NUMBER", type=int, help="The record in whose place it stands.")
@log_option
@name_option
@json_option
def record(
    run: str,
    question: str,
    options: tuple[str, ...],
    costs: tuple[str, ...],
    chosen: str | None,
    reason: str | None,
    evidence: tuple[str, ...],
    thresholds: tuple[str, ...],
    dissent: tuple[str, ...],
    present: tuple[str, ...],
    reversibility: str | None,
    revisit: str | None,
    step: str | None,
    replaces: int | None,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Write down a decision with all that speaks for and against it.

    What a decision step chose is a record already: with --step and no QUESTION this adds to it
    (evidence, thresholds, dissent, a date), and chooses first where the step has not. With a
    QUESTION of its own it is another decision, whatever step it comes from.

    Works in a run that is over, too.
    """
    from runbook_tui.cli.recording_here import options_of, record_here
    from runbook_tui.recording import Wish

    wish = Wish(
        question=question,
        options=options_of(options, costs),
        chosen=chosen or "",
        reason=reason or "",
        evidence=evidence,
        thresholds=thresholds,
        present=present,
        dissent=dissent,
        reversibility=reversibility or "",
        revisit=revisit or "",
        step=step,
        replaces=replaces or 0,
    )
    return record_here(run=run, wish=wish, log=log, name=name, as_json=as_json)


@click.command(epilog=examples("records", "records 20260501-full --json"))
@run_argument()
@log_option
@json_option
def records(run: str, log: str | None, as_json: bool) -> int:
    """Show the decision records of a run.

    First each in a line, then whole: question, options with the chosen one, reason, who, evidence
    by its hash, what would change it, dissent, the way back, what the clocks said then, and when
    somebody looks again. What decision steps chose is among them.
    """
    from runbook_tui.cli.recording_here import records_here

    return records_here(run=run, log=log, as_json=as_json)


@click.command(
    epilog=examples(
        'revisit @last 1 kept --reason "the tail is back to normal"',
        'revisit @last 1 moved --until 14d --reason "the partner has not answered"',
        'revisit @last 1 changed --record 2 --reason "the load has doubled"',
    )
)
@run_argument(required=True)
@click.argument("number", metavar="NUMBER")
@click.argument("outcome", metavar="OUTCOME", type=click.Choice(get_args(Revisited)))
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--until", metavar="DATE", help="When to look again: 14d, a day, or a time.")
@click.option(
    "--record", "record_", metavar="NUMBER", type=int, help="What stands in its place (changed)."
)
@log_option
@name_option
@json_option
def revisit(
    run: str,
    number: str,
    outcome: Revisited,
    reason: str | None,
    until: str | None,
    record_: int | None,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Say what became of a decision that was looked at again.

    OUTCOME is kept (it holds; --until looks again later), moved (nobody can say yet; --until), or
    changed: another record stands in its place. `record --replaces NUMBER` makes that one and says
    so at once. Works in a run that is over, too.
    """
    from runbook_tui.cli.recording_here import revisit_here

    return revisit_here(
        run=run,
        number=number,
        outcome=outcome,
        reason=reason or "",
        until=until or "",
        by=record_ or 0,
        log=log,
        name=name,
        as_json=as_json,
    )
