"""Starts the order service: ``python -m orders --config FILE``."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from pathlib import Path

from .release import SCHEMAS, VERSION
from .settings import SettingsError, load
from .store import Store
from .web import Service

CONFIGURATION_ERROR = 78


class Stopped(Exception):  # noqa: N818
    """The program was told to stop."""


def stopped(*_: object) -> None:
    """Takes a signal: the first one stops the program in order, the next changes nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def main() -> int:
    """Serves until told to stop."""
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        sys.stderr.write("usage: python -m orders --config FILE\n")
        return 2
    try:
        settings = load(sys.argv[2])
        token = Path(settings.token_file).read_text(encoding="utf-8").strip()
        store = Store(settings.database, settings.busy_timeout_ms)
        schema = store.schema()
        store.close()
        if schema not in SCHEMAS:
            wanted = " or ".join(str(s) for s in SCHEMAS)
            raise SettingsError(
                f"{settings.database}: schema {schema}, but {VERSION} runs on {wanted}"
            )
        service = Service(settings, token)
    except (SettingsError, OSError) as error:
        sys.stderr.write(f"orders {VERSION} does not start: {error}\n")
        return CONFIGURATION_ERROR
    serving = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    sys.stderr.write(f"orders {VERSION} serves on {settings.host}:{settings.port}\n")
    # An exception rather than an event: a handler that sets an event which the same thread is
    # about to wait for can lock up.
    with contextlib.suppress(Stopped):
        signal.signal(signal.SIGTERM, stopped)
        while True:
            time.sleep(1)
    service.shutdown()
    service.server_close()
    service.drain(2.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
