"""What is shown of a command before it starts: all of it, where it runs, what it is given."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.events import Purpose
from runbook_tui.domain.moment import length_text
from runbook_tui.domain.parameters import env_name
from runbook_tui.domain.prepare import Prepared, secrets_of
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.opening import Driving
from runbook_tui.tui.folding import Line, Verbatim
from runbook_tui.tui.present.step_parts import words


def shown_before(driving: Driving, step: Step, purpose: Purpose, ready: Prepared) -> list[Line]:
    """A command in full, and what follows it."""
    state = driving.session.state
    command = driving.executor.command_of(step.id, purpose)
    title = safe_line(words(step.title, state.parameters))
    lines: list[Line] = [Content.styled(title, "bold"), Content("")]
    lines += [*_in_full(driving, "", command, ready), Content("")]
    for each in state.effects.taken_by(step.id) if purpose == "run" else ():
        change = " → ".join(safe_line(p) for p in (each.effect.after, each.effect.before) if p)
        name = f"{each.number} {safe_line(name_of(each))}"
        lines.append(_fact("back", name, f"  {change}" if change else ""))
    if purpose == "verify":
        lines.append(Content.styled("read-only, by the runbook's word", "$quiet"))
    elif step.mutates:
        lines.append(Content.styled("changes the system", "bold $warning"))
    lines += [
        _fact("on", ready.host or "this machine"),
        _fact("folder", safe_line(f"{state.folder}/{ready.cwd}".rstrip("/"))),
        _fact("limit", length_text(ready.timeout)),
        *_given(driving, command),
    ]
    if purpose == "run" and step.verify is not None:
        verify = driving.executor.prepared(step.id, "verify")
        if not isinstance(verify, Refusal):
            lines += _in_full(driving, "then    verify ", step.verify, verify)
            lines += _given(driving, step.verify)
    if state.mode == "dry-run":
        lines.append(Content.styled("dry run: it is shown and logged, not run", "bold $warning"))
    return lines


def _fact(name: str, words_: str, note: str = "") -> Content:
    return Content.assemble((f"{name:<8}", "$quiet"), words_, (note, "$quiet"))


def _in_full(driving: Driving, before: str, command: Command | None, ready: Prepared) -> list[Line]:
    """The command itself. What is below its first line is set in: rows folded from it are not."""
    mark = "sh $ " if command is not None and command.shell is not None else "$ "
    first, *rest = safe_text(driving.session.redactor.text(ready.line)).split("\n")
    line = Content.assemble((before, "$quiet"), (mark, "bold $accent"), (first, "$accent"))
    below = [Content.styled(" " * len(mark) + text, "$accent") for text in rest]
    return [Verbatim(line), *(Verbatim(text) for text in below)]


def _given(driving: Driving, command: Command | None) -> list[Line]:
    """What reads the command, and the names of what its environment gives it."""
    if command is None:
        return []
    parameters = driving.session.state.plan.runbook.parameters
    secret = frozenset(name for name, each in parameters.items() if each.type == "secret")
    lines: list[Line] = []
    if command.shell is not None:
        lines.append(_fact("by", "/bin/sh", "  in a shell"))
    if command.env:
        lines.append(_fact("with", safe_line(", ".join(command.env))))
    names = [env_name(name) for name in sorted(secrets_of(command, secret))]
    if names:
        lines.append(_fact("secret", ", ".join(names), "  handed over by the environment"))
    return lines
