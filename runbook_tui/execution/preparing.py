"""A step's commands made ready: which one it is, and what it still needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from runbook_tui.domain.effects.rollback_steps import PUT_BACK
from runbook_tui.domain.events import Purpose
from runbook_tui.domain.prepare import Prepared, prepare
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import CommandStep
from runbook_tui.domain.runbook_model import Command
from runbook_tui.session import Session


class Around(Protocol):
    """What looks at side effects round a step's command."""

    async def before(self, step_id: str) -> Refusal | None:
        """Before it begins; a refusal where it must not."""

    async def after(self, step_id: str) -> None:
        """Once it has ended, however."""

    def wanted(self, step_id: str) -> Sequence[Command]:
        """The commands that both would run."""

    def put_back(self, number: int) -> Command | Refusal:
        """The command that puts an effect back by itself."""


class Preparing:
    """Makes commands ready for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.around: Around | None = None

    def command_of(self, step_id: str, purpose: Purpose) -> Command | None:
        """The command of a step for a purpose, where it has one."""
        step = self._session.state.plan.by_id[step_id]
        if purpose == "verify":
            return step.verify
        return step.run if isinstance(step, CommandStep) else None

    def of_step(self, step_id: str, purpose: Purpose) -> Prepared | Refusal:
        """The command as it would run now, or why it cannot. The secrets that it misses are also
        those of the looks round it."""
        told = self.command_of(step_id, purpose)
        if told is None:
            return Refusal(f"{step_id} has no command to {purpose}")
        command: Command | Refusal = told
        if purpose == "run" and told.argv[:1] == (PUT_BACK,):
            command = self._by_itself(step_id, told)
        if isinstance(command, Refusal):
            return command
        ready = self.ready(command)
        if isinstance(ready, Refusal) or purpose != "run" or self.around is None:
            return ready
        if command is not told:
            ready = replace(ready, line=" ".join(told.argv))
        missing = set(ready.missing_secrets)
        for look in self.around.wanted(step_id):
            other = self.ready(look)
            missing |= set(other.missing_secrets) if isinstance(other, Prepared) else set()
        return replace(ready, missing_secrets=tuple(sorted(missing)))

    def _by_itself(self, step_id: str, told: Command) -> Command | Refusal:
        """Of a way back, what the program puts back by itself; no runbook's own step can pass for
        one."""
        taken = self._session.state.effects.taken_by(step_id)
        if self.around is None or not taken:
            return told
        return self.around.put_back(taken[0].number)

    def ready(self, command: Command) -> Prepared | Refusal:
        """A command with its parameters and the secrets that this session has."""
        state = self._session.state
        ready = prepare(command, state.parameters, frozenset(state.secrets), self._session.secrets)
        if ready.host and any(name for name in state.secrets if f"RB_{name.upper()}" in ready.env):
            return Refusal(
                "a secret is not sent to another host",
                "run it there by hand, or without the secret",
            )
        return ready
