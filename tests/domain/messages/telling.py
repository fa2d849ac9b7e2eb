"""A run in which messages are written, agreed to and sent."""

from __future__ import annotations

from msgspec import structs

from domain.play import Play, check, plan_of
from runbook_tui.domain.messages import commands as m
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import MessageStep, Role, Step
from runbook_tui.domain.runbook_model import Approval

TEXT = "Orders may be slow. Next update in 30 minutes."
OTHER = "Orders may be very slow. Next update in 30 minutes."
PAGE = SentTo(channel="page", kind="statuspage", audience="customers", recipients="all")
CHAT = SentTo(channel="chat", kind="apprise", audience="internal")
LEADS = {"lead": Role(people=("bob", "carol"))}


def tell(name: str = "tell", **more: object) -> MessageStep:
    return MessageStep(id=name, title=name.title(), audience="customers", **more)  # type: ignore[arg-type]


def asks(*steps: Step, role: str | None = None, **more: object) -> Plan:
    """A plan whose messages to people outside need approval."""
    plan = plan_of(*(steps or (tell(), check("a"))), roles=LEADS, **more)  # type: ignore[arg-type]
    said = Messages(approval=Approval(role=role))
    return Plan(structs.replace(plan.runbook, messages=said), plan.digest)


def draft(
    play: Play, text: str = TEXT, by: str = "", audience: Audience = "customers", **more: object
) -> Update:
    command_ = m.DraftUpdate(kind="progress", texts={audience: text}, **more)  # type: ignore[arg-type]
    play.do(command_, by)
    return play.state.messages.updates[command_.update or len(play.state.messages.updates)]


def rewrite(
    text: str, kind: Kind = "progress", more: dict[Audience, str] | None = None, **also: object
) -> m.DraftUpdate:
    """The first update in other words."""
    texts: dict[Audience, str] = {"customers": text, **(more or {})}
    return m.DraftUpdate(kind=kind, texts=texts, update=1, **also)  # type: ignore[arg-type]


def approve(play: Play, update: Update, by: str = "bob") -> None:
    play.do(m.ApproveUpdate(update.number, update.digest), by)


def sending(update: Update, *to: SentTo, **more: object) -> m.SendUpdate:
    return m.SendUpdate(
        update=update.number, digest=update.digest, title="Orders", channels=to or (PAGE,), **more  # type: ignore[arg-type]
    )  # fmt: skip


def of(play: Play, number: int = 1) -> Update:
    return play.state.messages.updates[number]
