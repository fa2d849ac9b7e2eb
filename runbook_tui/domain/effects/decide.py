"""Decisions about side effects and ways back."""

from __future__ import annotations

from datetime import UTC
from typing import Literal

from msgspec import structs

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.commands import (
    AddEffect,
    AnswerEffect,
    BeginRollback,
    EffectCommand,
    EffectFact,
    EndRollback,
    IntendEffects,
    ReportLook,
    ReportSurvey,
    SayEffect,
    TurnForward,
)
from runbook_tui.domain.effects.decide_rollback import decide_rollback
from runbook_tui.domain.effects.events import (
    EffectAdded,
    EffectAnswered,
    EffectIntended,
    EffectSaid,
    EffectSeen,
    SurveyTaken,
)
from runbook_tui.domain.effects.found import declared_by, found_effect, in_order
from runbook_tui.domain.effects.naming import filled, of_step
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import LONGEST_NAME, LONGEST_TEXT, Refusal, Verdict, said
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, RunStatus
from runbook_tui.domain.systems.seen import Change, Seen
from runbook_tui.domain.text import safe_line

MOST_FOUND = 20
"""Undeclared changes of one survey that are put on the ledger one by one; the rest as one."""


def decide_effect(state: RunState, command: EffectCommand, at: Moment | None) -> Verdict:
    """The events that follow from a command about side effects, or why there are none."""
    if isinstance(command, EffectFact):
        return _fact(state, command)
    if state.status is RunStatus.PAUSED:
        return Refusal("the run is paused", "go on first")
    if isinstance(command, BeginRollback | EndRollback | TurnForward):
        return decide_rollback(state, command)
    match command:
        case IntendEffects(step=name):
            step = state.plan.by_id.get(name)
            if step is None:
                return Refusal(f"the runbook has no step {name}")
            return intended(state, step) or Refusal(f"{name} declares no effects")
        case AddEffect():
            return _add(state, command)
        case SayEffect():
            return _say(state, command)
        case AnswerEffect():
            return _answer(state, command, at)


def intended(state: RunState, step: Step) -> tuple[EffectIntended, ...]:
    """What has to be on the ledger before a step acts. Nothing in a dry run, and where it is all
    there already and nothing was taken back since."""
    if state.mode == "dry-run" or state.effects.rollback_of(step.id) is not None:
        return ()
    number = state.effects.next_number
    found: list[EffectIntended] = []
    known = {(e.effect.kind, e.effect.target): e for e in state.effects.of_step(step.id)}
    for declared, as_effect in of_step(step):
        effect = filled(declared, state.parameters)
        earlier = known.get((effect.kind, effect.target))
        if earlier is not None and earlier.presence != "not-there" and earlier.effect == effect:
            continue
        found.append(
            EffectIntended(
                number=earlier.number if earlier is not None else number,
                step=step.id,
                effect=effect,
                source="declared" if as_effect else "step",
            )
        )
        number += earlier is None
    return tuple(found)


def with_intents(state: RunState, verdict: Verdict) -> Verdict:
    """`verdict` with the effects of what begins to act in it, before it does."""
    if isinstance(verdict, Refusal):
        return verdict
    found: list[ev.AnyEvent] = []
    for event in verdict:
        if isinstance(event, ev.CommandStarted) and event.purpose == "run":
            found += intended(state, state.plan.by_id[event.step])
        elif isinstance(event, ev.StepStarted | ev.StepReopened):
            step = state.plan.by_id[event.step]
            if step.kind != "command":
                found += intended(state, step)
        found.append(event)
    return tuple(found)


def _fact(state: RunState, command: EffectFact) -> Verdict:
    match command:
        case ReportLook():
            if command.number not in state.effects.ledger:
                return Refusal(f"there is no effect {command.number}")
            return (
                EffectSeen(
                    number=command.number,
                    occasion=command.occasion,
                    digest=command.digest,
                    holds=command.holds,
                    words=safe_line(command.words, LONGEST_TEXT),
                    evidence=command.evidence,
                ),
            )
        case ReportSurvey():
            taken = SurveyTaken(
                survey=command.survey,
                occasion=command.occasion,
                step=command.step,
                digest=command.digest,
                objects=max(0, command.objects),
                words=safe_line(command.words, LONGEST_TEXT),
                evidence=command.evidence,
            )
            return (taken, *_found(state, command))


