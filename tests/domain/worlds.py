"""Random small runbooks, and random things to ask of a run of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.records import commands as rcmd
from runbook_tui.domain.records.events import Dissent, Proof, Way
from runbook_tui.domain.runbook import (
    Approval,
    ChecklistStep,
    CommandStep,
    Condition,
    DecisionStep,
    GateStep,
    Item,
    MessageStep,
    Observe,
    Parameter,
    PreflightStep,
    Role,
    Step,
    WaitStep,
    WatchStep,
)
from runbook_tui.domain.runbook_model import Option

from .effect_worlds import effect_commands
from .play import CHECK, TRUE, plan_of

T = TypeVar("T")
PEOPLE = ("alice", "bob", "carol")
PARAMETERS = {"env": Parameter(type="choice", choices=("dev", "prod"), default="dev")}
ROLES = {"dba": Role(people=("alice", "bob")), "anyone": Role()}

OBSERVES = (
    Observe(label="replicas", type="integer", min=0, max=3),
    Observe(label="load", type="number", unit="%", max=90.5),
    Observe(label="colour", type="choice", choices=("green", "red")),
    Observe(label="version", pattern=r"[0-9]+\.[0-9]+"),
    Observe(label="anything"),
)
VALUES = {"replicas": "3", "load": "42.5", "colour": "green", "version": "5.0", "anything": "up"}


@st.composite
def steps(draw: st.DrawFn, number: int, before: tuple[Step, ...]) -> Step:
    """A step that may need, or hang on, any step before it: what lint lets through."""
    earlier = [step.id for step in before]
    choices = [step for step in before if isinstance(step, DecisionStep)]
    when: Condition | None = None
    kind_of_when = draw(st.integers(0, 5))
    if kind_of_when == 0:
        when = Condition(parameter="env", is_=draw(st.sampled_from(("dev", "prod"))))
    elif kind_of_when in (1, 2) and choices:
        when = Condition(
            decision=draw(st.sampled_from(choices)).id, is_=draw(st.sampled_from(("a", "b")))
        )
    items = draw(st.sampled_from(((), (), ("look",), ("look", Item(text="touch", id="hand")))))
    needs = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
    common: dict[str, object] = {
        "id": f"s{number}",
        "title": f"Step {number}",
        "style": draw(st.sampled_from(("READ-DO", "DO-CONFIRM"))),
        "items": items,
        "needs": tuple(needs),
        "verify": draw(st.sampled_from((None, None, CHECK))),
        "observe": draw(st.sampled_from((None, None, None, *OBSERVES))),
        "evidence": draw(st.sampled_from(((), (), (), ("screenshot",)))),
        "role": draw(st.sampled_from((None, None, None, "dba", "anyone"))),
        "approval": draw(st.sampled_from((None, None, None, Approval(), Approval(role="dba")))),
        "mutates": draw(st.booleans()),
        "point_of_no_return": draw(st.sampled_from((False, False, False, True))),
        "when": when,
    }
    make = draw(
        st.sampled_from(
            (_check, _check, _command, _command, _decision, _gate, _wait, _message, _other)
        )
    )
    return make(common)


def _check(common: dict[str, object]) -> Step:
    return ChecklistStep(**common)  # type: ignore[arg-type]


def _command(common: dict[str, object]) -> Step:
    return CommandStep(**common, run=TRUE)  # type: ignore[arg-type]


def _decision(common: dict[str, object]) -> Step:
    options = (Option(id="a", title="A"), Option(id="b", title="B"))
    return DecisionStep(**common, question="Which?", options=options)  # type: ignore[arg-type]


def _gate(common: dict[str, object]) -> Step:
    return GateStep(**common, criteria=("it works",))  # type: ignore[arg-type]


def _wait(common: dict[str, object]) -> Step:
    return WaitStep(**common, duration="5m")  # type: ignore[arg-type]


def _message(common: dict[str, object]) -> Step:
    return MessageStep(**common, audience="everyone")  # type: ignore[arg-type]


def _other(common: dict[str, object]) -> Step:
    kind = PreflightStep if common["mutates"] else WatchStep
    return kind(**common)  # type: ignore[arg-type]


@st.composite
def plans(draw: st.DrawFn, most: int = 5) -> Plan:
    """A plan of a few steps of every kind."""
    found: tuple[Step, ...] = ()
    for number in range(draw(st.integers(1, most))):
        found += (draw(steps(number, found)),)
    return plan_of(*found, parameters=PARAMETERS, roles=ROLES)


@st.composite
def edited(draw: st.DrawFn, plan: Plan, version: str) -> Plan:
    """The plan with steps left out, added and made anew."""
    found: tuple[Step, ...] = ()
    for number in range(draw(st.integers(1, len(plan.steps) + 1))):
        kept = number < len(plan.steps) and draw(st.booleans())
        if kept:
            step = plan.steps[number]
            known = {s.id for s in found}
            decisions = {s.id for s in found if isinstance(s, DecisionStep)}
            hangs_on = step.when.decision if step.when else None
            if set(step.needs) <= known and (hangs_on is None or hangs_on in decisions):
                found += (step,)
                continue
        found += (draw(steps(number, found)),)
    return plan_of(*found, version=version, parameters=PARAMETERS, roles=ROLES)


ODD = st.sampled_from(
    (
        "",
        " ",
        "\n\t ",
        "no-such-step",
        "s0",
        "\x1b]0;owned\x07",
        "\u202eevil",
        "half \udc80 pair",
        "x" * 9_000,
        "Runbook-Event: {}",
        "\0",
    )
)
WORDS = st.one_of(st.sampled_from(("because", "it had to be")), ODD, st.text(max_size=8))


@dataclass(frozen=True)
class End:
    """Ends whatever command is under way in a step."""

    step: str
    outcome: ev.Outcome


@dataclass(frozen=True)
class Natural:
    """Does what comes next in the current step."""

    good: bool = True


@dataclass(frozen=True)
class Ask:
    """A command, and by whom."""

    command: cmd.AnyCommand
    by: str


Deed = End | Natural | Ask


def commands(plan: Plan) -> st.SearchStrategy[cmd.AnyCommand]:
    """Anything that can be asked, sensible or not."""
    ids = [step.id for step in plan.steps]
    step = st.one_of(*(st.just(i) for i in ids), st.sampled_from(ids), ODD)
    maybe = st.one_of(st.none(), step)
    some = st.booleans()
    purpose = st.sampled_from(("run", "verify"))
    outcome = st.sampled_from(("ok", "failed", "timed-out", "cancelled", "not-started"))
    number = st.one_of(st.integers(0, 4), st.integers())
    length = st.floats()
    items = st.sampled_from(("look", "hand", "it works", "touch", "\x1b"))
    values = st.one_of(st.sampled_from((*VALUES.values(), "4", "-1", "1e5", "٣")), WORDS)
    return st.one_of(
        st.builds(cmd.StartStep, step, WORDS),
        st.builds(cmd.Tick, step, items, some),
        st.builds(cmd.BeginCommand, step, purpose=purpose, line=WORDS, host=WORDS),
        st.builds(
            cmd.FinishCommand,
            step,
            purpose,
            number,
            outcome,
            st.one_of(st.none(), st.integers(-64, 255)),
            length,
            WORDS,
            WORDS,
        ),
        st.builds(cmd.ReportInterrupted, step, some),
        st.builds(cmd.SettleUnknown, step, some, WORDS),
        st.builds(cmd.ObserveValue, step, values),
        st.builds(cmd.AddEvidence, step, st.one_of(st.just("screenshot"), WORDS), WORDS, number),
        st.builds(cmd.Approve, step, WORDS),
        st.builds(cmd.ChooseOption, step, st.one_of(st.sampled_from("ab"), WORDS), WORDS),
        st.builds(cmd.DecideGate, step, some, WORDS),
        st.builds(cmd.EndWait, step, WORDS, some),
        st.builds(cmd.FinishStep, step, WORDS),
        st.builds(cmd.SkipStep, step, WORDS),
        st.builds(cmd.DeferStep, step, WORDS),
        st.builds(cmd.FailStep, step, WORDS),
        st.builds(cmd.OverrideStep, step, WORDS),
        st.builds(cmd.ReopenStep, step, WORDS, some),
        st.builds(cmd.TakeBack, step),
        st.builds(cmd.TakeBack, st.sampled_from(ids)),
        st.builds(cmd.StepCommand, step),
        st.builds(cmd.ResumeRun, host=WORDS, program=WORDS),
        st.builds(cmd.PauseRun, WORDS),
        st.builds(cmd.ContinueRun),
        st.builds(cmd.CloseRun, WORDS),
        st.builds(cmd.AbortRun, WORDS),
        st.builds(cmd.RecordClockJump, length),
        st.builds(cmd.AddNote, WORDS, maybe),
        st.builds(cmd.AddRedline, WORDS, maybe),
        *_message_commands(step, number),
        *_record_commands(step),
        *effect_commands(step, WORDS),
    )


def _message_commands(
    step: st.SearchStrategy[str], number: st.SearchStrategy[int]
) -> tuple[st.SearchStrategy[cmd.AnyCommand], ...]:
    audience = st.sampled_from(("customers", "internal", "executives"))
    update = st.one_of(st.integers(0, 3), number)
    channel = st.one_of(st.just("page"), WORDS)
    texts = st.dictionaries(audience, st.one_of(WORDS, st.just("Next update in 1 hour.")))
    sent_to = st.builds(SentTo, channel=channel, kind=WORDS, audience=audience, recipients=WORDS)
    outcome = st.sampled_from(("delivered", "refused", "failed", "unknown"))
    return (
        st.builds(
            mcmd.DraftUpdate,
            kind=st.sampled_from(("announce", "progress", "done", "post-watch")),
            texts=texts,
            update=update,
            step=st.one_of(st.none(), step),
            corrects=st.one_of(st.just(0), update),
        ),
        st.builds(mcmd.WithdrawUpdate, update, WORDS),
        st.builds(mcmd.OverruleRemark, update, audience, WORDS, WORDS, WORDS),
        st.builds(mcmd.ApproveUpdate, update, WORDS, WORDS),
        st.builds(
            mcmd.SendUpdate,
            update=update,
            digest=WORDS,
            title=WORDS,
            channels=st.lists(sent_to, max_size=2).map(tuple),
            unapproved=WORDS,
        ),
        st.builds(mcmd.BeginDelivery, update, channel),
        st.builds(
            mcmd.EndDelivery,
            update=update,
            channel=channel,
            attempt=number,
            outcome=outcome,
            words=WORDS,
            seconds=st.floats(),
            reference=WORDS,
            looked=st.booleans(),
        ),
        st.builds(
            mcmd.SettleDelivery,
            update,
            channel,
            st.sampled_from(("arrived", "by-hand", "again", "given-up")),
            WORDS,
        ),
        st.builds(cmd.DelegateStep, step, WORDS, WORDS),
    )


def _record_commands(
    step: st.SearchStrategy[str],
) -> tuple[st.SearchStrategy[cmd.AnyCommand], ...]:
    number = st.one_of(st.integers(0, 4), st.integers())
    id_ = st.one_of(st.sampled_from("ab"), WORDS)
    way = st.builds(Way, id=id_, title=WORDS, consequence=WORDS, cost=WORDS)
    both = st.just((Way(id="a", title="A"), Way(id="b", title="B", cost="a day")))
    when = st.one_of(
        st.none(),
        st.just(datetime(2027, 1, 1, tzinfo=UTC)),
        st.datetimes(),
        st.datetimes(timezones=st.just(UTC)),
    )
    proof = st.builds(
        Proof,
        name=WORDS,
        path=WORDS,
        sha256=st.one_of(st.just("0" * 64), WORDS),
        size=st.integers(),
    )
    person = st.one_of(st.sampled_from(PEOPLE), WORDS)

    def some(of: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
        return st.one_of(st.just(()), st.lists(of, max_size=2).map(tuple))

    beside: dict[str, st.SearchStrategy[object]] = {
        "proofs": some(proof),
        "thresholds": some(WORDS),
        "present": some(person),
        "dissent": some(st.builds(Dissent, who=person, said=WORDS)),
        "reversibility": st.sampled_from(("not-said", "reversible", "one-way", "until")),
        "reversible_until": when,
        "revisit": when,
        "unvisited": WORDS,
    }
    because = st.one_of(st.just("because"), WORDS)
    return (
        st.builds(
            rcmd.RecordDecision,
            question=because,
            options=st.one_of(both, st.lists(way, max_size=3).map(tuple)),
            chosen=id_,
            reason=because,
            step=st.one_of(st.none(), step),
            replaces=st.one_of(st.just(0), number),
            **beside,
        ),
        st.builds(
            rcmd.RecordDecision,
            question=because,
            options=both,
            chosen=st.just("a"),
            reason=st.just("because"),
            unvisited=st.just("done"),
            replaces=st.one_of(st.just(0), number),
        ),
        st.builds(rcmd.AddToChoice, step=step, **beside),
        st.builds(
            rcmd.RevisitDecision,
            number=number,
            outcome=st.sampled_from(("kept", "changed", "moved")),
            reason=because,
            revisit=when,
            record=st.one_of(st.just(0), number),
        ),
    )


def menu(plan: Plan) -> tuple[cmd.AnyCommand | End, ...]:
    """Everything sensible that can be asked of any step of the plan, allowed now or not."""
    found: list[cmd.AnyCommand | End] = [
        cmd.PauseRun("because"),
        cmd.ContinueRun(),
        cmd.ResumeRun(host="here"),
        cmd.AddNote("hm"),
        cmd.CloseRun(),
    ]
    because = "because"
    for step in plan.steps:
        id_ = step.id
        value = VALUES[step.observe.label] if step.observe else "x"
        found += [
            cmd.StartStep(id_, because, agreed=True),
            cmd.StartStep(id_, because),
            cmd.ReopenStep(id_, because),
            cmd.ReopenStep(id_, because, retry=True),
            cmd.DeferStep(id_, because),
            cmd.SkipStep(id_, because),
            cmd.FailStep(id_, because),
            cmd.OverrideStep(id_, because),
            cmd.SettleUnknown(id_, happened=True, reason=because),
            cmd.SettleUnknown(id_, happened=False, reason=because),
            cmd.ReportInterrupted(id_),
            cmd.ReportInterrupted(id_, alive=True),
            cmd.ChooseOption(id_, "a"),
            cmd.ChooseOption(id_, "b"),
            cmd.DecideGate(id_, go=True),
            cmd.DecideGate(id_, go=False, reason=because),
            cmd.EndWait(id_, because, early=True),
            cmd.ObserveValue(id_, value),
            cmd.AddEvidence(id_, "screenshot", "evidence/x.txt", 1),
            cmd.Approve(id_),
            cmd.FinishStep(id_, because),
            cmd.BeginCommand(id_, purpose="run", line="true"),
            cmd.BeginCommand(id_, purpose="verify", line="true"),
            *[cmd.TakeBack(id_)] * 3,
            *(cmd.Tick(id_, item.key) for item in step.checklist),
            *(cmd.Tick(id_, item.key, on=False) for item in step.checklist),
            *(End(id_, outcome) for outcome in OUTCOMES),
        ]
    return tuple(found)


OUTCOMES: tuple[ev.Outcome, ...] = ("ok", "failed", "timed-out", "cancelled", "not-started")


def deeds(plan: Plan, walk: bytes) -> list[Deed]:
    """What two bytes each stand for: mostly what moves a run on, so that deep states are met."""
    offered = menu(plan)
    found: list[Deed] = []
    for kind, choice in zip(walk[::2], walk[1::2], strict=False):
        what = offered[choice * len(offered) // 256]
        if kind < 80:
            found.append(Natural())
        elif kind < 96:
            found.append(Natural(good=False))
        elif isinstance(what, End):
            found.append(what)
        else:
            found.append(Ask(what, PEOPLE[kind % len(PEOPLE)]))
    return found


def odd_deeds(plan: Plan) -> st.SearchStrategy[list[Deed]]:
    """A few things that no sensible person asks, by whomever."""
    by = st.one_of(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), ODD)
    return st.lists(st.builds(Ask, commands(plan), by), max_size=6)
