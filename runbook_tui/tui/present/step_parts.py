"""The parts of a step: checklist, commands and how they ended, what was written down, facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.content import Content

from runbook_tui.domain.moment import clock_text
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import GateStep, Item, Observe, Step, ThreePoint
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.domain.state import Result, Status, StepState, under_way
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.widgets.lines import EMPTY, Line

Words = Callable[[str], str]
"""A runbook's text with the run's parameters in place, safe for a terminal."""


def words(text: str, parameters: Mapping[str, str]) -> str:
    """A runbook's text with its parameters in place, safe for a terminal."""
    return safe_text(substituted(text, parameters))


def checklist(step: Step, now: StepState, say: Words, comes: str) -> list[Line]:
    """The items with their boxes, and how they are meant to be used. `comes` is the next act."""
    items = step.checklist
    if not items:
        return []
    name = "criteria" if isinstance(step, GateStep) else "checklist"
    how = "read, then do" if step.style == "READ-DO" else "do, then confirm"
    lines = [Line(Content.styled(f"{name} · {step.style}: {how}", "$quiet"))]
    left = [item.key for item in items if item.key not in now.ticked]
    for number, item in enumerate(items, 1):
        # A gate is decided with all of its criteria before one's eyes.
        act = "tick" if left and item.key == left[0] else "gate"
        lines.append(_item(number, item, now, say, act, here=act == comes == "tick"))
    return lines


def _item(number: int, item: Item, now: StepState, say: Words, act: str, *, here: bool) -> Line:
    ticked = item.key in now.ticked
    box, style = ("☑", "$success") if ticked else ("☐", "bold")
    by = safe_line(now.ticked_by.get(item.key, ""))
    head = Content.assemble(
        ("▸ " if here else "  ", "bold $accent"),
        (f"{number} {box} ", "bold $accent" if here else style),
    )
    return Line(
        Content.assemble(
            (say(item.text), "bold" if here else ""), (f"  {by}" if ticked and by else "", "$quiet")
        ),
        head,
        Content(" " * head.cell_length),
        act,
    )


WRAPPED = Content.assemble(" " * 7, ("↪ ", "$quiet"))
"""Before the rest of a command that did not fit: a newline of its own looks different."""
BESIDE = 40
"""Cells of a command and what is noted about it that stand in one line anywhere."""
HOSTS = 6
"""Hosts shown one by one; the evidence has all."""
UNDER = Content(" " * 9)
"""Before a further line of a command, under the first."""


def command_text(
    purpose: str,
    command: Command,
    line: str,
    result: Result | None,
    now: StepState,
    say: Words,
) -> list[Line]:
    """A command in full, what it must answer, and how it ended."""
    shell = "shell" if command.shell is not None else ""
    host = f"on {say(command.where)}" if command.where else ""
    notes = [note for note in (shell, host) if note]
    if command.cwd:
        notes.append(f"in {say(command.cwd)}")
    if command.env:
        notes.append("with " + safe_line(", ".join(command.env)))
    lines = [Line(part, UNDER, WRAPPED) for part in Content.styled(line, "$accent").split("\n")]
    head = Content.assemble((f"{purpose:<7}", "$quiet"), ("$ ", "bold $accent"))
    lines[:1] = [Line(lines[0].body if lines else EMPTY, head, WRAPPED)]
    if notes:
        note = Content.styled(f"({', '.join(notes)})", "$quiet")
        if len(lines) == 1 and lines[0].body.cell_length + note.cell_length < BESIDE:
            lines = [Line(lines[0].body + "  " + note, head, WRAPPED)]
        else:
            # At the end of a command that is wrapped it would read as a part of it.
            lines.append(_under(note))
    if isinstance(command, Verify):
        lines.append(_under(Content.styled(f"expects {_expects(command, say)}", "$quiet")))
    if result is not None:
        lines.append(_under(_result(result, now)))
    if purpose == "run":
        lines += [_under(line) for line in _hosts(now)]
    if purpose == "run" and now.happened is not None:
        lines.append(_under(_became(now)))
    act = "wait" if purpose == "poll" else purpose
    return [Line(one.body, one.head, one.hang, act) for one in lines]


def _hosts(now: StepState) -> list[Content]:
    """The hosts of many on which it did not end well, and what can be done about them."""
    bad = [one for one in now.hosts.values() if one.outcome != "ok"]
    lines = [
        Content.assemble(
            ("✗ ", "bold $error"), safe_line(one.host), (f"  {one.outcome}", "bold $error"),
            (f" exit {one.exit}" if one.outcome == "failed" and one.exit else "", "$error"),
            ("  may still run there" if one.unsure else "", "bold $warning"),
            (f"  {safe_line(one.summary)}" if one.summary else "", "$quiet"),
        )
        for one in bad[:HOSTS]
    ]  # fmt: skip
    if len(bad) > HOSTS:
        lines.append(Content.styled(f"and {len(bad) - HOSTS} more", "$error"))
    if bad:
        lines.append(Content.styled("x, Run it on the failed hosts, tries these alone.", "$quiet"))
    return lines


