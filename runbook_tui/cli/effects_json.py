"""Side effects, what is left over and ways back, as documents for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runbook_tui.cli.effects_text import way_back_text
from runbook_tui.cli.lines import time_json
from runbook_tui.domain.effects.events import Differs
from runbook_tui.domain.effects.residue import residue
from runbook_tui.domain.effects.rollback import RollbackPlan
from runbook_tui.domain.effects.state import EffectState, RollbackState, Sight
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState


def effects_json(state: RunState) -> list[dict[str, Any]]:
    """The whole ledger, by number."""
    ledger = state.effects.ledger
    return [_effect(state, ledger[number]) for number in sorted(ledger)]


def _effect(state: RunState, each: EffectState) -> dict[str, Any]:
    effect, said = each.effect, each.said
    return {
        "number": each.number,
        "kind": effect.kind,
        "target": effect.target,
        "step": each.step or None,
        "source": each.source,
        "presence": each.presence,
        "foreign": each.foreign,
        "before": effect.before,
        "after": effect.after,
        "can_be_seen": each.can_be_seen,
        "looks": {
            "before": _sight(each.before),
            "after": _sight(each.after),
            "back": _sight(each.back),
            "last": _sight(each.last),
        },
        "said": {
            "there": said.there,
            "by": said.by,
            "at": time_json(said.at),
            "reason": said.reason,
        }
        if said is not None
        else None,
        "snapshot": effect.snapshot,
        "reversibility": effect.reversibility,
        "temporary": effect.temporary,
        "owner": effect.owner,
        "taken_back": way_back_text(state, each),
        "answer": _answer(each),
    }


def _sight(sight: Sight | None) -> dict[str, Any] | None:
    if sight is None:
        return None
    return {
        "at": time_json(sight.at),
        "seen": sight.known,
        "holds": sight.holds,
        "digest": sight.digest or None,
        "words": sight.words,
    }


def _answer(each: EffectState) -> dict[str, Any] | None:
    answer = each.answer
    if answer is None:
        return None
    return {
        "answer": answer.answer,
        "owner": answer.owner or None,
        "until": utc_json(answer.until),
        "ticket": answer.ticket or None,
        "reason": answer.reason,
        "by": answer.by,
        "at": time_json(answer.at),
    }


def residue_json(state: RunState) -> list[dict[str, Any]]:
    """What is there and should not be, or nobody knows of; answered for or not."""
    return [
        {
            "number": each.effect.number,
            "kind": each.effect.effect.kind,
            "target": each.effect.effect.target,
            "why": each.why,
            "words": each.words,
            "answered": each.effect.answer is not None,
        }
        for each in residue(state)
    ]


def rollback_json(state: RunState) -> dict[str, Any] | None:
    """The newest way back; null where there was none."""
    if not state.effects.rollbacks:
        return None
    return {**_rollback(state.effects.rollbacks[-1]), "of_run": state.effects.rolled_back}


def _rollback(each: RollbackState) -> dict[str, Any]:
    return {
        "number": each.number,
        "scope": each.scope,
        "of": each.of or None,
        "reason": each.reason,
        "by": each.by,
        "begun": time_json(each.at),
        "under_way": each.outcome is None,
        "outcome": each.outcome,
        "ended": time_json(each.ended),
        "steps": list(each.takes),
        "cannot": list(each.cannot),
        "differs": [_differs(one) for one in each.differs],
        "compared": each.compared,
    }


def _differs(one: Differs) -> dict[str, str]:
    return {"where": one.where, "key": one.key, "was": one.was, "now": one.now}


def plan_json(plan: RollbackPlan, reading: Reading | None) -> dict[str, Any]:
    """A way back as it would be walked now."""
    by = reading.decide_by if reading is not None else None
    return {
        "scope": plan.scope,
        "of": plan.of or None,
        "digest": plan.digest,
        "seconds": round(plan.seconds, 1),
        "decide_by": utc_json(by),
        "steps": [
            {
                "id": move.step.id,
                "kind": move.step.kind,
                "title": move.step.title,
                "takes": [each.number for each in move.takes],
                "covers": [each.number for each in move.covers],
                "loses": move.loses or None,
                "seconds": round(move.seconds, 1),
                "assumed": move.assumed,
            }
            for move in plan.moves
        ],
        "cannot": [each.number for each in plan.cannot],
        "unknown": [each.number for each in plan.unknown],
        "foreign": [each.number for each in plan.foreign],
        "silent": list(plan.silent),
    }


def utc_json(when: datetime | None) -> str | None:
    """``2026-05-01T19:31:02Z``; None where there is none."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when is not None else None
