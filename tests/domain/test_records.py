"""Decision records: what one needs, what a step's choice is, and when somebody looks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide import decide
from runbook_tui.domain.figures import Figures
from runbook_tui.domain.fold import fold
from runbook_tui.domain.fold_rules import FoldRefusedError
from runbook_tui.domain.narrative import sentence
from runbook_tui.domain.records.commands import AddToChoice, RecordDecision, RevisitDecision
from runbook_tui.domain.records.events import (
    DecisionRecorded,
    DecisionRevisited,
    Dissent,
    Proof,
    RecordEvent,
    Way,
)
from runbook_tui.domain.records.fold import apply_record, step_chose, step_took_back
from runbook_tui.domain.records.state import RecordsState
from runbook_tui.domain.records.until import date_ahead
from runbook_tui.domain.records.words import due_line, margin_words, standing
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import ChecklistStep, DecisionStep
from runbook_tui.domain.runbook_model import Option
from runbook_tui.domain.scrub import scrub

from .play import START, Play, at, plan_of
from .worlds import Ask, commands, plans

WAYS = (
    Way(id="keep", title="Keep it", consequence="the tail stays slow"),
    Way(id="revert", title="Revert it", cost="a second window"),
    Way(id="tune", title="Tune it, behind a flag", cost="two days"),
)
SOON = START + timedelta(days=14)
PROOF = Proof(name="tail", path="evidence/records/tail-1.txt", sha256="a" * 64, size=12)


def decision(**changes: Any) -> RecordDecision:
    said: dict[str, Any] = {
        "question": "Does the new backoff stay?",
        "options": WAYS,
        "chosen": "tune",
        "reason": "the tail is up, the mean is down",
        "revisit": SOON,
    }
    return RecordDecision(**(said | changes))


def playing() -> Play:
    options = (Option(id="a", title="A", consequence="all is well"), Option(id="b", title="B"))
    which = DecisionStep(id="which", title="Which", question="Which way?", options=options)
    return Play(plan_of(which, ChecklistStep(id="look", title="Look")))


def chosen(play: Play, option: str = "a") -> None:
    if play.state.of("which").started is None:
        play.do(cmd.StartStep("which"))
    else:
        play.do(cmd.ReopenStep("which", "on second thoughts"))
    play.do(cmd.ChooseOption("which", option, "it is cheaper"))


def refused(play: Play, command: cmd.AnyCommand, words: str) -> None:
    verdict = play.ask(command)
    assert isinstance(verdict, Refusal)
    assert words in str(verdict)


def test_a_record_holds_all_that_was_said() -> None:
    play = playing()
    play.do(
        decision(
            proofs=(PROOF,),
            thresholds=("p99 over 120 ms for a day",),
            present=("bob",),
            dissent=(Dissent(who="carol", said="revert it"),),
            reversibility="until",
            reversible_until=SOON,
            step="look",
        )
    )
    record = play.state.records.by_number[1]
    assert (record.by, record.present, record.chosen) == ("alice", ("bob",), "tune")
    assert record.proofs == (PROOF,)
    assert record.way.cost == "two days"
    assert record.revisit == SOON
    assert record.step == "look"
    assert play.state.records.waiting == (record,)
    assert play.state.records.due(SOON) == (record,)
    assert play.state.records.due(SOON - timedelta(seconds=1)) == ()
    assert sentence(play.entries[-1]) == (
        "alice decides tune (record 1): Does the new backoff stay?"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": " "}, "what was the question"),
        ({"question": "x" * 301}, "at most 300"),
        ({"options": WAYS[:1]}, "two options or more"),
        ({"options": (*WAYS, WAYS[0])}, "two options are called keep"),
        ({"options": (*WAYS, Way(id="not so", title="x"))}, "cannot name an option"),
        ({"options": (*WAYS, Way(id="void", title=" "))}, "what is the option void"),
        ({"chosen": "wait"}, "one of keep, revert, tune"),
        ({"reason": "\n"}, "always needs a reason"),
        ({"revisit": None}, "when is this looked at again"),
        ({"revisit": START - timedelta(days=1)}, "that is past"),
        ({"revisit": START + timedelta(days=9000)}, "for ever"),
        ({"revisit": START.replace(tzinfo=None)}, "whose time"),
        ({"reversibility": "until"}, "until when can it be taken back"),
        ({"reversible_until": SOON}, "it has no such end"),
        ({"step": "nowhere"}, "has no step nowhere"),
        ({"step": "which", "question": "Which way?"}, "asks that itself"),
        ({"replaces": 7}, "no record 7"),
        ({"present": ("bob\x1b[2J",)}, "is no name"),
        ({"dissent": (Dissent(who="", said="no"),)}, "nobody is named"),
        ({"dissent": (Dissent(who="bob", said=""),)}, "a dissent"),
        ({"thresholds": ("x", " ")}, "a threshold"),
        ({"thresholds": ("x",) * 41}, "more than 40"),
        ({"proofs": (Proof(name="a", path="b", sha256="c", size=1),)}, "by its hash"),
        ({"proofs": (Proof(name="a", path="", sha256="a" * 64, size=1),)}, "no path"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(changes: dict[str, Any], words: str) -> None:
    refused(playing(), decision(**changes), words)


def test_nobody_has_to_look_again_where_somebody_says_why() -> None:
    play = playing()
    play.do(decision(revisit=None, unvisited="the host is gone by then"))
    assert play.state.records.waiting == ()
    assert play.state.records.by_number[1].unvisited == "the host is gone by then"


def test_what_a_step_chose_is_a_record_without_a_second_event() -> None:
    play = playing()
    chosen(play)
    record = play.state.records.by_number[1]
    assert (record.question, record.chosen, record.reason) == ("Which way?", "a", "it is cheaper")
    assert [way.consequence for way in record.options] == ["all is well", ""]
    assert not any(isinstance(entry.event, RecordEvent) for entry in play.entries)


def test_more_is_added_to_what_a_step_chose() -> None:
    play = playing()
    refused(play, AddToChoice(step="which", revisit=SOON), "has not chosen anything")
    chosen(play)
    refused(play, AddToChoice(step="which"), "nothing to add")
    play.do(AddToChoice(step="which", revisit=SOON, proofs=(PROOF,)))
    play.do(AddToChoice(step="which", dissent=(Dissent(who="bob", said="b!"),)), by="bob")
    record = play.state.records.by_number[1]
    assert record.revisit == SOON
    assert record.proofs == (PROOF,)
    assert record.dissent[0].who == "bob"
    assert [name for name, _ in record.added] == ["alice", "bob"]
    assert sentence(play.entries[-1]) == "bob adds to what which chose (record 1)"


def test_the_newest_choice_of_a_step_counts_until_it_is_taken_back() -> None:
    play = playing()
    chosen(play, "a")
    play.do(AddToChoice(step="which", revisit=SOON))
    chosen(play, "b")
    records = play.state.records
    assert not records.holds(records.by_number[1])
    assert records.later(records.by_number[1]) == 2
    assert records.due(SOON) == ()
    while play.state.of("which").choice == "b":
        play.do(cmd.TakeBack("which"))
    records = play.state.records
    assert records.was_taken_back(records.by_number[2])
    assert [r.number for r in records.due(SOON)] == [1]
    assert standing(records, records.by_number[2], SOON)[1] == "taken back"
    refused(play, RevisitDecision(number=2, outcome="kept", reason="so"), "was taken back")


def test_a_record_is_looked_at_again() -> None:
    play = playing()
    play.do(decision())
    later = SOON + timedelta(days=3)
    refused(play, RevisitDecision(number=9, outcome="kept", reason="x"), "no record 9")
    refused(play, RevisitDecision(number=1, outcome="kept", reason=""), "a reason")
    refused(play, RevisitDecision(number=1, outcome="moved", reason="x"), "moved to when")
    play.do(RevisitDecision(number=1, outcome="moved", reason="too early", revisit=later))
    assert play.state.records.due(SOON) == ()
    assert [r.number for r in play.state.records.due(later)] == [1]
    assert due_line(play.state.records, later).startswith("record 1 is due for revisiting since")
    play.do(RevisitDecision(number=1, outcome="kept", reason="it is fine"))
    assert play.state.records.waiting == ()
    record = play.state.records.by_number[1]
    assert [r.outcome for r in record.revisits] == ["moved", "kept"]
    assert standing(play.state.records, record, later)[1] == "holds"


def test_another_record_may_stand_in_its_place() -> None:
    play = playing()
    play.do(decision())
    refused(play, RevisitDecision(number=1, outcome="changed", reason="x"), "which record")
    made = play.do(decision(chosen="revert", replaces=1))
    assert [type(event) for event in made] == [DecisionRecorded, DecisionRevisited]
    records = play.state.records
    assert records.later(records.by_number[1]) == 2
    assert [r.number for r in records.waiting] == [2]
    refused(play, decision(replaces=1), "record 2 stands in the place of record 1")
    play.do(decision())
    play.do(RevisitDecision(number=2, outcome="changed", reason="as said", record=3))
    assert [r.number for r in play.state.records.waiting] == [3]


def test_records_are_made_and_looked_at_when_the_run_is_over() -> None:
    play = playing()
    play.do(decision())
    play.do(cmd.AbortRun("enough"))
    play.do(RevisitDecision(number=1, outcome="kept", reason="it holds"), by="bob")
    play.do(decision(question="And now?"), by="bob")
    assert len(play.state.records.by_number) == 2
    assert fold(play.plans, play.entries).records == play.state.records


def test_what_the_clocks_said_is_kept_with_it() -> None:
    play = playing()
    (event,) = play.do(decision())
    figures = Figures(buffer=600.0, decide_by=START + timedelta(minutes=30))
    entry = ev.Entry(seq=2, at=at(60), by="alice", event=event, figures=figures)
    assert isinstance(event, RecordEvent)
    record = apply_record(RecordsState(), entry, event).by_number[1]
    assert margin_words(record) == "buffer 10:00 left · safe rollback 29:00 left"


def test_secrets_are_taken_out_of_all_its_words() -> None:
    event = playing().do(
        decision(
            options=(Way(id="a", title="hunter22", cost="hunter22"), WAYS[0]),
            chosen="a",
            thresholds=("hunter22",),
            dissent=(Dissent(who="bob", said="hunter22"),),
            proofs=(Proof(name="hunter22", path="p", sha256="a" * 64, size=1),),
        )
    )[0]
    assert "hunter22" not in str(scrub(event, Redactor({"pw": "hunter22"})))


def test_what_cannot_follow_is_refused_by_the_fold() -> None:
    play = playing()
    (event,) = play.do(decision())
    assert isinstance(event, DecisionRecorded)
    for wrong in (
        DecisionRecorded(number=3, question="q", options=WAYS, chosen="keep", reason="r"),
        DecisionRecorded(number=2, question="q", options=WAYS, chosen="x", reason="r"),
        DecisionRecorded(number=2, question="q", options=(), chosen="x", reason="r"),
        DecisionRecorded(number=1, question="q", options=WAYS, chosen="tune", reason="r", choice=2),
        DecisionRevisited(number=5, outcome="kept", reason="r"),
        DecisionRevisited(number=1, outcome="changed", reason="r", record=1),
    ):
        entry = ev.Entry(seq=3, at=at(9), by="eve", event=wrong)
        with pytest.raises(FoldRefusedError):
            apply_record(play.state.records, entry, wrong)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("14d", START + timedelta(days=14)),
        ("2026-05-08", datetime(2026, 5, 8, 23, 59, 59, tzinfo=UTC)),
        ("2026-05-08T18:00+02:00", datetime(2026, 5, 8, 16, tzinfo=UTC)),
        ("soon", None),
        ("2026-05-08T18:00", None),
        ("2026-04-08", None),
        ("99999d", None),
        ("9" * 60 + "d", None),
        ("0001-01-01T00:00+14:00", None),
        ("9999-12-31T23:59-14:00", None),
        ("", None),
    ],
)
def test_a_date_is_typed_as_a_length_a_day_or_a_time(text: str, when: datetime | None) -> None:
    found = date_ahead(text, at(0), "the next look")
    assert found == when if when is not None else isinstance(found, Refusal)


@settings(max_examples=60)
@given(st.data())
def test_a_list_of_runs_knows_the_same_of_what_is_due(data: st.DataObject) -> None:
    """It folds records without the runbook, and has to come to the same."""
    plan = data.draw(plans())
    play = Play(plan)
    thin = RecordsState()
    asked = st.lists(st.builds(Ask, commands(plan), st.sampled_from(("alice", "bob"))))
    decisions = [s.id for s in plan.steps if isinstance(s, DecisionStep)]
    for step in decisions:
        play.record(_accepted(play, cmd.StartStep(step, "because", agreed=True)))
        play.record(_accepted(play, cmd.ChooseOption(step, "a")))
        play.record(_accepted(play, AddToChoice(step=step, revisit=SOON)))
    for ask in data.draw(asked):
        play.record(_accepted(play, ask.command))
    for entry in play.entries:
        match entry.event:
            case RecordEvent():
                thin = apply_record(thin, entry, entry.event)
            case ev.OptionChosen(step=step, option=option, reason=reason):
                thin = step_chose(thin, entry, step, option, reason)
            case ev.TakenBack(step=step, seq=seq):
                thin = step_took_back(thin, step, seq)
    whole = play.state.records
    assert [(r.number, r.revisit) for r in thin.waiting] == [
        (r.number, r.revisit) for r in whole.waiting
    ]
    assert thin.choices == whole.choices


def _accepted(play: Play, command: cmd.AnyCommand) -> tuple[ev.AnyEvent, ...]:
    verdict = decide(play.state, command, "alice")
    return () if isinstance(verdict, Refusal) else verdict
