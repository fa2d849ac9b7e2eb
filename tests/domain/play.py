"""A run played without log or clock: decide, apply, and every entry kept for replay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide import decide
from runbook_tui.domain.fold import apply, fold
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.pin import Pin, PinnedFile
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.rules import Refusal, Verdict
from runbook_tui.domain.runbook import (
    ChecklistStep,
    CommandStep,
    DecisionStep,
    GateStep,
    Parameter,
    Phase,
    Role,
    Runbook,
    Step,
    WaitStep,
)
from runbook_tui.domain.runbook_model import Command, Option, Verify
from runbook_tui.domain.scrub import scrub
from runbook_tui.domain.state import RunState, Status, StepState, under_way

START = datetime(2026, 5, 1, 22, 0, tzinfo=UTC)
TRUE = Command(argv=("true",))
CHECK = Verify(argv=("true",))


def at(seconds: float, boot_id: str = "boot-1") -> Moment:
    """A moment `seconds` after 2026-05-01T22:00Z."""
    return Moment(START + timedelta(seconds=seconds), 1000.0 + seconds, boot_id)


def plan_of(
    *steps: Step,
    version: str = "1.0.0",
    digest: str = "",
    runbook: str = "upgrade",
    parameters: dict[str, Parameter] | None = None,
    roles: dict[str, Role] | None = None,
) -> Plan:
    """A plan of one phase, hashed by its version."""
    return Plan(
        Runbook(
            format=1,
            id=runbook,
            title="An upgrade",
            version=version,
            owner="ops",
            parameters=parameters or {},
            roles=roles or {},
            phases=(Phase(id="all", title="All", steps=steps),),
        ),
        digest or f"{version:0<64}",
    )


def pin_of(plan: Plan) -> Pin:
    return Pin(
        runbook=plan.runbook.id,
        title=plan.runbook.title,
        version=plan.runbook.version,
        digest=plan.digest,
        main="runbook.yaml",
        files=(PinnedFile("runbook.yaml", "0" * 40),),
        source="/srv/upgrade/runbook.yaml",
    )


def start_of(
    plan: Plan, parameters: dict[str, str] | None = None, secrets: tuple[str, ...] = ()
) -> cmd.StartRun:
    return cmd.StartRun(
        run="20260501-upgrade-k3f9",
        pin=pin_of(plan),
        mode="live",
        folder="/srv/upgrade",
        parameters=parameters or {},
        secrets=secrets,
    )


def amend_to(plan: Plan, reason: str = "the lock was missing") -> cmd.AmendRunbook:
    return cmd.AmendRunbook(pin_of(plan), plan, ("a step changed",), reason)


class Play:
    """A run under way. Its driver is alice."""

    def __init__(
        self,
        plan: Plan,
        *,
        parameters: dict[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        driver: str = "alice",
        start: bool = True,
    ) -> None:
        self.plans = {plan.digest: plan}
        self.state = RunState(plan=plan)
        self.entries: list[ev.Entry] = []
        self.driver = driver
        self.seconds = 0.0
        if start:
            self.do(start_of(plan, parameters, secrets))

    def ask(self, command: cmd.AnyCommand, by: str = "") -> Verdict:
        return decide(self.state, command, by or self.driver)

    def do(self, command: cmd.AnyCommand, by: str = "") -> tuple[ev.AnyEvent, ...]:
        """Does what is allowed; it is an error of the test if it is not."""
        verdict = self.ask(command, by)
        assert not isinstance(verdict, Refusal), f"{command}: {verdict}"
        if isinstance(command, cmd.AmendRunbook):
            self.plans[command.plan.digest] = command.plan
        self.record(verdict, by)
        return verdict

    def moment(self) -> Moment:
        """When what is recorded next happens."""
        return at(self.seconds)

    def record(self, events: Sequence[ev.AnyEvent], by: str = "") -> None:
        """Applies events as a session would: scrubbed, numbered, dated."""
        for event in events:
            self.seconds += 1
            entry = ev.Entry(
                seq=len(self.entries) + 1,
                at=self.moment(),
                by=by or self.driver,
                event=scrub(event, Redactor()),
            )
            self.state = apply(self.state, entry, self.plans)
            self.entries.append(entry)

    def refused(self, command: cmd.AnyCommand, by: str = "") -> str:
        """Why it is refused; it is an error of the test if it is not."""
        verdict = self.ask(command, by)
        assert isinstance(verdict, Refusal), f"{command} was allowed: {verdict}"
        return str(verdict)

    def of(self, step: str) -> StepState:
        return self.state.of(step)

    def status(self, step: str) -> Status:
        return self.state.of(step).status

    def run(self, step: str, outcome: ev.Outcome = "ok", by: str = "") -> None:
        """Runs a step's command to its end."""
        self.do(cmd.BeginCommand(step, purpose="run", line="true"), by)
        self.end(step, outcome)

    def verify(self, step: str, outcome: ev.Outcome = "ok", by: str = "") -> None:
        self.do(cmd.BeginCommand(step, purpose="verify", line="true"), by)
        self.end(step, outcome)

    def end(self, step: str, outcome: ev.Outcome = "ok") -> None:
        result = under_way(self.of(step))
        assert result is not None
        self.do(
            cmd.FinishCommand(
                step, result.purpose, result.attempt, outcome, 0 if outcome == "ok" else 1, 0.5
            )
        )

    def replayed(self) -> RunState:
        """The state from the log alone: every entry as JSON and back."""
        return fold(self.plans, [ev.decode(ev.encode(entry)) for entry in self.entries])


def chain(now: StepState | None) -> list[StepState]:
    """A step's state and all the states that can be gone back to."""
    found = []
    while now is not None:
        found.append(now)
        now = now.before
    return found


def check(id_: str, **more: object) -> ChecklistStep:
    return ChecklistStep(id=id_, title=id_.title(), **more)  # type: ignore[arg-type]


def command(id_: str, **more: object) -> CommandStep:
    return CommandStep(id=id_, title=id_.title(), run=TRUE, **more)  # type: ignore[arg-type]


def decision(id_: str, *options: str, **more: object) -> DecisionStep:
    return DecisionStep(
        id=id_,
        title=id_.title(),
        question="Which way?",
        options=tuple(Option(id=o, title=o.title()) for o in options or ("a", "b")),
        **more,  # type: ignore[arg-type]
    )


def gate(id_: str, *criteria: str, **more: object) -> GateStep:
    return GateStep(id=id_, title=id_.title(), criteria=criteria or ("it works",), **more)  # type: ignore[arg-type]


def wait(id_: str, duration: str = "10m", **more: object) -> WaitStep:
    return WaitStep(id=id_, title=id_.title(), duration=duration, **more)  # type: ignore[arg-type]
