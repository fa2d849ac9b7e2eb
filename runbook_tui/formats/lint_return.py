"""Lint of the way back: points of no return stand behind a gate, and are marked as such."""

from __future__ import annotations

from runbook_tui.domain.runbook import Condition, GateStep, Step
from runbook_tui.formats.lint_report import Path, Report


def check_return(report: Report) -> None:
    """A gate before each point of no return, and a mark at each irreversible step."""
    by_id = {step.id: step for _, step in report.steps}
    gates: list[GateStep] = []
    for path, step in report.steps:
        if step.point_of_no_return:
            if not any(_always(gate, step, by_id) for gate in gates):
                _ungated(report, path, step, bool(gates))
            gates = []
        else:
            _unmarked(report, path, step)
        # A gate that is itself the point of no return guards nothing but what comes after it.
        if isinstance(step, GateStep):
            gates.append(step)


def _ungated(report: Report, path: Path, step: Step, some: bool) -> None:
    why = "no gate stands before it"
    if some:
        why = "the gate before it does not apply whenever it does"
    report.at_key(
        (*path, "point_of_no_return"),
        "ungated-point-of-no-return",
        f"`{step.id}` is a point of no return, and {why}",
        "put a gate between it and the point of no return before, so that somebody says go",
    )


def _unmarked(report: Report, path: Path, step: Step) -> None:
    for index, effect in enumerate(step.effects):
        if effect.reversibility == "irreversible":
            report.warning(
                (*path, "effects", index, "reversibility"),
                "unmarked-point-of-no-return",
                f"`{step.id}` leaves something irreversible behind and is no point of no return",
                "add `point-of-no-return: true`; or say how it is made good: `compensable`",
            )
            return


def _always(gate: GateStep, step: Step, by_id: dict[str, Step]) -> bool:
    """Whether the gate applies whenever the step does: it always does, or it hangs on the same
    condition, or on one that the step hangs on further up."""
    return gate.when is None or gate.when in _chain(step, by_id)


def _chain(step: Step, by_id: dict[str, Step]) -> list[Condition]:
    found: list[Condition] = []
    above: Step | None = step
    while above is not None and above.when is not None and above.when not in found:
        found.append(above.when)
        above = by_id.get(above.when.decision or "")
    return found
