"""The root command. Each command is imported when it is used: `--help` stays quick and needs
neither git nor Textual.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from runbook_tui import __version__
from runbook_tui.adapters.config import KEYS, TABLES
from runbook_tui.cli import exits, say
from runbook_tui.cli.signals import ends_on_signal

PROGRAM = "runbook-tui"
COMPLETE = "_RUNBOOK_TUI_COMPLETE"
"""Set where a shell asks what could be typed next."""

COMMANDS = {
    "demo": ("demo:demo", "Build the practice lab and open its runbook."),
    "run": ("run:run", "Start a run of a runbook."),
    "resume": ("run:resume", "Go on with a run."),
    "runs": ("listing:runs", "List the runs."),
    "status": ("listing:status", "Say where a run stands."),
    "log": ("log:log", "Show the decisions of a run, oldest first."),
    "note": ("decide:note", "Leave a note in a run."),
    "decide": ("decide:decide", "Take a decision from a script or another terminal."),
    "message": ("message:message", "Say what people are told, and tell them."),
    "effects": ("effects:effects", "Show the side effects of a run, and what is left over."),
    "effect": ("effects:effect", "Look at one side effect, say how it stands, or answer for it."),
    "rollback": ("effects:rollback", "Show the way back from here, begin it, end it."),
    "record": ("records:record", "Write down a decision with all that speaks for and against it."),
    "records": ("records:records", "Show the decision records of a run."),
    "revisit": (
        "records:revisit",
        "Say what became of a decision that was looked at again.",
    ),
    "intake": ("intake:intake", "Vet an upgrade package before anybody trusts it."),
    "preflight": ("preflight:preflight", "Run the checks of a runbook without a run."),
    "lint": ("runbooks:lint", "Find what is wrong with runbooks."),
    "show": ("runbooks:show", "Show a runbook as a person reads it."),
    "diff": ("runbooks:diff", "Say what changed in meaning between two runbooks."),
    "trust": ("trust:trust", "Show every command of a runbook, and trust it."),
    "new": ("runbooks:new", "Write a runbook to start from."),
    "schema": ("runbooks:schema", "Print the JSON Schema of the runbook format."),
    "completion": ("completion:completion", "Print a completion script for your shell."),
}
"""Every command: where it is, and its first line of help (as it stands there, too)."""
STARTS_AN_INTERFACE = frozenset({"run", "resume", "demo"})
"""Commands that still load when they begin; what they open collects garbage once it is up."""


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = getattr(import_module(f"runbook_tui.cli.commands.{module}"), name)
        assert isinstance(found, click.Command)
        if cmd_name not in STARTS_AN_INTERFACE:
            gc.enable()
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The configuration, the exit codes, and an example."""
        from runbook_tui.adapters import places

        with formatter.section(f"Configuration ({places.config_file()}, or the environment)"):
            rows = [(f"{key.name}, {key.variable}", key.help) for key in KEYS]
            formatter.write_dl([*rows, *TABLES, ("NO_COLOR", "theme none")])
        with formatter.section("Exit codes"):
            formatter.write_dl(
                [
                    ("0", "fine"),
                    ("1", "the answer is no: errors found, a decision refused, a command failed"),
                    ("2", "bad usage or bad input, with file:line:col"),
                    ("3", "an outside thing failed (git, disk); nothing acknowledged is lost"),
                    ("130", "interrupted"),
                ]
            )
        with formatter.section("Example"):
            formatter.write_text(f"{PROGRAM} demo")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed; a near miss is named."""
        from difflib import get_close_matches

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            ctx.fail(f"no such command {name!r}{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    name=PROGRAM,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def cli() -> None:
    """Drive a live upgrade from a versioned runbook; every decision is a git commit."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command line; gives its exit code."""
    say.prepare_streams()

    def invoke() -> int:
        if not arguments and COMPLETE not in os.environ:
            say.err(cli.get_help(click.Context(cli, info_name=PROGRAM, max_content_width=100)))
            return exits.BAD_USAGE
        with ends_on_signal():
            answer: Any = cli.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        return answer if isinstance(answer, int) else exits.FINE

    return exits.ending(invoke)
