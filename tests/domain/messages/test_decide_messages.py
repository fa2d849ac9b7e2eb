"""What may be drafted, agreed to and sent, by whom and on what, and what each refusal says."""

from __future__ import annotations

import pytest
from msgspec import structs
from msgspec.structs import replace

from domain.play import CHECK, START, Play, amend_to, check, command, decision, plan_of, start_of
from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.fold import FoldRefusedError, apply, fold
from runbook_tui.domain.messages import commands as m
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.events import SentTo, UsedFact
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import MessageStep, Role, Step
from runbook_tui.domain.runbook_model import Approval
from runbook_tui.domain.state import Status

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


# Approval


def test_an_approval_is_of_exactly_the_texts_that_were_read() -> None:
    play = Play(asks())
    update = draft(play)
    play.do(rewrite(OTHER))
    said = play.refused(m.ApproveUpdate(1, update.digest), "bob")
    assert "not the one that was read" in said
    for short in ("", update.digest[:7], "zzzzzzzz"):
        assert play.refused(m.ApproveUpdate(1, short), "bob")
    play.do(m.ApproveUpdate(1, of(play).digest[:8].upper()), "bob")
    assert [each.by for each in of(play).approvals] == ["bob"]


def test_nobody_approves_what_they_wrote_and_the_driver_approves_nothing() -> None:
    play = Play(asks())
    update = draft(play, by="dave")
    play.do(rewrite(OTHER), "erin")
    update = of(play)
    for author in ("dave", "erin", "alice"):
        assert "nobody approves their own words" in play.refused(
            m.ApproveUpdate(1, update.digest), author
        )
    approve(play, update)
    assert "approved it already" in play.refused(m.ApproveUpdate(1, update.digest), "bob")


def test_the_role_decides_who_approves() -> None:
    play = Play(asks(role="lead"))
    update = draft(play)
    assert "approval is for lead" in play.refused(m.ApproveUpdate(1, update.digest), "mallory")
    approve(play, update, "carol")


def test_what_needs_no_approval_takes_none() -> None:
    play = Play(asks())
    inside = draft(play, audience="internal")
    assert "needs no approval" in play.refused(m.ApproveUpdate(1, inside.digest), "bob")
    play.do(sending(inside, CHAT))


def voids() -> list[tuple[str, cmd.AnyCommand]]:
    return [
        ("a step begins", cmd.StartStep("a", reason="now")),
        ("the run is paused", cmd.PauseRun("a look")),
        ("the runbook changes", amend_to(asks(tell(), check("b"), version="2.0.0"))),
        ("the words change", rewrite(OTHER)),
        ("the kind changes", rewrite(TEXT, "delay")),
        ("a reader more", rewrite(TEXT, more={"internal": TEXT})),
        ("it is of a step now", rewrite(TEXT, step="tell")),
    ]  # fmt: skip


@pytest.mark.parametrize(("what", "command_"), voids(), ids=lambda each: str(each)[:20])
def test_a_change_after_the_approval_voids_it(what: str, command_: cmd.AnyCommand) -> None:
    play = Play(asks())
    update = draft(play)
    approve(play, update)
    play.do(command_)
    assert of(play).approvals == (), what
    assert of(play).lapsed
    if play.state.status.value == "open":
        assert "is void" in play.refused(sending(of(play)))
    approve(play, of(play), "carol")
    play.do(sending(of(play)))
    assert of(play).approved_by == ("carol",)


def test_notes_redlines_and_other_messages_void_nothing() -> None:
    play = Play(asks())
    update = draft(play)
    approve(play, update)
    other = draft(play, OTHER, by="dave")
    for command_, by in (
        (cmd.AddNote("a note"), ""),
        (cmd.AddRedline("reword step a", step="a"), ""),
        (cmd.ResumeRun(host="h", program="p"), ""),
        (cmd.RecordClockJump(3.0), ""),
        (m.ApproveUpdate(2, other.digest), "carol"),
        (sending(other), ""),
        (m.BeginDelivery(2, "page"), ""),
        (m.EndDelivery(update=2, channel="page", attempt=1, outcome="unknown", words="?"), ""),
        (m.SettleDelivery(2, "page", "arrived", "looked"), ""),
        (m.TellOverdue(START), ""),
        (rewrite(TEXT, facts=(UsedFact(name="a", words="b"),)), ""),
    ):  # fmt: skip
        play.do(command_, by)
    assert [each.by for each in of(play).approvals] == ["bob"]
    play.do(sending(of(play)))
    assert of(play).approved_by == ("bob",)


