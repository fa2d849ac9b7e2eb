"""What the screen of messages looks like: the list, a text, the rules or the channels beside it.

It shows a state and is told of keys by nobody: see `runbook_tui.tui.screens.messages`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from runbook_tui.domain.messages.feed import entry_id
from runbook_tui.domain.messages.grade import reading_grade
from runbook_tui.domain.messages.held import Held
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.domain.text import safe_line
from runbook_tui.messaging import Messaging
from runbook_tui.opening import Driving
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge
from runbook_tui.tui.present.messages import (
    KIND_OF,
    delivery_lines,
    due_words,
    list_rows,
    marked,
    remark_lines,
    spans,
)
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.widgets.draft import Draft
from runbook_tui.tui.widgets.rows import Rows
from runbook_tui.tui.widgets.still import Still

WIDE = 100
HIGHEST_GRADE = 20
"""Years of school; what is beyond is no text any more."""
KEYS = (
    ("e", "edit"), ("s", "send"), ("tab", "next reader"), ("u", "new facts"), ("o", "overrule"),
    ("esc", "back"), ("n", "new"), (".", "no news"), ("c", "correct"), ("a", "channels"),
    ("y", "copy"), ("E", "$EDITOR"), ("w", "withdraw"), ("?", "help"),
)  # fmt: skip
EDITING = (("esc", "done"), ("tab", "next reader"), ("^z", "undo"), ("^y", "redo"))


class MessagesView(Acting):
    """Updates of one run, shown."""

    AUTO_FOCUS = ""
    MESSAGE = "m-message"

    DEFAULT_CSS = """
    MessagesView {
        layout: vertical;
        & > #m-head { height: 1; background: $panel; padding: 0 1; }
        & > #m-clock { height: 1; }
        & > #m-body { height: 1fr; layout: vertical; }
        & #m-side { height: auto; }
        & #m-rows { height: auto; max-height: 4; min-height: 1; padding: 0 1; }
        & #m-text { height: 1fr; border: round $border; padding: 0 1; min-height: 4; }
        & #m-text:focus-within { border: round $accent; }
        & #m-shown { height: auto; }
        & #m-scroll { height: 1fr; scrollbar-size-vertical: 1; }
        & #m-draft {
            display: none; height: 1fr; border: none; padding: 0; background: $surface;
            scrollbar-size-vertical: 1;
        }
        & #m-draft:focus { border: none; }
        &.-editing #m-draft { display: block; }
        &.-editing #m-scroll { display: none; }
        & #m-about { height: auto; max-height: 7; padding: 0 1; overflow-y: auto;
            scrollbar-size-vertical: 1; }
        & #m-remarks { height: auto; }
        & > #m-message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #m-message.shown { display: block; }
        & > #m-keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
        &.-wide #m-body { layout: horizontal; }
        &.-wide #m-side { width: 42%; height: 1fr; }
        &.-wide #m-rows {
            height: auto; min-height: 5; max-height: 40%; border: round $border; padding: 0 1;
        }
        &.-wide #m-rows:focus { border: round $accent; }
        &.-wide #m-text { width: 58%; }
        &.-wide #m-about { height: 1fr; max-height: 100%; border: round $border; }
    }
    """

    def __init__(self, driving: Driving, chosen: int = 0) -> None:
        """`chosen`: the update to begin with; the newest one where it is 0."""
        super().__init__()
        self._driving = driving
        self._number = chosen
        self._audience: Audience = "customers"
        self._written = 0
        """The update whose text is being written."""
        self._stop: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Still(id="m-head", fixed=True)
        yield Still(id="m-clock", fixed=True)
        with Horizontal(id="m-body"):
            with Vertical(id="m-side"):
                yield Rows(cursor=True, id="m-rows")
                with VerticalScroll(id="m-about", can_focus=False):
                    yield Still(id="m-remarks")
            with Vertical(id="m-text"):
                with VerticalScroll(id="m-scroll", can_focus=False):
                    yield Still(id="m-shown")
                yield Draft(id="m-draft")
        yield Still(id="m-message")
        yield Still(id="m-keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self.set_interval(1.0, self._tick)
        self._arrange(self.app.size.width)
        self.show()
        if self._number:
            self.query_one("#m-rows", Rows).choose(str(self._number))
        self.query_one("#m-rows", Rows).focus()
        self.show()

    def on_unmount(self) -> None:
        self._stop()

    def _recorded(self, _news: object) -> None:
        self.call_later(self.show)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)
        self._show_keys()

    def on_screen_resume(self) -> None:
        self.show()

    def _arrange(self, width: int) -> None:
        """Wide: the text beside list and rules. Narrow: below them."""
        self.set_class(width >= WIDE, "-wide")

    @property
    def _messaging(self) -> Messaging:
        return self._driving.messaging

    @property
    def chosen(self) -> Update | None:
        """The update that is written, else the one under the cursor."""
        key = str(self._written or self.query_one("#m-rows", Rows).chosen)
        updates = self._driving.session.state.messages.updates
        return updates.get(int(key)) if key else None

    @property
    def editing(self) -> bool:
        """Whether what is typed goes into the text."""
        return self.has_class("-editing")

    def _tick(self) -> None:
        if self.is_current:
            self._show_head()

    def _show_head(self) -> None:
        session = self._driving.session
        state, now = session.state, session.clock.now()
        reading = session.reading(now)
        near = alarms(state, reading) if reading is not None else ()
        self.query_one("#m-clock", Still).show(
            clock_line(state, now, self.app.size.width, reading, near)
        )
        mark = badge(state)
        words, style = due_words(self._messaging.due(), now)
        head = Content.assemble(
            (mark.word, mark.style), (" Messages ", "bold"), ("· ", "$quiet"), (words, style)
        )
        self.query_one("#m-head", Still).show(head)

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        state = self._driving.session.state
        held: dict[int, tuple[Held, ...]] = {}
        stale = set()
        for draft in state.messages.drafts:
            held[draft.number] = self._messaging.held(draft)
            if self._messaging.renewed(draft) is not None:
                stale.add(draft.number)
        blocking = {n: sum(each.blocks for each in found) for n, found in held.items()}
        rows = list_rows(state.messages, frozenset(stale), blocking)
        self.query_one("#m-rows", Rows).set_rows(rows)
        self._show_head()
        update = self.chosen
        if update is not None and self._audience not in update.texts:
            self._audience = next(iter(update.texts))
        self._show_text(update, stale=update is not None and update.number in stale)
        self._show_keys()

    def _texts(self, update: Update) -> dict[Audience, str]:
        """The texts as they stand on the screen."""
        texts = dict(update.texts)
        if self.editing:
            texts[self._audience] = self.query_one("#m-draft", Draft).text
        return texts

    def _show_text(self, update: Update | None, *, stale: bool = False) -> None:
        pane = self.query_one("#m-text")
        remarks = self.query_one("#m-remarks", Still)
        shown = self.query_one("#m-shown", Still)
        if update is None:
            pane.border_title = "No message yet"
            shown.show(
                Content("n writes one: what people outside are told, colleagues, executives.")
            )
            remarks.show(Content(""))
            return
        texts = self._texts(update)
        text = texts[self._audience]
        held = self._messaging.held(replace(update, texts=texts)) if update.is_draft else ()
        mine = [each.remark for each in held if each.audience == self._audience]
        answered = {each.remark for each in held if each.overruled is not None}
        marks = spans(text, update.facts, [r for r in mine if r not in answered])
        pane.border_title = self._title(update, text, held, stale=stale)
        if self.editing:
            area = self.query_one("#m-draft", Draft)
            area.mark([(a, b, KIND_OF[style]) for a, b, style in marks], self._colours())
        shown.show(self._as_read(update, marked(text, marks)))
        lines = remark_lines(held, self._audience) if update.is_draft else self._lines_of(update)
        if update.is_draft:
            needs = self._approval(update)
            lines = [*([needs] if needs is not None else []), *lines]
        remarks.show(Content("\n").join(lines))

    def _as_read(self, update: Update, text: Content) -> Content:
        """The text as its readers get it: below its title, with what it is called everywhere."""
        title = update.title or self._messaging.title(update)
        state = self._driving.session.state
        name = entry_id(state.run, update.number)
        return Content.assemble(
            (f"{safe_line(title)}\n\n", "bold"), text, (f"\n\n{safe_line(name)}", "$quiet")
        )

    def _lines_of(self, update: Update) -> list[Content]:
        return delivery_lines(update, self._messaging.delivering.outlook)

    def _colours(self) -> dict[str, str]:
        theme = self.app.current_theme
        found = {"fact": theme.accent, "warn": theme.warning, "block": theme.error}
        return {k: v for k, v in found.items() if v and v.startswith("#")}

    def _title(self, update: Update, text: str, held: Sequence[Held], *, stale: bool) -> Content:
        longest = self._messaging.longest().get(self._audience)
        grade = reading_grade(text)
        blocks = sum(each.blocks for each in held if each.audience == self._audience)
        marks: list[str | tuple[str, str]] = []
        if self.editing:
            marks.append(("EDITING · ", "bold $accent"))
        if stale:
            marks.append(("STALE (u) · ", "bold $warning"))
        if blocks:
            marks.append((f"✗{blocks} · ", "bold $error"))
        words = f"to {self._audience} · {len(text)}"
        words += f" of {longest} characters" if longest is not None else " characters"
        if grade is not None:
            words += f" · grade {grade if grade <= HIGHEST_GRADE else f'over {HIGHEST_GRADE}'}"
        others = [a for a in update.texts if a != self._audience]
        if others:
            words += f" · tab: {', '.join(others)}"
        return Content.assemble(*marks, words)

    def _approval(self, update: Update) -> Content | None:
        needs = self._messaging.ready(update).approval
        if needs is None:
            return None
        if update.approvals:
            names = safe_line(", ".join(each.by for each in update.approvals))
            return Content.styled(f"✓ approved by {names}", "$success")
        void = "the approval is void, things have changed; " if update.lapsed else ""
        run = self._driving.session.state.run
        how = f"runbook-tui message {run} {update.number} approve --as NAME"
        return Content.styled(f"! {void}another person must agree: {how}", "$warning")

    def _show_keys(self) -> None:
        self.query_one("#m-keys", Still).show(
            key_lines(EDITING if self.editing else KEYS, self.app.size.width - 2)
        )
