"""Lists and output: quick whatever their length, and they keep their place."""

from __future__ import annotations

import time

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from runbook_tui.tui.theme import THEMES
from runbook_tui.tui.widgets.lines import Line, Lines
from runbook_tui.tui.widgets.output import MOST_LINES, Output
from runbook_tui.tui.widgets.rows import Row, Rows


def rows_of(*names: str) -> list[Row]:
    """One row a name; a name in capitals is a heading."""
    return [Row(Content(name), key="" if name.isupper() else name) for name in names]


class Place(App[None]):
    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.rows = rows

    def compose(self) -> ComposeResult:
        yield self.rows


async def test_the_cursor_passes_over_headings_and_keeps_its_row() -> None:
    rows = Rows(cursor=True)
    async with Place(rows).run_test(size=(20, 5)) as pilot:
        rows.set_rows(rows_of("ONE", "a", "b", "TWO", "c"))
        rows.focus()
        assert rows.chosen == "a"
        await pilot.press("j", "j")
        assert rows.chosen == "c"
        await pilot.press("k")
        assert rows.chosen == "b"
        rows.set_rows(rows_of("ONE", "new", "a", "TWO", "b"))
        assert rows.chosen == "b"
        rows.set_rows(rows_of("ONE", "x"))
        assert rows.chosen == "x"
        rows.set_rows(())
        assert rows.chosen == ""
        await pilot.press("j", "pagedown", "end", "home")


async def test_under_the_cursor_all_text_has_the_colour_of_the_cursor() -> None:
    rows = Rows(cursor=True)
    async with Place(rows).run_test(size=(20, 3)) as pilot:
        rows.set_rows([Row(Content.styled("red", "red"), Content.styled("blue", "blue"), "a")])
        rows.focus()
        await pilot.pause()
        colours = {segment.style.color for segment in rows.render_line(0) if segment.style}
        assert len(colours) == 1


async def test_without_colours_the_whole_row_under_the_cursor_is_reversed() -> None:
    rows = Rows(cursor=True)
    place = Place(rows)
    async with place.run_test(size=(20, 3)) as pilot:
        place.register_theme(THEMES["none"])
        place.theme = THEMES["none"].name
        rows.set_rows(rows_of("a", "b"))
        rows.focus()
        await pilot.pause()
        for y, reverse in ((0, True), (1, False)):
            styles = [segment.style for segment in rows.render_line(y) if segment.style]
            assert styles
            assert all(bool(style.reverse) is reverse for style in styles)


async def test_the_right_part_is_never_cut_and_a_long_left_one_says_so() -> None:
    rows = Rows()
    async with Place(rows).run_test(size=(20, 3)) as pilot:
        rows.set_rows([Row(Content("a very long title indeed"), Content("done "))])
        await pilot.pause()
        text = rows.render_line(0).text
        assert text.rstrip().endswith("done")
        assert "…" in text
        assert len(text) == 20
        rows.set_rows([Row(Content("全角の長い題名をもつ手順"), Content("done "))])
        assert rows.render_line(0).cell_length == 20


async def test_ten_thousand_rows_move_as_quickly_as_ten() -> None:
    rows = Rows(cursor=True)
    async with Place(rows).run_test(size=(80, 24)) as pilot:
        spent = {}
        for count in (10, 10_000):
            rows.set_rows(rows_of(*(f"row{n}" for n in range(count))))
            await pilot.pause()
            begin = time.process_time()
            for _ in range(50):
                rows.render_line(3)
            spent[count] = time.process_time() - begin
        assert spent[10_000] < 20 * spent[10] + 0.05


async def test_output_is_bounded_and_follows_its_end_only_while_that_is_in_sight() -> None:
    output = Output()
    async with Place(output).run_test(size=(40, 6)) as pilot:
        output.show("a")
        output.add("a", "out", [f"line {n}" for n in range(MOST_LINES + 500)])
        while not output.rows:
            await pilot.pause(0.02)
        await pilot.pause()
        assert len(output.rows) == MOST_LINES
        assert output.is_vertical_scroll_end
        output.scroll_to(y=10, animate=False)
        await pilot.pause()
        output.add("a", "out", ["one more"])
        while output.rows[-1].content.plain != "one more":
            await pilot.pause(0.02)
        assert output.scroll_offset.y < 100
        output.add("b", "out", ["elsewhere"])
        assert output.lines_of("b") == ["elsewhere"]
        output.show("b")
        assert [row.content.plain for row in output.rows] == ["elsewhere"]


async def test_a_log_follows_its_end_however_fast_it_grows_and_whatever_its_height() -> None:
    rows = Rows()
    async with Place(rows).run_test(size=(20, 5)) as pilot:
        for n in range(20):
            rows.append([Row(Content(f"row {n}"))])  # no layout in between
        await pilot.pause()
        assert rows.scroll_offset.y == 15
        await pilot.resize_terminal(20, 3)
        await pilot.pause()
        assert rows.scroll_offset.y == 17


async def test_a_log_stays_where_somebody_reads_it() -> None:
    rows = Rows()
    async with Place(rows).run_test(size=(20, 5)) as pilot:
        rows.append([Row(Content(f"row {n}")) for n in range(20)])
        await pilot.pause()
        rows.focus()
        await pilot.press("k", "k")
        rows.append([Row(Content("news"))])
        await pilot.pause()
        assert rows.scroll_offset.y == 13
        await pilot.press("end")
        rows.append([Row(Content("more"))])
        await pilot.pause()
        assert rows.scroll_offset.y == 17


class Page(App[None]):
    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines = lines

    def compose(self) -> ComposeResult:
        yield self.lines


@pytest.mark.parametrize("width", [4, 17, 30, 52])
@pytest.mark.parametrize(
    "text",
    ["a  b" * 20, "全角の長い題名をもつ手順" * 4, "x" * 100, "tab\there and\tthere " * 5, ""],
)
async def test_lines_lose_no_letter_at_any_width_and_are_copied_as_they_were_written(
    width: int, text: str
) -> None:
    lines = Lines(id="lines")
    async with Page(lines).run_test(size=(width, 200)) as pilot:
        sign = Content("       ↪ ")
        lines.show([Line(Content(text), Content("run    $ "), sign), Line(Content("end"))])
        await pilot.pause()
        assert all(row.cell_length <= width for row in lines.render().split("\n"))
        lines.text_select_all()
        copied = lines.screen.get_selected_text()
        assert copied is not None
        first, last = copied.split("\n")
        assert first.rstrip() == f"run    $ {text.expandtabs(8)}".rstrip()
        assert last == "end"
