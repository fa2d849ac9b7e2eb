"""What a message step shows: for whom, and how its message stands."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.messages.audiences import audiences_of
from runbook_tui.domain.moment import hour_text
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.present.messages import delivery_lines
from runbook_tui.tui.present.step_parts import words


def message_lines(state: RunState, step: MessageStep) -> list[Content]:
    """To whom, the draft or what was sent, and what each channel made of it."""
    to = words(step.audience, state.parameters)
    known = ", ".join(audiences_of(step.audience))
    lines = [Content.assemble(("to  ", "$quiet"), to, (f"  (written for {known})", "$quiet"))]
    update = state.messages.of_step(step.id)
    if update is None:
        text = "Enter opens it, filled in from the run. Nothing is sent before you say so."
        return [*lines, Content.styled(text, "$quiet")]
    if update.sent is not None:
        at = hour_text(update.sent.utc)
        head = Content.styled(f"✓ sent {at} by {safe_line(update.sent_by)}", "$success")
        lines += [head, *delivery_lines(update)]
    else:
        lines.append(Content.styled(f"✎ update {update.number}, a draft", "$warning"))
    first = next(iter(update.texts.values()))
    return [*lines, Content(""), *(Content(part) for part in safe_text(first).split("\n"))]
