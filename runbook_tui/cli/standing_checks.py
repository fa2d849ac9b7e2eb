"""What preflight has found in a run, as documents for programs."""

from __future__ import annotations

from typing import Any

from runbook_tui.cli.lines import time_json
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.preflight import Open, closes, standing
from runbook_tui.domain.runbook import GateStep
from runbook_tui.domain.state import RunState, is_settled


def findings_json(state: RunState, now: Moment) -> list[dict[str, Any]]:
    """Every finding that asks somebody, open or answered; worst first within a step."""
    return [_finding(each) for step in state.plan.steps for each in standing(state, step, now)]


def _finding(each: Open) -> dict[str, Any]:
    found, waiver = each.found, each.waiver
    return {
        "step": each.step,
        "check": each.check,
        "fingerprint": found.fingerprint,
        "severity": found.severity,
        "key": found.key,
        "title": found.title,
        "subject": found.subject,
        "place": found.place,
        "places": found.places,
        "open": each.is_open,
        "why": each.why,
        "remedy": found.remedy or None,
        "waiver": {
            "by": waiver.by,
            "owner": waiver.owner,
            "until": f"{waiver.until:%Y-%m-%dT%H:%M:%SZ}",
            "reason": waiver.reason,
        }
        if waiver is not None
        else None,
    }


def checks_json(state: RunState) -> list[dict[str, Any]]:
    """The last result of every check that has one."""
    return [
        {
            "step": step.id,
            "check": name,
            "ran": kept.ran,
            "at": time_json(kept.at),
            "by": kept.by,
            "seconds": kept.seconds,
            "digest": kept.digest,
            "others": kept.others,
            "evidence": kept.evidence or None,
        }
        for step in state.plan.steps
        for name, kept in state.of(step.id).checks.items()
    ]


def gates_json(state: RunState, now: Moment) -> dict[str, list[str]]:
    """Why preflight keeps gates closed, by gate; those that are settled are left out."""
    return {
        gate.id: list(reasons)
        for gate in state.plan.steps
        if isinstance(gate, GateStep)
        and not is_settled(state, gate)
        and (reasons := closes(state, gate, now))
    }


def ledger_json(state: RunState) -> list[dict[str, Any]]:
    """What remedies have changed, and what takes it back; those that were taken back as well."""
    return [
        {
            "step": step.id,
            "check": check,
            "fingerprint": fingerprint,
            "effect": remedy.effect,
            "target": remedy.target,
            "what": remedy.label,
            "outcome": remedy.outcome or "unknown",
            "taken_back": remedy.undone,
            "compensation": remedy.compensation or None,
            "by": remedy.by,
            "at": time_json(remedy.at),
        }
        for step in state.plan.steps
        for (check, fingerprint), remedy in state.of(step.id).remedies.items()
    ]
