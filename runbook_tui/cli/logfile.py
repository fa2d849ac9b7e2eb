"""The program's own log: a file under the XDG state folder, rotated, with secrets taken out.

It is for whoever mends this program, not for whoever reads a run: decisions are in git.
"""

from __future__ import annotations

import logging
from pathlib import Path

from runbook_tui.adapters import places

FILE = "runbook-tui.log"
MOST_BYTES = 1_000_000
KEPT = 3
_secrets: dict[str, str] = {}


class _Clean(logging.Formatter):
    """Secrets out, and safe text: what is logged may quote anything."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))


def clean(text: str) -> str:
    """`text` without secrets, and safe for a terminal."""
    from runbook_tui.domain.redact import redact
    from runbook_tui.domain.text import safe_text

    return safe_text(redact(text, _secrets))


def never_write(secrets: dict[str, str]) -> None:
    """Values that must not be in the file, by name."""
    _secrets.update(secrets)


def start() -> None:
    """Sends what is logged to the file, which is opened when there is something to log."""
    root = logging.getLogger()
    if not any(isinstance(handler, _WhenNeeded) for handler in root.handlers):
        root.addHandler(_WhenNeeded())
        root.setLevel(logging.INFO)
        # What goes wrong while logging must not be printed into somebody's screen.
        logging.raiseExceptions = False


class _WhenNeeded(logging.Handler):
    """The file's handler, made at the first record: the library behind it takes a while to import,
    and most runs log nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        """The file; None while it is not open."""
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record; drops it where the file cannot be written (that is no reason to stop
        anybody's upgrade)."""
        if self._file is None:
            path = places.state_folder() / FILE
            try:
                self._file, self.path = _open(path), path
            except OSError:
                return
        self._file.handle(record)


def _open(path: Path) -> logging.Handler:
    from logging.handlers import RotatingFileHandler

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(
        path, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", errors="replace"
    )
    path.chmod(0o600)
    handler.setFormatter(_Clean("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    return handler


def unexpected(error: Exception) -> Path | None:
    """Writes an error with its traceback; gives the file, where there is one."""
    start()
    logging.getLogger("runbook_tui").error("unexpected", exc_info=error)
    ours = [h for h in logging.getLogger().handlers if isinstance(h, _WhenNeeded)]
    return ours[0].path if ours else None
