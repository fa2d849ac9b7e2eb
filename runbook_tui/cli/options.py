"""Options that several commands share, and the examples in their help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from runbook_tui.cli.root import PROGRAM

F = TypeVar("F", bound=Callable[..., Any])

log_option = click.option(
    "--log",
    metavar="REPO",
    help="The git repository that keeps the runs; any existing one will do.",
    type=click.Path(),
)
name_option = click.option(
    "--as", "name", metavar="NAME", help="Who decides; git's own name for you if not given."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


def examples(*lines: str) -> str:
    """The epilog of a command: ``examples("lint runbook.yaml")``. A line that names the program
    itself stands as it is."""
    head = "Example:" if len(lines) == 1 else "Examples:"
    whole = (line if f"{PROGRAM} " in line else f"{PROGRAM} {line}" for line in lines)
    return "\n".join(["\b", head, *(f"  {line}" for line in whole)])


def _complete_run(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from runbook_tui.cli.completing import run_ids

    return [
        CompletionItem(run, help=words) for run, words in run_ids(ctx.params.get("log"), incomplete)
    ]


def _complete_step(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from runbook_tui.cli.completing import step_ids

    found = step_ids(ctx.params.get("log"), ctx.params.get("run"), incomplete)
    return [CompletionItem(step, help=words) for step, words in found]


def run_argument(*, required: bool = False) -> Callable[[F], F]:
    """RUN: an id, a unique prefix or ``@last``, which is also the default."""
    if required:
        return click.argument("run", metavar="RUN", shell_complete=_complete_run)
    return click.argument(
        "run", metavar="[RUN]", required=False, default="@last", shell_complete=_complete_run
    )


step_argument = click.argument("step", metavar="STEP", shell_complete=_complete_step)
