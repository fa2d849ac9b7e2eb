"""Shows every command of a runbook whose exact content was not seen before."""

from __future__ import annotations

from collections.abc import Iterator

from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from runbook_tui.domain.every_command import (
    Listed,
    every_command,
    of_check,
    of_snapshot,
    of_step,
    of_survey,
)
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook_model import Verify
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.folding import Line, Verbatim
from runbook_tui.tui.screens.viewer import Text, Viewer

_UNTRUSTED = "You have not run this runbook before."
_THEN = "Read to the end, then trust it or leave."
_UNTRUSTED_EDIT = (
    "The run goes on with this text of the runbook once it is adopted, and this text was never "
    "trusted before."
)
_THEN_EDIT = (
    "Read to the end, then trust it, which adopts it, or go back: then nothing is adopted, and the "
    "run goes on with the runbook it has."
)


def trust_lines(plan: Plan, *, amends: bool = False) -> list[Line]:
    """What a person must have seen before trusting a runbook; `amends`: in the middle of a run."""
    book = plan.runbook
    total = len(every_command(book))
    lines: list[Line] = [
        Content.assemble((safe_line(book.title), "bold"), (f"  v{book.version}", "$quiet")),
        Content.assemble(("owner ", "$quiet"), safe_line(book.owner)),
        Content.assemble(("content ", "$quiet"), plan.digest[:12]),
        Content(""),
        Content.styled(
            f"{_UNTRUSTED_EDIT if amends else _UNTRUSTED} It can run {total} commands as you, each "
            "only when you say so. Scripts that they call are not part of the runbook: look at "
            f"those yourself. {_THEN_EDIT if amends else _THEN}",
            "$warning",
        ),
    ]
    for title, commands in _places(plan):
        if commands:
            lines += [Content(""), Content.styled(title, "bold")]
        for listed in commands:
            lines += _command_lines(listed)
    lines += [Content(""), Content.styled("— end —", "$quiet")]
    return lines


def _places(plan: Plan) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Every place of the runbook that can have commands, and those it has."""
    for step in plan.steps:
        yield f"{step.id} · {safe_line(step.title)}", tuple(of_step(step))
    for name, check in plan.runbook.checks.items():
        yield f"check {name}", tuple(of_check(name, check))
    for name, snapshot in plan.runbook.snapshots.items():
        yield f"snapshot {name}", tuple(of_snapshot(name, snapshot))
    for name, survey in plan.runbook.surveys.items():
        yield f"survey {name}", tuple(of_survey(name, survey))


def _command_lines(listed: Listed) -> list[Line]:
    purpose, command = listed.purpose, listed.command
    where = []
    if command.where:
        where.append(f"on {command.where}")
    if command.cwd:
        where.append(f"in {command.cwd}")
    if isinstance(command, Verify):
        where.append("read-only")
    note = f"  ({safe_text(', '.join(where))})" if where else ""
    mark = "sh $ " if command.shell is not None else "" if listed.looks else "$ "
    first, *rest = safe_text(listed.text.strip()).split("\n")
    lines = [
        Content.assemble(
            (f"  {purpose:<8}", "$quiet"), (mark, "bold $accent"), first, (note, "$quiet")
        )
    ]
    lines += [Content(" " * (10 + len(mark)) + line) for line in rest]
    for name, value in command.env.items():
        first, *rest = safe_text(value).split("\n")
        lines.append(Content.assemble("            ", (f"{safe_text(name)}={first}", "$quiet")))
        lines += [Content.assemble("              ", (line, "$quiet")) for line in rest]
    return [Verbatim(line) for line in lines]


class Trust(Viewer):
    """Dismissed with true where the person trusts the runbook, with false where not."""

    BINDINGS = [Binding("t", "trust", show=False)]  # noqa: RUF012

    def __init__(self, plan: Plan, *, amends: bool = False) -> None:
        """`amends`: a run that is under way would go on with it."""
        what = "the edited runbook, " if amends else ""
        title = f"Trust {what}{plan.runbook.id} v{plan.runbook.version}?"
        super().__init__(title, trust_lines(plan, amends=amends))
        self._leave = "esc back, nothing is adopted" if amends else "esc leave, nothing runs"

    def keys_line(self) -> str:
        return f"page-down or j to read on · {self._leave}"

    def on_text_read(self) -> None:
        super().on_text_read()
        if self.query_one(Text).seen:
            self.query_one(".keys", Static).update(
                Content.assemble(("t trust this runbook", "bold"), f" · {self._leave}")
            )

    def action_trust(self) -> None:
        """Trusts it, once it has been read to its end."""
        if self.query_one(Text).seen:
            self.dismiss(True)
        else:
            self.notify("Read to the end first.", markup=False)