def test_the_start_of_its_own_step_voids_no_approval_of_what_is_being_sent() -> None:
    play = Play(plan_of(tell(approval=Approval()), check("a")))
    update = draft(play, step="tell")
    approve(play, update)
    events = play.do(sending(of(play)))
    assert [type(each).__name__ for each in events] == ["UpdateSent", "StepStarted", "StepDone"]
    assert of(play).approved_by == ("bob",)
    assert play.status("tell") is Status.DONE
    assert play.replayed().messages == play.state.messages


def test_an_approval_under_one_step_is_none_under_another() -> None:
    """The other one may ask for somebody else."""
    steps = (tell("one", approval=Approval()), tell("two", approval=Approval(role="lead")))
    play = Play(plan_of(*steps, roles=LEADS))
    update = draft(play, step="one")
    approve(play, update, "dave")
    facts = (UsedFact(name="about", words="orders"),)
    play.do(rewrite(TEXT, step="two", facts=facts))  # fmt: skip
    assert of(play).approvals == ()
    assert "lead" in play.refused(m.ApproveUpdate(1, update.digest), "dave")


def test_without_the_approval_it_goes_out_with_a_reason_and_the_log_says_so() -> None:
    play = Play(asks())
    update = draft(play)
    assert "needs another person's approval" in play.refused(sending(update))
    assert play.refused(sending(update, unapproved="   "))
    play.do(sending(update, unapproved="nobody answers the phone"))
    assert (of(play).approved_by, of(play).unapproved) == ((), "nobody answers the phone")


def test_a_reason_that_is_not_needed_is_not_kept() -> None:
    play = Play(asks())
    update = draft(play)
    approve(play, update)
    play.do(sending(update, unapproved="in a hurry"))
    assert (of(play).approved_by, of(play).unapproved) == (("bob",), "")


def test_a_forged_approval_is_refused_by_the_fold() -> None:
    play = Play(asks())
    update = draft(play)
    sent = mev.UpdateSent(
        update=1, kind="progress", title="x", texts=dict(update.texts), approved_by=("bob",)
    )
    with pytest.raises(FoldRefusedError, match="was not given"):
        play.record((sent,))
    forged = mev.UpdateApproved(update=1, digest=update.digest)
    for author in ("alice",):
        with pytest.raises(FoldRefusedError, match="their own words"):
            play.record((forged,), author)


# Drafting and sending


def test_numbers_follow_each_other_and_an_update_is_sent_once() -> None:
    play = Play(plan_of(check("a")))
    assert draft(play).number == 1
    assert draft(play).number == 2
    assert "no update 7" in play.refused(
        m.DraftUpdate(kind="progress", texts={"customers": TEXT}, update=7)
    )
    play.do(m.WithdrawUpdate(2, "not needed"))
    assert draft(play).number == 3
    play.do(sending(of(play)))
    for again in (
        sending(of(play)),
        m.WithdrawUpdate(1),
        m.ApproveUpdate(1, of(play).digest),
        rewrite(OTHER),
        sending(of(play, 2)),
    ):
        assert play.refused(again)


@pytest.mark.parametrize(
    ("command_", "words"),
    [
        (m.DraftUpdate(kind="progress", texts={}), "has a text"),
        (m.DraftUpdate(kind="progress", texts={"customers": "x" * 20_001}), "longer than"),
        (m.DraftUpdate(kind="progress", texts={"customers": TEXT}, step="a"), "no message step"),
        (m.DraftUpdate(kind="progress", texts={"customers": TEXT}, step="zz"), "no message step"),
        (m.DraftUpdate(kind="progress", texts={"customers": TEXT}, corrects=9), "was not sent"),
        (m.DraftUpdate(kind="progress", texts={"customers": TEXT}, corrects=1), "was not sent"),
        (rewrite(TEXT), "nothing has changed"),
        (m.WithdrawUpdate(9), "no update 9"),
        (m.OverruleRemark(1, "customers", "secret", "", "why not"), "never overruled"),
        (m.OverruleRemark(1, "customers", "jargon", "nodes", "they know"), "any more"),
        (m.OverruleRemark(1, "customers", "impact-missing", "", ""), "any more"),
        (m.BeginDelivery(1, "page"), "does not go to"),
    ],
)  # fmt: skip
def test_what_is_refused(command_: m.MessageCommand, words: str) -> None:
    play = Play(plan_of(tell(), check("a")))
    draft(play)
    assert words in play.refused(command_)


