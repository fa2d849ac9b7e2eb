"""What `effects` and `effect` do: the ledger, and what is said and answered of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.effects_json import effects_json, residue_json, rollback_json
from runbook_tui.cli.effects_text import answers_text, effect_lines, ledger_lines, rollback_text
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.holding import have, have_due, holding
from runbook_tui.cli.lines import decision_json, decision_line
from runbook_tui.cli.runs import find_run
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import Answer
from runbook_tui.domain.effects.naming import KINDS
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.effects.until import accepted_until
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.text import safe_line
from runbook_tui.session import Recorded, Session

ADD = "add"
TAKES: dict[str, tuple[str, ...]] = {
    "look": (),
    "there": ("reason",),
    "not-there": ("reason",),
    "accept": ("owner", "until", "reason"),
    "ticket": ("ticket", "reason"),
    "taken-back": ("reason",),
    "none": ("reason",),
}
"""What is done about an effect, and the options that each needs."""
ADDING = ("before", "after", "owner", "step", "irreversible", "undo")
ANSWERS: dict[str, Answer] = {
    "accept": "accepted",
    "ticket": "ticket",
    "taken-back": "taken-back",
    "none": "none",
}


@dataclass(frozen=True)
class Asked:
    """The options of `effect`."""

    reason: str | None = None
    owner: str | None = None
    until: str | None = None
    ticket: str | None = None
    before: str | None = None
    after: str | None = None
    step: str | None = None
    undo: str | None = None
    irreversible: bool = False

    def refuse_nonsense(self, action: str) -> None:
        """Raises StopError (2) where an option makes no sense, or one is missing."""
        takes = ADDING if action == ADD else TAKES[action]
        for field in fields(self):
            if getattr(self, field.name) and field.name not in takes:
                raise bad_input(f"--{field.name} makes no sense with {action}")
        if self.irreversible and self.undo:
            raise bad_input("--irreversible and --undo: it is one or the other")
        for name in () if action == ADD else takes:
            if not getattr(self, name):
                raise bad_input(f"{action} needs --{name}")


def effects_here(*, run: str, look: bool, log: str | None, as_json: bool) -> int:
    """Prints the ledger; gives the exit code. Raises StopError, LogFailure, BrokenLogError."""
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    who = wiring.person(repo, None) if look else None
    session = wiring.open_session(repo, found, who)
    if look:
        with holding(session) as opened:
            have(opened.probing.look_at_all())
            have(opened.probing.catch_up())
    state = session.state
    if as_json:
        say.json_out(
            {
                "run": state.run,
                "effects": effects_json(state),
                "residue": residue_json(state),
                "rollback": rollback_json(state),
            }
        )
        return exits.FINE
    for line in ledger_lines(state):
        say.out(line)
    told = rollback_text(state)
    if told:
        say.out(f"rollback {told}")
    if unanswered(state):
        for line in answers_text(state.run):
            say.err(line)
    return exits.FINE


def effect_here(
    *, run: str, words: tuple[str, str, str], asked: Asked, log: str | None, name: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Says or answers something of one effect, looks at it, or adds one; gives the exit code.

    Raises StopError, CannotOpenError, LogFailure, BrokenLogError, EndedBySignal.
    """
    number, action = _meant(words)
    asked.refuse_nonsense(action)
    effect = _added(words, asked) if action == ADD else None
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    who = wiring.person(repo, name)
    session = wiring.open_session(repo, found, who)
    before = len(session.entries)
    refusal: Refusal | None
    if effect is not None:
        refusal = _submitted(session, ecmd.AddEffect(effect, asked.step or ""))
        number = max(session.state.effects.ledger, default=0)
    elif action == "look":
        refusal = _look(session, number)
    else:
        refusal = _submitted(session, _command(number, action, asked, session.clock.now()))
    if refusal is None and action != "look":
        have_due(session)
    recorded = [r for r in session.entries[before:] if r.entry.by == who.name]
    return _report(session, number, refusal, recorded, as_json)


