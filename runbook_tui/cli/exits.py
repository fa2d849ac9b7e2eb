"""Exit codes, and the one place where an error becomes words on stderr and a code.

0 fine · 1 the answer is no · 2 bad usage or bad input · 3 an outside thing failed, nothing lost ·
130 interrupted. A program ended by a signal says 128 + its number, as a shell would.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from runbook_tui.cli import say

if TYPE_CHECKING:
    from runbook_tui.domain.rules import Refusal

FINE = 0
NO = 1
BAD_USAGE = 2
OUTSIDE = 3
INTERRUPTED = 130
READER_GONE = 128 + signal.SIGPIPE
"""Nobody reads what we print any more (``… | head``): what a shell shows for any such program."""


class StopError(Exception):
    """Ends a command with words for a person. `code` is the exit code."""

    def __init__(self, code: int, message: str, *, unharmed: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.unharmed = unharmed
        self.hint = hint


def the_answer_is_no(message: str, hint: str = "") -> StopError:
    """Exit 1."""
    return StopError(NO, message, hint=hint)


def bad_input(message: str, hint: str = "") -> StopError:
    """Exit 2."""
    return StopError(BAD_USAGE, message, hint=hint)


def refused(refusal: Refusal) -> StopError:
    """Exit 1, with the reason and the hint of a refusal."""
    return StopError(NO, f"refused: {refusal.reason}", hint=refusal.hint)


class EndedBySignal(BaseException):
    """SIGTERM or SIGHUP came: unwind, give back what is held, leave the run as it is."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def ending(run: Callable[[], int]) -> int:
    """Runs a command; gives its exit code, whatever happens, with every error said on stderr."""
    try:
        return run()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        _usage(error)
        return BAD_USAGE
    except StopError as error:
        _say(error.message, error.unharmed, error.hint)
        return error.code
    except (click.Abort, KeyboardInterrupt):
        say.err("interrupted")
        return INTERRUPTED
    except EndedBySignal as error:
        say.err(f"ended by {signal.Signals(error.number).name}")
        return 128 + error.number
    except (say.ReaderGoneError, BrokenPipeError):
        return READER_GONE
    except OSError as error:
        return _system(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence; see below
        return _from_inside(error)


def _say(message: str, unharmed: str, hint: str) -> None:
    say.err(message)
    for line in (unharmed, hint):
        if line:
            say.err(f"  {line}")


def _usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    message = error.format_message()
    say.err(message[:1].lower() + message[1:].rstrip("."))
    if context is not None:
        say.err(f"  {context.command.get_usage(context)}")
        say.err(f"  `{context.command_path} --help` tells more, with an example")


def _system(error: OSError) -> int:
    what = error.strerror or str(error)
    where = f"{error.filename}: " if error.filename else ""
    unharmed = "Every decision that was acknowledged is in the log."
    hint = "Free some space, then try again." if error.errno == errno.ENOSPC else ""
    _say(f"{where}{what}", unharmed, hint)
    return OUTSIDE


def _from_inside(error: Exception) -> int:
    # Imported here: `--help` and `lint` need none of this.
    from runbook_tui.domain.record import LogFailure
    from runbook_tui.formats.problem import RunbookError
    from runbook_tui.opening import CannotOpenError
    from runbook_tui.session import BrokenLogError

    match error:
        case LogFailure():
            _say(error.message, error.unharmed, error.hint)
            return OUTSIDE
        case BrokenLogError():
            _say(str(error), "Nothing was changed.", "`git fsck` in that repository tells more.")
            return NO
        case CannotOpenError():
            _say(str(error), "", error.hint)
            return error.code
        case RunbookError():
            # What stopped it; `lint` tells the warnings.
            for problem in error.problems:
                if problem.severity == "error":
                    say.err(problem.one_line())
            return BAD_USAGE
        case _:
            return _unexpected(error)


def _unexpected(error: Exception) -> int:
    # A mistake of this program. A tired person gets a sentence; whoever mends it gets the rest.
    from runbook_tui.cli import logfile

    path = logfile.unexpected(error)
    where = f"The details are in {path}." if path else ""
    _say(
        f"runbook-tui made a mistake: {type(error).__name__}: {logfile.clean(str(error))}",
        "Every decision that was acknowledged is in the log.",
        where,
    )
    return OUTSIDE
