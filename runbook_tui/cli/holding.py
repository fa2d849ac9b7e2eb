"""Drives a run for one thing that a command of the command line starts: a look, a command."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from runbook_tui.cli import exits, logfile, say, values, wiring
from runbook_tui.cli.begin import Held, driving
from runbook_tui.cli.looping import Loop
from runbook_tui.domain.effects.due import due, unsurveyed_after, unsurveyed_before
from runbook_tui.domain.text import safe_line
from runbook_tui.opening import CannotOpenError, Driving
from runbook_tui.session import Session

T = TypeVar("T")


@contextmanager
def holding(session: Session) -> Iterator[Driving]:
    """The run, driven by this program: its runbook is trusted, and nobody else drives it.

    Raises StopError (1), CannotOpenError, and what the log raises.
    """
    digest = session.state.plan.digest
    if not wiring.trust_store().trusts(digest):
        source = session.state.pin.source if session.state.pin else "RUNBOOK"
        raise exits.the_answer_is_no(
            f"this exact runbook ({digest[:12]}) is not trusted on this machine",
            f"look at its commands first: runbook-tui trust {source}",
        )
    secrets = values.take_secrets(session.state.secrets)
    logfile.never_write(secrets)
    session.give_secrets(secrets)
    held = Held()
    held.take(session.state.run, session.who)
    try:
        session.catch_up()
        opened = driving(session)
        for interrupted in opened.executor.settle_interrupted():
            say.err(f"{interrupted}: its command was under way when its program died")
        yield opened
    finally:
        held.release()


def have(work: Coroutine[Any, Any, T]) -> T:
    """Runs looks to their end. Raises KeyboardInterrupt and EndedBySignal once they have ended."""
    with Loop() as loop:
        return loop.run(work)


def have_due(session: Session) -> None:
    """Has the looks that a decision has made due, where this program may: else it says how they are
    had. Raises what the log raises."""
    state = session.state
    count = len(due(state)) + len(unsurveyed_before(state)) + len(unsurveyed_after(state))
    if not count:
        return
    run = state.run
    what = "a look at a side effect is" if count == 1 else f"{count} looks at side effects are"
    holder = wiring.driver_here(run)
    if holder is not None:
        say.err(f"{what} due: {safe_line(holder['name'])} drives the run: that program looks")
    elif not wiring.trust_store().trusts(session.state.plan.digest):
        say.err(
            f"{what} due, and the runbook is not trusted here; trust it, then: "
            f"runbook-tui effects {run} --look"
        )
    else:
        try:
            with holding(session) as opened:
                have(opened.probing.catch_up())
        except CannotOpenError as error:  # somebody was faster
            say.err(f"{what} due: {error}")
