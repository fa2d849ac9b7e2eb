"""Carries out an act: asks for what it needs, hands the command over, says what came of it.

It decides nothing: the session does, and its refusal is shown as it is.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from textual.content import Content
from textual.screen import Screen

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.acts import ACTS, BEGINS, agreed, passes_return, why_not
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.effects.residue import LeftOver
from runbook_tui.domain.no_return import agreeing
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import current
from runbook_tui.opening import Driving, Opening
from runbook_tui.session import BrokenLogError, Recorded
from runbook_tui.tui.accounting import EffectActs
from runbook_tui.tui.answering import FindingActs
from runbook_tui.tui.deciding import RecordActs
from runbook_tui.tui.performing_commands import CommandActs
from runbook_tui.tui.performing_words import ask_for
from runbook_tui.tui.screens.confirm import Confirm, Notice
from runbook_tui.tui.seeing import Seeing
from runbook_tui.tui.telling import MessageActs

Answer = TypeVar("Answer")


class Host(Protocol):
    """What acts need from the screen they are done on."""

    opening: Opening

    @property
    def driving(self) -> Driving: ...
    async def ask(self, screen: Screen[Answer]) -> Answer | None: ...
    def output_lines(self, step_id: str) -> list[str]: ...
    def touch(self) -> None: ...
    def say(self, message: str, *, bad: bool = False) -> None: ...
    def in_background(self, work: Coroutine[Any, Any, None]) -> None: ...
    async def trusts(self, plan: Plan) -> bool: ...
    def show_output(self, step_id: str, stream: str, lines: list[str]) -> None: ...
    @property
    def width(self) -> int: ...
    def edited(self, text: str, name: str) -> str | None: ...
    def copy(self, text: str) -> None: ...


class Performer:
    """Performs acts for a screen, one at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._commands = CommandActs(host, self)
        self.findings = FindingActs(host, self)
        self.messages = MessageActs(host, self)
        self.seeing = Seeing(host, self)
        self.effects = EffectActs(host, self, self.seeing)
        self.records = RecordActs(host, self)

    async def next(self, step: Step | None) -> None:
        """Whatever naturally comes next: the meaning of enter."""
        state = self._host.driving.session.state
        if step is None or (current(state) is None and not state.is_over):
            await self.act("close" if state.effects.rolling is None else "end-rollback", None)
            return
        match next_act(state, step):
            case "nothing":
                self._host.say(_nothing(self._host, step))
            case "continue":
                await self.act("continue", None)
            case "settle-unknown":
                await self._commands.settle_unknown(step)
            case "gate":
                await self._commands.gate(step)
            case "evidence":
                await self.act("attach", step)
            case "findings":
                await self.findings.start(step, check=False)
            case "message":
                await self.messages.start(step)
            case "approve":
                state = self._host.driving.session.state
                self._host.say(
                    "Another person approves, from a terminal of their own: "
                    f"runbook-tui decide {state.run} {step.id} approve --as NAME"
                )
            case name:
                await self.act(name, step)

    async def act(self, name: str, step: Step | None, answer: str | None = None) -> None:
        """One act of the registry, on `step` or on the run. `answer` spares the question."""
        act = ACTS[name]
        session = self._host.driving.session
        refusal = why_not(session.state, act, None if act.on_run else step, session.who.name)
        if isinstance(refusal, LeftOver):
            await self.effects.left_over(refusal)
            return
        if refusal is not None:
            self._host.say(str(refusal), bad=True)
            return
        if name in ("rollback", "end-rollback") or act.runs == "look":
            await self._about_effects(name, step)
            return
        if step is not None and passes_return(session.state, act, step, session.who.name):
            if not await self._no_way_back(step):
                return
            act = agreed(act)
            if name not in BEGINS and self.submit(agreeing(cmd.StartStep(step.id))) is None:
                return
        if step is not None and (act.runs in ("check", "remedy") or act.asks == "waiver"):
            await self.findings.start(step, check=act.runs == "check")
            return
        if act.runs and step is not None:
            await self._commands.start(act, step)
            return
        if name == "attach" and step is not None:
            await self._commands.attach(step)
            return
        if act.destructive and not await self._sure(act):
            return
        if answer is None and act.asks != "nothing":
            answer = await ask_for(self._host, act, step)
            if answer is None:
                return
        target = "" if act.on_run or step is None else step.id
        done = self.submit(act.make(target, answer or ""))
        if done is not None and name == "roll-back":  # decided: now for what that means
            await self.effects.rollbacks.plan()

    async def _about_effects(self, name: str, step: Step | None) -> None:
        match name:
            case "rollback":
                await self.effects.rollbacks.plan()
            case "end-rollback":
                self._host.in_background(self.effects.rollbacks.end())
            case _ if step is not None:
                self._host.in_background(self.effects.look_at_step(step))

    async def cancel(self, step: Step) -> None:
        """Ends what runs for a step, after asking."""
        await self._commands.cancel(step)

    async def turn(self, step: Step, command: cmd.Tick) -> None:
        """An item of a point of no return, by its number: the one case in which that asks."""
        session = self._host.driving.session
        act = ACTS["tick"]
        if passes_return(session.state, act, step, session.who.name) and (
            not await self._no_way_back(step)
            or self.submit(agreeing(cmd.StartStep(step.id))) is None
        ):
            return
        self.submit(command)

    async def _no_way_back(self, step: Step) -> bool:
        """Says what a point of no return means, and asks whether it is to be passed."""
        from runbook_tui.domain.schedule.no_return_words import no_return_lines

        session = self._host.driving.session
        first, *rest = no_return_lines(session.state, step, session.reading())
        body = Content.assemble((first, "bold $error"), "\n\n", "\n".join(rest))
        title = f"POINT OF NO RETURN · {step.id} · {session.state.mode.upper()}"
        return await self._host.ask(Confirm(title, body, "start it, no way back")) is True

    async def _sure(self, act: Act) -> bool:
        state = self._host.driving.session.state
        left = sum(1 for s in state.plan.steps if state.of(s.id).settled is None)
        body = Content.assemble(
            (f"{act.help}\n\n", ""),
            ("run    ", "$quiet"), f"{state.run}\n",
            ("mode   ", "$quiet"), f"{state.mode}\n",
            ("open   ", "$quiet"), f"{left} steps are not settled",
        )  # fmt: skip
        agreed = await self._host.ask(Confirm(f"{act.label}?", body, act.label.lower()))
        return agreed is True

    def submit(
        self, command: cmd.AnyCommand, files: dict[str, bytes] | None = None
    ) -> tuple[Recorded, ...] | None:
        """Decides and records. What was refused or could not be stored is said, loudly."""
        try:
            answer = self._host.driving.session.submit(command, files=files)
        except LogFailure as error:
            self.storage_failed(error)
            return None
        except BrokenLogError as error:
            self._host.say(f"The log cannot be followed: {error}", bad=True)
            return None
        if isinstance(answer, Refusal):
            self._host.say(str(answer), bad=True)
            return None
        return answer

    def storage_failed(self, error: LogFailure) -> None:
        """A decision was not recorded: nobody may believe that it was."""
        body = Content.assemble(
            ("NOT RECORDED\n\n", "bold $error"),
            f"{error.message}\n",
            (f"{error.unharmed}\n", ""),
            (f"{error.hint}", "bold"),
        )
        self._host.in_background(self._notice("The decision was not recorded", body))

    async def _notice(self, title: str, body: Content) -> None:
        await self._host.ask(Notice(title, body))


def _nothing(host: Host, step: Step) -> str:
    """Why enter does nothing here, and what to do."""
    session = host.driving.session
    state = session.state
    now = state.of(step.id)
    if state.is_over:
        return f"The run is {state.status}. n leaves a note."
    if host.driving.executor.is_running(step.id):
        return "It is running. x shows how to cancel it."
    if now.settled is not None:
        return (
            f"{step.id} is {now.status.word}. g goes to the current step, x shows what can be done."
        )
    return f"{step.id}: nothing to do here now. x shows what can be done."
