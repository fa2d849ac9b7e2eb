"""`effects`, `effect` and `rollback`: what was left behind, and the way back."""

from __future__ import annotations

import click

from runbook_tui.cli.options import (
    examples,
    json_option,
    log_option,
    name_option,
    run_argument,
)


@click.command(epilog=examples("effects", "effects 20260501-full --json", "effects @last --look"))
@run_argument()
@click.option("--look", is_flag=True, help="Look at all of them first; the runbook is trusted.")
@log_option
@json_option
def effects(run: str, look: bool, log: str | None, as_json: bool) -> int:
    """Show the side effects of a run, and what is left over.

    Each with its number, whether it is there (+ there, - not there, ? UNKNOWN, ~ nobody looks,
    . intended), what it was declared to change, what the last look saw, which snapshot covers it,
    what takes it back and who owns it. Then what is there and should not be, with why: a run
    cannot be closed before somebody answers for each. To read is 0, whatever it says.
    """
    from runbook_tui.cli.effecting import effects_here

    return effects_here(run=run, look=look, log=log, as_json=as_json)


@click.command(
    epilog=examples(
        "effect @last 3 look",
        'effect @last 3 not-there --reason "the partner has no such webhook any more"',
        'effect @last 3 accept --owner bob --until 30d --reason "they need it until June"',
        'effect @last 3 ticket --ticket OPS-1234 --reason "the partner removes it on Monday"',
        "effect @last add flag order-events --before off --after on --undo 'flip it back'",
    )
)
@run_argument(required=True)
@click.argument("number", metavar="NUMBER")
@click.argument("action", metavar="[ACTION]", required=False, default="")
@click.argument("target", metavar="[TARGET]", required=False, default="")
@click.option("--reason", metavar="TEXT", help="Why; how it is known.")
@click.option("--owner", metavar="NAME", help="Who sees to it (accept, add).")
@click.option(
    "--until", metavar="DATE", help="How long it may stay: 30d, a day, or a time (accept)."
)
@click.option("--ticket", metavar="REF", help="The ticket: OPS-1234, or its address (ticket).")
@click.option("--before", metavar="TEXT", help="How it was (add).")
@click.option("--after", metavar="TEXT", help="How it is now (add).")
@click.option("--step", metavar="STEP", help="The step that it comes from (add).")
@click.option("--undo", metavar="TEXT", help="How it is taken back, in words (add).")
@click.option("--irreversible", is_flag=True, help="Nothing takes it back (add).")
@log_option
@name_option
@json_option
def effect(
    run: str,
    number: str,
    action: str,
    target: str,
    reason: str | None,
    owner: str | None,
    until: str | None,
    ticket: str | None,
    before: str | None,
    after: str | None,
    step: str | None,
    undo: str | None,
    irreversible: bool,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Look at one side effect, say how it stands, or answer for it.

    ACTION is look (the runbook is trusted, and nobody else drives), there, not-there, accept,
    ticket, taken-back, or none (it never was this run's). `effect RUN add KIND TARGET` puts one on
    the ledger that nobody declared.
    """
    from runbook_tui.cli.effecting import Asked, effect_here

    asked = Asked(
        reason=reason,
        owner=owner,
        until=until,
        ticket=ticket,
        before=before,
        after=after,
        step=step,
        undo=undo,
        irreversible=irreversible,
    )
    return effect_here(
        run=run, words=(number, action, target), asked=asked, log=log, name=name, as_json=as_json
    )


@click.command(
    epilog=examples(
        "rollback",
        "rollback @last --look",
        "rollback @last --phase upgrade --json",
        'rollback @last --begin --reason "the error rate has doubled" --plan 1a2b3c4d',
        "rollback @last --end",
        'rollback @last --forward --reason "it was the load test"',
    )
)
@run_argument()
@click.option("--phase", metavar="PHASE", help="Only what one phase did.")
@click.option("--effect", metavar="NUMBER", help="Only one side effect.")
@click.option(
    "--look", is_flag=True, help="Look at all side effects first; the runbook is trusted."
)
@click.option("--begin", "does", flag_value="begin", help="Commit to exactly this plan.")
@click.option("--end", "does", flag_value="end", help="Compare with before, and end it.")
@click.option(
    "--forward", "does", flag_value="forward", help="Leave it where it stands; go forward again."
)
@click.option(
    "--plan",
    metavar="DIGEST",
    help="8 or more of the first digits of the plan that was read: begins it without asking.",
)
@click.option("--reason", metavar="TEXT", help="Why (begin, forward).")
@log_option
@name_option
@json_option
def rollback(
    run: str,
    phase: str | None,
    effect: str | None,
    look: bool,
    does: str | None,
    plan: str | None,
    reason: str | None,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Show the way back from here, begin it, end it.

    The plan is made from what happened: each step in order with what it takes back, snapshots with
    what goes with them, how long it takes and until when it is safe, what cannot be taken back,
    what is unknown, what somebody else has changed, and steps that declared nothing.

    --begin asks; without a terminal it needs --plan. Its steps are then walked as any others. --end
    looks once more: 1 where something is not as before.
    """
    from runbook_tui.cli.rolling_back import Asked, rollback_here

    asked = Asked(phase=phase, effect=effect, look=look, does=does or "", plan=plan, reason=reason)
    return rollback_here(run=run, asked=asked, log=log, name=name, as_json=as_json)
