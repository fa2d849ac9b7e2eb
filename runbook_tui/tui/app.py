"""The application: opens a run, shows it, and leaves it as it stands."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from time import strftime

from textual import events, on, work
from textual.app import App, SystemCommand
from textual.command import Provider
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.text import safe_text
from runbook_tui.opening import CannotOpenError, Driving, Opening, Settings
from runbook_tui.tui import markdown
from runbook_tui.tui.screens.run import RunScreen
from runbook_tui.tui.theme import THEMES

logger = logging.getLogger(__name__)

TOLD_SECONDS = 30.0
"""How long that stays which lint says and does not forbid the run."""
CANCEL_SECONDS = 8.0
"""How long leaving waits for cancelled commands: their grace and a little."""


def _run_commands() -> type[Provider]:
    from runbook_tui.tui.palette import RunCommands

    return RunCommands


def _leaving_ends(running: Iterable[str]) -> str:
    return (
        f"{', '.join(running)} is running. Leaving cancels it; a step that changes things is then "
        "UNKNOWN. The run itself stays open."
    )


class RunbookApp(App[int]):
    """Drives one run in the terminal."""

    TITLE = "runbook-tui"
    COMMANDS = App.COMMANDS | {_run_commands}
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    # The run screen's dress is the application's: Textual reads none for a default screen.
    CSS_PATH = "screens/run.tcss"
    CSS = """
    Toast { max-width: 90%; }
    """

    def __init__(self, opening: Opening, settings: Settings) -> None:
        super().__init__()
        self.opening = opening
        self.settings = settings
        self.run_screen = RunScreen(opening, settings, opening.plan)
        self.trouble = ""
        """Words for the person once the screen is gone."""
        self.refusal: Exception | None = None
        """Why the run could not be opened: CannotOpenError, LogFailure, BrokenLogError."""
        self._leaving = False
        self.pressed_at = 0.0
        """When the newest key or button was pressed; see `runbook_tui.tui.pressed`."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES.get(settings.theme, THEMES["dark"]).name
        if self.theme == THEMES["none"].name:
            # Textual picks its filter before it knows the theme, and its grey one paints colours.
            from textual.filter import NoColor

            self._filters[:] = [NoColor()]
        self.animation_level = "none"

    def on_mount(self) -> None:
        self.set_keymap(dict(self.settings.keys))
        self._heed_signals()
        # The list is on the screen before git is imported or anything is read.
        self.call_after_refresh(self.open_run)

    def get_default_screen(self) -> Screen[None]:
        """The run screen itself: no empty screen is laid out before it."""
        return self.run_screen

    async def on_event(self, event: events.Event) -> None:
        # What is typed while it closes down is for no screen, and is no failure.
        if isinstance(event, events.InputEvent) and not self._screen_stacks.get(self._current_mode):
            return
        if isinstance(event, events.Key | events.MouseDown):
            self.pressed_at = event.time
        await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, made fit for a terminal that goes away."""
        from textual.drivers.linux_driver import LinuxDriver

        from runbook_tui.tui.terminal import TerminalDriver

        usual = super().get_driver_class()
        return TerminalDriver if usual is LinuxDriver else usual

    def _heed_signals(self) -> None:
        """A lost terminal or a polite end leaves the run resumable and its commands ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            with suppress(ValueError, NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self._end, 128 + number)

    def _end(self, code: int) -> None:
        """A lost terminal or a polite end: what was typed is not lost with it."""
        self._keep_what_is_typed()
        self.exit(code)

    def _keep_what_is_typed(self) -> None:
        for screen in self.screen_stack:
            keep = getattr(screen, "keep", None)
            if keep is not None:
                with suppress(Exception):  # whatever is wrong with it: the way out stays open
                    keep()

    @work(exit_on_error=False)
    async def open_run(self) -> None:
        """Trust and parameters first, then the log."""
        from runbook_tui.session import BrokenLogError
        from runbook_tui.tui.screens.parameters import Parameters, missing

        values: Mapping[str, str] = self.opening.given
        plan = self.opening.plan
        told: tuple[str, ...] = ()
        if plan is not None:
            try:
                told = await asyncio.to_thread(self.opening.check)
            except (CannotOpenError, LogFailure) as error:
                self._cannot_open(error)
                return
            if not await self._trusted(plan):
                self._give_up("Not trusted; nothing was started.")
                return
            if missing(plan.runbook, values):
                answers = await self.run_screen.ask(Parameters(plan.runbook, values))
                if answers is None:
                    self._give_up("Left before it started; nothing was recorded.")
                    return
                values = answers
        try:
            driving = await asyncio.to_thread(self.opening.begin, values)
        except (CannotOpenError, LogFailure, BrokenLogError) as error:
            self._cannot_open(error)
            return
        if plan is None and not await self._trusted(driving.session.state.plan):
            self._give_up("Not trusted; the run stands where it stood.")
            return
        self.run_screen.attach(driving)
        if not gc.isenabled():
            # Off since the start (`__main__`). What is there now stays: no search for garbage need
            # look at it again.
            gc.freeze()
            gc.enable()
        self._tell_interrupted(driving)
        unwise = (*told, *driving.messaging.warnings)
        if unwise:
            self.run_screen.say(" ".join(unwise), bad=True, seconds=TOLD_SECONDS)
        await asyncio.to_thread(markdown.warm)
        self.run_screen.show_step()

    async def _trusted(self, plan: Plan) -> bool:
        return self.opening.trusted(plan.digest) or await self.run_screen.trusts(plan)

    def _tell_interrupted(self, driving: Driving) -> None:
        told = [
            f"{step_id} was interrupted when the program ended: "
            f"it is {driving.session.state.of(step_id).status.word}."
            for step_id in driving.interrupted
        ]
        if told:
            self.run_screen.say(" ".join(told), bad=True)

    def _give_up(self, message: str) -> None:
        self.trouble = message
        self.exit(1)

    def _cannot_open(self, error: Exception) -> None:
        self.refusal = error
        self.exit(1)

    @on(Worker.StateChanged)
    def _worker_failed(self, event: Worker.StateChanged) -> None:
        """Opening or leaving failed for a reason nobody foresaw: no screen could go on."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.panic_about(event.worker.error)

    async def action_quit(self) -> None:
        """Leaves. The run goes on where it stands; a running command is ended first."""
        if not self._leaving:
            self._leaving = True
            self.leave()

    @work(exit_on_error=False)
    async def leave(self) -> None:
        """Asks where a command is running, then exits."""
        try:
            await self._leave()
        finally:
            self._leaving = False

    async def _leave(self) -> None:
        self._keep_what_is_typed()
        driving = self.run_screen.driving_or_none
        if driving is not None and driving.executor.running:
            if not await self._sure_to_leave(driving):
                return
            for step_id in driving.executor.running:
                driving.executor.cancel(step_id)
            await self._until_ended(driving)
        if driving is not None:
            await self.run_screen.performer.seeing.stop()
            await driving.messaging.delivering.stop(CANCEL_SECONDS)
            from runbook_tui.domain.messages.words import owed_words

            owed = owed_words(driving.session.state.messages)
            if owed:
                self.trouble = f"{owed}\nGo on with: runbook-tui resume {driving.session.log.id}"
        self.exit(0)

    async def _sure_to_leave(self, driving: Driving) -> bool:
        """Asks, as long as there is something to ask: a command may end meanwhile."""
        from runbook_tui.tui.screens.confirm import Confirm

        told = driving.executor.running
        dialog = Confirm("Leave while a command runs?", _leaving_ends(told), "leave")

        def look() -> None:
            nonlocal told
            running = driving.executor.running
            if not running and dialog.is_current:
                dialog.dismiss(None)
            elif running and running != told:
                told = running
                dialog.renew(_leaving_ends(told))

        timer = self.set_interval(0.1, look)
        try:
            sure = await self.run_screen.ask(dialog)
        finally:
            timer.stop()
        if sure is None and not driving.executor.running:
            self.run_screen.say(
                f"{', '.join(told)} has ended meanwhile; nothing was cancelled. ^q leaves now."
            )
        return sure is True

    async def _until_ended(self, driving: Driving) -> None:
        end = asyncio.get_running_loop().time() + CANCEL_SECONDS
        while driving.executor.running and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)

    def _fatal_error(self) -> None:
        """An error of this program's own: the stack goes to the log file, without the values of
        variables (they may be secret); the person gets a sentence and the way back."""
        if self._exception is not None:
            self._tell_failure(self._exception)
        self._close_messages_no_wait()

    def panic_about(self, error: BaseException) -> None:
        """Ends the program for an error of its own that no screen can go on after."""
        self._tell_failure(error)
        self.exit(1)

    def _tell_failure(self, error: BaseException) -> None:
        logger.error("the interface failed", exc_info=error)
        driving = self.run_screen.driving_or_none
        run, words = "", f"{type(error).__name__}: {error}"
        if driving is not None:
            run, words = driving.session.log.id, driving.session.redactor.text(words)
        self.trouble = (
            f"The program failed: {words}\n"
            "Every decision that was shown as recorded is safe.\n"
            f"Go on with: runbook-tui resume {run}".rstrip()
        )

    def copy_to_clipboard(self, text: str) -> None:
        """To the terminal's clipboard by OSC 52, and to a file for where that does not work."""
        super().copy_to_clipboard(text)
        folder = Path(self.settings.clip_folder) if self.settings.clip_folder else None
        if folder is None:
            return
        path = folder / f"copied-{strftime('%Y%m%d-%H%M%S')}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            self.notify(f"Copied to the clipboard only: {error}", markup=False)
            return
        self.notify(f"Copied; also in the file\n{path}", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette's own entries: colours and leaving."""
        for name, theme in THEMES.items():
            if name != "none":
                yield SystemCommand(
                    f"Colours: {name}", "Change the colours", lambda t=theme.name: self._paint(t)
                )
        if screen is not self.run_screen:  # There it is among the actions of the keys.
            yield SystemCommand("Quit", "Leave; the run stays where it stands", self.action_quit)

    def _paint(self, theme: str) -> None:
        self.theme = theme

    def run_to_exit(self) -> int:
        """Runs until it is left; the exit code. Gives the lease back whatever happens.

        Raises what kept the run from being opened, once the screen is gone: CannotOpenError,
        LogFailure, BrokenLogError.
        """
        try:
            code = self.run(mouse=self.settings.mouse)
        finally:
            self.opening.close()
        if self.refusal is not None:
            raise self.refusal
        if self.trouble:
            print(safe_text(self.trouble), file=sys.stderr)  # noqa: T201 - the screen is gone
        return code if code is not None else (self.return_code or 0)
