"""The messages of a run: drafts and what was sent, one text at a time, the rules beside it.

It takes keys and what is typed. What is done goes through the acts it is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from textual import on
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import TextArea

from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.text import safe_text
from runbook_tui.opening import Driving
from runbook_tui.tui.screens.messages_view import MessagesView
from runbook_tui.tui.widgets.draft import Draft
from runbook_tui.tui.widgets.rows import Rows

SAVE_SECONDS = 2.0
"""How long nothing is typed before the draft is taken down."""
LONGEST_UNSAVED_SECONDS = 5.0
"""The same for whoever types without a pause."""


class Acts(Protocol):
    """What can be done about messages. See `runbook_tui.tui.telling.MessageActs`."""

    def keep(self, update: Update, texts: dict[Audience, str]) -> None: ...
    async def new(self) -> int | None: ...
    async def no_news(self) -> int | None: ...
    async def correct(self, update: Update) -> int | None: ...
    async def send(self, update: Update) -> None: ...
    async def overrule(self, update: Update, audience: Audience) -> None: ...
    async def refresh(self, update: Update) -> None: ...
    async def withdraw(self, update: Update) -> None: ...
    async def answer(self, update: Update) -> None: ...
    async def outside(self, update: Update, audience: Audience) -> str | None: ...
    async def help(self) -> None: ...
    def copy(self, update: Update, audience: Audience) -> None: ...


class Messages(MessagesView):
    """Updates of one run: written, sent, answered for."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "leave", show=False),
        Binding("q", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("e,enter", "edit", show=False),
        Binding("E", "outside", show=False),
        Binding("tab", "audience(1)", show=False, priority=True),
        Binding("shift+tab", "audience(-1)", show=False, priority=True),
        Binding("s", "send", show=False),
        Binding("o", "overrule", show=False),
        Binding("u", "refresh", show=False),
        Binding("n", "new", show=False),
        Binding("full_stop", "no_news", show=False),
        Binding("c", "correct", show=False),
        Binding("w", "withdraw", show=False),
        Binding("a", "answer", show=False),
        Binding("y,ctrl+c", "copy", show=False),
    ]

    def __init__(self, driving: Driving, acts: Acts, chosen: int = 0) -> None:
        super().__init__(driving, chosen)
        self._acts = acts
        self._loading = False
        self._save: Timer | None = None
        self._unsaved_since = 0.0
        self._base = ""
        """The text as it stood when it was last loaded or taken down here."""

    # Typing

    @on(Rows.Chosen, "#m-rows")
    @on(Rows.Picked, "#m-rows")
    def _moved(self, event: Rows.Chosen | Rows.Picked) -> None:
        if self.editing and event.key != str(
            self._written
        ):  # by the mouse: what was typed belongs where it was typed
            self.end_editing()
        self.show()

    @on(TextArea.Changed)
    def _typed(self) -> None:
        update = self.chosen
        if not self.editing or self._loading or update is None:
            return
        self._show_text(update)
        now = time.monotonic()
        if self._save is None:
            self._unsaved_since = now
        else:
            self._save.stop()
        left = self._unsaved_since + LONGEST_UNSAVED_SECONDS - now
        if left <= 0:
            self.keep()
        else:
            self._save = self.set_timer(min(SAVE_SECONDS, left), self.keep)

    def keep(self) -> None:
        """Takes the draft down as it stands."""
        if self._save is not None:
            self._save.stop()
            self._save = None
        update = self.chosen
        if update is None or not self.editing:
            return
        typed, now = self.query_one("#m-draft", Draft).text, update.texts.get(self._audience, "")
        if not update.is_draft:
            if typed != now:
                self.app.copy_to_clipboard(typed)
                self.say(
                    f"Update {update.number} was sent or withdrawn elsewhere meanwhile. What you "
                    "typed is copied; c writes a correction, n a new update.",
                    bad=True,
                )
            return
        if now not in (self._base, typed):
            self.say(
                "Somebody else changed this text meanwhile: yours stands, theirs is in the log.",
                bad=True,
            )
        self._acts.keep(update, self._texts(update))
        after = self.chosen
        self._base = after.texts.get(self._audience, typed) if after is not None else typed

    def begin_editing(self) -> None:
        """What is typed from here on goes into the text."""
        update = self.chosen
        if update is None or not update.is_draft:
            self.say(
                "What was sent stays as it is: c writes a correction." if update else "n: new."
            )
            return
        self._written, self._base = update.number, update.texts[self._audience]
        area = self.query_one("#m-draft", Draft)
        if area.text != self._base:  # else what can be undone stays so
            self._loading = True
            area.load_text(self._base)
            self._loading = False
        self.add_class("-editing")
        area.focus()
        self.show()

    def end_editing(self) -> None:
        """Keeps what was typed, and shows it as its readers will see it."""
        self.keep()
        self._written = 0
        self.remove_class("-editing")
        self.query_one("#m-rows", Rows).focus()
        self.show()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a text is written, letters are letters."""
        return not self.editing or action in ("leave", "audience")

    def _on_draft(self, key: str, work: Callable[[Update], Coroutine[Any, Any, Any]]) -> None:
        update = self.chosen
        if update is None:
            self.say("There is no message yet: n writes one.")
        elif not update.is_draft:
            self.say("That is sent and stays as it is: c corrects it, n writes a new one.")
        else:
            self._do(key, lambda: work(update))

    def action_leave(self) -> None:
        """Out of the text, then back to the run."""
        if self.editing:
            self.end_editing()
        else:
            self.dismiss(None)

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(None)

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._acts.help)

    def action_edit(self) -> None:
        """Writes."""
        self.begin_editing()

    def action_audience(self, by: int) -> None:
        """The text for the next readers."""
        update = self.chosen
        if update is None:
            return
        was_editing = self.editing
        if was_editing:
            self.keep()
            update = self.chosen or update
        order = list(update.texts)
        here = order.index(self._audience) if self._audience in order else 0
        self._audience = order[(here + by) % len(order)]
        if was_editing:
            self.begin_editing()
        self.show()

    def action_send(self) -> None:
        """Shows exactly what goes where, and asks."""
        self._on_draft("send", self._acts.send)

    def action_overrule(self) -> None:
        """Answers for words that the rules block or warn of."""
        self._on_draft("overrule", lambda u: self._acts.overrule(u, self._audience))

    def action_refresh(self) -> None:
        """The facts of now beside those in the text."""
        self._on_draft("refresh", self._acts.refresh)

    def action_withdraw(self) -> None:
        """Leaves a draft unsent for good."""
        self._on_draft("withdraw", self._acts.withdraw)

    def action_new(self) -> None:
        """A new update."""
        self._do("new", lambda: self._begin(self._acts.new, edit=True))

    def action_no_news(self) -> None:
        """An update that there is nothing new."""
        self._do("no_news", lambda: self._begin(self._acts.no_news))

    def action_correct(self) -> None:
        """A correction of what was sent."""
        update = self.chosen
        if update is None or update.sent is None:
            self.say("Only what was sent is corrected; a draft is edited (e).")
            return
        self._do("correct", lambda: self._begin(lambda: self._acts.correct(update), edit=True))

    async def _begin(
        self, make: Callable[[], Coroutine[Any, Any, int | None]], *, edit: bool = False
    ) -> None:
        number = await make()
        if number is None:
            return
        self.show()
        self.query_one("#m-rows", Rows).choose(str(number))
        self.show()
        update = self.chosen
        if edit and update is not None and update.is_draft:
            self.begin_editing()

    def action_answer(self) -> None:
        """Says what became of a delivery, or that it was sent by hand."""
        update = self.chosen
        if update is None or update.sent is None:
            self.say("It is not sent yet.")
            return
        self._do("answer", lambda: self._acts.answer(update))

    def action_outside(self) -> None:
        """Writes in the person's own editor."""
        self._on_draft("outside", self._outside)

    async def _outside(self, update: Update) -> None:
        text = await self._acts.outside(update, self._audience)
        if text is not None:
            self._acts.keep(update, {**update.texts, self._audience: safe_text(text)})

    def action_copy(self) -> None:
        """The text, for a channel that the program does not reach."""
        update = self.chosen
        if update is not None:
            self._acts.copy(update, self._audience)