def test_what_blocks_keeps_it_until_it_is_changed_or_answered_for() -> None:
    play = Play(plan_of(check("a")))
    update = draft(play, "Orders are slow on db1. Next update in 30 minutes.")
    assert "internal-name" in play.refused(sending(update))
    assert "always needs a reason" in play.refused(
        m.OverruleRemark(1, "customers", "internal-name", "db1", " ")
    )
    play.do(m.OverruleRemark(1, "customers", "internal-name", "db1", "it is the product's name"))
    play.do(m.DraftUpdate(kind="progress", texts={"customers": "Orders are slow on db2. Next update in 30 minutes."}, update=1))  # fmt: skip # noqa: E501
    assert "db2" in play.refused(sending(of(play))), "an overruling is of these words only"
    play.do(
        m.DraftUpdate(kind="progress", texts={"customers": update.texts["customers"]}, update=1)
    )
    play.do(sending(of(play)))


def test_a_secret_by_its_shape_goes_nowhere_whatever_the_reason() -> None:
    play = Play(plan_of(check("a")))
    token = "ghp_" + "a1B2" * 10
    update = draft(play, f"Orders are slow, {token}. Next update in 30 minutes.")
    assert token not in update.texts["customers"], "the log never had it"


def test_only_what_was_shown_is_sent_and_only_to_its_readers() -> None:
    play = Play(plan_of(check("a")))
    update = draft(play)
    stale = replace(update, texts={"customers": OTHER})
    assert "another one by now" in play.refused(sending(stale))
    assert "no text to internal" in play.refused(sending(update, CHAT))
    odd = SentTo(channel="../etc", kind="apprise", audience="customers")
    assert "a name that is none" in play.refused(sending(update, odd))
    with pytest.raises(FoldRefusedError, match="stands there twice"):
        play.do(sending(update, PAGE, PAGE))


def test_corrections_name_what_they_correct_and_are_known_there() -> None:
    play = Play(plan_of(check("a")))
    play.do(sending(draft(play)))
    play.do(sending(draft(play, OTHER, corrects=1)))
    assert (of(play, 2).corrects, of(play, 1).corrected_by) == (1, 2)
    play.do(sending(draft(play, TEXT, corrects=2)))
    assert (of(play, 2).corrected_by, of(play, 1).corrected_by) == (3, 2)


# Message steps


def test_a_step_is_done_when_its_message_is_sent() -> None:
    play = Play(plan_of(tell(), check("a")))
    update = draft(play, step="tell")
    play.do(sending(update))
    assert play.status("tell") is Status.DONE


def test_a_step_that_asks_for_more_stays_open() -> None:
    step = tell(items=("read aloud",))
    play = Play(plan_of(step))
    play.do(sending(draft(play, step="tell")))
    assert play.status("tell") is Status.ACTIVE
    play.do(cmd.Tick("tell", step.checklist[0].key))
    play.do(cmd.FinishStep("tell"))
    assert play.status("tell") is Status.DONE


def test_sent_without_its_approval_the_step_is_overridden() -> None:
    play = Play(plan_of(tell(approval=Approval())))
    play.do(sending(draft(play, step="tell"), unapproved="nobody else is here"))
    assert play.status("tell") is Status.OVERRIDDEN


def test_done_by_other_means_takes_a_word_and_delegated_a_name() -> None:
    play = Play(plan_of(tell("one"), tell("two"), tell("three")))
    for name in ("one", "two", "three"):
        play.do(cmd.StartStep(name))
        if name == "one":
            assert "is not sent" in play.refused(cmd.FinishStep("one"))
            play.do(cmd.FinishStep("one", "sent by hand from the phone"))
        elif name == "two":
            assert play.refused(cmd.DelegateStep("two", " "))
            play.do(cmd.DelegateStep("two", "erin", "she has the list"))
        else:
            play.do(cmd.SkipStep("three", "nobody reads it at night"))
    assert "only the message of a step" in Play(plan_of(check("a"))).refused(
        cmd.DelegateStep("a", "erin")
    )
    play.do(sending(draft(play, step="two")))
    assert play.replayed().messages == play.state.messages


def test_while_the_run_is_paused_a_message_goes_out_and_its_step_waits() -> None:
    play = Play(plan_of(tell(), check("a")))
    update = draft(play, step="tell")
    play.do(cmd.PauseRun("a look"))
    assert [type(e).__name__ for e in play.do(sending(update))] == ["UpdateSent"]
    play.do(cmd.ContinueRun())
    play.do(cmd.StartStep("tell"))
    play.do(cmd.FinishStep("tell"))


