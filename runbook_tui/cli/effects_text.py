"""The ledger of side effects in lines for people: a mark and a word, never a colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.naming import WORDS, name_of
from runbook_tui.domain.effects.residue import residue, unanswered
from runbook_tui.domain.effects.state import EffectState, Presence
from runbook_tui.domain.moment import clock_text
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line

MARKS: Mapping[Presence, str] = {
    "intended": ".",
    "there": "+",
    "not-there": "-",
    "unprobed": "~",
    "unknown": "?",
}
"""Letters that every terminal has; the word stands beside each."""
SOURCES = {
    "step": "a step that can be taken back",
    "found": "UNDECLARED, found by a survey",
    "by-hand": "UNDECLARED, added by hand",
    "remedy": "made by the remedy of a check",
}
NOTHING = "No side effect is on the ledger: nothing has acted, or nothing was declared."


def short_name(each: EffectState) -> str:
    """``3 flag order-events``."""
    return f"{each.number} {safe_line(name_of(each))}"


def ledger_lines(state: RunState) -> list[str]:
    """All of the ledger, what is left over, and the way back that is under way."""
    ledger = state.effects.ledger
    if not ledger:
        return [NOTHING]
    lines = []
    lost = [each for each in ledger.values() if each.presence == "unknown"]
    if lost:
        named = ", ".join(short_name(each) for each in lost)
        lines.append(f"{len(lost)} UNKNOWN: nobody knows whether it is there: {named}")
    for number in sorted(ledger):
        lines += effect_lines(state, ledger[number])
    return [*lines, *residue_lines(state)]


def effect_line(each: EffectState) -> str:
    """One effect in a line: ``+ 3 there  flag order-events; seen 19:31:02Z: on``."""
    foreign = ", CHANGED BY SOMEBODY ELSE SINCE" if each.foreign else ""
    word = f"{MARKS[each.presence]} {each.number} {WORDS[each.presence]}{foreign}"
    return f"{word}  {safe_line(name_of(each))}; {seen_text(each)}"


def effect_lines(state: RunState, each: EffectState) -> list[str]:
    """One effect, whole."""
    word = WORDS[each.presence]
    foreign = ", CHANGED BY SOMEBODY ELSE SINCE" if each.foreign else ""
    where = f"of {each.step}" if each.step else "of no step"
    source = f", {SOURCES[each.source]}" if each.source in SOURCES else ""
    head = f"{MARKS[each.presence]} {each.number:>3}  {word}{foreign}  {safe_line(name_of(each))}"
    return [f"{head}  ({where}{source})", *(f"       {line}" for line in _facts(state, each))]


def _facts(state: RunState, each: EffectState) -> Iterator[str]:
    effect = each.effect
    if effect.before or effect.after:
        before, after = safe_line(effect.before) or "-", safe_line(effect.after) or "-"
        declared = "seen" if each.source == "found" else "declared"
        yield f"{declared}: {before} -> {after}"
    yield seen_text(each)
    yield "; ".join(
        part
        for part in (
            f"snapshot {effect.snapshot}" if effect.snapshot else "no snapshot",
            effect.reversibility,
            "for the time of the run only" if effect.temporary else "",
            f"owner {safe_line(effect.owner)}" if effect.owner else "no owner",
        )
        if part
    )
    yield f"taken back: {way_back_text(state, each)}"
    answer = answer_text(each)
    if answer:
        yield f"answered: {answer}"


def seen_text(each: EffectState) -> str:
    """What the last look saw, or what a person says."""
    if each.said is not None and each.said.reason:
        there = "there" if each.said.there else "not there"
        said = safe_line(each.said.reason)
        return f"{safe_line(each.said.by)} says it is {there}, {clock_text(each.said.at)}: {said}"
    last = each.last if each.last is not None else each.before
    if last is None:
        return "not looked at" if each.can_be_seen else "nothing can look at it"
    words = safe_line(last.words) or ("as a survey saw it" if last.digest else "no words")
    before = "" if each.last is not None else " before its step acted"
    return f"{'seen' if last.known else 'NOT SEEN'} {clock_text(last.at)}{before}: {words}"


def way_back_text(state: RunState, each: EffectState) -> str:
    """What takes it back, in words."""
    effect = each.effect
    if effect.reversibility == "irreversible":
        return "NEVER: nothing takes it back"
    if effect.snapshot is not None and effect.snapshot in state.plan.runbook.snapshots:
        return f"by the snapshot {effect.snapshot}; what that leaves {_itself(state, each)}"
    return _itself(state, each)


def _itself(state: RunState, each: EffectState) -> str:
    effect = each.effect
    if effect.compensation is not None:
        return _compensated(state, effect.compensation)
    if effect.at is not None and effect.at.restores:
        return "the program puts it back as it was before"
    step = state.plan.by_id.get(each.step)
    if step is not None and step.compensation is not None:
        return f"with all of {each.step}, {_compensated(state, step.compensation)}"
    return "by hand; nothing says how"


def _compensated(state: RunState, compensation: Compensation) -> str:
    how = "by hand"
    if compensation.run is not None:
        how = "by a command"
    elif compensation.options:
        how = "a person chooses how"
    return f"{how}: {safe_line(substituted(compensation.text, state.parameters))}"


def answer_text(each: EffectState) -> str:
    """What becomes of it, where somebody has said so."""
    answer = each.answer
    if answer is None:
        return ""
    what = {
        "accepted": f"accepted, {safe_line(answer.owner)} owns it",
        "ticket": f"handed over to {safe_line(answer.ticket)}",
        "taken-back": "taken back by hand",
        "none": "none of this run's",
    }[answer.answer]
    until = f" until {answer.until:%Y-%m-%d %H:%MZ}" if answer.until is not None else ""
    return f"{what}{until} ({safe_line(answer.by)}: {safe_line(answer.reason)})"


def residue_lines(state: RunState) -> list[str]:
    """What is there and should not be, with why, and how it is answered for."""
    left = residue(state)
    if not left:
        return []
    open_ = unanswered(state)
    lines = [f"{len(left)} left over, {len(open_) or 'none'} of them unanswered:"]
    for each in left:
        answer = answer_text(each.effect)
        lines.append(f"  {short_name(each.effect)}: {each.words}; {answer or 'UNANSWERED'}")
    return lines


def answers_text(run: str) -> list[str]:
    """How residue is answered for from the command line."""
    return [
        "Take each back, or answer for it:",
        f"  runbook-tui effect {run} NUMBER accept --owner NAME --until DATE --reason TEXT",
        f"  runbook-tui effect {run} NUMBER ticket --ticket REF --reason TEXT",
    ]


def short_effects(state: RunState) -> list[str]:
    """The ledger in one or two lines, for `status`; none where there is nothing to tell."""
    ledger = state.effects.ledger.values()
    lines = []
    if ledger:
        counted = []
        for presence, word in WORDS.items():
            count = sum(each.presence == presence for each in ledger)
            if count:
                counted.append(f"{count} {word}")
        foreign = sum(each.foreign for each in ledger)
        if foreign:
            counted.append(f"{foreign} changed by somebody else")
        left = unanswered(state)
        open_ = f"; {len(left)} left over and UNANSWERED" if left else ""
        lines.append(f"effects   {', '.join(counted)}{open_}")
    told = rollback_text(state)
    return [*lines, f"rollback  {told}"] if told else lines


def rollback_text(state: RunState) -> str:
    """The newest way back in a few words; empty where there was none."""
    if not state.effects.rollbacks:
        return ""
    last = state.effects.rollbacks[-1]
    what = f"{last.number}, {scope_text(last.scope, last.of)}"
    if last.outcome is None:
        settled = sum(state.of(step).settled is not None for step in last.takes)
        return f"{what}: under way, {settled} of {len(last.takes)} steps settled"
    if last.outcome == "forward":
        return f"{what}: left, the run goes forward again"
    if last.differs:
        return f"{what}: ended, IMPERFECT: {len(last.differs)} differ from before"
    if last.compared:
        return f"{what}: ended, all is as before ({last.compared} looks compared)"
    return f"{what}: ended, nothing was compared with before"


def scope_text(scope: ScopeKind, of: str) -> str:
    """What a way back is of."""
    if scope == "run":
        return "all of the run"
    return f"the phase {safe_line(of)}" if scope == "phase" else f"effect {safe_line(of)}"


def told_since(before: RunState, after: RunState) -> list[str]:
    """What a person has to know of what looks have seen meanwhile: what somebody else has changed,
    what nobody declared, what is still there after its way back, what nobody knows."""
    lines = []
    for number, now in after.effects.ledger.items():
        was = before.effects.ledger.get(number)
        name = short_name(now)
        if now.foreign and not (was is not None and was.foreign):
            lines.append(f"effect {name}: somebody else has changed it since; it is left as it is")
        elif was is None and now.source == "found":
            lines.append(f"effect {name}: {now.step} left it, and nobody declared it")
        elif now.presence == "unknown" and now.last is not None and _new_look(was, now):
            lines.append(f"effect {name}: UNKNOWN, it could not be seen ({_words(now)})")
        elif now.presence == "there" and now.back is not None and _new_back(was, now):
            lines.append(f"effect {name}: still there after it was taken back ({_words(now)})")
    return lines


def _words(each: EffectState) -> str:
    return safe_line(each.last.words) if each.last is not None else ""


def _new_look(was: EffectState | None, now: EffectState) -> bool:
    return was is None or was.last != now.last


def _new_back(was: EffectState | None, now: EffectState) -> bool:
    return was is None or was.back != now.back