def _meant(words: tuple[str, str, str]) -> tuple[int, str]:
    first, second, third = words
    if first == ADD:
        if not second or not third:
            raise bad_input(f"{ADD} needs a KIND and a TARGET: {ADD} flag order-events")
        return 0, ADD
    if not first.isdecimal() or len(first) > 6:
        raise bad_input(
            f"{safe_line(first, 40)!r} is no number of an effect", "runbook-tui effects lists them"
        )
    if third:
        raise bad_input(f"nothing comes after {safe_line(second, 40)}: {safe_line(third, 40)!r}")
    if second not in TAKES:
        known = ", ".join(TAKES)
        raise bad_input(f"no such action: {safe_line(second, 40)!r}", f"known: {known}")
    return int(first), second


def _added(words: tuple[str, str, str], asked: Asked) -> Effect:
    made = added(words[1], words[2], asked)
    if isinstance(made, Refusal):
        raise bad_input(made.reason, made.hint)
    return made


def added(kind: str, target: str, asked: Asked) -> Effect | Refusal:
    """An effect that somebody names by hand."""
    known: tuple[EffectKind, ...] = get_args(EffectKind)
    meant = next((each for each in known if each == kind), None)
    if meant is None:
        return Refusal(f"no such kind of effect: {safe_line(kind, 40)}", f"{', '.join(KINDS)}")
    return Effect(
        kind=meant,
        target=safe_line(target),
        before=asked.before or "",
        after=asked.after or "",
        owner=asked.owner or "",
        reversibility="irreversible" if asked.irreversible else "compensable",
        compensation=Compensation(text=asked.undo) if asked.undo else None,
    )


def _command(number: int, action: str, asked: Asked, now: Moment) -> ecmd.EffectCommand:
    made = command_of(number, action, asked, now)
    if isinstance(made, Refusal):
        raise bad_input(made.reason, made.hint)
    return made


def command_of(
    number: int, action: str, asked: Asked, now: Moment
) -> ecmd.SayEffect | ecmd.AnswerEffect | Refusal:
    """What is said or answered of an effect, as a command."""
    reason = asked.reason or ""
    if action in ("there", "not-there"):
        return ecmd.SayEffect(number, action == "there", reason)
    until = accepted_until(asked.until or "", now) if action == "accept" else None
    if isinstance(until, Refusal):
        return until
    return ecmd.AnswerEffect(
        number=number,
        answer=ANSWERS[action],
        reason=reason,
        owner=asked.owner or "",
        until=until,
        ticket=asked.ticket or "",
    )


def _submitted(session: Session, command: ecmd.EffectCommand) -> Refusal | None:
    answer = session.submit(command)
    return answer if isinstance(answer, Refusal) else None


def _look(session: Session, number: int) -> Refusal | None:
    refusal = cannot_look(session, number)
    if refusal is None:
        with holding(session) as opened:
            have(opened.probing.look([number]))
    return refusal


def cannot_look(session: Session, number: int) -> Refusal | None:
    """Why an effect cannot be looked at now."""
    state = session.state
    known = state.effects.ledger.get(number)
    if known is None:
        return Refusal(f"there is no effect {number}", "runbook-tui effects lists them")
    if state.is_over:
        return Refusal(f"the run is {state.status}")
    if not known.can_be_seen:
        return Refusal(
            f"nothing can look at effect {number}", "look yourself, then say there or not-there"
        )
    return None if known.begun else Refusal(f"nothing has acted on effect {number} yet")


def _report(
    session: Session,
    number: int,
    refusal: Refusal | None,
    recorded: Sequence[Recorded],
    as_json: bool,
) -> int:
    state = session.state
    known = state.effects.ledger.get(number)
    if as_json:
        whole = {each["number"]: each for each in effects_json(state)}
        document: dict[str, Any] = {
            "run": state.run,
            "effect": whole.get(number),
            "recorded": [decision_json(each) for each in recorded],
            "refused": {"reason": refusal.reason, "hint": refusal.hint} if refusal else None,
        }
        say.json_out(document)
    else:
        for each in recorded:
            say.out(decision_line(each))
        for line in effect_lines(state, known) if known is not None and refusal is None else ():
            say.out(line)
    if refusal is not None:
        raise exits.refused(refusal)
    return exits.FINE
