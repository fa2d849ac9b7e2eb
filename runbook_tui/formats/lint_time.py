"""Lint of time: lengths, moments, the window and its zone, the buffer, timers and polls."""

from __future__ import annotations

from datetime import date, datetime, time

from runbook_tui.domain.runbook import Buffer, Poll, Step, ThreePoint, WaitStep, Window
from runbook_tui.domain.schedule.window import resolved, zone_named
from runbook_tui.domain.units import duration_text, seconds
from runbook_tui.formats.lint_report import Path, Report
from runbook_tui.formats.scalars import close

LONGEST_SECONDS = 366 * 86_400
"""The longest length of time that makes sense in a runbook, in seconds."""
MOST_WARNINGS = 5
"""Warnings before one deadline; more of them are noise, and noise is switched off."""

_TIMES = "22:00Z, 22:00+02:00"


def check_time(report: Report) -> None:
    """The window, the buffer, and every length and moment that steps carry."""
    if report.runbook.window is not None:
        _window(report, report.runbook.window)
    if report.runbook.buffer is not None:
        _buffer(report, report.runbook.buffer)
    for path, step in report.steps:
        _step(report, path, step)


def check_length(report: Report, path: Path, text: str | None, *, positive: bool = False) -> None:
    """Refuses a length of time that is absurd, or zero where that means nothing."""
    if text is None:
        return
    length = seconds(text)
    name = next(part for part in reversed(path) if isinstance(part, str))
    if length > LONGEST_SECONDS:
        report.error(path, "duration", f"`{name}` is longer than a year", "90s, 5m, 1h30m, 2d")
    elif positive and length <= 0:
        report.error(path, "duration", f"`{name}` is zero", "leave it out for the default")


# --- window -----------------------------------------------------------------------------------


def _window(report: Report, window: Window) -> None:
    zone_known = window.zone is None or _zone(report, window.zone)
    start = _moment(report, ("window", "start"), window.start)
    end = _moment(report, ("window", "end"), window.end)
    check_length(report, ("window", "reserve"), window.reserve)
    _warnings(report, window)
    if start is None or end is None or not zone_known:
        return
    if not _offsets(report, window, {"start": start, "end": end}):
        return
    if isinstance(start, time) is not isinstance(end, time):
        hint = "give both a date, or neither"
        report.error(("window",), "window", "only one end of the window has a date", hint)
        return
    if isinstance(start, time) and start == end:
        report.error(("window", "end"), "window", "the window ends when it starts")
        return
    length = window_length(window)
    if length is None:
        hint = "a window without dates may run past midnight"
        if window.zone is not None:
            hint += "; a clock that is set forward leaves an hour out"
        report.error(("window", "end"), "window", "the window ends before it starts", hint)
    elif window.reserve and seconds(window.reserve) >= length:
        report.error(("window", "reserve"), "window", "the reserve takes up the whole window")


def window_length(window: Window) -> float | None:
    """Seconds from start to end, on a day on which no clock is set where it has no dates; None for
    a window that cannot be."""
    try:
        return resolved(window, datetime.fromisoformat("2026-01-15T12:00Z")).length
    except ValueError:
        return None


def _zone(report: Report, name: str) -> bool:
    from zoneinfo import available_timezones

    try:
        zone_named(name)
    except ValueError as error:
        known = sorted(available_timezones())
        by_fold = {zone.casefold(): zone for zone in known}
        hint = "a name of the IANA database, such as Europe/Berlin"
        if not known:
            hint = "this machine has no time zones at all: install the package tzdata"
        elif (same := by_fold.get(name.casefold())) is not None:
            hint = f"did you mean `{same}`?"
        else:
            hint = close(name, known) or hint
        report.error(("window", "zone"), "zone", str(error), hint)
        return False
    return True


def _offsets(report: Report, window: Window, ends: dict[str, datetime | time]) -> bool:
    """Whether each end has an offset or the window's zone; warns where it has both."""
    fine = True
    for name, moment in ends.items():
        place = ("window", name)
        if moment.tzinfo is None and window.zone is None:
            fine = False
            report.error(
                place,
                "window",
                f"`{name}` does not say in which zone it is",
                f"{_TIMES}, or `zone: Europe/Berlin` beside it",
            )
        elif moment.tzinfo is not None and window.zone is not None:
            report.warning(
                place,
                "window-zone",
                f"`{name}` has an offset of its own, so that {window.zone} does not count for it",
                "leave out the offset, or the zone",
            )
    return fine


