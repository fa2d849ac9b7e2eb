"""What may be drafted, agreed to and sent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.messages.telling import (
    CHAT,
    LEADS,
    OTHER,
    PAGE,
    TEXT,
    approve,
    asks,
    draft,
    of,
    rewrite,
    sending,
    tell,
)
from domain.play import START, Play, amend_to, check, plan_of
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.fold import FoldRefusedError
from runbook_tui.domain.messages import commands as m
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.events import SentTo, UsedFact
from runbook_tui.domain.runbook_model import Approval
from runbook_tui.domain.state import Status

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
