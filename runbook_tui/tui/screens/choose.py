"""Chooses one of a few; what cannot be chosen says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from runbook_tui.tui.folding import Folded, Line
from runbook_tui.tui.screens import dialog
from runbook_tui.tui.screens.dialog import Dialog, Words


@dataclass(frozen=True)
class Choice:
    """One thing to choose."""

    id: str
    label: str
    detail: str = ""
    refusal: str = ""
    """Why it cannot be chosen now; it is shown greyed and says this when pressed."""
    key: str = ""
    """A letter that chooses it at once."""


class Options(OptionList):
    """A list with a glyph at the row that enter chooses: colour alone says nothing to many."""

    HERE = "▸"

    DEFAULT_CSS = """
    Options {
        height: auto; max-height: 16; margin-top: 1; border: none; background: $surface;
        padding: 0; scrollbar-size-vertical: 1;
        & > .option-list--option { padding: 0 0 0 2; }
        &:focus { border: none; background-tint: $foreground 0%; }
    }
    """

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        try:
            option, line = self._lines[self.scroll_offset.y + y]
        except IndexError:
            return strip
        if option != self.highlighted or line:
            return strip
        style = next((segment.style for segment in strip), None)
        rest = strip.crop(1, strip.cell_length)
        return Strip.join([Strip([Segment(self.HERE, style)], 1), rest])


class Choose(Dialog[str]):
    """A list; enter chooses. The cursor starts on the first row, esc cancels."""

    BINDINGS = [  # noqa: RUF012
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(
        self,
        title: str,
        body: Content | str | Sequence[Line],
        choices: Sequence[Choice],
        *,
        by_enter: bool = True,
    ) -> None:
        """`by_enter`: enter may have opened it, so that an enter held down must not choose."""
        letters = " ".join(choice.key for choice in choices if choice.key)
        also = f" · {letters} at once" if letters else ""
        super().__init__(title, body, f"↑↓ move · enter choose{also} · esc cancel")
        self._choices = choices
        if by_enter:
            self.settle = dialog.HELD_SECONDS

    def fields(self) -> ComposeResult:
        options = Options(
            *(
                Option(Folded([_prompt(choice)]), id=f"c{n}")
                for n, choice in enumerate(self._choices)
            ),
            markup=False,
            classes="flexible",
        )
        # Until everything is laid out and measured: what the rest takes at least.
        options.styles.max_height = max(3, self.app.size.height - 10)
        yield options
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        options = self.query_one(Options)
        options.focus()
        options.highlighted = 0

    def action_down(self) -> None:
        self.query_one(Options).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(Options).action_cursor_up()

    @on(OptionList.OptionHighlighted)
    def _clear(self) -> None:
        self.say("")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._choose("enter", self._choices[event.option_index])

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if choice.key and event.character == choice.key and self._ready:
                event.stop()
                self._choose(choice.key, choice)
                return

    def _choose(self, key: str, choice: Choice) -> None:
        if not self.meant(key):
            self.say(f"That {key} came too soon to be meant for this: press it again.")
        elif not self.read():
            return
        elif choice.refusal:
            self.say(choice.refusal)
        else:
            self.dismiss(choice.id)


def _prompt(choice: Choice) -> Content:
    quiet = bool(choice.refusal)
    name = f"[{choice.key}] {choice.label}" if choice.key else choice.label
    label = Content.styled(name, "$quiet" if quiet else "bold")
    detail = choice.refusal or choice.detail
    if detail:
        label = Content.assemble(label, (f"  {'✗ ' if quiet else ''}{detail}", "$quiet"))
    return label