def _warnings(report: Report, window: Window) -> None:
    if len(window.warn) > MOST_WARNINGS:
        report.error(
            ("window", "warn"),
            "window",
            f"{len(window.warn)} warnings before one deadline; {MOST_WARNINGS} are the most",
            "what warns too often is not heard any more",
        )
    for index, text in enumerate(window.warn):
        check_length(report, ("window", "warn", index), text, positive=True)


def _moment(report: Report, path: Path, text: str) -> datetime | time | None:
    """The moment in `text`; without a date a time of day, without an offset naive. Reports one
    that no clock shows."""
    normal = text.replace(" ", "T").replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(normal) if "T" in normal else time.fromisoformat(normal)
    except ValueError as error:
        reason = str(error)
        try:
            date.fromisoformat(normal.split("T")[0]) if "T" in normal else None
        except ValueError as date_error:
            reason = str(date_error)
        report.error(path, "moment", f"there is no such time: {reason}", _TIMES)
        return None


# --- buffer -----------------------------------------------------------------------------------


def _buffer(report: Report, buffer: Buffer) -> None:
    given = [
        name
        for name, value in (
            ("percent", buffer.percent is not None),
            ("duration", buffer.duration is not None),
            ("root-of-squares", buffer.root_of_squares),
        )
        if value
    ]
    if len(given) != 1:
        report.error(
            ("buffer",),
            "buffer",
            "a buffer has one of percent, duration and `root-of-squares: true`; here is "
            + (" and ".join(given) or "none"),
            "percent: 30, or duration: 20m",
        )
    if buffer.percent == 0:
        report.error(
            ("buffer", "percent"),
            "buffer",
            "the buffer is empty",
            "30 to 50 percent is usual; leave out the buffer if there shall be none",
        )
    check_length(report, ("buffer", "duration"), buffer.duration, positive=True)


# --- steps ------------------------------------------------------------------------------------


def _step(report: Report, path: Path, step: Step) -> None:
    place = (*path, "estimate")
    if isinstance(step.estimate, ThreePoint):
        for name in ("best", "likely", "worst"):
            check_length(report, (*place, name), getattr(step.estimate, name))
        best, likely, worst = (
            seconds(text)
            for text in (step.estimate.best, step.estimate.likely, step.estimate.worst)
        )
        if not best <= likely <= worst:
            report.error(place, "estimate", "best ≤ likely ≤ worst does not hold")
    else:
        check_length(report, place, step.estimate)
    check_length(report, (*path, "timer"), step.timer, positive=True)
    if isinstance(step, WaitStep):
        _wait(report, path, step)
    if step.kind == "watch":
        check_length(report, (*path, "soak"), getattr(step, "soak", None))


def _wait(report: Report, path: Path, step: WaitStep) -> None:
    given = [n for n in ("duration", "until", "condition") if getattr(step, n) is not None]
    if len(given) != 1:
        report.error(
            path,
            "wait",
            "a wait step has one of duration, until and condition; here is "
            + (" and ".join(given) or "none"),
        )
    check_length(report, (*path, "duration"), step.duration)
    if step.until is not None:
        _moment(report, (*path, "until"), step.until)
    if step.condition is not None:
        _poll(report, (*path, "condition"), step.condition)


def _poll(report: Report, path: Path, poll: Poll) -> None:
    check_length(report, (*path, "interval"), poll.interval, positive=True)
    check_length(report, (*path, "limit"), poll.limit, positive=True)
    if poll.longest is None:
        return
    check_length(report, (*path, "longest"), poll.longest, positive=True)
    first = seconds(poll.interval)
    if poll.backoff == 1.0:
        report.error(
            (*path, "longest"),
            "poll",
            "`longest` says nothing: without backoff every interval is the same",
            "add backoff: 2, or leave out longest",
        )
    elif 0 < seconds(poll.longest) < first:
        report.error(
            (*path, "longest"),
            "poll",
            f"the longest interval is shorter than the first, {duration_text(first)}",
        )
