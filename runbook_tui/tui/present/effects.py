"""Side effects as the screen shows them: the list, and one of them whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from textual.content import Content

from runbook_tui.domain.effects.events import Answer, Source
from runbook_tui.domain.effects.naming import WORDS, name_of
from runbook_tui.domain.effects.residue import Residue, residue
from runbook_tui.domain.effects.state import Answered, EffectState, Presence, Sight
from runbook_tui.domain.moment import clock_text
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook_effects import Compensation, Reversibility
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.widgets.lines import Line
from runbook_tui.tui.widgets.rows import Row

Redact = Callable[[str], str]
"""A text without secrets."""


class Stands(NamedTuple):
    """How the presence of an effect looks."""

    glyph: str
    word: str
    style: str


STANDS: Mapping[Presence, Stands] = {
    "there": Stands("●", WORDS["there"], "$accent"),
    "not-there": Stands("○", WORDS["not-there"], "$quiet"),
    "unknown": Stands("?", WORDS["unknown"], "bold $error"),
    "unprobed": Stands("~", WORDS["unprobed"], "$warning"),
    "intended": Stands("·", WORDS["intended"], "$quiet"),
}
LEFT = "left over"
ANSWERED: Mapping[Answer, str] = {
    "accepted": "accepted",
    "ticket": "has a ticket",
    "taken-back": "taken back by hand",
    "none": "none of ours",
}
SOURCES: Mapping[Source, str] = {
    "declared": "declared by the runbook",
    "step": "of a step that says only how it is taken back",
    "found": "nobody declared it: found round the step",
    "by-hand": "nobody declared it: added by hand",
    "remedy": "made by the remedy of a check",
}
CAN: Mapping[Reversibility, str] = {
    "reversible": "can be put back as it was",
    "compensable": "cannot be put back as it was; something makes up for it",
    "irreversible": "cannot be taken back",
}
BY_ITSELF = "the program puts it back by itself, where it stands as the step left it"
_HEAD = 11


def stands(each: EffectState) -> Stands:
    """Glyph, word and colour of how an effect stands."""
    return STANDS[each.presence]


def changed_by(state: RunState, each: EffectState) -> str:
    """Who has changed an effect since our step left it; "" where nobody has."""
    if not each.foreign:
        return ""
    for other in state.effects.ledger.values():
        same = (other.effect.kind, other.effect.target) == (each.effect.kind, each.effect.target)
        if same and other.number > each.number and other.begun:
            return f"effect {other.number} of this run"
    return "somebody else"


def effect_rows(state: RunState) -> list[Row]:
    """The whole ledger, a line each, in the order in which it was written."""
    left = {each.effect.number: each for each in residue(state)}
    return [_row(state, state.effects.ledger[n], left.get(n)) for n in sorted(state.effects.ledger)]


def _row(state: RunState, each: EffectState, left: Residue | None) -> Row:
    mark = stands(each)
    notes: list[tuple[str, str]] = []
    if each.answer is not None:
        notes.append((f"☑ {ANSWERED[each.answer.answer]} · ", "$success"))
    elif left is not None:
        notes.append((f"⚠ {LEFT} · ", "bold $warning"))
    elif changed_by(state, each):
        notes.append(("! changed since · ", "$warning"))
    return Row(
        Content.assemble(
            (f"{mark.glyph} ", mark.style),
            (f"{each.number} ", "$quiet"),
            ("+ " if each.source in ("found", "by-hand") else "", "bold $warning"),
            safe_line(name_of(each)),
        ),
        Content.assemble(*notes, (f"{mark.word} ", mark.style)),
        str(each.number),
    )


def effect_lines(state: RunState, each: EffectState, redact: Redact) -> list[Line]:
    """Everything about one effect."""
    left = next((r for r in residue(state) if r.effect.number == each.number), None)
    mark = stands(each)
    lines = [Line(Content.styled(safe_line(name_of(each)), "bold underline"))]
    said = Content.styled(f"{mark.glyph} {mark.word}", mark.style)
    if left is not None and each.answer is None:
        said = Content.assemble(said, (f" · ⚠ {LEFT}: {left.words}", "bold $warning"))
    lines.append(Line(said))
    other = changed_by(state, each)
    if other:
        lines.append(
            Line(Content.styled(f"! {other} has changed it since: {_LEFT_AS}", "$warning"))
        )
    lines += [Line(Content("")), *_origin(state, each)]
    lines += [Line(Content("")), *sights(each)]
    lines += [Line(Content("")), *_way_back(state, each, redact)]
    if each.answer is not None:
        lines += [Line(Content("")), *_answer(each.answer)]
    return lines


_LEFT_AS = "a rollback leaves it as it is"


def fact(name: str, body: Content | str, style: str = "") -> Line:
    """A line with its name before it."""
    content = body if isinstance(body, Content) else Content.styled(body, style)
    return Line(content, Content.styled(f"{name:<{_HEAD}}", "$quiet"), Content(" " * _HEAD))


def _origin(state: RunState, each: EffectState) -> list[Line]:
    lines = [fact("step", safe_line(each.step) or "none")]
    by = f" by {safe_line(each.by)}" if each.source == "by-hand" else ""
    odd = each.source in ("found", "by-hand")
    lines.append(fact("", f"{'+ ' if odd else ''}{SOURCES[each.source]}{by}", "$quiet"))
    before, after = safe_line(each.effect.before), safe_line(each.effect.after)
    if before or after:
        lines.append(fact("change", f"{before or '–'} → {after or '–'}"))
    if each.effect.temporary:
        lines.append(fact("", "only for the time of the run", "$quiet"))
    if each.effect.owner:
        lines.append(fact("owner", safe_line(each.effect.owner)))
    return lines


def sights(each: EffectState) -> list[Line]:
    """What was seen of it, and when: before its step, after it, last, after it was taken back."""
    found = []
    for name, sight, words in (
        ("before", each.before, each.effect.before),
        ("after", each.after, each.effect.after),
        (_back_name(each), each.back, ""),
    ):
        if sight is not None:
            found.append(_sight(name, sight, "" if sight.words else words))
    last = each.last
    seqs = [s.seq for s in (each.before, each.after, each.back) if s is not None]
    if last is not None and last.seq not in seqs:
        found.append(_sight("now", last, ""))
    if last is not None and last.digest:
        found.append(fact("", _compared(each, last), "$quiet"))
    if each.said is not None:
        word = "there" if each.said.there else "not there"
        why = f": {safe_text(each.said.reason)}" if each.said.reason else ""
        by = f"{word}, says {safe_line(each.said.by)} {clock_text(each.said.at)}"
        found.append(fact("by word", f"{by}{why}"))
    nothing = "nobody has looked yet" if each.can_be_seen else "nothing can look at it"
    return found or [fact("seen", nothing, "$quiet")]


def _back_name(each: EffectState) -> str:
    """What the look after a way back is called: it may have left it."""
    sight = each.back
    if sight is None or not sight.known:
        return "way back"
    gone = sight.digest in each.as_before if sight.digest and each.as_before else not sight.holds
    return "taken back" if gone else "not back"


def _sight(name: str, sight: Sight, instead: str) -> Line:
    words = safe_line(sight.words or instead)
    if not sight.known:
        words = f"could not be seen: {words}" if words else "could not be seen"
    elif not words:
        words = "seen" if sight.holds is None else ("there" if sight.holds else "not there")
    return fact(
        name,
        Content.assemble(
            (f"{clock_text(sight.at)}  ", "$quiet"), (words, "" if sight.known else "$warning")
        ),
    )


def _compared(each: EffectState, last: Sight) -> str:
    """What the newest look says against those before."""
    if last.digest in each.as_before:
        return "as it was before"
    if each.after is not None and last.digest == each.after.digest:
        return "as the step left it"
    if each.before is not None and each.before.digest:
        return "neither as before nor as the step left it" if each.after is not None else ""
    return "nobody looked before: the look's own word counts"


def _way_back(state: RunState, each: EffectState, redact: Redact) -> list[Line]:
    effect = each.effect
    covered = "no snapshot covers it" if effect.snapshot is None else f"snapshot {effect.snapshot}"
    lines = [
        fact("covered", safe_line(covered), "$warning" if effect.snapshot is None else ""),
        fact("way back", CAN[effect.reversibility]),
    ]
    if effect.reversibility == "irreversible":
        return lines
    step = state.plan.by_id.get(each.step)
    compensation = effect.compensation
    if compensation is None and effect.at is not None and effect.at.restores:
        return [*lines, fact("", BY_ITSELF)]
    if compensation is None and step is not None:
        compensation = step.compensation
    return [*lines, *compensation_lines(state, compensation, redact)]


def compensation_lines(
    state: RunState, compensation: Compensation | None, redact: Redact
) -> list[Line]:
    """How something is taken back, in words and as a command."""
    if compensation is None:
        return [fact("", "by hand; nobody says how", "$warning")]
    lines = []
    words = safe_text(substituted(compensation.text, state.parameters)).strip()
    lines += [fact("", part) for part in words.split("\n") if words]
    if compensation.run is not None:
        lines += command_lines(state, compensation.run, redact)
    for option in compensation.options:
        lines.append(fact("", f"○ {safe_line(substituted(option.title, state.parameters))}"))
    if compensation.run is None and not compensation.options:
        lines.append(fact("", "done by hand", "$quiet"))
    return lines


def command_text(state: RunState, command: Command, redact: Redact) -> str:
    """A command with its parameters; those of a shell are in its environment."""
    if command.shell is not None:
        return safe_text(redact(command.shell)).strip()
    return safe_text(redact(substituted(" ".join(command.argv), state.parameters))).strip()


def command_lines(state: RunState, command: Command, redact: Redact) -> list[Line]:
    """A command in full."""
    first, *rest = command_text(state, command, redact).split("\n")
    lines = [fact("", Content.assemble(("$ ", "bold $accent"), (first, "$accent")))]
    return [*lines, *(fact("", f"  {part}", "$accent") for part in rest)]


def _answer(answer: Answered) -> list[Line]:
    who = f"{ANSWERED[answer.answer]}, by {safe_line(answer.by)} {clock_text(answer.at)}"
    lines = [fact("answer", who, "$success")]
    if answer.owner or answer.until is not None:
        until = f" until {answer.until:%Y-%m-%d}" if answer.until is not None else ""
        lines.append(fact("", f"{safe_line(answer.owner)} owns it{until}"))
    if answer.ticket:
        lines.append(fact("", safe_line(answer.ticket)))
    return [*lines, *(fact("", part) for part in safe_text(answer.reason).split("\n"))]
