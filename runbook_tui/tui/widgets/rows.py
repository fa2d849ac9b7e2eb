"""A list of one-line rows: draws only what is seen, so 10 rows cost as much as 100,000.

With a cursor it is a list to choose from; without one it is a log that follows its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

_REVERSE = Style(reverse=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One line. Rows without a key are headings: the cursor passes over them."""

    content: Content
    right: Content | None = None
    """Shown at the right edge, never cut."""
    key: str = ""

    def same(self, other: Row) -> bool:
        """Whether both look the same. `==` of Content sees the words only, not the colours."""
        if self.key != other.key or not self.content.is_same(other.content):
            return False
        if self.right is None or other.right is None:
            return self.right is other.right
        return self.right.is_same(other.right)


class Rows(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows to look at and, with `cursor` true, to choose from."""

    BINDINGS = [  # noqa: RUF012
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
    ]

    COMPONENT_CLASSES = {"rows--cursor", "rows--cursor-blurred"}  # noqa: RUF012

    DEFAULT_CSS = """
    Rows {
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: auto;
        .rows--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        .rows--cursor-blurred { background: $panel; }
    }
    """

    class Chosen(Message):
        """The cursor came to rest on a row."""

        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> Rows:
            return self.rows

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> Rows:
            return self.rows

    def __init__(
        self,
        *,
        cursor: bool = False,
        limit: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._cursor = 0 if cursor else -1
        self._has_cursor = cursor
        self._limit = limit
        self._follows = True
        self._cache: dict[tuple[int, int, bool], tuple[Row, Strip]] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    @property
    def chosen(self) -> str:
        """The key under the cursor; empty where there is none."""
        if 0 <= self._cursor < len(self._rows):
            return self._rows[self._cursor].key
        return ""

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Shows other rows; only changed lines are drawn anew, the cursor keeps its key."""
        before, key = self._rows, self.chosen
        self._rows = list(rows)
        if self._has_cursor:
            places = [n for n, row in enumerate(self._rows) if row.key]
            same = [n for n in places if self._rows[n].key == key]
            self._cursor = same[0] if same else (places[0] if places else -1)
        if len(before) != len(self._rows):
            self._resize()
            self.refresh()
        else:
            top = self.scroll_offset.y
            for y in range(self.size.height):
                n = top + y
                if n < len(before) and not before[n].same(self._rows[n]):
                    self.refresh_lines(n, 1)

    def append(self, rows: Sequence[Row]) -> None:
        """Adds rows at the end and follows it unless somebody has scrolled away from it."""
        if not rows:
            return
        self._rows.extend(rows)
        if self._limit and len(self._rows) > self._limit:
            del self._rows[: len(self._rows) - self._limit]
            self._cache.clear()
        self._resize()
        self.refresh()
        if self._follows:
            self.show_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        # Only a scroll tells what somebody wants to see. Where the end is, when rows are added
        # faster than they are laid out, is not known.
        self._follows = round(new_value) >= self.max_scroll_y

    def show_end(self) -> None:
        """Scrolls to the last row, and follows it from now on."""
        self._follows = True
        self.scroll_end(animate=False, immediate=False)

    def choose(self, key: str) -> bool:
        """Puts the cursor on a row; false where there is no such row."""
        for n, row in enumerate(self._rows):
            if row.key and row.key == key:
                self._move_to(n)
                return True
        return False

    def move(self, by: int) -> None:
        """Moves the cursor by so many rows that have a key; without a cursor, scrolls."""
        if not self._has_cursor:
            self.scroll_relative(y=by, animate=False)
            return
        places = [n for n, row in enumerate(self._rows) if row.key]
        if not places:
            return
        here = min(range(len(places)), key=lambda i: abs(places[i] - self._cursor))
        self._move_to(places[max(0, min(len(places) - 1, here + by))])

    def action_move(self, by: int) -> None:
        """Moves by rows."""
        self.move(by)

    def action_page(self, by: int) -> None:
        """Moves by screenfuls."""
        self.move(by * max(1, self.size.height - 1))

    def action_edge(self, way: int) -> None:
        """Moves to the first or last row."""
        self.move(way * len(self._rows))

    def _move_to(self, place: int) -> None:
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self.refresh_lines(before, 1)
        self.refresh_lines(place, 1)
        self._show(place)
        self.post_message(self.Chosen(self, self.chosen))

    def _show(self, place: int) -> None:
        # Rows around the cursor stay in sight, so that the heading above it can be read.
        top = max(0, place - 1)
        self.scroll_to_region(Region(0, top, 1, min(3, len(self._rows) - top)), animate=False)

    def _resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))

    def on_resize(self, event: events.Resize) -> None:
        self._cache.clear()
        self._resize()
        if self._has_cursor and self._cursor >= 0:
            self._show(self._cursor)
        elif not self._has_cursor and self._follows:
            self.show_end()

    def notify_style_update(self) -> None:
        self._cache.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        if self._has_cursor:
            self.refresh_lines(self._cursor, 1)

    def on_blur(self) -> None:
        if self._has_cursor:
            self.refresh_lines(self._cursor, 1)

    def on_click(self, event: events.Click) -> None:
        inside = event.get_content_offset(self)  # None on the frame
        if inside is None:
            return
        place = self.scroll_offset.y + inside.y
        if self._has_cursor and place < len(self._rows) and self._rows[place].key:
            self._move_to(place)
            self.post_message(self.Picked(self, self.chosen))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = self.scroll_offset.y + y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        on_cursor = place == self._cursor
        key = (place, width, on_cursor and self.has_focus)
        row = self._rows[place]
        cached = self._cache.get(key)
        if cached is not None and not on_cursor and (cached[0] is row or cached[0].same(row)):
            return cached[1]
        if on_cursor:
            name = "rows--cursor" if self.has_focus else "rows--cursor-blurred"
            style = self.get_visual_style(name)
        else:
            style = self.visual_style
        line = _fitted(row, width)
        if on_cursor and self.has_focus:
            # Colours chosen for the background are not readable on the cursor; words carry on.
            line = Content.styled(line.plain, "bold")
        strip = Visual.to_strips(self, line, width, 1, style, pad=True)[0]
        if on_cursor and self.has_focus and self.get_component_styles(name).text_style.reverse:
            # Visual styles lose it, and without colours nothing else shows the cursor.
            strip = Strip(Segment.apply_style(strip, post_style=_REVERSE), strip.cell_length)
        if len(self._cache) > 2_000:
            self._cache.clear()
        self._cache[key] = (row, strip)
        return strip


def _fitted(row: Row, width: int) -> Content:
    """The row in one line of `width` cells: the left part gives way, the right part stays."""
    right = row.right
    room = width - (right.cell_length + 1 if right is not None else 0)
    left = row.content.truncate(max(1, room), ellipsis=True)
    if right is None:
        return left
    gap = max(1, width - left.cell_length - right.cell_length)
    return Content.assemble(left, " " * gap, right)
