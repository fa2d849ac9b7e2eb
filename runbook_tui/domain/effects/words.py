"""Events about side effects in words: verb, rest of the sentence, mark, what was said."""

from __future__ import annotations

from runbook_tui.domain.effects.events import (
    EffectAdded,
    EffectAnswered,
    EffectEvent,
    EffectIntended,
    EffectSaid,
    EffectSeen,
    RollbackBegun,
    RollbackEnded,
    SurveyTaken,
)
from runbook_tui.domain.effects.naming import name_of

_WHEN = {
    "before": "before the step",
    "after": "after the step",
    "now": "",
    "back": "after it was taken back",
}
IMPERFECT = "your rollback is imperfect here"


def tell_effect(event: EffectEvent) -> tuple[str, str, str, str]:
    """Verb, what, mark and the person's own words; not yet made safe."""
    match event:
        case EffectIntended(number=number, step=step, effect=effect):
            change = " -> ".join(part for part in (effect.before, effect.after) if part)
            return "intends", f"effect {number} of {step}: {name_of(effect)}", "plain", change
        case EffectAdded(number=number, effect=effect, step=step, source=source):
            how = "finds" if source == "found" else "adds"
            where = f" round {step}" if step else ""
            change = " -> ".join(part for part in (effect.before, effect.after) if part)
            return how, f"undeclared effect {number}{where}: {name_of(effect)}", "warn", change
        case EffectSeen():
            return _seen(event)
        case EffectSaid(number=number, there=there, reason=reason):
            return "says", f"effect {number} is {'there' if there else 'not there'}", "warn", reason
        case EffectAnswered():
            return _answered(event)
        case SurveyTaken(survey=survey, occasion=occasion, step=step):
            when = f" {occasion} {step}" if step else " at the end of the rollback"
            if not event.digest:
                return "cannot survey", f"{survey}{when}", "bad", event.words
            return "surveys", f"{survey}{when}: {event.objects:,} objects", "plain", ""
        case RollbackBegun(number=number, steps=steps, reason=reason):
            whole = {"run": "all of the run", "phase": f"the phase {event.of}"}
            what = whole.get(event.scope, f"effect {event.of}")
            more = f", {len(event.cannot)} cannot be taken back" if event.cannot else ""
            count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}{more}"
            return "rolls back", f"{what} (rollback {number}: {count})", "warn", reason
        case RollbackEnded():
            return _ended(event)
        case _:
            return "records", type(event).__name__, "plain", ""


def _seen(event: EffectSeen) -> tuple[str, str, str, str]:
    when = _WHEN[event.occasion]
    what = f"effect {event.number}{f' {when}' if when else ''}"
    if not event.digest and event.holds is None:
        return "cannot see", what, "bad", event.words
    return "looks at", what, "plain", event.words


def _answered(event: EffectAnswered) -> tuple[str, str, str, str]:
    number = event.number
    match event.answer:
        case "accepted":
            until = f" until {event.until:%Y-%m-%d}" if event.until is not None else ""
            return "accepts", f"effect {number}; {event.owner} owns it{until}", "warn", event.reason
        case "ticket":
            return "hands over", f"effect {number} to {event.ticket}", "warn", event.reason
        case "taken-back":
            return "says", f"effect {number} was taken back by hand", "good", event.reason
        case _:
            return "says", f"effect {number} is none of this run's", "plain", event.reason


def _ended(event: RollbackEnded) -> tuple[str, str, str, str]:
    number = event.number
    if event.outcome == "forward":
        again = f"; {len(event.again)} steps are to be done again" if event.again else ""
        return "turns forward", f"in rollback {number}{again}", "warn", event.reason
    if event.differs:
        count = len(event.differs)
        told = "1 thing differs" if count == 1 else f"{count} things differ"
        what = f"rollback {number}: {IMPERFECT}, {told}"
        words = "\n".join(
            f"{d.where} {d.key}: {d.was or '-'} -> {d.now or '-'}" for d in event.differs
        )
        return "completes", what, "bad", words
    proven = "all is as before" if event.compared else "nothing was compared with before"
    return "completes", f"rollback {number}: {proven}", "good" if event.compared else "warn", ""
