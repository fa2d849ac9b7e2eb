"""Carries what was sent to its channels where no program drives the run: until the first attempts
have ended."""

from __future__ import annotations

import asyncio
import contextlib

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.begin import Held
from runbook_tui.cli.looping import Loop
from runbook_tui.cli.messages_text import delivery_line
from runbook_tui.delivering import Delivering
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.state import Delivery
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.text import safe_line
from runbook_tui.messaging import Messaging
from runbook_tui.opening import CannotOpenError
from runbook_tui.session import BrokenLogError, Session

LONGEST_WAIT = 300.0
"""Seconds after which nobody waits for a channel any more."""


def serve(
    session: Session,
    messaging: Messaging,
    update: int,
    channels: tuple[str, ...],
    *,
    quiet: bool = False,
) -> int:
    """Has the channels of an update served, prints what each answered unless it is to be `quiet`,
    and gives the exit code.

    Raises KeyboardInterrupt, EndedBySignal, and what the log raises.
    """
    served = True
    try:
        served = _rounds(session, messaging)
    finally:
        if served:
            _tell(session, update, channels, quiet=quiet)
    if not served:
        _driver_serves(session, update)
        return exits.FINE
    return code_of(_deliveries(session, update, channels))


def serve_left(session: Session, messaging: Messaging) -> None:
    """Serves what others left to the program that held the lease, once it has given that back:
    they were told that it would. Raises as `serve`."""
    session.catch_up()
    if _waiting(session, messaging.delivering):
        _rounds(session, messaging)


def _rounds(session: Session, messaging: Messaging) -> bool:
    """Drives the run until everything was tried; false where another program drives it."""
    while True:
        held = Held()
        try:
            held.take(session.state.run, session.who)
        except CannotOpenError:
            return False
        try:
            _until_tried(session, messaging.delivering)
            tried = _waiting(session, messaging.delivering)
        finally:
            held.release()
        # Somebody else may have left something to the program that held the lease, to this one.
        session.catch_up()
        if not _waiting(session, messaging.delivering) - tried:
            return True


def _driver_serves(session: Session, update: int) -> None:
    run = session.state.run
    holder = wiring.driver_here(run)
    who = f"{safe_line(holder['name'])} (process {holder['pid']})" if holder else "another program"
    say.err(f"recorded; {who} drives the run, and that program serves the channels")
    say.err(f"  what comes of it: runbook-tui message {run} {update}")


def _until_tried(session: Session, delivering: Delivering) -> None:
    delivering.tell = lambda words: say.err(safe_line(words))
    names = ", ".join(c.name for c in delivering.channels if c.kind != BY_HAND)
    say.err(f"serving the channels ({safe_line(names)}); Ctrl+C does not wait for them")
    with Loop() as loop:
        loop.run(_work(session, delivering, wiring.configuration().poll_seconds))


async def _work(session: Session, delivering: Delivering, poll_seconds: float) -> None:
    delivering.start()
    company = asyncio.create_task(follow(session, poll_seconds))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT):
                await delivering.drained()
    finally:
        company.cancel()
        # What is under way becomes unknown in the log.
        await delivering.stop()


async def follow(session: Session, poll_seconds: float) -> None:
    """Takes in what other terminals decide, until it is cancelled."""
    while True:
        await asyncio.sleep(poll_seconds)
        # The next decision says what is wrong with the log, if it lasts.
        with contextlib.suppress(LogFailure, BrokenLogError):
            if session.behind():
                session.catch_up()


def _waiting(session: Session, delivering: Delivering) -> set[tuple[int, str]]:
    """What has not been tried at all and the program can do."""
    names = {channel.name for channel in delivering.channels if channel.kind != BY_HAND}
    return {
        (update.number, name)
        for update in session.state.messages.sent
        for name, each in update.deliveries.items()
        if each.status == "waiting" and name in names
    }


def _deliveries(session: Session, update: int, channels: tuple[str, ...]) -> list[Delivery]:
    known = session.state.messages.updates[update].deliveries
    return [known[name] for name in channels if name in known]


def _tell(session: Session, number: int, channels: tuple[str, ...], *, quiet: bool) -> None:
    run, update = session.state.run, session.state.messages.updates[number]
    for each in _deliveries(session, number, channels):
        if not quiet:
            say.out(delivery_line(run, update, each, driven=False))
        if each.status == "failed":
            name = safe_line(each.to.channel)
            say.err(f"{name} is tried again when the run is next driven: runbook-tui resume {run}")


def code_of(deliveries: list[Delivery]) -> int:
    """0 where each channel has it, or a person is to copy it there; 1 where one refused it or
    nobody knows; 3 where one failed and is tried again."""
    found = {each.status for each in deliveries}
    if found & {"refused", "unknown", "under-way"}:
        return exits.NO
    by_program = {e.status for e in deliveries if e.to.kind != BY_HAND}
    return exits.OUTSIDE if by_program & {"failed", "waiting"} else exits.FINE
