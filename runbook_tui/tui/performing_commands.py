"""Acts that start something, and those around interrupted commands, gates and evidence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.events import Purpose
from runbook_tui.domain.prepare import Prepared
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import outstanding
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.performing_shown import shown_before
from runbook_tui.tui.screens.ask import Ask, AskText
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer


class CommandActs:
    """Runs, verifies, waits; settles what is unknown; decides gates; attaches evidence."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer
        self._seen: set[tuple[str, str, str]] = set()

    async def start(self, act: Act, step: Step) -> None:
        """A command of the step, once the person has seen it in full."""
        if act.runs == "wait":
            if self._host.driving.executor.is_running(step.id):
                self._host.say("It is waiting. x shows how to end that early or cancel it.")
                return
            self._host.in_background(self._wait(step))
            return
        again = act.runs == "run-failed"
        purpose: Purpose = "run" if again or act.runs == "run" else "verify"
        if not await self._secrets(step, purpose):
            return
        ready = self._host.driving.executor.prepared(step.id, purpose)
        if isinstance(ready, Refusal):
            self._host.say(str(ready), bad=True)
            return
        refusal = self._host.driving.session.ask(
            cmd.BeginCommand(step.id, purpose=purpose, line=ready.line, again=again)
        )
        if refusal is not None:
            self._host.say(str(refusal), bad=True)
            return
        if not await self._shown(step, purpose, ready):
            return
        self._host.in_background(self._run(step, purpose, again=again))

    async def _shown(self, step: Step, purpose: Purpose, ready: Prepared) -> bool:
        digest = self._host.driving.session.state.plan.digest
        key = (digest, step.id, purpose)
        # A verification is read-only: seen once in full, it may be run again without asking.
        if purpose == "verify" and key in self._seen:
            return True
        confirm = Confirm(
            f"{'Run' if purpose == 'run' else 'Verify'} · {step.id}",
            shown_before(self._host.driving, step, purpose, ready),
            "run it" if purpose == "run" else "verify",
        )
        if not await self._host.ask(confirm):
            return False
        self._seen |= {key, (digest, step.id, "verify")}
        return True

    async def _secrets(self, step: Step, purpose: Purpose) -> bool:
        """Asks for secrets that this session was not given; false where somebody thought better."""
        executor, session = self._host.driving.executor, self._host.driving.session
        purposes: tuple[Purpose, ...] = ("run", "verify") if purpose == "run" else ("verify",)
        for each in purposes:
            ready = executor.prepared(step.id, each)
            if isinstance(ready, Refusal):
                continue
            for name in ready.missing_secrets:
                body = "Typed hidden, passed to the command by its environment, never logged."
                value = await self._host.ask(Ask(f"Secret · {name}", body, hidden=True))
                if value is None:
                    return False
                session.give_secrets({name: value})
        return True

    async def _run(self, step: Step, purpose: Purpose, *, again: bool = False) -> None:
        executor = self._host.driving.executor

        def show(stream: str, lines: object) -> None:
            self._host.show_output(step.id, stream, list(lines))  # type: ignore[call-overload]

        try:
            if purpose == "run":
                result = await executor.run_then_verify(step.id, show, again=again)
            else:
                result = await executor.run(step.id, purpose, show)
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        finally:
            self._host.touch()  # also where nothing was recorded
        if isinstance(result, Refusal):
            self._host.say(str(result), bad=True)
        elif result.outcome != "ok":
            what = "command" if result.purpose == "run" else "verification"
            self._host.say(f"{step.id}: {what} {result.outcome}. {result.summary}", bad=True)

    async def _wait(self, step: Step) -> None:
        session = self._host.driving.session
        if session.state.of(step.id).started is None:
            self._performer.submit(cmd.StartStep(step.id))

        def show(stream: str, lines: object) -> None:
            self._host.show_output(step.id, stream, list(lines))  # type: ignore[call-overload]

        try:
            self._host.touch()
            refusal = await self._host.driving.executor.wait(step.id, show)
            self._host.touch()
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        if refusal is not None:
            self._host.say(str(refusal), bad=True)

    async def cancel(self, step: Step) -> None:
        """Ends the command of the step, after asking."""
        executor = self._host.driving.executor
        if not executor.is_running(step.id):
            self._host.say(f"Nothing of {step.id} is running here.")
            return
        if isinstance(step, PreflightStep):
            body = "What has ended by now is recorded; the others count as not looked at."
            if await self._host.ask(Confirm(f"Cancel the checks of {step.id}?", body, "cancel")):
                executor.cancel(step.id)
            return
        body = "It gets TERM, five seconds of grace, then KILL, with everything it started."
        if step.mutates:
            body += "\n\nIt changes the system: afterwards nobody knows how far it came (UNKNOWN)."
        if await self._host.ask(Confirm(f"Cancel the command of {step.id}?", body, "cancel it")):
            executor.cancel(step.id)

    async def settle_unknown(self, step: Step) -> None:
        """What became of an interrupted command: verified, or found out by a person."""
        choices = []
        if step.verify is not None:
            choices.append(Choice("verify", "Verify it", "runs the read-only verification"))
        choices += [
            Choice("happened", "It took effect", "you looked; asks how you know"),
            Choice("not-happened", "It did not take effect", "it may then be run again"),
        ]
        now = self._host.driving.session.state.of(step.id)
        line = now.run.line if now.run is not None else ""
        body = Content.assemble(
            ("Nobody knows how far this came:\n", "bold $error"), ("$ ", "$accent"), line
        )
        choice = await self._host.ask(Choose(f"UNKNOWN · {step.id}", body, choices))
        if choice is not None:
            await self._performer.act(choice, step)

    async def gate(self, step: Step) -> None:
        """Go or no-go."""
        session = self._host.driving.session
        left = [m for m in outstanding(session.state, step) if m != "no go"]
        refusal = session.ask(cmd.DecideGate(step.id, go=True))
        # What two enters in a row would do must not open a gate.
        choices = [
            Choice("", "Look again", "decides nothing"),
            Choice("go", "GO", "", str(refusal) if refusal is not None else "", key="g"),
            Choice("no-go", "NO-GO", "asks for the reason; the gate stays closed", key="n"),
        ]
        body = Content("Every criterion is met." if not left else f"Open: {'; '.join(left)}")
        choice = await self._host.ask(Choose(f"Gate · {step.id}", body, choices))
        if choice:
            await self._performer.act(choice, step)

    async def attach(self, step: Step) -> None:
        """A named piece of evidence: words, or a file by its path."""
        now = self._host.driving.session.state.of(step.id)
        names = [name for name in step.evidence if name not in now.evidence]
        name: str | None = names[0] if names else None
        if len(names) > 1:
            choices = [Choice(n, safe_line(n)) for n in names]
            name = await self._host.ask(Choose(f"Evidence · {step.id}", "Which?", choices))
        elif name is None:
            name = await self._host.ask(Ask(f"Evidence · {step.id}", "Its name"))
        if name is None:
            return
        body = f"{safe_line(name)}\nType or paste it, or @ and the path of a text file."
        await self._host.ask(
            AskText(
                f"Evidence · {step.id}",
                body,
                placeholder="text or @path",
                check=partial(self._attach, step.id, name),
            )
        )

    def _attach(self, step_id: str, name: str, given: str) -> str | None:
        """Attaches a text or the file it names; why not, where that fails: the text stays."""
        content = given.encode()
        if given.startswith("@") and "\n" not in given:
            try:
                content = self._host.opening.read_evidence(given[1:].strip())
            except (OSError, ValueError) as error:
                return f"Not attached: {safe_line(str(error))}"
        try:
            answer = self._host.driving.executor.attach(step_id, name, content)
        except LogFailure as error:
            self._performer.storage_failed(error)
            return "Not recorded. The text is still here."
        return safe_text(str(answer)) if isinstance(answer, Refusal) else None
