"""`preflight`: run a runbook's checks without a run, for people and for CI."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples


@click.command(
    epilog=examples(
        "preflight runbooks/full-upgrade -p lab=/srv/lab",
        "preflight upgrade.yaml --only certificates --json",
        "preflight upgrade.yaml --format junit > preflight.xml",
    )
)
@click.argument("runbook", metavar="RUNBOOK", type=click.Path())
@click.option(
    "-p", "--parameter", "given", metavar="NAME=VALUE", multiple=True,
    help="A parameter of the runbook; repeat it for more. Secrets come from the environment "
    "variable RB_NAME.",
)  # fmt: skip
@click.option(
    "--only", metavar="CHECK", multiple=True, help="Run this check alone; repeat it for more."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document, the same as --format json."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "junit"]), default="text",
    help="What is printed; sarif and junit are for CI.",
)  # fmt: skip
def preflight(
    runbook: str, given: tuple[str, ...], only: tuple[str, ...], as_json: bool, form: str
) -> int:
    """Run the checks of a runbook without a run.

    Nothing is changed and nothing is logged. The runbook has to be trusted, since its checks may
    run commands. Exits with 1 where somebody has to look at something; what could not be looked at
    is UNKNOWN, never a pass.
    """
    if as_json and form not in ("text", "json"):
        raise click.UsageError(f"--json and --format {form} are two forms: give one")
    from runbook_tui.cli import exits, preflighting, reporting

    report = preflighting.look(runbook, given, only)
    reporting.print_report(report, "json" if as_json else form)
    return exits.NO if report.asks_somebody else exits.FINE
