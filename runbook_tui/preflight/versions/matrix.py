"""A path matrix: which hops between versions are legal, and when their support ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.runbook_model import Model
from runbook_tui.preflight.versions.order import BadVersionError, Ecosystem, Order, Range, Version

Day = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A day, such as 2026-11-12.")
]


class Release(Model, frozen=True, kw_only=True):
    """A release that one can stop at."""

    version: str
    """Its name, and the version that a path stops at."""
    range: str | None = None
    """All its versions: `>=15,<16`; exactly `version` where it is not given."""
    end_of_life: Day | None = None
    """The first day without fixes from those who make it."""
    source: str | None = None
    """Where its end of life is written."""
    notes: str | None = None
    """What to do or know while one is there."""
    stop: bool = True
    """Whether a path may stop here; false: it is listed for its end of life only."""


class Hop(Model, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A legal step from any version of one range to any of another that is newer."""

    from_: str
    """The range it leads from: `>=12,<13`."""
    to: str
    """The version or range it leads to."""
    stops: tuple[str, ...] = ()
    """Versions that have to be installed on the way, oldest first; those already passed do not
    count."""
    notes: str | None = None
    """What to do or know."""
    source: str | None = None
    """Where it is written that this is legal."""
    downgrade: bool = False
    """Whether it is a step to an older version instead."""


class PathMatrix(Model, frozen=True, kw_only=True):
    """The legal ways between a product's versions."""

    product: str
    """What people call it."""
    ecosystem: Ecosystem
    """Whose rules order the versions."""
    sources: tuple[str, ...] = ()
    """Where all this is written."""
    releases: tuple[Release, ...] = ()
    """Releases that one can stop at, and their ends of life."""
    hops: Annotated[tuple[Hop, ...], Meta(min_length=1)]
    """The legal steps."""


@dataclass(frozen=True)
class ReadRelease:
    """A release whose versions were understood."""

    release: Release
    version: Version
    range: Range
    end_of_life: date | None


@dataclass(frozen=True)
class ReadHop:
    """A hop whose versions were understood."""

    hop: Hop
    start: Range
    end: Range
    land: Version | None
    """The version it leads to, where it is a single one."""
    stops: tuple[Version, ...]


@dataclass(frozen=True)
class Matrix:
    """A path matrix whose versions were understood."""

    product: str
    order: Order
    releases: tuple[ReadRelease, ...]
    hops: tuple[ReadHop, ...]

    def release(self, version: Version) -> ReadRelease | None:
        """The release that a version is of; the first of several."""
        return next((each for each in self.releases if version in each.range), None)


def understood(document: PathMatrix) -> Matrix:
    """The matrix with its versions read. Raises BadVersionError with every mistake, a line each."""
    order = Order(document.ecosystem)
    trouble: list[str] = []
    releases: list[ReadRelease] = []
    hops: list[ReadHop] = []
    for release in document.releases:
        try:
            day = date.fromisoformat(release.end_of_life) if release.end_of_life else None
            version = order.version(release.version)
            span = order.range(release.range or release.version)
            if version not in span:
                raise BadVersionError(f"its range {span.text} does not have it")
            releases.append(ReadRelease(release, version, span, day))
        except (BadVersionError, ValueError) as error:
            trouble.append(f"release {release.version}: {error}")
    for hop in document.hops:
        try:
            end = order.range(hop.to)
            land = (
                order.version(hop.to) if hop.to[:1] not in "<>!=*" and "," not in hop.to else None
            )
            stops = tuple(map(order.version, hop.stops))
            if list(stops) != sorted(stops):
                raise BadVersionError("its stops are not in order, oldest first")
            hops.append(ReadHop(hop, order.range(hop.from_), end, land, stops))
        except BadVersionError as error:
            trouble.append(f"hop {hop.from_} to {hop.to}: {error}")
    if trouble:
        raise BadVersionError("\n".join(trouble))
    return Matrix(document.product, order, tuple(releases), tuple(hops))
