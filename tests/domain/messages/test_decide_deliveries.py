"""Message steps, deliveries, and logs of older programs."""

from __future__ import annotations

import pytest

from domain.messages.telling import (
    LEADS,
    OTHER,
    TEXT,
    approve,
    asks,
    draft,
    of,
    rewrite,
    sending,
    tell,
)
from domain.play import CHECK, Play, amend_to, check, command, decision, plan_of, start_of
from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.fold import apply, fold
from runbook_tui.domain.messages import commands as m
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.runbook_model import Approval
from runbook_tui.domain.state import Status

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
