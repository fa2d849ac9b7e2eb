"""What can be done about time, in one place: answer a deadline, extend, pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.moment import length_text
from runbook_tui.domain.schedule.alarm import timer_left, unanswered
from runbook_tui.domain.schedule.clock_words import clock_lines, question
from runbook_tui.tui.present.clocks import step_clock
from runbook_tui.tui.screens.choose import Choice, Choose

if TYPE_CHECKING:
    from runbook_tui.domain.runbook import Step
    from runbook_tui.domain.schedule.reading import Reading
    from runbook_tui.tui.performing import Host, Performer


async def about_time(host: Host, performer: Performer, step: Step | None) -> None:
    """Shows the figures of the moment and asks what is to be done; a deadline that has passed
    comes first."""
    session = host.driving.session
    reading = session.reading()
    asked = question(unanswered(session.state, reading) if reading is not None else None)
    choices = []
    for name in asked.acts:
        act = ACTS[name]
        target = None if act.on_run else step
        refusal = why_not(session.state, act, target, session.who.name)
        of = f" · {step.id}" if step is not None and not act.on_run else ""
        choices.append(
            Choice(name, f"{act.label}{of}", act.help, str(refusal) if refusal is not None else "")
        )
    told = figures(reading)
    if step is not None and session.state.of(step.id).started is not None:
        clock, _ = step_clock(session.state, step, session.clock.now())
        late = clock.endswith(" over")
        words = f"step     {clock.removesuffix(' over')}{', over its time' if late else ''}"
        left = timer_left(session.state, step, session.clock.now())
        if left is not None:
            words += f", timer {'over by ' if left < 0 else ''}{length_text(abs(left))}"
            words += " left" if left >= 0 else ""
        told = Content("\n").join([Content(words), told])
    chosen = await host.ask(Choose(asked.title, told, choices))
    if chosen is not None:
        await performer.act(chosen, step)


def figures(reading: Reading | None) -> Content:
    """The clocks as a few lines."""
    if reading is None:
        return Content.styled("This run has no plan in figures: it began before there was one.")
    return Content("\n").join([Content(line) for line in clock_lines(reading)])
