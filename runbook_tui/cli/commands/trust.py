"""`trust`: look at every command of a runbook, then trust its exact content."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples

SHORTEST = 12
"""Characters of a hash that a script must give: nobody finds another content by chance."""


@click.command(
    epilog=examples(
        "trust runbooks/full-upgrade", "trust upgrade.yaml --digest 3f9c2ab41d07", "trust x --show"
    )
)
@click.argument("runbook", metavar="RUNBOOK", type=click.Path())
@click.option(
    "--digest",
    metavar="HASH",
    help=f"Trust without being asked where the content hash begins with this "
    f"(at least {SHORTEST} characters).",
)
@click.option("--show", "only_show", is_flag=True, help="Only show; trust nothing.")
def trust(runbook: str, digest: str | None, only_show: bool) -> int:
    """Show every command of a runbook, and trust it.

    A runbook runs commands as you. One whose exact content was not trusted on this machine before
    runs none, neither in the terminal nor by a script.
    """
    from runbook_tui.cli import exits, say, wiring
    from runbook_tui.cli.plain_input import Lines
    from runbook_tui.cli.reading import load_sound
    from runbook_tui.cli.trusting import ask_to_trust, listing
    from runbook_tui.domain.plan import Plan

    _, loaded, told = load_sound(runbook)
    for problem in told:
        say.err(f"A live run would be refused, a rehearsal goes on: {problem}")
    plan = Plan(loaded.runbook, loaded.digest)
    store = wiring.trust_store()
    if only_show:
        say.out(listing(plan))
        return exits.FINE
    if store.trusts(plan.digest):
        say.out(f"{plan.runbook.id} v{plan.runbook.version} is trusted: {plan.digest}")
        return exits.FINE
    if digest is None:
        lines = Lines()

        def ask(question: str) -> str | None:
            say.out(question, end="")
            return lines.read()

        trusted = ask_to_trust(plan, say.out, ask)
    else:
        given = digest.strip().lower()
        if len(given) < SHORTEST:
            raise exits.bad_input(f"--digest wants at least {SHORTEST} characters of the hash")
        trusted = plan.digest.startswith(given)
        if not trusted:
            raise exits.the_answer_is_no(
                f"not trusted: the content hash is {plan.digest[:SHORTEST]}…, not {given[:16]}…",
                "it is another content than the one that was looked at",
            )
    if not trusted:
        raise exits.the_answer_is_no("not trusted: nothing of it will run")
    store.trust(plan.digest, f"{plan.runbook.id} v{plan.runbook.version}")
    say.out(f"trusted: {plan.runbook.id} v{plan.runbook.version}, content {plan.digest}")
    return exits.FINE
