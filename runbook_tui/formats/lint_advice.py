"""Lint that warns: the plan holds, but could be better for the person who follows it at night."""

from __future__ import annotations

from runbook_tui.domain.runbook import GateStep, Step, WaitStep, WatchStep
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.lint_text import used

LONGEST_GROUP = 9


def check_advice(report: Report) -> None:
    """Unverified changes, long groups, missing estimates, what is defined and never used."""
    for index, phase in enumerate(report.runbook.phases):
        if not phase.steps:
            report.warning(("phases", index), "empty-phase", f"the phase `{phase.id}` has no steps")
    for path, step in report.steps:
        _mutation(report, path, step)
        _groups(report, path, step)
        _estimate(report, path, step)
    _unused(report)


def _mutation(report: Report, path: Path, step: Step) -> None:
    if not step.mutates:
        return
    # Work by hand may have nothing to run: then a value written down is its verification.
    verified = step.verify is not None or (step.kind == "checklist" and step.observe is not None)
    # Saying that there is no way back is an answer too.
    answered = bool(step.effects) and all(
        effect.compensation is not None
        or effect.reversibility == "irreversible"
        or effect.snapshot is not None
        or (effect.at is not None and effect.at.restores)
        for effect in step.effects
    )
    if not verified:
        report.at_key(
            (*path, "mutates"),
            "unverified-change",
            f"`{step.id}` changes something and has no verify",
            "add a read-only command that shows whether it worked: after a crash it is asked first",
            "warning",
        )
    if step.compensation is None and not answered:
        report.at_key(
            (*path, "mutates"),
            "no-way-back",
            f"`{step.id}` changes something and has no compensation",
            "say how to take it back, or list its effects as irreversible",
            "warning",
        )


def _groups(report: Report, path: Path, step: Step) -> None:
    groups = [("items", len(step.items))]
    if isinstance(step, GateStep):
        groups.append(("criteria", len(step.criteria)))
    for name, count in groups:
        if count > LONGEST_GROUP:
            report.at_key(
                (*path, name),
                "long-group",
                f"{count} {name} in one group: too many to keep one's place in",
                f"5 to {LONGEST_GROUP} can be read: split the step",
                "warning",
            )


def _estimate(report: Report, path: Path, step: Step) -> None:
    known = step.estimate is not None
    known = known or (isinstance(step, WaitStep) and step.condition is None)
    known = known or (isinstance(step, WatchStep) and step.soak is not None)
    if not known:
        report.warning(
            path,
            "no-estimate",
            f"`{step.id}` has no estimate",
            "estimate: 5m, or {best: 3m, likely: 5m, worst: 15m}: the forecast needs it",
        )


def _unused(report: Report) -> None:
    runbook = report.runbook
    named = used(runbook)
    for name in runbook.parameters:
        if name not in named:
            report.at_key(
                ("parameters", name),
                "unused-parameter",
                f"the parameter `{name}` is asked for and never used",
                "use it as {{name}} in text or $RB_NAME in shell text, or remove it",
                "warning",
            )
    steps = [step for _, step in report.steps]
    taken = {step.role for step in steps} | {s.approval.role for s in steps if s.approval}
    for name in runbook.roles:
        if name not in taken:
            report.at_key(
                ("roles", name), "unused-role", f"no step is for the role `{name}`", "", "warning"
            )
