"""A run with a window, estimates and messages, on a log in memory and a clock that tests set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from domain.play import START, at, start_of
from msgspec import structs
from session_desk import ALICE, Branch, MemoryLog, files_of, load_known

from runbook_tui.delivering import Delivering
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.channels import Carrier, Channel
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import (
    Buffer,
    ChecklistStep,
    MessageStep,
    Phase,
    Runbook,
    Step,
    ThreePoint,
    Window,
)
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.handover import Publish
from runbook_tui.messaging import Messaging
from runbook_tui.session import Recorded, Session, Who

ORDERS = Messages(
    about="the order service",
    affected="Placing an order may fail for some seconds; trying again works.",
    delayed="10m",
    rolling_back="15m",
)
TEXT = "Orders may be slow for some seconds. Next update: in 30 minutes."
WINDOW = Window(start="22:10Z", end="01:00Z", reserve="10m")
"""Ten minutes after `START`."""


def work(name: str, minutes: int = 20, **more: object) -> Step:
    return ChecklistStep(
        id=name,
        title=name.title(),
        estimate=ThreePoint(best=f"{minutes - 5}m", likely=f"{minutes}m", worst=f"{minutes + 20}m"),
        compensation=Compensation(text="put it back", estimate="10m"),
        **more,  # type: ignore[arg-type]
    )


def tell(name: str, audience: str = "customers", **more: object) -> MessageStep:
    return MessageStep(id=name, title=name.title(), audience=audience, **more)  # type: ignore[arg-type]


def book(
    *steps: Step,
    messages: Messages | None = ORDERS,
    window: Window | None = WINDOW,
    told: str = "We are moving the order service to new software.",
    **more: object,
) -> Plan:
    """An announcement before the window, work in it, and a last word after it."""
    inside = steps or (work("stop"), work("move", 30), work("start"))
    runbook = Runbook(
        format=1,
        id="upgrade",
        title="An upgrade",
        version="1.0.0",
        owner="ops",
        window=window,
        buffer=Buffer(duration="40m"),
        messages=messages,
        phases=(
            Phase(id="before", title="Before", outside_window=True, steps=(tell("announce"),)),
            Phase(id="work", title="Work", told=told, steps=inside),
            Phase(
                id="after", title="After", outside_window=True,
                steps=(ChecklistStep(id="look", title="Look"),),
            ),
        ),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return Plan(runbook, sha256(repr(runbook).encode()).hexdigest())


class SetClock:
    """Goes on only when it is told to."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def now(self) -> Moment:
        return at(self.seconds)


class Desk:
    """Alice's terminal, and what tests do at it."""

    def __init__(
        self,
        plan: Plan,
        carrier: Carrier | None = None,
        publish: Publish | None = None,
        *,
        branch: Branch | None = None,
        name: str = "alice",
        begin: datetime | None = None,
        parameters: dict[str, str] | None = None,
        secrets: dict[str, str] | None = None,
        **delivering: object,
    ) -> None:
        self.branch = branch or Branch()
        offset = (begin - START).total_seconds() if begin else 0.0
        self.clock = SetClock(offset)
        log = MemoryLog(self.branch)
        self.session = Session(
            log, self.clock, Who(name, ALICE), load_known(plan), plan=plan, secrets=secrets
        )
        if branch is None:
            start = start_of(plan, parameters, tuple(secrets or ()))
            now = self.clock.now().utc
            frozen = baseline(plan, "20260501-upgrade-k3f9", now, parameters or {})
            self.do(structs.replace(start, baseline=frozen), files=files_of(plan))
        self.told: list[str] = []
        serving: dict[str, Any] = delivering
        self.delivering = Delivering(
            self.session, carrier, publish, tell=self.told.append, **serving
        )
        self.messaging = Messaging(self.session, self.delivering)

    def after(self, minutes: float) -> Desk:
        """Some time passes."""
        self.clock.seconds += minutes * 60
        return self

    def do(
        self, command: cmd.AnyCommand, by: str = "", files: dict[str, bytes] | None = None
    ) -> tuple[Recorded, ...]:
        answer = self.session.submit(command, by=by or None, files=files)
        assert not isinstance(answer, Refusal), f"{command}: {answer}"
        return answer

    def refused(self, command: cmd.AnyCommand, by: str = "") -> str:
        answer = self.session.submit(command, by=by or None)
        assert isinstance(answer, Refusal), f"{command} was allowed"
        return str(answer)

    def work(self, *names: str, minutes: float = 20) -> None:
        """Does steps, each in its time."""
        for name in names:
            self.do(cmd.StartStep(name, reason="now"))
            self.after(minutes)
            self.do(cmd.FinishStep(name, "done by hand"))

    def draft(self, kind: Kind = "progress", **more: object) -> Update:
        """A draft from its template."""
        proposed = self.messaging.propose(kind, **more)  # type: ignore[arg-type]
        assert not isinstance(proposed, Refusal), proposed
        return self.drafted(proposed)

    def drafted(self, command: mcmd.DraftUpdate) -> Update:
        self.do(command)
        return self.update(command.update or len(self.session.state.messages.updates))

    def write(self, text: str = TEXT, kind: Kind = "progress", **more: object) -> Update:
        """A draft in one's own words."""
        texts: dict[Audience, str] = {"customers": text}
        return self.drafted(mcmd.DraftUpdate(kind=kind, texts=texts, **more))  # type: ignore[arg-type]

    def update(self, number: int) -> Update:
        return self.session.state.messages.updates[number]

    def send(self, update: Update, *channels: str, by: str = "", **more: object) -> Update:
        """Sends a draft to channels of these names, whatever is configured."""
        first = next(iter(update.texts))
        to = tuple(SentTo(channel=name, kind="apprise", audience=first) for name in channels)
        self.do(
            mcmd.SendUpdate(
                update=update.number, digest=update.digest, title="Orders", channels=to, **more  # type: ignore[arg-type]
            ),
            by,
        )  # fmt: skip
        return self.update(update.number)

    @property
    def events(self) -> list[str]:
        return [type(recorded.entry.event).__name__ for recorded in self.session.entries]

    def minutes(self, when: datetime | None) -> float | None:
        """Minutes from now on."""
        if when is None:
            return None
        return (when - self.clock.now().utc) / timedelta(minutes=1)


def channels(*names: str, kind: str = "statuspage", audience: Audience = "customers") -> Sequence[Channel]:  # fmt: skip # noqa: E501
    return tuple(Channel(name=name, kind=kind, audience=audience) for name in names)


def with_messages(plan: Plan, **changed: object) -> Plan:
    """The same runbook that says something else of messages."""
    said = structs.replace(plan.runbook.messages or Messages(), **changed)
    return book(*plan.runbook.phases[1].steps, messages=said, window=plan.runbook.window)
