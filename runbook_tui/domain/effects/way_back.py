"""A way back as a phase of the plan: its steps stand behind all others, under their own name."""

from __future__ import annotations

from msgspec import structs

from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import Phase, Step


def phase_id(number: int) -> str:
    """The id of the phase of a rollback, which no runbook's own has: slugs have no dot."""
    return f"rollback.{number}"


def with_way_back(plan: Plan, number: int, steps: tuple[Step, ...], reason: str) -> Plan:
    """The plan with the steps of a way back behind all others."""
    phase = Phase(id=phase_id(number), title=f"Way back {number}", summary=reason, steps=steps)
    return _with(plan, phase)


def kept_way_back(old: Plan, new: Plan, number: int) -> Plan:
    """`new` with the way back that `old` has under that number, where it has none."""
    phases = [phase for phase in old.runbook.phases if phase.id == phase_id(number)]
    return _with(new, phases[0]) if phases else new


def _with(plan: Plan, phase: Phase) -> Plan:
    runbook = structs.replace(plan.runbook, phases=(*plan.runbook.phases, phase))
    return Plan(runbook, plan.digest)


def is_way_back(phase: Phase) -> bool:
    """Whether a phase is a way back."""
    return phase.id.startswith("rollback.")
