"""`lint`, `show`, `diff`, `new`, `schema`: runbooks as files, without any run."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples, json_option, log_option

SCHEMA = "runbook.schema.json"


@click.command(epilog=examples("lint runbooks/full-upgrade/runbook.yaml", "lint *.yaml --json"))
@click.argument("runbooks", metavar="RUNBOOK...", nargs=-1, required=True, type=click.Path())
@json_option
def lint(runbooks: tuple[str, ...], as_json: bool) -> int:
    """Find what is wrong with runbooks.

    Every error and warning as file:line:col: message (hint). Exit code 1 where there is an error,
    2 where a file cannot be read as a runbook at all; warnings alone are fine.
    """
    from runbook_tui.cli.checking import check

    return check(runbooks, as_json)


@click.command(
    epilog=examples("show runbooks/full-upgrade", "show upgrade.yaml | less", "show --gantt .")
)
@click.argument("runbook", metavar="RUNBOOK", type=click.Path())
@click.option("--gantt", is_flag=True, help="Its time as a chart, and whether it fits the window.")
@click.option(
    "--as-written",
    is_flag=True,
    help="With --gantt: lengths as the runbook has them, and not those of earlier runs.",
)
@log_option
def show(runbook: str, gantt: bool, as_written: bool, log: str | None) -> int:
    """Show a runbook as a person reads it.

    Phases, steps, every command in full, what it verifies and how it is undone. The chart's lengths
    are those of rehearsals and earlier runs, for steps that are still what they were then.
    """
    from runbook_tui.cli import exits, say
    from runbook_tui.cli.reading import runbook_path
    from runbook_tui.formats.load import load

    loaded = load(runbook_path(runbook))
    if gantt:
        from runbook_tui.cli.earlier import lengths
        from runbook_tui.formats.gantt import gantt as as_chart

        text = as_chart(
            loaded.runbook,
            width=say.columns(),
            ascii_only=not say.takes_blocks(),
            timings=None if as_written else lengths(loaded, log),
        )
    else:
        from runbook_tui.formats.show import show as as_text

        text = as_text(loaded.runbook)
    say.out(text.rstrip("\n"))
    for problem in loaded.errors:
        say.err(problem.one_line())
    return exits.NO if loaded.errors else exits.FINE


@click.command(
    epilog=examples("diff old.yaml new.yaml", "diff upgrade.yaml@v1.3.0 upgrade.yaml --json")
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--exit-code", is_flag=True, help="Exit code 1 where anything differs.")
@json_option
def diff(a: str, b: str, exit_code: bool, as_json: bool) -> int:
    """Say what changed in meaning between two runbooks.

    Not lines of text: steps added, removed, moved, and which of their fields changed. A and B are
    files, or FILE@REV for a file as it was at a git revision.
    """
    from runbook_tui.cli.checking import compare

    return compare(a, b, as_json=as_json, exit_code=exit_code)


@click.command(epilog=examples("new upgrades/postgres-17"))
@click.argument("folder", metavar="DIR", type=click.Path())
def new(folder: str) -> int:
    """Write a runbook to start from.

    DIR/runbook.yaml: small, sound, and explained by its comments; beside it the schema with which
    editors complete and check it. Nothing is overwritten.
    """
    from pathlib import Path

    from runbook_tui.cli import exits, say
    from runbook_tui.cli.reading import MAIN
    from runbook_tui.formats.new import new_runbook
    from runbook_tui.formats.schema import schema_text

    path = Path(folder) / MAIN
    if path.exists() or path.is_symlink():
        raise exits.bad_input(
            f"{path} is there already", "nothing was written; name another folder"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(new_runbook(path.parent.resolve().name))
    say.out(str(path))
    beside = path.with_name(SCHEMA)
    if not beside.exists():
        beside.write_text(schema_text(), encoding="utf-8")
        say.out(str(beside))
    say.err(f"look at it, then: runbook-tui lint {path}")
    return exits.FINE


@click.command(epilog=examples("schema > runbook.schema.json"))
def schema() -> int:
    """Print the JSON Schema of the runbook format.

    Editors complete and check with it while you type: begin a runbook with the line
    "# yaml-language-server: $schema=runbook.schema.json".
    """
    from runbook_tui.cli import exits, say
    from runbook_tui.formats.schema import schema as document

    say.json_out(document())
    return exits.FINE
