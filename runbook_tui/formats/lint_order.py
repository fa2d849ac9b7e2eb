"""Lint of what comes when: ids, needs, conditions, and steps whose turn never comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbook_tui.domain.parameters import check_value
from runbook_tui.domain.runbook import Condition, DecisionStep, Parameter, Step
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.scalars import close


def check_order(report: Report) -> None:
    """Ids, needs, circles, conditions and unreachable steps."""
    if not report.steps:
        report.error(("phases",), "no-steps", "there is no step in any phase", "add one")
    _ids(report)
    position: dict[str, int] = {}
    for index, (_, step) in enumerate(report.steps):
        position.setdefault(step.id, index)
    _needs(report, position)
    blocked = _conditions(report, position)
    _unreachable(report, position, blocked)


def _ids(report: Report) -> None:
    phases = [((("phases", i, "id")), p.id) for i, p in enumerate(report.runbook.phases)]
    _twice(report, "phase", phases)
    _twice(report, "step", [((*path, "id"), step.id) for path, step in report.steps])
    for path, step in report.steps:
        if isinstance(step, DecisionStep):
            options = [((*path, "options", i, "id"), o.id) for i, o in enumerate(step.options)]
            _twice(report, "option", options)
        criteria: Sequence[object] = getattr(step, "criteria", ())
        keys = [item.key for item in step.checklist]
        places: list[Path] = [(*path, "items", i) for i in range(len(step.items))]
        places += [(*path, "criteria", i) for i in range(len(criteria))]
        _twice(report, "item", zip(places, keys, strict=True))


def _twice(report: Report, what: str, ids: Iterable[tuple[Path, str]]) -> None:
    seen: set[str] = set()
    for path, name in ids:
        if name in seen:
            report.error(
                path,
                "duplicate-id",
                f"a second {what} is called `{name}`",
                "the log tells them apart by this name alone: give one another",
            )
        seen.add(name)


def _needs(report: Report, position: dict[str, int]) -> None:
    circles = _circles(report)
    for index, (path, step) in enumerate(report.steps):
        for n, need in enumerate(step.needs):
            place = (*path, "needs", n)
            if need not in position:
                hint = close(need, list(position)) or "`needs` names steps by their id"
                report.error(place, "unknown-need", f"there is no step `{need}`", hint)
            elif (step.id, need) in circles:
                ring = " → ".join(circles[step.id, need])
                report.error(
                    place,
                    "circular-needs",
                    f"the steps need each other in a circle: {ring}",
                    "none of them could ever begin: remove one of these needs",
                )
            elif position[need] > index:
                report.error(
                    place,
                    "later-need",
                    f"`{step.id}` needs `{need}`, which comes after it",
                    "move one of them: the order on the screen must be the order of the work",
                )


def _circles(report: Report) -> dict[tuple[str, str], list[str]]:
    """One edge (step, need) of each circle, with the circle; found without recursion."""
    needs: dict[str, tuple[str, ...]] = {}
    for _, step in report.steps:
        needs.setdefault(step.id, step.needs)
    found: dict[tuple[str, str], list[str]] = {}
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        on_trail: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                trail.pop()
                on_trail.discard(name)
                done.add(name)
                continue
            if name in done or name in on_trail or name not in needs:
                continue
            trail.append(name)
            on_trail.add(name)
            stack.append((name, True))
            for need in reversed(needs[name]):
                if need in on_trail:
                    ring = [*trail[trail.index(need) :], need]
                    found[name, need] = ring
                else:
                    stack.append((need, False))
    return found


def _conditions(report: Report, position: dict[str, int]) -> dict[str, str]:
    """Checks every `when`; the ids of the steps that can never apply, with the reason."""
    blocked: dict[str, str] = {}
    for index, (path, step) in enumerate(report.steps):
        if step.when is None:
            continue
        place = (*path, "when")
        if (step.when.parameter is None) == (step.when.decision is None):
            report.error(
                place,
                "condition",
                "`when` names one parameter or one decision, here are both or none",
                "write `parameter: name` or `decision: step-id`",
            )
            continue
        if step.when.is_ is None and step.when.not_ is None and not step.when.any_of:
            report.error(place, "condition", "`when` does not say what the value must be", _TEST)
            continue
        if step.when.parameter is not None:
            reason = _parameter_reason(report, place, step.when, step.when.parameter)
        else:
            reason = _decision_reason(report, place, index, step.when, position)
        if reason:
            blocked[step.id] = reason
    return blocked


_TEST = "add `is: value`, `any-of: [a, b]` or `not: value`"


def _parameter_reason(report: Report, place: Path, when: Condition, name: str) -> str:
    parameter = report.runbook.parameters.get(name)
    if parameter is None:
        hint = close(name, list(report.runbook.parameters)) or "add it under `parameters`"
        report.error(
            (*place, "parameter"), "undefined-parameter", f"there is no parameter `{name}`", hint
        )
        return ""
    if parameter.type == "secret":
        report.error(
            (*place, "parameter"),
            "secret-condition",
            f"`{name}` is a secret, which is not stored and can decide nothing",
            "ask with a decision step, or use a choice parameter",
        )
        return ""
    values = _possible(when, parameter, name)
    if values is None or any(when.holds(value) for value in values):
        return ""
    listed = f" can only be {', '.join(parameter.choices)}" if parameter.choices else ""
    return f"the parameter `{name}`{listed or ' cannot have this value'}"


def _possible(when: Condition, parameter: Parameter, name: str) -> list[str] | None:
    """Values of the parameter that matter for the condition; None where any could come."""
    unset = [] if parameter.required or parameter.default is not None else [""]
    if parameter.type == "choice":
        return [*parameter.choices, *unset]
    wanted = [*when.any_of] if when.is_ is None else [when.is_]
    if not wanted:
        return None
    return [v for v in wanted if check_value(name, parameter, v) is None] + unset


def _decision_reason(
    report: Report, place: Path, index: int, when: Condition, position: dict[str, int]
) -> str:
    name = when.decision or ""
    where = (*place, "decision")
    if name not in position:
        decisions = [step.id for _, step in report.steps if isinstance(step, DecisionStep)]
        hint = close(name, decisions) or "it names a decision step by its id"
        report.error(where, "unknown-decision", f"there is no step `{name}`", hint)
        return ""
    deciding: Step = report.steps[position[name]][1]
    if not isinstance(deciding, DecisionStep):
        report.error(
            where,
            "unknown-decision",
            f"`{name}` is a {deciding.kind} step, where nothing is chosen",
            "name a decision step",
        )
        return ""
    if position[name] >= index:
        return f"the decision `{name}` comes later"
    options = [option.id for option in deciding.options]
    if any(when.holds(option) for option in options):
        return ""
    return f"the decision `{name}` has only the options {', '.join(options)}"


def _unreachable(report: Report, position: dict[str, int], blocked: dict[str, str]) -> None:
    """Reports blocked steps, and those that hang on one of them."""
    for path, step in report.steps:
        reason = blocked.get(step.id)
        place: Path = (*path, "when")
        decision = step.when.decision if step.when else None
        if reason is None and decision in blocked:
            reason = blocked[step.id] = f"the decision `{decision}` is never made"
        if reason is None:
            for n, need in enumerate(step.needs):
                if need in blocked:
                    reason = blocked[step.id] = f"it needs `{need}`, whose turn never comes"
                    place = (*path, "needs", n)
                    break
        if reason is not None:
            report.error(
                place,
                "unreachable",
                f"the turn of `{step.id}` never comes: {reason}",
                "correct the condition, or remove the step",
            )
