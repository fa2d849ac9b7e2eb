"""A program that sends one update, or goes on with what another one left, and says what it knows.

    python -m tests.faults.sender HOME (send | settle)

It has the real log, the real channels and the real feed of HOME. Lines on standard output: `begin`
right before the update is sent; `COMMIT` for each event that is acknowledged; `end` once nothing is
left that a program does by itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from runbook_tui.adapters.channels.carrier import Channels
from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.config import read_config
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.adapters.status_feed import StatusFeed
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.delivering import Delivering
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import Identity
from runbook_tui.domain.rules import Refusal
from runbook_tui.formats.load import load
from runbook_tui.messaging import Messaging
from runbook_tui.session import Recorded, Session, Who

RUN = "20260501-sent-k3f9"
BOOK = """\
format: 1
id: sent
title: Sent
version: 1.0.0
owner: ops
phases:
  - {id: all, title: All, steps: [{id: look, kind: checklist, title: Look}]}
"""
TEXT = "Update {number}: orders may fail for some seconds. Next update in 30 minutes."
DELAYS = (0.1, 0.3, 0.5, 1.0, 1.0, 1.0)
IN_FLIGHT = 2.0
"""Seconds; the channels' time limit is one."""
ALICE = Who("alice", Identity("alice", "alice@example.org"))


def say(word: str) -> None:
    """One line, by one system call."""
    os.write(1, word.encode() + b"\n")


def session_of(home: Path) -> Session:
    """The run of this home, begun where it was not."""
    log = Repository.create(home / "log.git").run(RUN)
    if log.head is not None:
        return Session(log, SystemClock(), ALICE, load_pinned)
    book = home / "runbook.yaml"
    book.write_text(BOOK)
    loaded = load(book)
    plan = Plan(loaded.runbook, loaded.digest)
    session = Session(log, SystemClock(), ALICE, load_pinned, plan=plan)
    pin = pin_of(loaded, book)
    start = cmd.StartRun(run=RUN, pin=pin, mode="live", folder=str(home), parameters={})
    must(session.submit(start, files=pinned_files(loaded, pin)))
    return session


def must(answer: object) -> None:
    """What is refused here is a fault of the test."""
    assert not isinstance(answer, Refusal), answer


def send(session: Session, messaging: Messaging) -> None:
    """One update in one's own words, to all channels and the feed."""
    number = len(session.state.messages.updates) + 1
    text = TEXT.format(number=number)
    must(session.submit(mcmd.DraftUpdate(kind="progress", texts={"customers": text})))
    ready = messaging.ready(session.state.messages.updates[number])
    say("begin")
    must(messaging.send(ready))


async def drive(home: Path, *, sending: bool) -> None:
    """Serves the channels until nothing is left."""
    session = session_of(home)

    def told(news: Sequence[Recorded]) -> None:
        for each in news:
            say(each.commit)

    session.listen(told)
    carrier = Channels(read_config(home / "config.toml", {}).channels)
    feed = StatusFeed(home / "feed", "Orders")
    delivering = Delivering(session, carrier, feed.publish, delays=DELAYS, in_flight=IN_FLIGHT)
    messaging = Messaging(session, delivering)
    delivering.start()
    if sending:
        send(session, messaging)
    while delivering.rest() is not None:
        await asyncio.sleep(0.02)
    await delivering.stop()
    say("end")


if __name__ == "__main__":
    asyncio.run(drive(Path(sys.argv[1]), sending=sys.argv[2] == "send"))
