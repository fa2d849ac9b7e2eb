"""From what a clock on the wall shows to the moment that it is, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> ZoneInfo | None:
    """A zone by its IANA name; None where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def machine_zone(etc: Path = Path("/etc")) -> tuple[ZoneInfo, str] | None:
    """The zone that an `/etc` sets and the file that says so; None where it sets none."""
    try:
        path = etc / "timezone"
        name = ""
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                name = file.read(200).decode("ascii", "replace").strip()
        if name and (zone := zone_named(name)) is not None:
            return zone, "/etc/timezone"
    except OSError:
        pass
    try:
        name = str((etc / "localtime").readlink()).partition("zoneinfo/")[2]
    except OSError:
        return None
    zone = zone_named(name) if name else None
    return (zone, "/etc/localtime") if zone is not None else None


def moments(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The moments (UTC, in order) at which clocks of a zone show a naive time: one; two where the
    clock is put back over it; none where it is put forward over it.
    """
    found = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall and moment not in found:
            found.append(moment)
    return tuple(sorted(found))


def jump_over(wall: datetime, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    """The moment (UTC) at which the clock was put forward over a naive time, and by how much."""
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    jump = after - before
    old = before.astimezone(zone).utcoffset()
    # Whole minutes are enough: no zone of today changes between two.
    low, high = 0, int(jump.total_seconds() // 60)
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(minutes=middle)).astimezone(zone).utcoffset() == old:
            low = middle + 1
        else:
            high = middle
    return before + timedelta(minutes=low), jump
