"""The run screen: where are we, what is to be done, which clock matters, who decided what.

It passes acts on and shows what comes of them. It decides nothing and touches no log.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textual import on
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from runbook_tui.domain.no_return import is_ahead
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.schedule.bell import Bell
from runbook_tui.domain.state import current
from runbook_tui.domain.text import safe_line
from runbook_tui.opening import Driving, Opening, Settings
from runbook_tui.tui import keys
from runbook_tui.tui.present.step_parts import words
from runbook_tui.tui.pressed import pressed_at
from runbook_tui.tui.screens.hearing import Hearing
from runbook_tui.tui.screens.run_view import RunView
from runbook_tui.tui.widgets.output import Output
from runbook_tui.tui.widgets.still import Still

# What is only needed once the log is open is imported where it is used: the list of steps is on
# the screen before any of it is loaded.
if TYPE_CHECKING:
    from runbook_tui.domain.schedule.alarm import Alarm
    from runbook_tui.domain.schedule.reading import Reading
    from runbook_tui.session import Recorded
    from runbook_tui.tui.lookout import Lookout
    from runbook_tui.tui.performing import Performer

Answer = TypeVar("Answer")

REPEAT_SECONDS = 0.25
"""A key that acts, held down, acts once: a terminal sends a held key again and again."""
MESSAGE_SECONDS = 8.0
GLANCE_SECONDS = 2.0
"""For what is no longer worth reading after the next key."""
logger = logging.getLogger(__name__)


class RunScreen(RunView, inherit_bindings=False):
    """Drives one run."""

    BINDINGS = keys.bindings()

    def __init__(self, opening: Opening, settings: Settings, plan: Plan | None) -> None:
        super().__init__(opening, settings, plan)
        self.performer: Performer
        self.lookout: Lookout
        self.repeat_seconds = REPEAT_SECONDS
        self._acting = False
        self._last_press: tuple[str, float] = ("", 0.0)
        self._dialog_closed = 0.0
        self._surprised = 0.0
        self._brought = ("", "")
        """The step and its item that a press has just brought onto the screen."""
        self._message_timer: Timer | None = None
        self.bell = Bell()
        self._said = ("", 0)
        """The message, and how many decisions there were when it was said."""

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.driving_or_none is not None:
            self.lookout.clock()
        self.show_clocks()

    def alarmed(self, near: tuple[Alarm, ...], reading: Reading) -> None:
        from runbook_tui.domain.schedule.alarm import unanswered
        from runbook_tui.domain.schedule.clock_words import question_line
        from runbook_tui.tui.alarms import ring

        self.performer.messages.overdue(reading.now)
        deadline = unanswered(self.driving.session.state, reading)
        self.lookout.deadline = question_line(deadline, "t")
        fresh = self.bell.fresh(near)
        if not fresh:
            return
        self.say(fresh[0].text, bad=True)
        if self.settings.bell:
            ring(self.app, fresh[0].text)

    def attach(self, driving: Driving) -> None:
        """The log is open: from now on the run itself is shown."""
        from runbook_tui.tui.lookout import Lookout
        from runbook_tui.tui.performing import Performer

        self.performer = Performer(self)
        self.lookout = Lookout(self)
        self.driving_or_none = driving
        driving.session.listen(self._recorded)
        self.performer.messages.serve()
        self.performer.seeing.due()
        self._show_first_decisions(driving.session.entries)
        self.show_run()
        self.set_interval(self.settings.poll_seconds, self.lookout.elsewhere)
        self.set_interval(2.0, self.lookout.file)

    def _recorded(self, news: Sequence[Recorded]) -> None:
        from runbook_tui.tui.alarms import jumped

        for recorded in news:
            words = jumped(recorded.entry.event)
            if words:
                self.say(words, bad=True)
        self.performer.seeing.due()
        self.post_message(self.Changed())

    # Acts

    async def ask(self, screen: Screen[Answer]) -> Answer | None:
        """Shows a dialog and waits for its answer."""
        try:
            return await self.app.push_screen_wait(screen)
        finally:
            self._dialog_closed = time.monotonic()

    def progress_of(self, step_id: str) -> Mapping[str, str]:
        """See `RunView`."""
        if self.driving_or_none is None:
            return {}
        return self.performer.findings.looking.progress(step_id)

    def output_lines(self, step_id: str) -> list[str]:
        """What a step's commands said while this program ran them."""
        return self.query_one("#output", Output).lines_of(step_id)

    def touch(self) -> None:
        """What runs here has changed: draw anew soon."""
        self.post_message(self.Changed())

    def say(self, message: str, *, bad: bool = False, seconds: float = MESSAGE_SECONDS) -> None:
        """A short word that goes away by itself."""
        driving = self.driving_or_none
        self._said = (message, driving.session.state.seq if driving is not None else 0)
        for screen in self.app.screen_stack:
            if isinstance(screen, Hearing):
                screen.say(message, bad=bad)
        line = self.query_one("#message", Still)
        glyph, style = ("✗ ", "bold $warning") if bad else ("· ", "bold $accent")
        line.show(Content.assemble((glyph, style), safe_line(message)))
        line.add_class("shown")
        if self._message_timer is not None:
            self._message_timer.stop()
        self._message_timer = self.set_timer(seconds, self._hush)

    def heard(self, news: Sequence[Recorded]) -> None:
        """What was said about a step is no longer true once something new happens to it."""
        message, then = self._said
        for recorded in news:
            step = getattr(recorded.entry.event, "step", None)
            if step and recorded.entry.seq > then and re.search(rf"\b{re.escape(step)}\b", message):
                self._hush()

    def _hush(self) -> None:
        self.query_one("#message").remove_class("shown")

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts work that outlives the act; what fails in it is said, never swallowed."""
        self.run_worker(work, exit_on_error=False)

    async def trusts(self, plan: Plan) -> bool:
        """Whether the person trusts a runbook not seen before; remembers it where so."""
        from runbook_tui.tui.screens.trust import Trust

        if not await self.ask(Trust(plan)):
            return False
        try:
            self.opening.trust(plan.digest, plan.runbook.title)
        except OSError as error:
            # It is trusted for this run; it will be asked for again.
            self.say(f"That it is trusted cannot be remembered: {error}", bad=True)
        return True

    def _free(self, key: str, *, at_once: bool = False) -> bool:
        """Whether a press may act: one act at a time, and a key held down acts once. `at_once`:
        it needs no open log.
        """
        before, self._last_press = self._last_press, (key, pressed_at(self.app))
        if before[0] == key and self._last_press[1] - before[1] < self.repeat_seconds:
            return False
        if self._last_press[1] - self._dialog_closed < self.repeat_seconds:
            return False  # It was meant for the dialog that has just gone.
        if self.driving_or_none is None and not at_once:
            self.say("The log is being opened.")
            return False
        return not self._acting

    def _do(
        self, key: str, work: Callable[[], Coroutine[Any, Any, None]], *, at_once: bool = False
    ) -> None:
        """Does work that may ask something, where the press may act."""
        if self._free(key, at_once=at_once):
            self._acting = True
            self.run_worker(self._guarded(work()), exit_on_error=False)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._acting = False

    @on(Worker.StateChanged)
    def _worker_failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            logger.error("work in the background failed", exc_info=error)
            words = f"{type(error).__name__}: {error}"
            if self.driving_or_none is not None:
                words = self.driving.session.redactor.text(words)
            self.say(f"The program failed here: {words}. What is recorded is safe.", bad=True)

    def offer_changed(self) -> None:
        # What a press has just brought about is no surprise to whoever pressed.
        if time.monotonic() - self._last_press[1] > self.repeat_seconds:
            self._surprised = time.monotonic()

    def action_next(self) -> None:
        """What naturally comes next; not in the moment in which that has changed by itself: a
        finger on its way meant what stood there before, and so did a press that had to wait.
        """
        from runbook_tui.tui.present.keybar import TICK

        since = pressed_at(self.app) - self._surprised
        behind = self.offers_another()
        if since < self.repeat_seconds or behind:
            if behind:  # What the screen says is no longer so: nothing to tell before it is drawn.
                self.touch()
            word = "" if behind else self._offer[1]
            now = f": enter is {word} now" if word else ""
            self.say(f"This has just changed{now}.", seconds=GLANCE_SECONDS)
            return
        if self._offer[1] == TICK and self._brings_into_sight("next"):
            return
        self._do("next", lambda: self.performer.next(self.selected))

    def _brings_into_sight(self, key: str) -> bool:
        """Whether the item that a press would tick had to be brought onto the screen first: nobody
        confirms what they cannot see. Where there is no room for it, its words are said, and the
        same press once more ticks it.
        """
        state, step = self.state, self.selected
        if state is None or step is None or self.shows("tick"):
            return False
        ticked = state.of(step.id).ticked
        left = [(n, item) for n, item in enumerate(step.checklist, 1) if item.key not in ticked]
        if not left or self._brought == (step.id, left[0][1].key):
            return False
        if self._free(key):
            number, item = left[0]
            self._brought = (step.id, item.key)
            self.show_about("tick")
            text = words(item.text, state.parameters)
            self.say(f"Not seen yet: {number} ☐ {text} · the same key ticks it now.")
        return True

    def action_act(self, name: str) -> None:
        """One act of the registry on the selected step."""
        if name == "tick" and self._brings_into_sight(name):
            return
        self._do(name, lambda: self.performer.act(name, self.selected))

    def action_item(self, number: int) -> None:
        """Turns a checklist item over; asks nothing, so that 1 2 3 may be typed in one go."""
        from runbook_tui.tui.performing_words import toggled

        step = self.selected
        if not self._free(f"item-{number}") or step is None:
            return
        command = toggled(step, self.driving.session.state.of(step.id).ticked, number)
        if command is None:
            self.say(f"{step.id} has no item {number}.")
        elif is_ahead(self.driving.session.state, step):
            self._do("start", lambda: self.performer.turn(step, command))
        else:
            self.performer.submit(command)

    def action_acts(self) -> None:
        """Everything that can be done with the step."""
        from runbook_tui.tui import menus

        step = self.selected
        if step is not None:
            self._do(
                "acts",
                lambda: menus.all_acts(self, self.performer, step, self.settings.keys),
            )

    def action_output(self) -> None:
        """The whole stored output."""
        from runbook_tui.tui import menus

        step = self.selected
        if step is not None:
            self._do("output", lambda: menus.full_output(self, step))

    def action_amend(self) -> None:
        """Adopts the edited runbook."""
        from runbook_tui.tui import menus

        self._do("amend", lambda: menus.amend(self, self.performer, self.lookout.edited))

    def action_search(self) -> None:
        """Finds a step."""
        self._do("search", self._search)

    async def _search(self) -> None:
        from runbook_tui.tui import menus

        found = await menus.find(self)
        if found:
            self.go_to(found)

    def action_time(self) -> None:
        """The clocks in words, and what can be done about time."""
        self._do("time", self._time)

    async def _time(self) -> None:
        from runbook_tui.tui.deadline import about_time

        await about_time(self, self.performer, self.selected)

    def action_preflight(self) -> None:
        """What the checks found, where the run stands."""
        self._do("preflight", lambda: self.performer.findings.preflight(self.selected))

    def action_message(self) -> None:
        """What people are told."""
        self._do("message", lambda: self.performer.messages.start(self.selected))

    def action_no_news(self) -> None:
        """Tells people that there is nothing new."""
        self._do("no-news", self.performer.messages.tell_no_news)

    def action_ledger(self) -> None:
        """What this run has changed."""
        self._do("ledger", lambda: self.performer.effects.start(self.selected))

    def action_records(self) -> None:
        """What was decided, and why."""
        self._do("records", lambda: self.performer.records.start(self.selected))

    def action_current(self) -> None:
        """Back to the current step."""
        state = self.state
        step = current(state) if state is not None else None
        if step is not None:
            self.go_to(step.id)

    def action_help(self) -> None:
        """All keys and acts."""
        self._do("help", self._help, at_once=True)

    async def _help(self) -> None:
        from runbook_tui.tui import menus
        from runbook_tui.tui.present.links import link_help
        from runbook_tui.tui.screens.viewer import Viewer

        links = link_help(self.state) if self.state is not None else []
        await self.ask(Viewer("Help", [*links, *menus.help_lines(self.settings.keys)]))

    def _say_how_to_cancel(self, running: str) -> None:
        """Elsewhere ctrl+c ends what runs; whoever presses it here most likely means that."""
        copy, acts = (keys.key_text(name, self.settings.keys) for name in ("copy", "acts"))
        there = "" if self.selected is not None and self.selected.id == running else "go there, "
        how = f"{there}{acts}, Cancel what is running"
        self.say(f"{running} runs on; {copy} ends nothing. To cancel it: {how}.")

    def action_copy(self) -> None:
        """The selected text, else the command of the step, else its title."""
        text = self.get_selected_text()
        step = self.selected
        running = self.driving_or_none.executor.running if self.driving_or_none is not None else ()
        if running and not text:
            self._say_how_to_cancel(running[0])
            return
        if not text and step is not None:
            text = self._line_of("run") or self._line_of("verify") or safe_line(step.title)
        if text:
            self.app.copy_to_clipboard(text)
