"""Side effects as a person reads them before the work: effects, snapshots, surveys."""

from __future__ import annotations

from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Expect
from runbook_tui.domain.systems.telling import system_text
from runbook_tui.formats.page import Page


def show_effect(page: Page, effect: Effect, indent: int) -> None:
    """One effect of a step: what changes, where it is seen, what takes it back."""
    change = f": {effect.before or '?'} → {effect.after or '?'}"
    facts: list[str] = [effect.reversibility]
    facts += [f"snapshot {effect.snapshot}"] if effect.snapshot else []
    facts += ["for the time of the run only"] if effect.temporary else []
    facts += [f"owner {effect.owner}"] if effect.owner else []
    about = f"{effect.kind} {effect.target}{change if effect.before or effect.after else ''}"
    page.wrap(f"leaves behind: {about} ({', '.join(facts)})", indent)
    if effect.at is not None:
        page.wrap(f"is seen at {system_text(effect.at)}", indent + 2)
    if effect.probe is not None:
        page.line("is it there?", indent + 2)
        page.command(effect.probe, indent + 4)
        page.wrap(show_expect(effect.probe.expect), indent + 4, "→ ")
    if effect.compensation is not None:
        show_compensation(page, effect.compensation, indent + 2)
    elif effect.at is not None and effect.at.restores and effect.reversibility != "irreversible":
        page.line("the program puts it back as it was", indent + 2)


def show_compensation(page: Page, compensation: Compensation, indent: int) -> None:
    """How something is taken back."""
    page.line("to take it back:", indent)
    page.markdown(compensation.text, indent + 2)
    if compensation.run is not None:
        page.command(compensation.run, indent + 2)
    for option in compensation.options:
        consequence = f": {option.consequence}" if option.consequence else ""
        page.wrap(f"{option.title}{consequence}", indent + 2, "( ) ")
    if compensation.estimate is not None:
        page.wrap(f"takes about {compensation.estimate}", indent + 2)


def show_expect(expect: Expect) -> str:
    """What a command has to answer."""
    wanted = [f"exit {expect.exit}"]
    if expect.equals is not None:
        wanted.append(f"the output is `{expect.equals}`")
    if expect.contains is not None:
        wanted.append(f"the output contains `{expect.contains}`")
    if expect.matches is not None:
        wanted.append(f"the output matches {expect.matches}")
    return ", ".join(wanted)


def show_kept(page: Page, runbook: Runbook) -> None:
    """Snapshots and surveys."""
    if runbook.snapshots:
        page.line()
        page.line("Snapshots")
        for name, snapshot in runbook.snapshots.items():
            _snapshot(page, name, snapshot)
    if runbook.surveys:
        page.line()
        page.line("Looked at round each step that changes something")
        for name, survey in runbook.surveys.items():
            page.wrap(f"{name}: {system_text(survey)}", 2, "- ")


def _snapshot(page: Page, name: str, snapshot: Snapshot) -> None:
    taken = f"taken by {snapshot.step}" if snapshot.step is not None else "taken elsewhere"
    takes = f", restored in about {snapshot.estimate}" if snapshot.estimate is not None else ""
    page.wrap(f"{name} ({taken}{takes})", 2, "- ")
    if snapshot.text:
        page.markdown(snapshot.text, 4)
    if snapshot.loses:
        page.wrap(f"it takes with it: {snapshot.loses}", 4)
    if snapshot.restore is not None:
        page.command(snapshot.restore, 4)
    if snapshot.verify is not None:
        page.line("verify:", 4)
        page.command(snapshot.verify, 6)
        page.wrap(show_expect(snapshot.verify.expect), 6, "→ ")