def _became(now: StepState) -> Content:
    """What became of an interrupted command, and whether a machine or a person saw it."""
    if now.happened and now.verify is not None and now.verify.outcome == "ok":
        return Content.styled("✓ machine: verified, it took effect", "$success")
    did = "took effect" if now.happened else "did not take effect"
    return Content.styled(f"☑ a person found: it {did}", "$warning")


def _under(body: Content) -> Line:
    """What is said about a command, below it."""
    return Line(body, Content(" " * 7), Content(" " * 9))


def records(step: Step, now: StepState, say: Words) -> list[list[Line]]:
    """What was or must be written down: a value, evidence, another person's approval."""
    found: list[list[Line]] = []
    if step.observe is not None:
        found.append([Line(_observed(step.observe, now, say), act="observe")])
    lines: list[Line] = []
    missing = [name for name in step.evidence if name not in now.evidence]
    for name in step.evidence:
        path = safe_line(now.evidence.get(name, ""))
        box, style = ("☑", "$success") if path else ("☐", "bold")
        lines.append(
            Line(
                Content.assemble((f"evidence {box} ", style), say(name), (f"  {path}", "$quiet")),
                act="evidence" if [name] == missing[:1] else "",
            )
        )
    lines += [
        Line(Content.assemble(("evidence ☑ ", "$success"), safe_line(name)))
        for name in now.evidence
        if name not in step.evidence
    ]
    if step.approval is not None:
        names = ", ".join(
            f"{safe_line(who)} {clock_text(at)} (claimed)" for who, at in now.approvals
        )
        box, style = ("☑", "$success") if names else ("☐", "bold")
        role = f" ({step.approval.role})" if step.approval.role else ""
        text = Content.assemble((f"approval {box} ", style), names or f"by another person{role}")
        lines.append(Line(text, act="approve"))
    if lines:
        found.append(lines)
    return found


def _observed(observe: Observe, now: StepState, say: Words) -> Content:
    value = safe_line(now.observed) if now.observed is not None else "______"
    unit = f" {safe_line(observe.unit)}" if observe.unit else ""
    by = f"  ☑ {safe_line(now.observed_by)}" if now.observed_by else f"  ({wanted(observe)})"
    return Content.assemble(
        ("observe  ", "$quiet"), f"{say(observe.label)}: ", (value + unit, "bold"), (by, "$quiet")
    )


def estimate_text(estimate: str | ThreePoint) -> str:
    """The time a step is expected to take."""
    if isinstance(estimate, ThreePoint):
        return f"{estimate.likely} ({estimate.best}–{estimate.worst})"
    return estimate


def condition_text(step: Step) -> str:
    """When a step applies, in words."""
    when = step.when
    if when is None:
        return ""
    about = when.parameter or f"the decision {when.decision}"
    if when.is_ is not None:
        return f"{about} is {when.is_}"
    if when.not_ is not None:
        return f"{about} is not {when.not_}"
    return f"{about} is one of {', '.join(when.any_of)}"


def _expects(verify: Verify, say: Words) -> str:
    expect = verify.expect
    parts = [f"exit {expect.exit}"]
    if expect.equals is not None:
        parts.append(f"output {safe_line(say(expect.equals), 60)!r}")
    if expect.contains is not None:
        parts.append(f"output with {safe_line(say(expect.contains), 60)!r}")
    if expect.matches is not None:
        parts.append(f"output matching {safe_line(expect.matches, 60)!r}")
    return ", ".join(parts)


def wanted(observe: Observe) -> str:
    """What a value must be like, in words: ``a whole number from 1 to 20``."""
    if observe.type == "choice":
        return f"one of {safe_line(', '.join(observe.choices), 120)}"
    if observe.type == "string":
        return f"matching {safe_line(observe.pattern, 80)}" if observe.pattern else "in words"
    kind = "a whole number" if observe.type == "integer" else "a number"
    if observe.min is not None and observe.max is not None:
        return f"{kind} from {observe.min:g} to {observe.max:g}"
    if observe.min is not None:
        return f"{kind}, at least {observe.min:g}"
    if observe.max is not None:
        return f"{kind}, at most {observe.max:g}"
    return kind


def _result(result: Result, now: StepState) -> Content:
    """How a command ended, marked as seen by the machine."""
    began = clock_text(result.started)
    if result.outcome is None and under_way(now) is result:
        return Content.styled(f"◐ under way since {began}", "$accent")
    if result.outcome is None:
        # Once it is known what became of it, that is said below and no alarm any more.
        style = "bold $error" if now.status is Status.UNKNOWN else "$quiet"
        return Content.styled(f"? begun {began}; nobody saw how it ended", style)
    ok = result.outcome == "ok"
    glyph, style = ("✓", "$success") if ok else ("✗", "bold $error")
    how = "" if result.exit is None else f" exit {result.exit}"
    return Content.assemble(
        (f"{glyph} machine: {result.outcome}{how}", style),
        (f", {result.seconds:.1f} s  ", "$quiet"),
        safe_line(result.summary),
    )
