"""Acts on findings: opens the list of them, shows one whole, asks for waivers, applies remedies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.decide_preflight import waived_until
from runbook_tui.domain.kept_findings import KeptFinding, remedy_lines
from runbook_tui.domain.preflight import CLOSES_BY_ITSELF, Open, checks_of, not_looked, standing
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import RunState, Status, current
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.folding import Line, Verbatim
from runbook_tui.tui.looking import Looking
from runbook_tui.tui.present.findings import evidence_lines, quiet_ones
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm
from runbook_tui.tui.screens.findings import Findings
from runbook_tui.tui.screens.viewer import Viewer

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer

HELP = (
    "What the checks of this step found, by check, worst first. A gate after it opens when every",
    "inhibitor, unknown, high and warning is gone or waived, and no result is too old.",
    "",
    "enter     The finding whole: where it was seen, what to do, how it stands.",
    "f         Has the program do what the finding proposes; shows it in full and asks.",
    "u         Takes that back.",
    "w         Waives it: until when, who owns it, why. It lapses when the evidence changes.",
    "r         Looks again: the check under the cursor.   R  All checks.",
    "/         Only rows with certain words.   o  Only what is open.   i  What passes, too.",
    "esc       Out of the filter, then back to the run. x on the step cancels checks.",
    "j k ↑ ↓   Move; page-up, page-down, home, end.",
)
UNTIL = "7d"
"""What is proposed as the end of a waiver."""


class FindingActs:
    """Everything about findings that a person does on the screen."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer
        self.looking = Looking(host, performer)

    async def start(self, step: Step, *, check: bool) -> None:
        """Opens the findings of a step; with `check`, has what was not looked at looked at."""
        if not isinstance(step, PreflightStep):
            return
        session = self._host.driving.session
        if check and not self._host.driving.executor.is_running(step.id):
            left = not_looked(session.state, step)
            everything = len(left) in (0, len(checks_of(session.state, step)))
            self.looking.start(step, () if everything else left)
        await self._host.ask(Findings(self._host.driving, step, self.looking, self))

    async def preflight(self, step: Step | None) -> None:
        """The findings that matter where the run stands: those of the step, else of the preflight
        step before it."""
        state = self._host.driving.session.state
        found = nearest(state, step or current(state))
        if found is None:
            self._host.say("This runbook has no preflight step with checks.")
        else:
            await self.start(found, check=False)

    def _kept(self, step: PreflightStep, check: str) -> tuple[KeptFinding, ...]:
        try:
            return self._host.driving.checking.findings(step.id, check)
        except LogFailure as error:
            self._host.say(error.message, bad=True)
            return ()

    def quiet(self, step: PreflightStep) -> dict[str, list[KeptFinding]]:
        """What only informs or passes, by check."""
        state = self._host.driving.session.state
        return {name: quiet_ones(self._kept(step, name)) for name in state.of(step.id).checks}

    async def words(self, before: str) -> str | None:
        """What rows must have; empty for all."""
        body = "Words in a finding, its place or its check; empty shows all."
        return await self._host.ask(Ask("Filter", body, initial=before, optional=True))

    async def help(self) -> None:
        """The keys of the findings screen."""
        await self._host.ask(Viewer("Findings", [Content(line) for line in HELP]))

    async def open(self, step: PreflightStep, check: str, fingerprint: str) -> None:
        """One finding, whole."""
        kept = next((k for k in self._kept(step, check) if k.fingerprint == fingerprint), None)
        if kept is None:
            self._host.say("The evidence of it is not there any more; look again (r).", bad=True)
            return
        session = self._host.driving.session
        lines = evidence_lines(session.state, step, check, kept, session.clock.now())
        await self._host.ask(Viewer(f"{check} · {safe_line(kept.finding.title, 60)}", lines))

    def _stands(self, step: PreflightStep, check: str, fingerprint: str) -> Open | None:
        session = self._host.driving.session
        for each in standing(session.state, step, session.clock.now()):
            if each.check == check and each.found.fingerprint == fingerprint:
                return each
        return None

    async def waive(self, step: PreflightStep, check: str, fingerprint: str) -> None:
        """Asks until when, who owns it and why; for what closes the gate by itself, first whether
        that is meant."""
        each = self._stands(step, check, fingerprint)
        session = self._host.driving.session
        if each is None:
            self._told("That asks for no answer.")
            return
        found = each.found
        known = found.severity in CLOSES_BY_ITSELF
        head = Content.assemble(
            (f"{found.severity.upper()}  ", "bold $warning"), (found.title, "bold"), "\n",
            (found.place, "$quiet"),
        )  # fmt: skip
        if known:
            body = Content.assemble(
                head, "\n\n",
                "This keeps the gate closed by itself. Waived, the run may go on into it. The log "
                "says that you knew.",
            )  # fmt: skip
            if not await self._host.ask(
                Confirm(f"Waive an {found.severity}? · {check}", body, "waive it all the same")
            ):
                return

        def too_long(text: str) -> str | None:
            answer = waived_until(text, session.clock.now())
            return str(answer) if isinstance(answer, Refusal) else None

        title = f"Waive · {check} · {found.fingerprint[:8]}"
        until = await self._host.ask(
            Ask(title, _with(head, "Until when? A length from now, or a time with its zone."),
                initial=UNTIL, placeholder="7d or 2026-05-08T18:00Z", check=too_long)
        )  # fmt: skip
        if until is None:
            return
        owner = await self._host.ask(
            Ask(title, _with(head, "Who sees to it that it is not for ever?"),
                initial=session.who.name, placeholder="a name")
        )  # fmt: skip
        if owner is None:
            return
        reason = await self._host.ask(
            Ask(title, _with(head, "Why is it all right to go on?"), placeholder="Reason")
        )
        if reason is not None:
            self._performer.submit(
                cmd.WaiveFinding(
                    step.id, found.fingerprint, until, owner, reason, known, found.digest
                )
            )

    async def remedy(
        self, step: PreflightStep, check: str, fingerprint: str, *, undo: bool = False
    ) -> None:
        """Shows a remedy in full, asks, applies it, and has the check look again."""
        checking = self._host.driving.checking
        number = 0 if undo else await self._which(step, check, fingerprint)
        if number is None:
            return
        try:
            remedy = checking.remedy_of(step.id, check, fingerprint, number, undo=undo)
            if isinstance(remedy, Refusal):
                self._told(str(remedy), bad=True)
                return
            body: list[Line] = [Content.styled(remedy.label, "bold"), Content("")]
            body += [Verbatim(Content(line)) for line in remedy_lines(remedy, undo=undo)]
            back = remedy_lines(remedy, undo=not undo)
            if back and not undo:
                body += [
                    Content(""),
                    Content.styled("Taken back by (it goes on the ledger):", "$quiet"),
                ]
                body += [Verbatim(Content(line)) for line in back]
            verb = "take it back" if undo else "do it"
            mode = self._host.driving.session.state.mode.upper()
            title = f"{'Take back' if undo else 'Remedy'} · {check} · {mode}"
            if not await self._host.ask(Confirm(title, body, verb)):
                return
            applied = await checking.remedy(
                step.id, check, fingerprint, number, undo=undo, shown=remedy
            )
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        if isinstance(applied, Refusal):
            self._told(str(applied), bad=True)
            return
        self._told(f"{applied.outcome}: {applied.summary}", bad=applied.outcome != "done")
        self.looking.start(step, (check,))

    async def _which(self, step: PreflightStep, check: str, fingerprint: str) -> int | None:
        """The number of a remedy; asked for where there are several."""
        kept = next((k for k in self._kept(step, check) if k.fingerprint == fingerprint), None)
        remedies = kept.finding.remedies if kept is not None else ()
        if len(remedies) < 2:
            return 0
        choices = [Choice(str(n), safe_line(each.label)) for n, each in enumerate(remedies)]
        chosen = await self._host.ask(Choose(f"Remedy · {check}", "Which?", choices))
        return None if chosen is None else int(chosen)

    def _told(self, message: str, *, bad: bool = False) -> None:
        self._host.say(message, bad=bad)


def _with(head: Content, question: str) -> Content:
    return Content.assemble(head, "\n\n", question)


def nearest(state: RunState, step: Step | None) -> PreflightStep | None:
    """The preflight step with checks that is meant at a step: itself, else the last one before it
    that has begun, else the first there is."""
    able = [
        each
        for each in state.plan.steps
        if isinstance(each, PreflightStep) and checks_of(state, each)
    ]
    if step is None or not able:
        return able[0] if able else None
    here = state.plan.position[step.id]
    before = [each for each in able if state.plan.position[each.id] <= here]
    begun = [each for each in before if state.of(each.id).status is not Status.PENDING]
    if before and before[-1].id == step.id:
        return before[-1]
    return (begun or before or able)[-1 if begun or before else 0]
