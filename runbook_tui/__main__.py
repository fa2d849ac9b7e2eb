"""`runbook-tui` and `python -m runbook_tui`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    # Nothing made while a program loads is garbage, and looking for it takes a tenth of that time.
    # `cli.root` turns it on before a command does its work.
    gc.disable()
    from runbook_tui.cli.exits import READER_GONE
    from runbook_tui.cli.root import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            # The reader or the terminal is gone. The interpreter flushes once more at its end and
            # would change the exit code: give it somewhere to flush to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if isinstance(error, BrokenPipeError):
                code = READER_GONE
    sys.exit(code)


if __name__ == "__main__":
    main()
