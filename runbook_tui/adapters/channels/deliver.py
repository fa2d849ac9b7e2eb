"""The process of one attempt: takes its job from stdin, answers with one line of JSON, and ends.

    python -P -m runbook_tui.adapters.channels.deliver

It is apart because libraries for this hang, hold the interpreter and are slow to import. Before
anything of a message may leave, it notes ``#written``: where it is killed, that tells whether the
message may be there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import msgspec

from runbook_tui.adapters.channels import cachet, statuspage
from runbook_tui.adapters.channels.api import Api
from runbook_tui.adapters.channels.job import WRITTEN, Job, Nothing
from runbook_tui.adapters.channels.outcomes import (
    NotAskedError,
    SettledError,
    not_seen,
    not_sent,
)
from runbook_tui.adapters.channels.witness import Witness
from runbook_tui.adapters.http.trouble import OverdueError
from runbook_tui.domain.messages.channels import Answered
from runbook_tui.domain.redact import Redactor

HARD_SECONDS = 0.1
"""After the time is over and something has swallowed that."""


def main() -> None:
    """Does the job. Never returns: what a library has left running ends with the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    # Whatever a library prints is no answer, and may hold an address.
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    code = 1
    try:
        job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
        answered = attempt(job, lambda: _write(answers, b"#" + WRITTEN))
        _write(answers, msgspec.json.encode(answered if answered is not None else Nothing()))
        code = 0
    finally:
        os._exit(code)


def _write(to: int, line: bytes) -> None:
    # Whoever asked may be gone: then nobody is there to tell.
    with suppress(OSError):
        os.write(to, line + b"\n")


def attempt(job: Job, on_write: Callable[[], None]) -> Answered | None:
    """Delivers or looks; None where a channel of this kind cannot be asked."""
    witness = Witness(on_write)
    delivering = job.act == "deliver"
    answered: Answered | None

    def over(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, HARD_SECONDS)
        raise OverdueError

    try:
        signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, job.until - time.monotonic()))
        answered = _perform(job, witness, on_write)
    except NotAskedError as error:
        answered = not_sent(error.answered) if delivering else not_seen(error.answered)
    except SettledError as error:
        answered = error.answered
    except OverdueError:
        answered = _overdue(delivering, witness)
    except Exception as error:  # noqa: BLE001 - a library's trouble must not look like a success
        sent = witness.sent or not delivering
        words = f"the program could not do it ({type(error).__name__})"
        answered = Answered(outcome="unknown" if sent else "failed", words=words)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return answered


def _overdue(delivering: bool, witness: Witness) -> Answered:
    if not delivering:
        return Answered(outcome="unknown", words="no answer in time")
    if witness.sent:
        return Answered(outcome="unknown", words="sent, and no answer in time")
    if witness.exchanges and witness.exchanges[-1].written:
        words = "not sent, because it does not say in time what it has"
        return Answered(outcome="failed", words=words)
    return Answered(outcome="failed", words="no connection in time")


def _perform(job: Job, witness: Witness, on_write: Callable[[], None]) -> Answered | None:
    delivering = job.act == "deliver"
    if job.kind == "apprise":
        if not delivering:
            return None
        from runbook_tui.adapters.channels import notifiers  # slow, and not for the others

        return notifiers.deliver(job.settings, job.outgoing, job.longest, witness)
    if job.kind not in ("statuspage", "cachet"):
        from runbook_tui.adapters.channels import extension

        witness.other_ways = True  # it may send by ways that are not seen
        on_write()
        return extension.perform(job.act, job.kind, job.settings, job.outgoing)
    clean = Redactor(job.secrets).text
    if job.kind == "cachet":
        base, header = cachet.base(job.settings), cachet.header(job.settings)
        perform = cachet.deliver if delivering else cachet.look
    else:
        base, header = job.settings["url"], statuspage.header(job.settings)
        perform = statuspage.deliver if delivering else statuspage.look
    return perform(job.settings, job.outgoing, Api(base, header, witness, job.until, clean))


if __name__ == "__main__":
    main()