def test_a_point_of_no_return_is_agreed_to_first() -> None:
    play = Play(plan_of(tell(point_of_no_return=True), check("a")))
    update = draft(play, step="tell")
    assert "point of no return" in play.refused(sending(update))
    play.do(cmd.StartStep("tell", agreed=True))
    play.do(sending(update))
    assert play.status("tell") is Status.DONE


def test_a_step_of_a_role_is_sent_by_it() -> None:
    play = Play(plan_of(tell(role="lead"), roles=LEADS))
    update = draft(play, step="tell", by="bob")
    assert "is for lead" in play.refused(sending(update), "mallory")
    play.do(sending(update), "bob")


def test_a_draft_outlives_its_step_and_can_still_be_written_and_sent() -> None:
    play = Play(plan_of(tell(), check("a")))
    draft(play, step="tell")
    play.do(amend_to(plan_of(check("a"), version="2.0.0")))
    play.do(rewrite(OTHER, step="tell"))
    play.do(sending(of(play)))
    assert of(play).texts == {"customers": OTHER}


def test_a_step_of_another_kind_is_never_done_by_a_message() -> None:
    play = Play(plan_of(tell("a"), check("b")))
    draft(play, step="a")
    play.do(
        amend_to(plan_of(command("a", mutates=True, verify=CHECK), check("b"), version="2.0.0"))
    )
    assert [type(e).__name__ for e in play.do(sending(of(play)))] == ["UpdateSent"]
    assert play.status("a") is Status.PENDING


def test_a_run_is_not_closed_over_a_draft_or_an_unknown_delivery() -> None:
    play = Play(plan_of(check("a")))
    play.do(cmd.StartStep("a"))
    play.do(cmd.FinishStep("a"))
    update = draft(play)
    assert "still a draft" in play.refused(cmd.CloseRun())
    play.do(sending(update))
    play.do(m.BeginDelivery(1, "page"))
    play.do(m.EndDelivery(update=1, channel="page", attempt=1, outcome="unknown", words="?"))
    assert "nobody knows" in play.refused(cmd.CloseRun())
    play.do(m.SettleDelivery(1, "page", "arrived", "I see it"))
    play.do(cmd.CloseRun())
    assert play.refused(m.DraftUpdate(kind="progress", texts={"customers": TEXT}))


# Deliveries


def sent(play: Play) -> Update:
    play.do(sending(draft(play)))
    return of(play)


def end(play: Play, attempt: int, outcome: str, **more: object) -> None:
    play.do(m.EndDelivery(update=1, channel="page", attempt=attempt, outcome=outcome, words="w", **more))  # type: ignore[arg-type] # fmt: skip # noqa: E501


def status(play: Play) -> str:
    return of(play).deliveries["page"].status


def test_an_attempt_begins_where_nothing_may_have_arrived() -> None:
    play = Play(plan_of(check("a")))
    sent(play)
    play.do(m.BeginDelivery(1, "page"))
    assert "under-way" in play.refused(m.BeginDelivery(1, "page"))
    end(play, 1, "failed")
    play.do(m.BeginDelivery(1, "page"))
    assert "no attempt 1" in play.refused(
        m.EndDelivery(update=1, channel="page", attempt=1, outcome="failed", words="w")
    )
    end(play, 2, "unknown")
    assert "unknown" in play.refused(m.BeginDelivery(1, "page"))
    end(play, 2, "failed", looked=True, doubtful=True)
    play.do(m.BeginDelivery(1, "page"))
    end(play, 3, "delivered")
    assert of(play).deliveries["page"].doubtful, "the log says that it may be there twice"
    assert play.refused(m.BeginDelivery(1, "page"))
    assert play.replayed().messages == play.state.messages


def test_what_a_person_says_became_of_it() -> None:
    for became, after in (
        ("arrived", "delivered"), ("by-hand", "by-hand"), ("again", "waiting"),
        ("given-up", "given-up"),
    ):  # fmt: skip
        play = Play(plan_of(check("a")))
        sent(play)
        play.do(m.BeginDelivery(1, "page"))
        assert "right now" in play.refused(m.SettleDelivery(1, "page", became, "x"))  # type: ignore[arg-type]
        end(play, 1, "unknown")
        if became != "by-hand":
            assert play.refused(m.SettleDelivery(1, "page", became, ""))  # type: ignore[arg-type]
        play.do(m.SettleDelivery(1, "page", became, "I looked"))  # type: ignore[arg-type]
        assert status(play) == after
        assert of(play).deliveries["page"].doubtful == (became == "again")


