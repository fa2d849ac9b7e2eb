"""The plan of a way back in lines: each step, how long it takes, and what it leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from textual.content import Content

from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.rollback import RollbackPlan
from runbook_tui.domain.effects.rollback_steps import PUT_BACK, Move
from runbook_tui.domain.effects.state import EffectState, RollbackState
from runbook_tui.domain.moment import hour_text, shifted
from runbook_tui.domain.runbook import CommandStep, DecisionStep
from runbook_tui.domain.schedule.clock_words import short
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.effects import BY_ITSELF, Redact, command_text, stands
from runbook_tui.tui.widgets.lines import Line

_IN = Content("    ")


def scope_words(state: RunState, scope: str, of: str) -> str:
    """What is taken back, in words."""
    if scope == "run":
        return "all of the run"
    if scope == "phase":
        titles = [p.title for p in state.plan.runbook.phases if p.id == of]
        return f"the phase {safe_line(titles[0] if titles else of, 40)}"
    known = state.effects.ledger.get(int(of)) if of.isdecimal() else None
    return f"effect {of}" + (f", {safe_line(name_of(known), 40)}" if known is not None else "")


def size_words(plan: RollbackPlan) -> str:
    """How many steps it has, and how long they take."""
    count = len(plan.moves)
    words = f"{count} step{'' if count == 1 else 's'}"
    if not count:
        return words
    guesses = sum(move.assumed for move in plan.moves)
    return f"{words} · {short(plan.seconds)}" + (f", {guesses} of them assumed" if guesses else "")


def safe_words(plan: RollbackPlan, reading: Reading | None) -> tuple[str, str]:
    """Until when it is safe to begin, and its style; "" where nothing says it."""
    if reading is None or reading.decide_by is None or reading.rollback_left is None:
        return "", ""
    by, left = hour_text(reading.decide_by), reading.rollback_left
    if left < 0:
        return f"latest safe rollback was {by}, {short(left)} ago", "bold $error"
    style = "bold $warning" if left < 900 else ""
    return f"latest safe rollback {by}, in {short(left)}", style


def plan_lines(
    state: RunState, plan: RollbackPlan, reading: Reading | None, redact: Redact
) -> list[Line]:
    """The whole plan: what whoever commits to it has to have seen."""
    lines = _time(plan, reading)
    lines += _listed(
        "Cannot be taken back",
        "bold $error",
        [_one(each, "✗", "bold $error", "it stays") for each in plan.cannot],
    )
    lines += _listed(
        "Still UNKNOWN: each is looked at again before anything acts",
        "bold $error",
        [_one(each, "?", "bold $error", _seen(each)) for each in plan.unknown],
    )
    lines += _listed(
        "Somebody else has changed it since: left as it is",
        "bold $warning",
        [_one(each, "!", "$warning", f"now {_seen(each)}") for each in plan.foreign],
    )
    silent = [Line(Content(step_id), Content("  • ")) for step_id in plan.silent]
    lines += _listed(
        "Steps that changed things and declared nothing: nobody knows what they left",
        "bold $warning",
        silent,
    )
    if not plan.moves:
        words = "Nothing that is there has to be taken back by a step."
        return [*lines, Line(Content("")), Line(Content.styled(words, "$success"))]
    lines += [Line(Content("")), Line(Content.styled("In this order, newest first", "bold"))]
    covered: set[int] = set()
    for number, move in enumerate(plan.moves, 1):
        lines += _move(state, number, move, redact, covered)
        covered |= {each.number for each in move.covers}
    return lines


def _time(plan: RollbackPlan, reading: Reading | None) -> list[Line]:
    words, style = safe_words(plan, reading)
    lines = []
    if plan.moves:
        takes = f"It takes {short(plan.seconds)}."
        if reading is not None:
            ends = hour_text(shifted(reading.now.utc, plan.seconds))
            takes = f"It takes {short(plan.seconds)}: begun now, until about {ends}."
        lines.append(Line(Content(takes)))
        guesses = sum(move.assumed for move in plan.moves)
        if guesses:
            told = f"{guesses} of {len(plan.moves)} lengths are assumed: nobody gave them."
            lines.append(Line(Content.styled(told, "$warning")))
    if words:
        lines.append(Line(Content.styled(f"{words[0].upper()}{words[1:]}.", style)))
    return lines


def _listed(title: str, style: str, lines: Iterable[Line]) -> list[Line]:
    found = list(lines)
    return [Line(Content("")), Line(Content.styled(title, style)), *found] if found else []


def _one(each: EffectState, glyph: str, style: str, words: str) -> Line:
    return Line(
        Content.assemble(
            (f"{each.number} ", "$quiet"),
            safe_line(name_of(each)),
            (f"  {words}" if words else "", "$quiet"),
        ),
        Content.styled(f"  {glyph} ", style),
        _IN,
    )


def _seen(each: EffectState) -> str:
    return safe_line(each.last.words, 80) if each.last is not None else "nobody has looked"


def _move(
    state: RunState, number: int, move: Move, redact: Redact, covered: Collection[int]
) -> list[Line]:
    """One step. `covered`: what went back with a snapshot before it."""
    assumed = " assumed" if move.assumed else ""
    head = Content.styled(f"{number:>3} ", "bold $accent")
    title = Content.assemble(
        (safe_line(move.step.title), "bold"),
        (f"  {short(move.seconds)}{assumed}", "$warning" if move.assumed else "$quiet"),
    )
    lines = [Line(title, head, _IN)]
    lines += [_effect(each, "") for each in move.takes]
    lines += [_effect(each, "goes back with it: ") for each in move.covers]
    if move.loses:
        lost = Content.assemble(
            ("! it takes with it: ", "bold $warning"), (safe_line(move.loses), "$warning")
        )
        lines.append(Line(lost, _IN, _IN))
    if any(each.number in covered for each in move.takes):
        only = "only where the snapshot has left it"
        lines.append(Line(Content.styled(only, "$warning"), _IN, _IN))
    lines += [Line(part, _IN, _IN) for part in _how(state, move, redact)]
    return lines


def _effect(each: EffectState, before: str) -> Line:
    mark = stands(each)
    change = " → ".join(safe_line(p) for p in (each.effect.after, each.effect.before) if p)
    words = Content.assemble(
        (f"{mark.glyph} {mark.word}  ", mark.style),
        (before, "$quiet"),
        (f"{each.number} {safe_line(name_of(each))}", ""),
        (f"  {change}" if change and not before else "", "$quiet"),
        (f"  of {safe_line(each.step)}" if each.step else "", "$quiet"),
    )
    return Line(words, _IN, Content("      "))


def _how(state: RunState, move: Move, redact: Redact) -> list[Content]:
    step = move.step
    if isinstance(step, CommandStep):
        if step.run.argv[:1] == (PUT_BACK,):
            return [Content.styled(BY_ITSELF, "$quiet")]
        first, *more = command_text(state, step.run, redact).split("\n")
        rest = "  …" if more else ""
        return [Content.assemble(("$ ", "bold $accent"), (f"{first}{rest}", "$accent"))]
    if isinstance(step, DecisionStep):
        titles = ", ".join(safe_line(option.title) for option in step.options)
        return [Content.styled(f"somebody decides: {titles}", "$quiet")]
    items = "; ".join(safe_line(item.text) for item in step.checklist)
    return [Content.styled(f"by hand: {items}", "$quiet")]


def ended_lines(state: RunState, ended: RollbackState) -> Content:
    """What became of a way back, once it is walked."""
    parts: list[Content] = []
    looks = f"{ended.compared} look{'' if ended.compared == 1 else 's'}"
    if ended.differs:
        count = len(ended.differs)
        told = f"✗ Your rollback is imperfect here: {count} of what was compared differ"
        parts.append(Content.styled(f"{told}{'s' if count == 1 else ''}.", "bold $error"))
        parts.append(Content.styled(f"{looks} of before the run compared with now.", "$quiet"))
        for one in ended.differs:
            parts.append(Content(""))
            parts.append(Content.styled(f"{safe_line(one.where)} {safe_line(one.key)}", "bold"))
            parts.append(Content.assemble(("was  ", "$quiet"), safe_line(one.was) or "–"))
            parts.append(Content.assemble(("now  ", "$quiet"), safe_line(one.now) or "–"))
    elif ended.compared:
        words = f"✓ All is as before: {looks} compared."
        parts.append(Content.styled(words, "bold $success"))
    else:
        words = "Nothing was compared with before: see how each effect stands."
        parts.append(Content.styled(words, "bold $warning"))
    numbers = {n for m in (ended.takes, ended.covers) for each in m.values() for n in each}
    numbers |= set(ended.cannot)
    known = [state.effects.ledger[n] for n in sorted(numbers) if n in state.effects.ledger]
    left = [each for each in known if each.presence in ("there", "unprobed", "unknown")]
    parts.append(Content(""))
    if left:
        parts.append(
            Content.styled("Still there, or nobody knows (l shows them):", "bold $warning")
        )
    for each in left or known:
        mark = stands(each)
        parts.append(
            Content.assemble(
                (f"{mark.glyph} {mark.word:<12}  ", mark.style),
                (f"{each.number} ", "$quiet"),
                safe_line(name_of(each)),
            )
        )
    return Content("\n").join(parts)
