"""The plan's time on one page: readable at 80 columns, honest about what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.formats.gantt import NARROWEST, WIDEST, gantt
from runbook_tui.formats.load import load

from .runbook_texts import loaded, runbook_text

BUNDLED = sorted((Path(__file__).parents[2] / "runbooks").glob("*/runbook.yaml"))
TIME = "window: {start: 22:00Z, end: 23:00Z, reserve: 5m}\nbuffer: {duration: 10m, reason: new}\n"
STEPS = """\
- {id: look, kind: checklist, title: L, estimate: {best: 10m, likely: 10m, worst: 20m}}
- {id: go, kind: gate, title: G, criteria: [x], needs: [look], estimate: 1m}
- {id: side, kind: checklist, title: S, estimate: {best: 1m, likely: 1m, worst: 1m}}
- id: cut
  kind: checklist
  title: C
  estimate: {best: 10m, likely: 10m, worst: 10m}
  point-of-no-return: true
- {id: unknown, kind: checklist, title: U}
"""


def chart(steps: str = STEPS, more: str = TIME, **options: object) -> list[str]:
    return gantt(loaded(runbook_text(steps, more)).runbook, **options).split("\n")  # type: ignore[arg-type]


def row(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(f"{name} "))


def test_each_step_has_its_bar_its_mean_and_its_marks() -> None:
    lines = chart(width=80)
    look, side, cut = row(lines, "look"), row(lines, "side"), row(lines, "cut")
    assert look.split()[-2:] == ["12m", "*"]
    assert look.count("█") == pytest.approx(look.count("░"), abs=1)
    assert side.split()[-1] == "1m"
    assert cut.split()[-2:] == ["10m", "*!"]
    assert "░" not in cut
    # It begins after what comes before it, and the buffer after it.
    assert look.index("█") < side.index("█") < cut.index("█") < row(lines, "buffer").index("▒")
    assert row(lines, "unknown").split()[-1] == "?"
    page = "\n".join(lines)
    assert "Without estimate, counted as nothing: unknown." in page
    assert "buffer        10m  new" in page


def test_it_says_what_is_to_spare_and_what_is_missing() -> None:
    total = next(line for line in chart() if line.startswith("in all"))
    # 11m40s + 1m7.5s + 1m + 10m, 10m of buffer, 5m of reserve
    assert total == "in all        39m  the window 22:00Z to 23:00Z has 1h: 21m to spare"
    short = TIME.replace("23:00Z", "22:20Z")
    total = next(line for line in chart(more=short) if line.startswith("in all"))
    assert total.endswith("has 20m: 19m TOO SHORT")
    assert "┤" in row(chart(more=short), "window")
    unkept = next(line for line in chart(more=TIME.split("buffer")[0]) if line[:6] == "buffer")
    assert unkept.endswith("none: nothing is kept for the unexpected")


def test_numbers_of_earlier_runs_stand_in_and_are_named() -> None:
    timings = {"cut": Estimate(300, 360, 420, "rehearsals", 3)}
    lines = chart(timings=timings, width=140)
    assert row(lines, "cut").split()[-2:] == ["6m", "*!3"]
    assert "from 3 rehearsals for 1 of 5 steps" in "\n".join(lines)
    timings["look"] = Estimate(60, 60, 60, "earlier runs", 12)
    lines = chart(timings=timings, width=140)
    assert row(lines, "look").endswith("* +")
    assert "from 3 to 12 earlier runs for 2 of 5 steps" in "\n".join(lines)
    assert not [line for line in chart() if "runs" in line]


def test_what_is_outside_of_the_window_has_a_scale_of_its_own() -> None:
    runbook = runbook_text(STEPS, TIME).replace("title: Work", "title: W\n    outside-window: true")
    runbook += "  - id: late\n    title: L\n    steps:\n"
    runbook += "      - {id: short, kind: checklist, title: S, estimate: 1m}\n"
    lines = gantt(loaded(runbook).runbook).split("\n")
    outside, inside = lines.index("Outside the window"), lines.index("In the window")
    assert outside < lines.index(row(lines, "cut")) < inside < lines.index(row(lines, "short"))
    assert "in all        17m" in "\n".join(lines)


def test_without_blocks_the_chart_is_ascii() -> None:
    text = "\n".join(chart(ascii_only=True))
    assert text.isascii()
    assert "#" in text
    assert "=" in text


def test_a_plan_without_any_time_is_still_a_page() -> None:
    lines = chart("- {id: a, kind: checklist, title: A}", "")
    assert row(lines, "a").split() == ["a", "?", "?", "*"]
    assert "in all         0s" in lines


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("width", [10, 80, 100, 143, 1_000])
def test_no_line_is_wider_than_the_page(path: Path, width: int) -> None:
    lines = gantt(load(path, lint=False).runbook, width=width).split("\n")
    assert max(map(len, lines)) <= min(max(width, NARROWEST), WIDEST)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 100_000)),
        min_size=1,
        max_size=12,
    ),
    st.integers(80, 200),
)
def test_bars_stay_on_the_page_and_every_step_is_seen(
    lengths: list[tuple[int, int, int]], width: int
) -> None:
    steps = "\n".join(
        f"- {{id: s{n}, kind: checklist, title: S, estimate: "
        f"{{best: {min(three)}s, likely: {sorted(three)[1]}s, worst: {max(three)}s}}}}"
        for n, three in enumerate(lengths)
    )
    lines = chart(steps, "buffer: {percent: 40}\n", width=width)
    assert max(map(len, lines)) <= width
    starts = [row(lines, f"s{n}").index("█") for n in range(len(lengths))]
    assert starts == sorted(starts)
