"""Whatever is asked of a run, in whatever order: decide answers, the fold accepts, the log tells.

Everything here holds for every runbook that lint lets through and every sequence of commands.
"""

from __future__ import annotations

import copy

from hypothesis import event, given, note, settings
from hypothesis import strategies as st
from msgspec import structs

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.advance import NEXT, next_act
from runbook_tui.domain.decide import amend_effects, decide
from runbook_tui.domain.fold import FoldRefusedError, apply
from runbook_tui.domain.hands import NOT_APPROVED, hands
from runbook_tui.domain.messages.decide import DeliveryCommand
from runbook_tui.domain.narrative import sentence
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.records.commands import RecordCommand
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import DecisionStep, GateStep
from runbook_tui.domain.scrub import FREE_TEXT
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    RunStatus,
    Status,
    StepState,
    closed_gate,
    current,
    is_settled,
    outstanding,
    running_steps,
    under_way,
    unmet_needs,
)
from runbook_tui.domain.text import safe_text

from .natural import ACT_OF, approver, end_of, holds_role, next_command, worker
from .play import Play, amend_to, at, chain, pin_of, plan_of
from .worlds import Ask, Deed, End, Natural, commands, deeds, edited, odd_deeds, plans

WALK = 140
"""Bytes of a walk; two are a deed."""

MORE = settings(max_examples=settings.default.max_examples * 2)
"""Walks are cheap, and the more of them the better."""

