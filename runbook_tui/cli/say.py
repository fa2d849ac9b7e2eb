"""Everything the command line prints: results on stdout, all else on stderr, nothing raw.

Text passes `safe_text`; JSON is ASCII only, so that it is safe for a terminal without a change to
what it says.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from typing import Any, TextIO

from runbook_tui.domain.text import safe_text


class ReaderGoneError(Exception):
    """Nobody reads what is printed any more (``… | head``)."""


def prepare_streams() -> None:
    """What a terminal's encoding cannot show is shown as ``?`` instead of being an error; what was
    closed before we started (``>&-``) swallows what is said."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # For as long as the program runs; nobody is there to close it.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def out(text: str = "", *, end: str = "\n") -> None:
    """A result, on stdout."""
    _write(sys.stdout, safe_text(text) + end)


def err(text: str = "", *, end: str = "\n") -> None:
    """Anything that is no result, on stderr."""
    _write(sys.stderr, safe_text(text) + end)


def bell() -> None:
    """The terminal's bell, where stdout is a terminal."""
    if sys.stdout.isatty():
        _write(sys.stdout, "\a")


def columns() -> int:
    """How wide stdout is: COLUMNS, else the terminal, else 100."""
    return shutil.get_terminal_size(fallback=(100, 24)).columns


def terminal_columns() -> int | None:
    """How wide the terminal is that shows what is said; None where none does."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            try:
                return os.get_terminal_size(stream.fileno()).columns or None
            except (OSError, ValueError):
                return None
    return None


def takes_blocks() -> bool:
    """Whether stdout can carry block and line characters."""
    try:
        "█░▒─┤›·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def json_out(document: Any) -> None:
    """The one JSON document of a command, on stdout."""
    _write(sys.stdout, json.dumps(document, indent=2) + "\n")


def json_line(document: Any) -> None:
    """One line of a stream of JSON documents, on stdout."""
    _write(sys.stdout, json.dumps(document, separators=(",", ":")) + "\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        # Somebody may be reading along: a pipe sees each line when it is said.
        stream.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        # The terminal was closed. What is said to nobody is no reason to stop tidying up.
        if error.errno != errno.EIO:
            raise
