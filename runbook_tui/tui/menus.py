"""What opens over the run screen: all acts, search, the whole output, an edited runbook, help."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.decide import amend_effects
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.opening import Edited
from runbook_tui.tui.folding import Verbatim
from runbook_tui.tui.keys import BY_ID, KEYS, key_text
from runbook_tui.tui.performing import Host, Performer
from runbook_tui.tui.present.decisions import decision_rows
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.viewer import Viewer

_NOT_IN_MENU = frozenset({"happened", "not-happened", "go", "no-go", "choose", "wait", "untick"})
"""Acts that are listed only where they can be done: elsewhere they would only be noise."""


async def all_acts(
    host: Host, performer: Performer, step: Step, changed: Mapping[str, str]
) -> None:
    """Everything that can be done with a step and with the run; what cannot says why."""
    session = host.driving.session
    choices: list[Choice] = []
    if host.driving.executor.is_running(step.id):
        choices.append(Choice("cancel", "Cancel what is running", "asks first"))
    if performer.seeing.busy:
        choices.append(Choice("end-looks", "End the looks under way", performer.seeing.progress))
    refused: list[Choice] = []
    for act in ACTS.values():
        refusal = why_not(session.state, act, None if act.on_run else step, session.who.name)
        if refusal is not None and act.id in _NOT_IN_MENU:
            continue
        key = f"[{key_text(act.id, changed)}] " if act.id in BY_ID else ""
        choice = Choice(act.id, f"{key}{act.label}", act.help, str(refusal) if refusal else "")
        (refused if refusal else choices).append(choice)
    chosen = await host.ask(
        Choose(f"All acts · {step.id}", "", [*choices, *refused], by_enter=False)
    )
    if chosen == "cancel":
        await performer.cancel(step)
    elif chosen == "end-looks":
        performer.seeing.cancel()
    elif chosen is not None:
        await performer.act(chosen, step)


async def find(host: Host) -> str | None:
    """A step found by words in it or in what was decided about it."""
    state = host.driving.session.state
    wanted = await host.ask(Ask("Search", "Words in a step, a reason or a note."))
    if not wanted:
        return None
    needle = wanted.strip().lower()
    choices = [
        Choice(step.id, f"{step.id}  {safe_line(step.title, 60)}", state.of(step.id).status.word)
        for step in state.plan.steps
        if needle in f"{step.id} {step.title} {step.instruction}".lower()
    ]
    for recorded, row in zip(
        host.driving.session.entries, decision_rows(host.driving.session.entries), strict=True
    ):
        step_id = getattr(recorded.entry.event, "step", None)
        if step_id and needle in row.content.plain.lower():
            choices.append(Choice(step_id, safe_line(row.content.plain, 80)))
    if not choices:
        host.say(f"Nothing found for {safe_line(wanted, 40)!r}.")
        return None
    return await host.ask(Choose(f"Found {len(choices)}", "", choices[:200]))


async def full_output(host: Host, step: Step) -> None:
    """The stored output of the step's last command, from the log."""
    now = host.driving.session.state.of(step.id)
    results = [r for r in (now.verify, now.run) if r is not None and r.evidence]
    if not results:
        host.say(f"No output of {step.id} is stored yet.")
        return
    latest = max(results, key=lambda r: r.attempt)
    try:
        text = host.driving.session.log.file(latest.evidence).decode("utf-8", "replace")
    except LogFailure as error:
        host.say(error.message, bad=True)
        return
    lines = [Verbatim(Content(line)) for line in safe_text(text).split("\n")]
    await host.ask(Viewer(f"{step.id} · {latest.evidence}", lines))


async def amend(host: Host, performer: Performer, edited: Edited | None) -> None:
    """Adopts the runbook as edited on disk, after showing what that changes."""
    if edited is None:
        host.say("The runbook on disk is the one this run follows.")
        return
    body = _amendment(host, edited)
    reason: str | None = ""
    while True:
        ask = Ask("Adopt the edited runbook?", body, placeholder="Reason", initial=reason or "")
        reason = await host.ask(ask)
        if reason is None:
            host.say("Nothing was adopted; the run goes on with the runbook it has.")
            return
        if host.opening.trusted(edited.plan.digest) or await _trusts(host, edited):
            break
        # Whoever did not trust it comes back to what they typed, and may still leave.
        host.say("Not trusted: nothing was adopted.")
    command = cmd.AmendRunbook(edited.pin, edited.plan, edited.changes, reason)
    performer.submit(command, files=dict(edited.files))


def _amendment(host: Host, edited: Edited) -> Content:
    """What adopting would change: first what it means for work already done."""
    state = host.driving.session.state
    effects = amend_effects(state, edited.plan)
    parts: list[str | tuple[str, str]] = [
        ("From ", "$quiet"), f"v{state.plan.runbook.version} @{state.plan.digest[:7]}",
        (" to ", "$quiet"), f"v{edited.plan.runbook.version} @{edited.plan.digest[:7]}", "\n\n",
        ("Steps already touched\n", "bold"),
    ]  # fmt: skip
    parts += [f"• {e.step}: {e.effect}\n" for e in effects] or [("none is affected\n", "$quiet")]
    parts.append(("\nChanges\n", "bold"))
    parts.append("\n".join(f"• {safe_line(change)}" for change in edited.changes) or "wording only")
    return Content.assemble(*parts)


async def _trusts(host: Host, edited: Edited) -> bool:
    """Whether the person trusts the edited text; remembers it where so."""
    from runbook_tui.tui.screens.trust import Trust

    if not await host.ask(Trust(edited.plan, amends=True)):
        return False
    try:
        host.opening.trust(edited.plan.digest, edited.plan.runbook.title)
    except OSError as error:
        host.say(f"That it is trusted cannot be remembered: {error}", bad=True)
    return True


def help_lines(changed: Mapping[str, str]) -> list[Content]:
    """All keys, then all acts."""
    lines = [
        Content.styled("The run screen", "bold"),
        Content(
            "The list shows every step with a glyph and a word. ▶ now marks the step to work on. "
            "Enter does what comes next there; everything you decide is committed to git before "
            "it is shown."
        ),
        Content(""),
        Content.styled("Keys", "bold"),
    ]
    lines += [
        Content.assemble((f"  {key_text(key.id, changed):<10}", "bold $accent"), key.help)
        for key in KEYS
    ]
    lines += [
        Content.assemble(("  1 … 9     ", "bold $accent"), "Tick or untick that item."),
        Content.assemble(("  j k ↑ ↓   ", "bold $accent"), "Move; page-up, page-down, home, end."),
        Content(""),
        Content.styled("Acts (x lists them for a step, ^p finds them by name)", "bold"),
    ]
    lines += [
        Content.assemble((f"  {act.id:<14}", "bold"), f"{act.label}. ", (act.help, "$quiet"))
        for act in ACTS.values()
    ]
    lines += [
        Content(""),
        Content.styled("Marks", "bold"),
        Content("  ✓ machine: a command saw it    ☑ a person confirmed it"),
        Content("  ✓ done  » skipped  ↓ deferred (comes back at the end)  ! overridden"),
        Content("  ✗ failed  ? UNKNOWN: interrupted, nobody knows; never run again by itself"),
        Content("  ✓ done*: done under an earlier version of the runbook that meant another thing"),
        Content("  +4m: took so much longer than its worst   fast?: done before, or not done"),
    ]
    return lines
