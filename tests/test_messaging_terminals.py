"""Two terminals at the same message, on one real log: one update, sent once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from domain.play import check, pin_of, plan_of, start_of
from message_desk import TEXT

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import Identity, Who, pinned_path
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.session import Session

PLAN = plan_of(MessageStep(id="tell", title="Tell", audience="customers"), check("a"))
PAGE = SentTo(channel="page", kind="statuspage", audience="customers")


def terminal(log: Path, name: str) -> Session:
    who = Who(name, Identity(name, f"{name}@example.org"))

    def known(_pin: object, _read: object) -> Plan:
        return PLAN

    branch = Repository.create(log).run("20260501-upgrade-k3f9")
    return Session(branch, SystemClock(), who, known, plan=PLAN)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    start = start_of(PLAN)
    files = {pinned_path(pin_of(PLAN), "runbook.yaml"): b"x"}
    assert not isinstance(
        terminal(tmp_path / "log.git", "alice").submit(start, files=files), Refusal
    )
    return tmp_path / "log.git"


def draft(session: Session, text: str = TEXT, update: int = 0) -> object:
    return session.submit(
        mcmd.DraftUpdate(kind="progress", texts={"customers": text}, step="tell", update=update)
    )


def send(session: Session, number: int) -> object:
    update = session.state.messages.updates[number]
    return session.submit(
        mcmd.SendUpdate(update=number, digest=update.digest, title="Orders", channels=(PAGE,))
    )


def test_of_two_that_send_the_same_update_one_is_told_that_it_is_sent(log: Path) -> None:
    alice, bob = terminal(log, "alice"), terminal(log, "bob")
    draft(alice)
    bob.catch_up()
    assert not isinstance(send(alice, 1), Refusal)
    refused = send(bob, 1)
    assert isinstance(refused, Refusal)
    assert "is sent" in str(refused)


def test_a_text_that_another_terminal_changed_is_not_sent_unread(log: Path) -> None:
    alice, bob = terminal(log, "alice"), terminal(log, "bob")
    draft(alice)
    bob.catch_up()
    draft(bob, "Orders are very slow. Next update in 30 minutes.", 1)
    refused = send(alice, 1)
    assert isinstance(refused, Refusal)
    assert "another one by now" in str(refused)


def test_at_the_very_same_moment_each_draft_has_its_number_and_each_is_sent_once(
    log: Path,
) -> None:
    rounds, names = 10, ("alice", "bob")
    answers: dict[str, list[object]] = {name: [] for name in names}
    meet = threading.Barrier(len(names))

    def drive(name: str) -> None:
        session = terminal(log, name)
        for number in range(1, rounds + 1):
            meet.wait(20)
            draft(session)  # each one of their own
            meet.wait(20)
            session.catch_up()
            meet.wait(20)
            answers[name].append(send(session, number))

    threads = [threading.Thread(target=drive, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    state = terminal(log, "carol").state
    assert list(state.messages.updates) == list(range(1, 2 * rounds + 1))
    assert [update.number for update in state.messages.sent] == list(range(1, rounds + 1))
    for pair in zip(*answers.values(), strict=True):
        assert sum(isinstance(answer, Refusal) for answer in pair) == 1, pair
