"""One act on messages from the command line: what `message` does."""

from __future__ import annotations

from runbook_tui.cli import exits, logfile, say, values, wiring
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.message_asked import Asked, meant
from runbook_tui.cli.message_telling import Telling
from runbook_tui.cli.messages_json import messages_json
from runbook_tui.cli.messages_text import due_text, list_lines
from runbook_tui.cli.messaging import messaging
from runbook_tui.cli.runs import find_run
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.text import safe_line

READS = frozenset({"", "text"})


def message_here(
    *,
    run: str,
    words: tuple[str, str, str],
    asked: Asked,
    log: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Does it, and prints what was recorded; gives the exit code.

    Raises StopError, LogFailure, BrokenLogError, EndedBySignal, KeyboardInterrupt.
    """
    what = meant(words)
    asked.refuse_nonsense(what.action, as_json)
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    who = None if what.action in READS else wiring.person(repo, name)
    session = wiring.open_session(repo, found, who)
    secrets = values.take_secrets(session.state.secrets)  # no text may hold one
    logfile.never_write(secrets)
    session.give_secrets(secrets)
    telling = Telling(session, messaging(session), what, asked, as_json)
    if not what.update and what.action in READS:
        return _list(telling)
    if not what.update:
        from runbook_tui.cli.message_writing import Writing

        return Writing(telling).new()
    update = session.state.messages.updates.get(what.update)
    if update is None:
        raise bad_input(f"run {found} has no update {what.update}", f"runbook-tui message {found}")
    return _on(telling, update)


def _on(telling: Telling, update: Update) -> int:
    match telling.what.action:
        case "":
            if telling.as_json:
                say.json_out(telling.document(update))
            else:
                say.out(telling.lines(update))
            return exits.FINE
        case "text":
            return _text(telling, update)
        case "approve" | "send" | "settle":
            from runbook_tui.cli.message_sending import Sending

            return Sending(telling).do(update)
        case _:
            from runbook_tui.cli.message_writing import Writing

            return Writing(telling).do(update)


def _list(telling: Telling) -> int:
    session = telling.session
    state, now, due = session.state, session.clock.now(), telling.messaging.due()
    driven = telling.driven
    if telling.as_json:
        say.json_out({"run": state.run, **messages_json(state, due, now, driven=driven)})
        return exits.FINE
    drafts = state.messages.drafts
    stale = frozenset(u.number for u in drafts if telling.messaging.renewed(u) is not None)
    for line in list_lines(state, stale, driven=driven):
        say.out(line)
    if not state.messages.updates:
        say.err(f"no update yet; runbook-tui message {state.run} draft --kind KIND writes one")
    say.out(due_text(due, now))
    return exits.FINE


def _text(telling: Telling, update: Update) -> int:
    texts = {str(audience): text for audience, text in update.texts.items()}
    about = telling.what.about
    if about not in texts:
        raise bad_input(
            f"update {update.number} has no text to {safe_line(about, 40)}",
            f"it has one to {', '.join(texts)}",
        )
    say.out(texts[about])
    return exits.FINE
