"""The plan as a Gantt chart in plain text: who is long, who is critical, and whether it fits.

One driver does one step after the other, so each bar begins where the mean of the one before ends.
What is done outside of the window has a chart, and a scale, of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from runbook_tui.domain.runbook import GateStep, Runbook
from runbook_tui.domain.schedule.buffer import PlanLength, plan_length
from runbook_tui.domain.schedule.estimate import FROM_RUNS, NOTHING, Estimate
from runbook_tui.domain.schedule.network import Activity, network
from runbook_tui.domain.schedule.route import Leg, Route, route
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.domain.units import duration_text, seconds
from runbook_tui.formats.lint_time import window_length

NARROWEST = 80
WIDEST = 200

_LENGTH = 7
"""Columns for a length such as ``23h59m``."""
_MARKS = 3
_TICKS = (1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
_TICK_ROOM = 8
"""Columns that a tick has at least, so that its label does not touch the next."""


@dataclass(frozen=True, slots=True)
class _Glyphs:
    likely: str
    worst: str
    kept: str
    line: str
    end: str
    cut: str
    dash: str


_BLOCKS = _Glyphs("█", "░", "▒", "─", "┤", "›", "·")
_ASCII = _Glyphs("#", "-", "=", "_", "|", ">", "-")


def gantt(
    runbook: Runbook,
    *,
    width: int = 100,
    ascii_only: bool = False,
    timings: Mapping[str, Estimate] | None = None,
    values: Mapping[str, str] | None = None,
) -> str:
    """The chart, from 80 columns on and safe for a terminal.

    `timings` are lengths of earlier runs by step, which stand in for what is written; `values` the
    parameters where they are known. With `ascii_only` the chart itself has nothing but ASCII.
    Raises ValueError where a text is no duration.
    """
    width = max(NARROWEST, min(width, WIDEST))
    chart = _Chart(runbook, route(runbook, values, timings), width, ascii_only)
    return safe_text("\n".join(line.rstrip() for line in chart.lines())) + "\n"


class _Chart:
    def __init__(self, runbook: Runbook, way: Route, width: int, ascii_only: bool) -> None:
        self.runbook = runbook
        self.way = way
        self.width = width
        self.glyphs = _ASCII if ascii_only else _BLOCKS
        longest = max((len(leg.step.id) for leg in way.legs), default=0)
        self.names = max(len("rollback"), min(longest, width // 4))
        self.columns = width - self.names - _LENGTH - _MARKS - 3
        window = runbook.window
        reserve = seconds(window.reserve) if window is not None and window.reserve else 0.0
        self.length = plan_length(way.inside, runbook.buffer, reserve)
        self.room = window_length(window) if window is not None else None

    def lines(self) -> Iterator[str]:
        dash = self.glyphs.dash
        yield safe_line(f"{self.runbook.title} {dash} {self.runbook.version}", self.width)
        parts = [
            (outside, list(legs))
            for outside, legs in groupby(self.way.legs, lambda leg: leg.phase.outside_window)
        ]
        inside = [number for number, (outside, _) in enumerate(parts) if not outside]
        for number, (outside, legs) in enumerate(parts):
            yield ""
            if len(parts) > 1:
                yield "Outside the window" if outside else "In the window"
            yield from self._part(legs, number == inside[-1] if inside else False, len(inside) == 1)
        yield ""
        yield from self._totals()
        yield ""
        yield from self._legend()

    # --- bars -----------------------------------------------------------------------------------

    def _part(self, legs: Sequence[Leg], last: bool, only: bool) -> Iterator[str]:
        """The rows of steps that stand together; the `last` of those in the window, with what is
        kept after it."""
        means = [(leg.estimate or NOTHING).mean for leg in legs]
        kept = [
            (name, length)
            for name, length in (
                ("buffer", self.length.buffer),
                ("rollback", self.length.rollback),
                ("reserve", self.length.reserve),
            )
            if last and length > 0
        ]
        scale = sum(means) + sum(length for _, length in kept)
        critical = set(
            network(
                [
                    Activity(s.id, s.needs, isinstance(s, GateStep), estimate)
                    for s, _, estimate in legs
                ]
            ).chain
        )
        yield self._row("", self._axis(scale), "", "")
        begin = 0.0
        for leg, mean in zip(legs, means, strict=True):
            bar, length = self._bar(begin, leg.estimate, scale), duration_text(mean)
            marks = "*" if leg.step.id in critical else " "
            marks += "!" if leg.step.point_of_no_return else " "
            if leg.estimate is not None and leg.estimate.source in FROM_RUNS:
                marks += f"{leg.estimate.runs}" if leg.estimate.runs < 10 else "+"
            yield self._row(leg.step.id, bar, length if leg.estimate else "?", marks)
            begin += mean
        for name, length_kept in kept:
            from_, to = self._place(begin, scale), self._place(begin + length_kept, scale)
            bar = " " * from_ + self.glyphs.kept * max(1, to - from_)
            yield self._row(name, bar[: self.columns], duration_text(length_kept), "")
            begin += length_kept
        if last and only and self.room is not None and scale > 0:
            to = self._place(self.room, scale)
            shorter = self.room <= scale
            bar = self.glyphs.line * max(0, min(to, self.columns) - 1)
            bar += self.glyphs.end if shorter else self.glyphs.cut
            yield self._row("window", bar, duration_text(self.room), "")

    def _row(self, name: str, bar: str, length: str, marks: str) -> str:
        if len(name) > self.names:
            name = name[: self.names - 1] + self.glyphs.cut
        return f"{name:<{self.names}} {bar:<{self.columns}} {length:>{_LENGTH}} {marks}"

    def _place(self, at: float, scale: float) -> int:
        return round(at / scale * self.columns) if scale > 0 else 0

    def _bar(self, begin: float, estimate: Estimate | None, scale: float) -> str:
        first = min(self._place(begin, scale), self.columns - 1)
        if estimate is None:
            return " " * first + "?"
        # A step that is there is seen, however short it is.
        likely = max(first + 1, self._place(begin + estimate.likely, scale))
        worst = max(likely, self._place(begin + estimate.worst, scale))
        bar = " " * first + self.glyphs.likely * (likely - first)
        bar += self.glyphs.worst * (worst - likely)
        if len(bar) > self.columns:
            bar = (bar[: max(first + 1, self.columns - 1)] + self.glyphs.cut)[: self.columns]
        return bar

    def _axis(self, scale: float) -> str:
        if scale <= 0:
            return "0"
        most = max(1, self.columns // _TICK_ROOM)
        days = 86_400.0
        while scale / days > most:
            days *= 2
        tick = next((t for t in _TICKS if scale / t <= most), days)
        axis = ""
        for number in range(int(scale / tick) + 1):
            at, label = self._place(number * tick, scale), duration_text(number * tick)
            if at + len(label) <= self.columns:
                axis = axis.ljust(at) + ("0" if number == 0 else label)
        return axis

    # --- words ----------------------------------------------------------------------------------

    def _totals(self) -> Iterator[str]:
        length, buffer = self.length, self.runbook.buffer
        yield from self._total("plan", length.mean, f"{_p95(length)}{self._sources()}")
        if buffer is not None:
            yield from self._total("buffer", length.buffer, buffer.reason)
        elif self.room is not None:
            yield from self._total("buffer", 0.0, "none: nothing is kept for the unexpected")
        if length.rollback > 0:
            yield from self._total(
                "rollback", length.rollback, "the longest way back, in 95 of 100 cases"
            )
        if length.reserve > 0:
            yield from self._total("reserve", length.reserve, "")
        fit = ""
        if self.room is not None and self.runbook.window is not None:
            window = self.runbook.window
            zone = f" {window.zone}" if window.zone else ""
            left = self.room - length.needed
            # Rounded down: less than there is, never more.
            spare = f"{duration_text(left // 60 * 60 if left >= 600 else left // 1)} to spare"
            fit = (
                f"the window {window.start} to {window.end}{zone} has {duration_text(self.room)}: "
            )
            fit += spare if left >= 0 else f"{duration_text(-left)} TOO SHORT"
        yield from self._total("in all", length.needed, fit)

    def _total(self, name: str, length: float, about: str) -> list[str]:
        lead = f"{name:<9} {duration_text(length):>{_LENGTH}}  "
        return textwrap.wrap(
            safe_line(about), self.width, initial_indent=lead, subsequent_indent=" " * len(lead)
        ) or [lead]

    def _sources(self) -> str:
        """Where the lengths come from, if from earlier runs."""
        runs = [
            leg.estimate.runs
            for leg in self.way.inside
            if leg.estimate is not None and leg.estimate.source in FROM_RUNS
        ]
        if not runs:
            return ""
        held = all(
            leg.estimate.source == "rehearsals"
            for leg in self.way.inside
            if leg.estimate is not None and leg.estimate.source in FROM_RUNS
        )
        what = "rehearsal" if held else "earlier run"
        least, most = min(runs), max(runs)
        span = f"{least}" if least == most else f"{least} to {most}"
        these = f"{len(runs)} of {len(self.way.inside)} steps"
        return f"; from {span} {what}{'s' * (most > 1)} for {these}"

    def _legend(self) -> Iterator[str]:
        glyphs = self.glyphs
        yield f"{glyphs.likely} likely  {glyphs.worst} worst  {glyphs.kept} kept free"
        yield "* critical chain, by needs and gates  ! point of no return"
        if self._sources():
            yield "1 … 9, + runs before that its length comes from"
        told = []
        if self.length.unknown:
            told.append(f"Without estimate, counted as nothing: {', '.join(self.length.unknown)}.")
        if self.way.chosen:
            chosen = ", ".join(f"{step} {option}" for step, option in self.way.chosen.items())
            told.append(f"Expected, each decision's first option: {chosen}.")
        if self.way.left_out:
            told.append(f"Not on this way: {', '.join(s.id for s in self.way.left_out)}.")
        for text in told:
            yield from textwrap.wrap(
                text, self.width, subsequent_indent="  ", break_on_hyphens=False
            )


def _p95(length: PlanLength) -> str:
    return f"{duration_text(length.p95)} in 95 of 100 cases, were steps late independently"
