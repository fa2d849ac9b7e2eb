"""A moment: what the wall clock said and what the boot-time clock said."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from msgspec import Struct

JUMP_SECONDS = 2.0
"""A wall clock that moved this much more or less than the boot-time clock has jumped."""


class Moment(Struct, frozen=True):
    """One reading of both clocks.

    `wall` is aware UTC. `boot` is CLOCK_BOOTTIME in seconds, which runs on through suspend and is
    only comparable where `boot_id` is the same. Raises ValueError for a time without a zone, and
    for one so far out that other zones cannot say it.
    """

    wall: datetime
    boot: float
    boot_id: str

    def __post_init__(self) -> None:
        if self.wall.tzinfo is None:
            raise ValueError("a moment needs its zone")
        if not MINYEAR < self.wall.year < MAXYEAR:
            raise ValueError("no moment of any run")

    @property
    def utc(self) -> datetime:
        """The wall time in UTC."""
        return self.wall.astimezone(UTC)


def elapsed(start: Moment, end: Moment) -> float:
    """Seconds from `start` to `end`, never negative.

    Within one boot by the boot-time clock; across boots by the wall clock, which is all there is.
    """
    if start.boot_id == end.boot_id:
        return max(0.0, end.boot - start.boot)
    return max(0.0, (end.wall - start.wall).total_seconds())


def wall_jump(before: Moment, after: Moment) -> float:
    """Seconds by which the wall clock moved on its own; 0.0 within tolerance or across boots."""
    if before.boot_id != after.boot_id:
        return 0.0
    drift = (after.wall - before.wall).total_seconds() - (after.boot - before.boot)
    return drift if abs(drift) > JUMP_SECONDS else 0.0


def clock_text(moment: Moment) -> str:
    """``19:31:02Z``."""
    return moment.utc.strftime("%H:%M:%SZ")


def shifted(when: datetime, length: float) -> datetime:
    """`when` (aware) and `length` seconds; the end of the calendar where it does not go so far."""
    try:
        return when + timedelta(seconds=length)
    except OverflowError:
        year = MAXYEAR - 1 if length > 0 else MINYEAR + 1
        return datetime(year, 1, 1, tzinfo=UTC)


def hour_text(when: datetime) -> str:
    """``20:47Z``."""
    return when.astimezone(UTC).strftime("%H:%MZ")


def length_text(seconds: float) -> str:
    """A length for a clock face: ``04:10``, ``1h02:09``."""
    whole = int(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}h{minutes:02d}:{secs:02d}" if hours else f"{minutes:02d}:{secs:02d}"


def date_text(when: datetime) -> str:
    """``2026-05-08 18:00Z``."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
