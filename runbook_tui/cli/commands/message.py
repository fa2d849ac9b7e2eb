"""`message`: what people are told, written, agreed to and sent, from a script or a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click
from click.shell_completion import CompletionItem

from runbook_tui.cli.options import (
    examples,
    json_option,
    log_option,
    name_option,
    run_argument,
)
from runbook_tui.domain.messages.remarks import Audience, Kind

AUDIENCES = get_args(Audience)
KINDS = get_args(Kind)


def _complete_update(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from runbook_tui.cli.completing import updates

    found = updates(ctx.params.get("log"), ctx.params.get("run"), incomplete)
    return [CompletionItem(word, help=words) for word, words in found]


def _complete_action(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from runbook_tui.cli.message_asked import ON_RUN, TAKES

    known = [name for name in TAKES if name and name not in ON_RUN]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@click.command(
    epilog=examples(
        "message",
        "message @last draft --kind progress",
        "message @last draft --kind delay --to customers --text-file delay.txt",
        "message @last 2 --json",
        "message @last 2 approve --as bob",
        "message @last 2 approve --as bob --text 1a2b3c4d",
        'message @last 2 overrule jargon --to customers --reason "they know the word"',
        "message @last 2 send --text 1a2b3c4d",
        'message @last 2 settle status-page --arrived --reason "I looked at the page"',
        "message @last 2 text customers | mail -s Update board@example.org",
    )
)
@run_argument()
@click.argument(
    "update", metavar="[UPDATE]", required=False, default="", shell_complete=_complete_update
)
@click.argument(
    "action", metavar="[ACTION]", required=False, default="", shell_complete=_complete_action
)
@click.argument("about", metavar="[ABOUT]", required=False, default="")
@click.option("--kind", type=click.Choice(KINDS), help="What it tells (draft).")
@click.option("--step", metavar="STEP", help="The message step that it is for (draft).")
@click.option(
    "--to",
    "to",
    type=click.Choice(AUDIENCES),
    multiple=True,
    help="Whose text (draft, edit, overrule); repeat it for more.",
)
@click.option(
    "--text-file",
    "files",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    multiple=True,
    help="A text, or - for stdin, one for each --to in their order (draft, edit).",
)
@click.option("--note", metavar="TEXT", help="Words with an approval (approve).")
@click.option(
    "--text",
    "digest",
    metavar="DIGEST",
    help="8 or more of the first digits of the text that was read: approves or sends without "
    "asking (approve, send).",
)
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--said", metavar="WORDS", help="Which words, where a rule has several (overrule).")
@click.option(
    "--without-approval",
    "unapproved",
    is_flag=True,
    help="Send it without the approval that it needs; --reason says why (send).",
)
@click.option("--arrived", "became", flag_value="arrived", help="It is there (settle).")
@click.option("--by-hand", "became", flag_value="by-hand", help="It was sent by hand (settle).")
@click.option(
    "--again", "became", flag_value="again", help="It is not there: send it again (settle)."
)
@click.option(
    "--give-up", "became", flag_value="given-up", help="It is not there, and stays so (settle)."
)
@log_option
@name_option
@json_option
def message(
    run: str,
    update: str,
    action: str,
    about: str,
    kind: Kind | None,
    step: str | None,
    to: tuple[Audience, ...],
    files: tuple[Path, ...],
    note: str | None,
    digest: str | None,
    reason: str | None,
    said: str | None,
    unapproved: bool,
    became: str | None,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Say what people are told, and tell them.

    Without UPDATE the updates of the run, and when the next one is due; with its number that update
    whole. ACTION is draft or no-news (without UPDATE), edit, renew, correct, withdraw,
    overrule RULE, approve, send, settle CHANNEL, or text AUDIENCE, which prints a text alone.

    approve and send show exactly what it is, and ask; without a terminal they need --text. Where
    no program drives the run, send waits for the first attempts: 0 every channel has it, 1 one
    refused it or nobody knows, 3 one failed and is tried again when the run is next driven.
    """
    from runbook_tui.cli.message_asked import Asked
    from runbook_tui.cli.message_here import message_here

    asked = Asked(
        kind=kind,
        step=step,
        to=to,
        files=files,
        note=note,
        digest=digest,
        reason=reason,
        said=said,
        unapproved=unapproved,
        became=became,
    )
    return message_here(
        run=run,
        words=(update, action, about),
        asked=asked,
        log=log,
        name=name,
        as_json=as_json,
    )
