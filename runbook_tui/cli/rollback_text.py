"""The plan of a way back, and what came of one, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runbook_tui.cli.effects_text import (
    answers_text,
    residue_lines,
    rollback_text,
    scope_text,
    seen_text,
    short_name,
)
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.effects.rollback import RollbackPlan
from runbook_tui.domain.effects.rollback_steps import PUT_BACK, Move
from runbook_tui.domain.effects.state import EffectState, RollbackState
from runbook_tui.domain.effects.words import IMPERFECT
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import CommandStep, DecisionStep
from runbook_tui.domain.schedule.clock_words import short, way_back
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState, is_settled
from runbook_tui.domain.text import safe_line, safe_text

SHORTEST_DIGEST = 8
"""Digits of a plan's digest that name it."""

LOSES = "It takes with it:"
"""How the instruction of a restore says it, too."""


def plan_lines(state: RunState, plan: RollbackPlan, reading: Reading | None) -> Iterator[str]:
    """The way back as it would be walked now, with what it cannot do."""
    what = scope_text(plan.scope, plan.of)
    count = len(plan.moves)
    yield f"The way back of {what}, from what happened: {count} step{'' if count == 1 else 's'}"
    for number, move in enumerate(plan.moves, 1):
        yield from _move(state, number, move)
    if not plan.moves:
        yield "  nothing that is there can be taken back"
    guess = ", some of it assumed" if any(move.assumed for move in plan.moves) else ""
    yield f"It takes about {short(plan.seconds)}{guess}."
    margin = way_back(reading) if reading is not None else ""
    if margin:
        yield margin
    yield from _named("CANNOT be taken back", plan.cannot)
    yield from _named("UNKNOWN, to be looked at first", plan.unknown)
    yield from _named("CHANGED BY SOMEBODY ELSE since, and left as it is", plan.foreign)
    if plan.silent:
        yield "These steps changed things and declare no effect; nobody knows what they left:"
        yield f"  {', '.join(plan.silent)}"
    yield f"plan {plan.digest}"


def _move(state: RunState, number: int, move: Move) -> Iterator[str]:
    def words(text: str) -> str:
        return safe_text(substituted(text, state.parameters)).strip()

    step = move.step
    title = safe_line(words(step.title))
    length = f"{short(move.seconds)}{', assumed' if move.assumed else ''}"
    yield f"{number:>3}. {title}  ({_how(move)}; {length})"
    if move.covers:
        named = ", ".join(short_name(each) for each in move.covers)
        yield f"       it covers: {named}; what it leaves is taken back after it"
    if move.loses:
        yield f"       IT TAKES WITH IT: {safe_line(words(move.loses))}"
    for each in move.takes:
        yield f"       effect {short_name(each)}; {seen_text(each)}"
    if isinstance(step, DecisionStep):
        for option in step.options:
            yield f"       or: {option.id}  {safe_line(words(option.title))}"
    elif step.instruction:
        for line in words(step.instruction).split("\n"):
            if line and not (move.loses and line.startswith(LOSES)):
                yield f"       {line}"


def _how(move: Move) -> str:
    step = move.step
    if isinstance(step, CommandStep):
        by_itself = step.run.argv[:1] == (PUT_BACK,)
        return "the program does it" if by_itself else "a command"
    return "a person chooses how" if isinstance(step, DecisionStep) else "by hand"


def _named(what: str, effects: Iterable[EffectState]) -> Iterator[str]:
    found = list(effects)
    if found:
        yield f"{what}:"
        for each in found:
            yield f"  {short_name(each)}; {seen_text(each)}"


def rolling_lines(state: RunState, rolling: RollbackState) -> Iterator[str]:
    """Where the way back that is under way stands."""
    yield f"rollback {rollback_text(state)}"
    yield f"begun by {safe_line(rolling.by)}: {safe_line(rolling.reason)}"
    for name in rolling.takes:
        step = state.plan.by_id[name]
        yield f"  {state.of(name).status:<10} {name}  {safe_line(step.title)}"
    cannot = [state.effects.ledger[n] for n in rolling.cannot]
    yield from _named("CANNOT be taken back", cannot)
    if all(is_settled(state, state.plan.by_id[name]) for name in rolling.takes):
        yield f"Every step of it is settled: runbook-tui rollback {state.run} --end"
    else:
        yield f"It is walked as any other steps: runbook-tui resume {state.run}"


def ended_lines(state: RunState) -> Iterator[str]:
    """What came of the way back that has just ended."""
    last = state.effects.rollbacks[-1]
    if last.outcome == "forward":
        yield f"rollback {last.number} is left where it stands: the run goes forward again"
        return
    if last.differs:
        yield f"{IMPERFECT}:"
        for each in last.differs:
            was, now = safe_line(each.was) or "absent", safe_line(each.now) or "absent"
            yield f"  {safe_line(each.where)} {safe_line(each.key)}: {was} -> {now}"
    elif last.compared:
        looks = f"{last.compared} look{'' if last.compared == 1 else 's'} compared"
        yield f"all is as before ({looks})"
    else:
        yield "nothing was compared with before: what is there is what the looks at effects say"
    yield from residue_lines(state)
    if unanswered(state):
        yield from answers_text(state.run)