def test_that_it_was_sent_by_hand_is_an_event_also_of_a_run_that_is_over() -> None:
    play = Play(plan_of(check("a")))
    sent(play)
    play.do(cmd.AbortRun("enough"))
    play.do(m.SettleDelivery(1, "page", "by-hand"))
    assert status(play) == "by-hand"
    # A slip of the hand is answered anew; both stay in the log.
    play.do(m.SettleDelivery(1, "page", "again", "that was another channel"))
    assert status(play) == "waiting"


@pytest.mark.parametrize(
    ("meanwhile", "after", "doubtful"),
    [
        ((), "delivered", False),  # looked up as not there, and it is
        ((m.SettleDelivery(1, "page", "again", "not there"),), "delivered", True),
        ((m.SettleDelivery(1, "page", "given-up", "too late"),), "delivered", False),
        ((m.SettleDelivery(1, "page", "by-hand"),), "by-hand", True),
        (
            (m.SettleDelivery(1, "page", "again", "not there"), m.BeginDelivery(1, "page")),
            "under-way", True,
        ),
    ],
)  # fmt: skip
def test_an_answer_that_comes_late_is_kept(
    meanwhile: tuple[cmd.AnyCommand, ...], after: str, doubtful: bool
) -> None:
    """Two programs at one delivery: the first one's answer is a fact, whatever was thought."""
    play = Play(plan_of(check("a")))
    sent(play)
    play.do(m.BeginDelivery(1, "page"))
    end(play, 1, "unknown")
    if not meanwhile:
        end(play, 1, "failed", looked=True)
    for each in meanwhile:
        play.do(each)
    for nothing_new in ("failed", "refused"):
        late = m.EndDelivery(update=1, channel="page", attempt=1, outcome=nothing_new, words="w")
        assert "no attempt 1" in play.refused(late)
    end(play, 1, "delivered", reference="r1", thread="t1")
    assert status(play) == after
    assert of(play).deliveries["page"].thread == "t1"
    assert of(play).deliveries["page"].doubtful == doubtful
    if after == "under-way":
        end(play, 2, "failed")
        assert status(play) == "delivered", "it is there, so it is not tried again"
    assert play.replayed().messages == play.state.messages


def test_an_attempt_that_never_was_has_no_answer() -> None:
    play = Play(plan_of(check("a")))
    sent(play)
    for attempt in (0, 1, 2, -1):
        assert play.refused(
            m.EndDelivery(update=1, channel="page", attempt=attempt, outcome="delivered", words="w")
        )


def test_foreign_words_are_one_safe_line() -> None:
    play = Play(plan_of(check("a")))
    sent(play)
    play.do(m.BeginDelivery(1, "page"))
    play.do(m.EndDelivery(update=1, channel="page", attempt=1, outcome="refused", words="a\x1b[2J\nb" * 999, thread="\x07t"))  # fmt: skip # noqa: E501
    known = of(play).deliveries["page"]
    assert len(known.words) <= 201
    assert not {"\x1b", "\n", "\x07"} & set(known.words + known.thread)


# Older logs


def test_a_log_of_an_older_program_where_messages_were_done_by_hand_still_folds() -> None:
    """It had no updates: a message step was done with or without a note, approved as a step."""
    plan = plan_of(tell(approval=Approval()), tell("two"), decision("b"))
    started = start_of(plan)
    play = Play(plan, start=False)
    play.do(started)
    play.record((ev.StepStarted(step="tell"),))
    play.record((ev.Approved(step="tell"),), "bob")
    play.record((ev.StepDone(step="tell"), ev.StepStarted(step="two"), ev.StepDone(step="two")))
    assert [play.status(name) for name in ("tell", "two")] == [Status.DONE, Status.DONE]
    assert play.replayed() == play.state
    assert play.state.messages.updates == {}
    assert fold(play.plans, play.entries).messages.sent == ()
    assert apply(None, play.entries[0], play.plans).messages.sent == ()
    play.do(sending(draft(play), unapproved="x"))


@pytest.mark.parametrize("when", ["begun", "paused"])
def test_events_that_are_folded_are_those_that_were_decided(when: str) -> None:
    play = Play(asks())
    if when == "paused":
        play.do(cmd.PauseRun("a look"))
    update = draft(play)
    approve(play, update)
    play.do(sending(of(play)))
    assert play.replayed() == play.state
