"""The questions that acts ask: reasons, values, items, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal, value_refusal
from runbook_tui.domain.runbook import NOT_BUILT_YET, DecisionStep, Step
from runbook_tui.domain.state import outstanding
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.present.step_parts import words
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host


OUTPUT_SHOWN = 8
"""Lines of output shown where a value is asked for."""


async def ask_for(host: Host, act: Act, step: Step | None) -> str | None:
    """What the act asks for; None where the person thought better of it."""
    match act.asks:
        case "item" if step is not None:
            return await _item(host, act, step)
        case "option" if isinstance(step, DecisionStep):
            return await _option(host, step)
        case "value" if step is not None and step.observe is not None:
            return await _value(host, step)
        case "maybe-reason":
            return await _maybe(host, act, step)
        case "length":
            return await _length(host, act, step)
        case _:
            return await _reason(host, act, step)


def _title(act: Act, step: Step | None) -> str:
    return f"{act.label} · {step.id}" if step is not None and not act.on_run else act.label


def _check(text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return f"At most {LONGEST_TEXT:,} characters; attach longer texts as evidence."
    return None


async def _reason(host: Host, act: Act, step: Step | None) -> str | None:
    what = "Words" if act.asks == "text" else "Reason"
    body = Content.assemble((act.help, "$quiet"))
    if act.id == "override" and step is not None:
        left = outstanding(host.driving.session.state, step)
        body = Content.assemble(body, "\n", ("missing: " + "; ".join(left), "$warning"))
    return await host.ask(Ask(_title(act, step), body, placeholder=what, check=_check))


async def _length(host: Host, act: Act, step: Step | None) -> str | None:
    target = step.id if step is not None and not act.on_run else ""

    def check(text: str) -> str | None:
        refusal = host.driving.session.ask(act.make(target, text))
        return safe_text(str(refusal)) if refusal is not None else None

    body = Content.styled(act.help, "$quiet")
    ask = Ask(_title(act, step), body, placeholder="10m and why", check=check)
    return await host.ask(ask)


async def _maybe(host: Host, act: Act, step: Step | None) -> str | None:
    """Asks only where a reason is called for, or where words are welcome."""
    session = host.driving.session
    target = step.id if step is not None and not act.on_run else ""
    refusal = session.ask(act.make(target, ""))
    if refusal is not None:
        body = Content.assemble((safe_text(str(refusal)), "$warning"))
        placeholder = "What you did" if step and step.kind in NOT_BUILT_YET else "Reason"
        return await host.ask(Ask(_title(act, step), body, placeholder=placeholder, check=_check))
    if act.id in ("go", "close"):
        body = Content.assemble((act.help, "$quiet"))
        return await host.ask(Ask(_title(act, step), body, optional=True, check=_check))
    return ""


async def _item(host: Host, act: Act, step: Step) -> str | None:
    now = host.driving.session.state.of(step.id)
    if act.id == "tick":
        left = [item.key for item in step.checklist if item.key not in now.ticked]
        return left[0] if left else None
    ticked = [item for item in step.checklist if item.key in now.ticked]
    choices = [Choice(item.key, safe_line(item.text)) for item in ticked]
    return await host.ask(Choose(_title(act, step), "", choices))


async def _option(host: Host, step: DecisionStep) -> str | None:
    parameters = host.driving.session.state.parameters
    choices = [
        Choice(o.id, words(o.title, parameters), safe_line(words(o.consequence, parameters)))
        for o in step.options
    ]
    question = words(step.question, parameters)
    option = await host.ask(Choose(f"Decide · {step.id}", question, choices))
    if option is None:
        return None
    title = next(o.title for o in step.options if o.id == option)
    body = Content.assemble(("You choose  ", "$quiet"), (words(title, parameters), "bold"))
    reason = await host.ask(
        Ask(
            f"Decide · {step.id}",
            body,
            placeholder="Why (welcome, not required)",
            optional=True,
            check=_check,
        )
    )
    return None if reason is None else f"{option}: {reason}"


async def _value(host: Host, step: Step) -> str | None:
    observe = step.observe
    assert observe is not None
    parameters = host.driving.session.state.parameters
    label = words(observe.label, parameters)
    if observe.type == "choice":
        choices = [Choice(c, safe_line(c)) for c in observe.choices]
        return await host.ask(Choose(f"Observe · {step.id}", label, choices))

    def check(text: str) -> str | None:
        refusal = value_refusal(observe, text)
        return str(refusal) if isinstance(refusal, Refusal) else None

    now = host.driving.session.state.of(step.id)
    body: list[Content] = [Content.styled(label, "bold")]
    last = now.verify or now.run
    # The value is often in what the command just said, which this dialog covers.
    lines = [line for line in host.output_lines(step.id) if line.strip()][-OUTPUT_SHOWN:]
    if not lines and last is not None and last.summary:
        lines = [safe_line(last.summary)]
    body += [Content.assemble(("│ ", "$quiet"), line) for line in lines]
    body.append(Content.styled("Write down what you see, not that you looked.", "$quiet"))
    unit = f" ({observe.unit})" if observe.unit else ""
    return await host.ask(
        Ask(
            f"Observe · {step.id}",
            Content("\n").join(body),
            placeholder=f"{label}{unit}",
            check=check,
        )
    )


def toggled(step: Step, ticked: frozenset[str], number: int) -> cmd.Tick | None:
    """The command that turns item `number` (from 1) over; None where there is no such item."""
    items = step.checklist
    if not 1 <= number <= len(items):
        return None
    key = items[number - 1].key
    return cmd.Tick(step.id, key, on=key not in ticked)
