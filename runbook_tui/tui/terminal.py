"""The terminal that the program draws on, which may go away at any moment.

Textual writes from a thread of its own; when a write fails the thread ends, its queue fills, and
the program would wait for it for ever, with its commands running. A closed window or a lost
connection must end the program in order instead: SIGHUP does that, if writing does no harm.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


class _MayBeGone:
    """A stream that takes what is written after its terminal has gone, and drops it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class TerminalDriver(LinuxDriver):
    """Textual's driver for terminals that can be lost."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast("Any", _MayBeGone(cast("IO[str]", self._file)))

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            # The terminal is gone and nobody can type any more: leave, as for SIGHUP.
            self._app.call_later(self._app.exit, 129)
        except BaseException as error:  # noqa: BLE001 - said where every failure is said
            self._app.call_later(self._app._handle_exception, error)