def _found(state: RunState, command: ReportSurvey) -> tuple[ev.AnyEvent, ...]:
    """What the step changed and nobody declared."""
    system = state.plan.runbook.surveys.get(command.survey)
    if system is None:
        return ()
    known = {
        (e.survey, e.key): e for e in state.effects.ledger.values() if e.source == "found" and e.key
    }
    before = state.effects.before.get(command.step, {}).get(command.survey)
    # What another step declared is no excuse for this one, but where that one acted meanwhile.
    declared = [
        e
        for e in state.effects.ledger.values()
        if e.source != "found"
        and (
            e.step in (command.step, "")
            or (before is not None and e.acted > before.seq and e.may_be_there)
        )
    ]
    new = []
    for change in in_order(command.changes):
        if declared_by(declared, system, change.key, state.parameters):
            continue
        earlier = known.get((command.survey, change.key))
        if (
            earlier is None
            or earlier.after is None
            or earlier.after.digest != _one(change, "after")
        ):
            new.append(change)
    events: list[ev.AnyEvent] = []
    number = state.effects.next_number
    for change in new[:MOST_FOUND]:
        events.append(
            EffectAdded(
                number=number,
                effect=found_effect(system, change),
                source="found",
                step=command.step,
                survey=command.survey,
                key=change.key,
                before=_one(change, "before"),
                after=_one(change, "after"),
                kept=command.kept,
            )
        )
        number += 1
    if len(new) > MOST_FOUND:
        more = structs.replace(
            found_effect(system, new[MOST_FOUND]),
            target=f"{len(new) - MOST_FOUND} more of {command.survey}",
            at=None,
        )
        events.append(
            EffectAdded(
                number=number,
                effect=more,
                source="found",
                step=command.step,
                survey=command.survey,
            )
        )
    return tuple(events)


def _one(change: Change, when: Literal["before", "after"]) -> str:
    """The digest of a look at the one object that changed: nothing there is a state as well."""
    digest = change.before if when == "before" else change.after
    return Seen({change.key: digest} if digest else {}).digest


def _add(state: RunState, command: AddEffect) -> Verdict:
    if command.step and command.step not in state.plan.by_id:
        return Refusal(f"the runbook has no step {command.step}")
    effect = filled(command.effect, state.parameters)
    if not effect.target:
        return Refusal("an effect needs a target: what was changed, and where")
    return (
        EffectAdded(
            number=state.effects.next_number, effect=effect, source="by-hand", step=command.step
        ),
    )


def _known(state: RunState, number: int) -> EffectState | Refusal:
    known = state.effects.ledger.get(number)
    return known or Refusal(f"there is no effect {number}", "runbook-tui effects lists them")


def _say(state: RunState, command: SayEffect) -> Verdict:
    known = _known(state, command.number)
    if isinstance(known, Refusal):
        return known
    if not known.begun:
        return Refusal(f"nothing has acted on effect {command.number} yet")
    contrary = known.presence == ("not-there" if command.there else "there")
    if known.said is None and contrary and not known.foreign:
        return Refusal(
            f"the look at effect {command.number} says otherwise: {known.presence}",
            "look at it again, or answer for it",
        )
    return said(command.reason, "saying how it stands") or (
        EffectSaid(number=command.number, there=command.there, reason=command.reason.strip()),
    )


def _answer(state: RunState, command: AnswerEffect, at: Moment | None) -> Verdict:
    known = _known(state, command.number)
    if isinstance(known, Refusal):
        return known
    if known.presence in ("intended", "not-there"):
        return Refusal(f"effect {command.number} is not there: nothing is left of it to answer for")
    problem = said(command.reason, "answering for an effect")
    if problem is not None:
        return problem
    owner, ticket = command.owner.strip(), command.ticket.strip()
    for words in (owner, ticket):
        if len(words) > LONGEST_NAME or safe_line(words) != words:
            return Refusal(f"an owner and a ticket have at most {LONGEST_NAME} plain characters")
    until = command.until.astimezone(UTC) if command.until is not None else None
    match command.answer:
        case "accepted":
            if not owner or until is None:
                return Refusal("what is accepted needs an owner and a date: bob 2026-05-08")
            if at is not None and until <= at.utc:
                return Refusal("that date is past", "until when may it stay?")
        case "ticket":
            if not ticket:
                return Refusal("which ticket? OPS-1234, or its address")
        case "taken-back":
            if known.can_be_seen:
                return Refusal(
                    f"effect {command.number} can be looked at, and is {known.presence}",
                    "look at it again once it is gone",
                )
        case "none":
            if known.source == "declared":
                return Refusal(
                    f"effect {command.number} is declared by {known.step}",
                    "look at it, or say that it is not there",
                )
    return (
        EffectAnswered(
            number=command.number,
            answer=command.answer,
            reason=command.reason.strip(),
            owner=owner,
            until=until,
            ticket=ticket,
        ),
    )
