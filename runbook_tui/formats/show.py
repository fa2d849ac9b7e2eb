"""A runbook as a person reads it before the work: plain text, every command in full."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_tui.domain.runbook import (
    NOT_BUILT_YET,
    CommandStep,
    Condition,
    DecisionStep,
    GateStep,
    Item,
    MessageStep,
    Observe,
    Parameter,
    Poll,
    PreflightStep,
    Runbook,
    Step,
    ThreePoint,
    WaitStep,
    WatchStep,
)
from runbook_tui.domain.schedule.polling import asked
from runbook_tui.domain.text import safe_text
from runbook_tui.formats.page import Page
from runbook_tui.formats.show_checks import show_checks
from runbook_tui.formats.show_effects import (
    show_compensation,
    show_effect,
    show_expect,
    show_kept,
)

_INSIDE = 5
"""Columns that what belongs to a step is indented by."""


def show(runbook: Runbook) -> str:
    """The whole plan, at most 100 columns wide but for shell text, safe for a terminal."""
    page = Page()
    _head(page, runbook)
    number = 0
    total = sum(len(phase.steps) for phase in runbook.phases)
    for index, phase in enumerate(runbook.phases, start=1):
        page.line()
        outside = "outside the window " if phase.outside_window else ""
        page.line(f"━━ {index} {phase.title} {outside and '· ' + outside}".ljust(page.width, "━"))
        if phase.summary:
            page.markdown(phase.summary, 3)
        for step in phase.steps:
            number += 1
            page.line()
            _step(page, step, f"{number}/{total}")
    return safe_text("\n".join(page.lines)) + "\n"


def _head(page: Page, runbook: Runbook) -> None:
    page.wrap(f"{runbook.title} · {runbook.version}")
    page.line(f"{runbook.id} · owner: {runbook.owner}")
    if runbook.description:
        page.line()
        page.markdown(runbook.description, 0)
    times = list(_time(runbook))
    if times:
        page.line()
        for line in times:
            page.wrap(line)
    _section(page, "Links", (f"{name}: {target}" for name, target in runbook.links.items()))
    _section(page, "Parameters", (_parameter(n, p) for n, p in runbook.parameters.items()))
    _section(
        page,
        "Roles",
        (
            f"{name}: {', '.join(role.people) or 'anyone'}"
            + (f" – {role.description}" if role.description else "")
            for name, role in runbook.roles.items()
        ),
    )
    show_checks(page, runbook)
    show_kept(page, runbook)


def _time(runbook: Runbook) -> Iterable[str]:
    window, buffer = runbook.window, runbook.buffer
    if window is not None:
        zone = f", {window.zone}" if window.zone else ""
        kept = f", the last {window.reserve} kept free" if window.reserve else ""
        yield f"Window: {window.start} to {window.end}{zone}{kept}"
        if window.warn:
            yield f"Warnings: {', '.join(window.warn)} before a deadline"
    if buffer is not None:
        sizes = [f"{buffer.percent:g} % of the plan"] if buffer.percent is not None else []
        sizes += [buffer.duration] if buffer.duration is not None else []
        sizes += ["root of the squares of worst - likely"] if buffer.root_of_squares else []
        yield f"Buffer: {' and '.join(sizes)}" + (f" – {buffer.reason}" if buffer.reason else "")
    if runbook.rehearsal is not None and runbook.rehearsal.load:
        yield f"Rehearsed under: {runbook.rehearsal.load}"


def _section(page: Page, title: str, lines: Iterable[str]) -> None:
    listed = list(lines)
    if listed:
        page.line()
        page.line(title)
        for line in listed:
            page.wrap(line, 2, "- ")


def _parameter(name: str, parameter: Parameter) -> str:
    limits: list[str] = [parameter.type]
    if parameter.choices:
        limits.append(" or ".join(parameter.choices))
    if parameter.min is not None:
        limits.append(f"at least {parameter.min}")
    if parameter.max is not None:
        limits.append(f"at most {parameter.max}")
    if parameter.pattern is not None:
        limits.append(f"like {parameter.pattern}")
    if parameter.default is not None:
        limits.append(f"default {parameter.default}")
    elif not parameter.required:
        limits.append("optional")
    if parameter.rehearsal is not None:
        limits.append(f"in a rehearsal {parameter.rehearsal}")
    about = f" – {parameter.description}" if parameter.description else ""
    return f"{name}: {', '.join(limits)}{about}"


def _step(page: Page, step: Step, number: str) -> None:
    page.wrap(f"{step.title} [{step.kind}: {step.id}]", 0, f"{number}  ")
    for line in _conditions(step):
        page.wrap(line, _INSIDE)
    if step.kind in NOT_BUILT_YET:
        page.wrap("not built yet: do this by hand", _INSIDE)
    if step.instruction:
        page.markdown(step.instruction, _INSIDE)
    _kind(page, step)
    if step.items:
        page.line(f"{step.style}:", _INSIDE)
        _boxes(page, step.items)
    if isinstance(step, GateStep):
        page.line("go only if:", _INSIDE)
        _boxes(page, step.criteria)
    if step.observe is not None:
        page.wrap(f"write down: {_observe(step.observe)}", _INSIDE)
    for name in step.evidence:
        page.wrap(f"attach: {name}", _INSIDE)
    if step.verify is not None:
        page.line("verify:", _INSIDE)
        page.command(step.verify, _INSIDE + 2)
        page.wrap(show_expect(step.verify.expect), _INSIDE + 2, "→ ")
    for effect in step.effects:
        show_effect(page, effect, _INSIDE)
    if step.compensation is not None:
        show_compensation(page, step.compensation, _INSIDE)


def _conditions(step: Step) -> Iterable[str]:
    if step.when is not None:
        yield f"only when {_when(step.when)}"
    if step.needs:
        yield f"needs: {', '.join(step.needs)}"
    facts = []
    if step.role is not None:
        facts.append(f"by {step.role}")
    if step.approval is not None:
        facts.append(f"another person agrees ({step.approval.role or 'anyone'})")
    if step.mutates:
        facts.append("changes something")
    if isinstance(step.estimate, ThreePoint):
        three = step.estimate
        facts.append(f"{three.likely} ({three.best} to {three.worst})")
    elif step.estimate is not None:
        facts.append(step.estimate)
    if step.timer is not None:
        facts.append(f"timer {step.timer}")
    if step.point_of_no_return:
        yield "POINT OF NO RETURN: it cannot be undone, and nothing before it can"
    if facts:
        yield " · ".join(facts)


def _when(when: Condition) -> str:
    tests = [f"is {when.is_}"] if when.is_ is not None else []
    tests += [f"is {' or '.join(when.any_of)}"] if when.any_of else []
    tests += [f"is not {when.not_}"] if when.not_ is not None else []
    about = f"the decision {when.decision}" if when.decision else str(when.parameter)
    return f"{about} {' and '.join(tests)}"


def _kind(page: Page, step: Step) -> None:
    if isinstance(step, CommandStep):
        page.command(step.run, _INSIDE)
    elif isinstance(step, DecisionStep):
        page.wrap(step.question, _INSIDE)
        for option in step.options:
            after = f" → {option.consequence}" if option.consequence else ""
            page.wrap(f"{option.id}: {option.title}{after}", _INSIDE + 2, "○ ")
    elif isinstance(step, WaitStep):
        _wait(page, step)
    elif isinstance(step, MessageStep):
        page.wrap(f"to: {step.audience}", _INSIDE)
        if step.draft:
            page.markdown(step.draft, _INSIDE + 2)
    elif isinstance(step, PreflightStep):
        page.wrap(f"checks: {', '.join(step.checks) or 'all of them'}", _INSIDE)
        if step.advisory:
            page.wrap("what they find is advice: it closes no gate", _INSIDE)
    elif isinstance(step, WatchStep):
        if step.metrics:
            page.wrap(f"metrics: {', '.join(step.metrics)}", _INSIDE)
        if step.soak is not None:
            page.wrap(f"for {step.soak}", _INSIDE)


def _wait(page: Page, step: WaitStep) -> None:
    if step.duration is not None:
        page.wrap(f"wait {step.duration}", _INSIDE)
    if step.until is not None:
        page.wrap(f"wait until {step.until}", _INSIDE)
    if step.condition is not None:
        poll: Poll = step.condition
        page.line("wait until this holds:", _INSIDE)
        page.command(poll, _INSIDE + 2)
        page.wrap(f"{show_expect(poll.expect)}; {asked(poll)}", _INSIDE + 2, "→ ")


def _boxes(page: Page, items: tuple[str | Item, ...]) -> None:
    for item in items:
        page.wrap(item if isinstance(item, str) else item.text, _INSIDE + 2, "[ ] ")


def _observe(observe: Observe) -> str:
    limits = [observe.type if observe.type != "choice" else " or ".join(observe.choices)]
    if observe.min is not None:
        limits.append(f"at least {observe.min:g}")
    if observe.max is not None:
        limits.append(f"at most {observe.max:g}")
    if observe.unit:
        limits.append(observe.unit)
    if observe.pattern is not None:
        limits.append(f"like {observe.pattern}")
    return f"{observe.label} ({', '.join(limits)})"
