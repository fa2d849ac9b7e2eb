"""What all dialogs share: a box in the middle, esc to leave without a trace."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from runbook_tui.tui.folding import Line, lines_of
from runbook_tui.tui.pressed import pressed_at
from runbook_tui.tui.screens.body import Body

Answer = TypeVar("Answer")

SETTLE_SECONDS = 0.3
"""A dialog takes no key this soon after it was first drawn: that was meant for before."""
REPEAT_SECONDS = 0.25
"""Presses of one key that come closer than this are those of a key held down."""
HELD_SECONDS = 0.7
"""A terminal repeats a key held down for the first time after up to this long."""
MOST_FITS = 5
"""Layouts within which everything must have found its room; a tiny terminal has none."""
LOW = 16
"""Rows below which a dialog does without empty lines."""


class Words(Static):
    """Words of which the dialog must know when they take another room."""

    class Resized(Message):
        """They do."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())


class Dialog(ModalScreen[Answer]):
    """A modal box with a title, a body and a line of keys. Dismissed with None by esc.

    Where the body does not fit, it scrolls whatever has the keys otherwise, and nothing is agreed
    to before its end was in sight.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("escape", "leave", "Leave", show=False),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("ctrl+end", "scroll(100000)", show=False, priority=True),
        Binding("ctrl+home", "scroll(-100000)", show=False, priority=True),
    ]

    READ_ON = "page-down reads on"
    """How the rest of a body is brought into sight."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 90%;
            max-width: 96;
            height: auto;
            max-height: 90%;
            border: round $accent;
            border-title-style: bold;
            background: $surface;
            padding: 0 1;
        }
        & .body { height: auto; max-height: 24; }
        & .keys { height: auto; margin-top: 1; color: $quiet; }
        &.-low .keys, &.-low Input, &.-low OptionList { margin-top: 0; }
        & .problem { height: auto; color: $error; text-style: bold; }
        & Input { border: tall $border; margin-top: 1; }
        & Input:focus { border: tall $accent; }
        &.-low Input { border: none; height: 1; background: $panel; }
    }
    """

    def __init__(
        self, title: str, body: Content | str | Sequence[Line] = "", keys: str = "esc cancel"
    ) -> None:
        super().__init__()
        self._title = title
        self._body = lines_of(body)
        self._keys = keys
        self._keys_shown = keys
        self._fits = MOST_FITS
        self.seen = not self._body
        """Whether the end of the body has been in sight."""
        self._opened = math.inf
        """When it was first drawn in full; a busy machine may take a while to."""
        self._fitted = self._ready = self._unread_said = False
        self._pressed: dict[str, float] = {}
        self.settle = SETTLE_SECONDS

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            box.styles.max_height = self._most()
            if self._body:
                yield Body(self._body)
            yield from self.fields()
            yield Words(Content(self._keys), classes="keys")

    def fields(self) -> ComposeResult:
        """What stands between body and keys."""
        yield from ()

    def on_resize(self) -> None:
        self.set_class(self.size.height < LOW, "-low")
        self._fit_soon()

    @on(Words.Resized)
    def _fit_soon(self) -> None:
        self._fits = MOST_FITS
        self.call_after_refresh(self._fit)

    def _most(self) -> int:
        """Rows that the box may take."""
        height = self.app.size.height
        return height - (2 if height >= LOW else 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key acts before what it acts on is there: typing ahead is faster than a dialog."""
        if action in ("page", "scroll") and not any(b.overflows for b in self.query(Body)):
            return False  # Fields have a use for these keys.
        return self._ready or action == "leave"

    def keys_line(self) -> str:
        """The keys that work here, now."""
        return self._keys if self.seen else f"{self.READ_ON} · {self._keys}"

    def _fit(self) -> None:
        """Gives what can scroll the room that the rest leaves, so that the keys are always seen."""
        boxes = self.query(".box")
        if not boxes:  # It was answered and is gone before its first layout was done.
            return
        self._fitted = True
        box = boxes.first()
        most = self._most()
        box.styles.max_height = most
        flexible = list(box.query(".flexible"))
        fixed = [child for child in box.children if child not in flexible]
        room = most - 2 - sum(c.outer_size.height + c.styles.margin.height for c in fixed)
        room -= sum(child.styles.margin.height for child in flexible)
        for child in reversed(flexible):  # What is chosen from comes last, and before the rest.
            wanted = child.virtual_size.height + child.gutter.height
            share = room if len(flexible) == 1 or child is flexible[0] else max(3, room * 2 // 3)
            child.styles.max_height = max(1, min(wanted, share))
            room -= max(1, min(wanted, share))
        self.call_after_refresh(self._look)

    @on(Body.Scrolled)
    def _moved(self) -> None:
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        """Takes note of what is in sight, and says which keys work now."""
        if not self._fitted or not self.query(".keys"):
            return
        for body in self.query(Body):
            if body.keep_place():  # What was in sight until now was there by accident.
                self.call_after_refresh(self._look)
                return
            if body.end_in_sight and not self.seen:
                self.seen = True
                if self._unread_said:
                    self.say("")
        if not self._ready:
            self._ready = True
            self._opened = time.monotonic()
        self.show_keys()
        if self._crowded and self._fits:  # What it was fitted to was not laid out yet.
            self._fits -= 1
            self.call_after_refresh(self._fit)

    @property
    def _crowded(self) -> bool:
        """Whether the line of keys has no room."""
        box, keys = self.query_one(".box"), self.query_one(".keys")
        return keys.region.bottom > box.content_region.bottom

    def show_keys(self) -> None:
        """Draws the line of keys anew where they have changed."""
        keys = self.keys_line()
        if keys != self._keys_shown:
            self._keys_shown = keys
            for line in self.query(".keys").results(Static):
                line.update(Content(keys))
            self._fit_soon()

    def renew(self, body: Content | str | Sequence[Line]) -> None:
        """Says something else, of about the same length."""
        self._body = lines_of(body)
        for shown in self.query(Body):
            shown.renew(self._body)
        self._fit_soon()

    def say(self, problem: str) -> None:
        """Says why something will not do, in the line for that."""
        self.query_one("#problem", Static).update(Content(problem))
        self._fit_soon()

    def read(self) -> bool:
        """Whether the body was read to its end; says so where it was not."""
        self._unread_said = not self.seen
        if not self.seen:
            self.say(f"Not before you saw its end: {self.READ_ON}.")
        return self.seen

    def meant(self, key: str) -> bool:
        """Whether a press of `key` now is meant for this dialog: it has been seen for a moment,
        and the key is not held down.
        """
        now = pressed_at(self.app)
        before = self._pressed.get(key, self._opened)
        self._pressed[key] = now
        held = now - before < min(REPEAT_SECONDS, self.settle)
        return self.settled and not held

    @property
    def settled(self) -> bool:
        """Whether the dialog has been seen long enough for a key to be meant for it."""
        return pressed_at(self.app) - self._opened >= self.settle

    def action_leave(self) -> None:
        """Leaves without a trace."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Scrolls the body."""
        for body in self.query(Body):
            body.scroll_relative(y=by, animate=False)

    def action_page(self, way: int) -> None:
        """Scrolls the body by what is seen of it."""
        for body in self.query(Body):
            body.scroll_relative(y=way * max(1, body.size.height - 1), animate=False)