Story = tuple[Plan, list[Deed], Plan | None, int]
"""A plan, what is done, and in some an edited plan with the moment when it is adopted."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    plan = draw(plans())
    new = draw(st.one_of(st.none(), st.none(), edited(plan, "2.0.0")))
    todo = deeds(plan, draw(st.binary(min_size=40, max_size=WALK)))
    return plan, [*todo, *draw(odd_deeds(plan))], new, draw(st.integers(0, WALK // 4))


def _resolve(state: RunState, deed: Deed) -> tuple[cmd.AnyCommand, str] | None:
    if isinstance(deed, Ask):
        return deed.command, deed.by
    if isinstance(deed, Natural):
        asked = next_command(state, deed.good)
        # A run that is over shows nothing more: closing it is left to chance.
        return None if asked is not None and isinstance(asked[0], cmd.CloseRun) else asked
    ending = end_of(state, deed.step, deed.outcome) if isinstance(deed, End) else None
    return (ending, state.driver) if ending is not None else None


def _played(story: Story, watch: Watcher | None = None) -> Play:
    """The run after the story; every step of it is checked."""
    plan, todo, new, when = story
    play = Play(plan)
    for number, deed in enumerate(todo):
        asked = _resolve(play.state, deed)
        if number == when and new is not None:
            asked = amend_to(new), "alice"
        if asked is None:
            continue
        _do(play, *asked, watch)
    return play


def _do(play: Play, command: cmd.AnyCommand, by: str, watch: Watcher | None) -> None:
    before = play.state
    kept = copy.copy(before)
    verdict = decide(before, command, by)
    assert before == kept
    if isinstance(verdict, Refusal):
        assert verdict.reason.strip()
        assert str(verdict) == safe_text(str(verdict), keep_newlines=False)
        event(f"refused: {type(command).__name__}")
        return
    assert verdict, "an answer is events or a refusal, never nothing"
    event(f"allowed: {type(command).__name__}")
    note(f"{by}: {command}")
    if isinstance(command, cmd.AmendRunbook):
        play.plans[command.plan.digest] = command.plan
    if before.is_over:
        assert isinstance(command, cmd.AddNote | RecordCommand | DeliveryCommand)
    for one in verdict:
        earlier = play.state
        play.record((one,), by)
        if watch is not None:
            watch.saw(earlier, play.entries[-1], play.state)


def _shows(now: StepState) -> tuple[object, ...]:
    """What somebody who approves a step approves."""
    return now.ticked, now.observed, now.evidence, now.choice, now.go, now.run


class Watcher:
    """Follows the events and objects to what product.md makes impossible."""

    def __init__(self) -> None:
        self.spent: dict[str, bool] = {}
        self.spent_at: dict[int, bool] = {}

    def saw(self, before: RunState, entry: ev.Entry, after: RunState) -> None:
        event_ = entry.event
        assert after.seq == before.seq + 1 == entry.seq
        for step in after.plan.steps:
            assert not (
                is_settled(after, step)
                and (under_way(after.of(step.id)) or after.of(step.id).status is Status.UNKNOWN)
            ), "the run never moves past what runs, or what nobody knows"
        if after.status is RunStatus.CLOSED:
            assert not running_steps(after)
            assert all(is_settled(after, step) for step in after.plan.steps)
        reason = getattr(event_, "reason", None)
        always = (
            ev.StepSkipped,
            ev.StepDeferred,
            ev.StepFailed,
            ev.StepOverridden,
            ev.RunPaused,
            ev.RunAborted,
            ev.RunbookAmended,
            ev.UnknownSettled,
        )
        if isinstance(event_, always) or (isinstance(event_, ev.GateDecided) and not event_.go):
            assert reason
            assert reason.strip()
        if isinstance(event_, ev.StepEvent):
            self._saw_step(before, entry, event_, after)

    def _saw_step(
        self, before: RunState, entry: ev.Entry, event_: ev.StepEvent, after: RunState
    ) -> None:
        step = before.plan.by_id[event_.step]
        was, now = before.of(step.id), after.of(step.id)
        if was.status is Status.UNKNOWN and now.status is not Status.UNKNOWN:
            verified = isinstance(event_, ev.CommandFinished) and event_.outcome == "ok"
            assert verified or isinstance(event_, ev.UnknownSettled)
        if isinstance(event_, ev.StepStarted) or (
            isinstance(event_, ev.StepReopened) and was.status in {*SETTLED, Status.DEFERRED}
        ):
            assert not unmet_needs(before, step), "needs are firm"
            closed = closed_gate(before, step)
            assert closed is None, "a gate locks what follows"
        if isinstance(event_, ev.StepStarted) and step != current(before):
            assert event_.deviation.strip(), "out of order needs a reason"
        if isinstance(event_, ev.Approved):
            assert entry.by not in (before.driver, *hands(was))
            assert under_way(was) is None
            assert holds_role(before, step.approval.role if step.approval else None, entry.by)
        elif not isinstance(event_, ev.CommandFinished | ev.CommandInterrupted):
            assert holds_role(before, step.role, entry.by)
        if isinstance(event_, ev.StepDone):
            assert NOT_APPROVED not in outstanding(before, step)
        elif was.approvals and _shows(was) != _shows(now):
            taken_back = isinstance(event_, ev.TakenBack)
            assert taken_back or not now.approvals, "an approval is of what was there"
        if isinstance(event_, ev.StepSkipped | ev.StepDeferred):
            assert not isinstance(step, GateStep)
        self._blind_rerun(entry, event_, step.mutates)

    def _blind_rerun(self, entry: ev.Entry, event_: ev.StepEvent, mutates: bool) -> None:
        """A mutating command that ran, or may have, runs again only after a reasoned act."""
        key = event_.step
        self.spent_at[entry.seq] = self.spent.get(key, False)
        match event_:
            case ev.CommandStarted(purpose="run"):
                assert not (mutates and self.spent.get(key)), "never run again blindly"
                self.spent[key] = True
            case ev.CommandFinished(purpose="run", outcome="failed" | "not-started"):
                self.spent[key] = False  # it is FAILED now, which only a reasoned retry leaves
            case ev.StepReopened(retry=True) | ev.UnknownSettled(happened=False):
                assert not mutates or event_.reason.strip()
                self.spent[key] = False
            case ev.TakenBack(seq=seq):
                self.spent[key] = self.spent_at[seq]
            case _:
                pass


@given(stories())
@MORE
def test_no_sequence_of_commands_breaks_a_rule_or_the_program(
    story: Story,
) -> None:
    _played(story, Watcher())


@given(stories())
@MORE
def test_state_after_replay_of_the_log_equals_the_live_state(
    story: Story,
) -> None:
    play = _played(story)
    replayed = play.replayed()
    assert replayed == play.state
    assert [entry.seq for entry in play.entries] == list(range(1, len(play.entries) + 1))
    for step, now in play.state.steps.items():
        assert chain(replayed.of(step)) == chain(now)


@given(stories())
def test_every_event_has_a_sentence_that_a_terminal_can_show(
    story: Story,
) -> None:
    for entry in _played(story).entries:
        told = sentence(entry)
        assert told.startswith(entry.by + " ")
        assert told == safe_text(told, keep_newlines=False)


@given(stories())
@MORE
def test_what_comes_next_is_always_allowed(
    story: Story,
) -> None:
    state = _played(story).state
    for step in state.plan.steps:
        assert next_act(state, step) in NEXT
    step = current(state)
    if step is None or state.is_over:
        return
    act = next_act(state, step)
    event(f"next: {act}")
    if act == "nothing":
        assert under_way(state.of(step.id)) is not None, "the current step is never a dead end"
    elif act == "approve":
        other = approver(state, step)
        assert other is None or why_not(state, ACTS["approve"], step, other) is None
    elif act == "message":
        asked = next_command(state)
        assert asked is not None
        assert not isinstance(decide(state, *asked), Refusal)
    else:
        assert why_not(state, ACTS[ACT_OF[act]], step, worker(state, step)) is None
    if act == "start":
        # No reason is asked for where the order is kept.
        started = decide(state, cmd.StartStep(step.id, agreed=True), worker(state, step))
        assert not isinstance(started, Refusal)


@given(stories())
@MORE
def test_from_wherever_a_run_stands_a_sensible_operator_ends_it(
    story: Story,
) -> None:
    play = _played(story)
    bound = 10 + 25 * len(play.state.plan.steps)
    for _ in range(bound):
        asked = next_command(play.state)
        if asked is None:
            break
        play.do(*asked)
    assert play.state.is_over, f"still open after {bound} acts"


@given(stories())
def test_why_not_says_what_decide_says(
    story: Story,
) -> None:
    state = _played(story).state
    for act in ACTS.values():
        for step in state.plan.steps:
            for person in ("alice", "carol", " "):
                refusal = why_not(state, act, None if act.on_run else step, person)
                assert refusal is None or refusal.reason
    for step in state.plan.steps:
        if not isinstance(step, DecisionStep):
            assert why_not(state, ACTS["choose"], step, "alice") is not None
        if step.kind != "wait":
            assert why_not(state, ACTS["wait"], step, "alice") is not None


def _any_event() -> st.SearchStrategy[ev.AnyEvent]:
    """Events of every type; most name a step that exists, and numbers that could be."""
    words = st.sampled_from(("because", "", "x", "\x1b[2J", "\u202e"))
    number = st.one_of(st.integers(0, 3), st.integers(1, 60))
    hints: dict[str, st.SearchStrategy[object]] = {
        "step": st.sampled_from(("s0", "s0", "s1", "s2", "s3", "s4", "zz", "\x1b")),
        "attempt": number,
        "seq": number,
        "item": st.sampled_from(("look", "hand", "it works", "\x1b")),
        "option": st.sampled_from(("a", "b", "c")),
        "pin": st.sampled_from((pin_of(plan_of()), pin_of(plan_of(version="7.0.0")))),
        "seconds": st.just(1.0),
    }
    said = FREE_TEXT - {"missing", "changes"}
    kinds = []
    for kind in ev.AnyEvent.__args__:
        fields = kind.__struct_fields__
        given_ = {name: hints[name] for name in fields if name in hints}
        given_ |= {name: words for name in fields if name in said}
        kinds.append(st.builds(kind, **given_))
    return st.one_of(kinds)


@given(
    stories(),
    st.lists(
        st.builds(
            ev.Entry,
            seq=st.sampled_from((0, 0, 0, 0, 1, 2, 9)).map(lambda n: n or 10**6),
            at=st.just(at(10**6)),
            by=st.sampled_from(("alice", "bob", "")),
            event=_any_event(),
        ),
        max_size=12,
    ),
)
def test_events_that_nobody_decided_are_applied_or_refused_and_nothing_else(
    story: Story, entries: list[ev.Entry]
) -> None:
    play = _played(story)
    for entry in entries:
        if entry.seq == 10**6:  # stands for the number that is next
            entry = structs.replace(entry, seq=play.state.seq + 1)
        before = copy.copy(play.state)
        refusal = ""
        try:
            play.state = apply(play.state, entry, play.plans)
        except FoldRefusedError as error:
            refusal = str(error)
        assert refusal == safe_text(refusal, keep_newlines=False)
        assert not refusal or play.state == before


@given(plans(), st.data())
def test_before_it_starts_a_run_takes_nothing_but_its_start(
    plan: Plan, data: st.DataObject
) -> None:
    play = Play(plan, start=False)
    command = data.draw(commands(plan))
    assert isinstance(play.ask(command), Refusal)


@given(stories(), st.data())
@settings(max_examples=40)
def test_what_an_amendment_would_do_can_be_told_for_any_state(
    story: Story, data: st.DataObject
) -> None:
    state = _played(story).state
    new = data.draw(edited(state.plan, "3.0.0"))
    for effect in amend_effects(state, new):
        assert effect.step in state.steps
        assert effect.effect
