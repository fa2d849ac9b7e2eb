"""The order of versions, by each ecosystem's own rules.

The rules are univers'. Two of its schemes are not used: its `generic` compares letters (10 before
9), its `intdot` compares digit by digit. What is called generic here has Maven's order: numbers
between dots, zeros at the end without meaning (15 is 15.0), then alpha < beta < milestone < rc <
nothing < anything else (https://maven.apache.org/pom.html#Version_Order_Specification).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import total_ordering
from typing import Any, Literal

Ecosystem = Literal[
    "deb", "rpm", "pypi", "npm", "semver", "maven", "gem", "nuget", "golang", "apk", "arch",
    "generic",
]  # fmt: skip
_CLASSES: dict[Ecosystem, str] = {
    "deb": "DebianVersion",
    "rpm": "RpmVersion",
    "pypi": "PypiVersion",
    "npm": "SemverVersion",
    "semver": "SemverVersion",
    "maven": "MavenVersion",
    "gem": "RubygemsVersion",
    "nuget": "NugetVersion",
    "golang": "GolangVersion",
    "apk": "AlpineLinuxVersion",
    "arch": "ArchLinuxVersion",
    "generic": "MavenVersion",
}
LONGEST = 128
"""Characters of a version; longer ones are no versions."""
_PLAIN = re.compile(r"v?[0-9A-Za-z][0-9A-Za-z.+~:^!_-]*")
_DIGIT = re.compile(r"v?\d")
_DIGIT_FIRST = frozenset({"deb", "maven", "generic", "nuget"})
# Maven's order would take anything; dpkg refuses an empty release.
_HOLES = {each: re.compile(r"[.+~:^!_-]{2}|[.+~:^!_-]$") for each in ("maven", "generic")} | {
    "deb": re.compile(r"-$")
}
_THREE_NUMBERS = frozenset({"npm", "semver", "golang"})
_SEMVER = re.compile(r"v?[0-9]+(?:\.[0-9]+){0,2}(?![0-9.])")


class BadVersionError(Exception):
    """A text is no version or no range of its ecosystem; the message says which."""


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A version; compared by the rules of its ecosystem."""

    text: str
    value: Any
    """What univers made of it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and _same(self.value, other.value)

    def __lt__(self, other: Version) -> bool:
        return bool(self.value < other.value)

    __hash__ = None  # type: ignore[assignment]  # 15 and 15.0 may be the same


@dataclass(frozen=True)
class Range:
    """A range of versions: ``>=12,<13``, ``15.4``, ``*``."""

    text: str
    constraints: tuple[Any, ...]

    def __contains__(self, version: Version) -> bool:
        from univers.version_constraint import contains_version

        contains: Callable[[Any, Any], bool] = contains_version
        bounds = (each.version for each in self.constraints if each.version is not None)
        value = next((bound for bound in bounds if _same(bound, version.value)), version.value)
        return bool(contains(value, list(self.constraints)))


def _same(one: Any, other: Any) -> bool:
    """Whether neither comes first. What univers calls equal looks alike: 1.07 and 1.7 are not."""
    return not one < other and not other < one


@dataclass(frozen=True)
class Order:
    """The order of one ecosystem's versions."""

    ecosystem: Ecosystem

    def version(self, text: str) -> Version:
        """The version that a text says. Raises BadVersionError."""
        text = text.strip()
        if not _PLAIN.fullmatch(text) or len(text) > LONGEST:
            raise BadVersionError(f"{text[:40]!r} is no version")
        if self.ecosystem in _DIGIT_FIRST and not _DIGIT.match(text):
            raise BadVersionError(f"{text!r} is no {self.ecosystem} version")
        if (holes := _HOLES.get(self.ecosystem)) is not None and holes.search(text):
            raise BadVersionError(f"{text!r} is no {self.ecosystem} version")
        plain = text
        if self.ecosystem in _THREE_NUMBERS:
            if not _SEMVER.match(text):
                raise BadVersionError(f"{text!r} is no {self.ecosystem} version")
            # Build metadata has no precedence (https://semver.org, 10); univers would count it.
            plain = text.partition("+")[0]
        try:
            return Version(text, self._class()(plain))
        except Exception as error:  # each of its schemes has errors of its own
            raise BadVersionError(f"{text!r} is no {self.ecosystem} version") from error

    def range(self, text: str) -> Range:
        """The range that a text says: a version, ``*``, or bounds, which are taken pairwise in the
        order of their versions: ``>=12,<13`` or ``>=12,<13,>=15``. That is a vers range
        (https://github.com/package-url/vers-spec) with commas. Raises BadVersionError.
        """
        from univers.version_constraint import VersionConstraint

        constraint: Any = VersionConstraint
        parts = [part.strip() for part in re.split(r"[,|]", text)]
        try:
            found = []
            for part in parts:
                comparator, version = constraint.split(part)
                found.append(
                    constraint(comparator, version_class=self._class())
                    if comparator == "*"
                    else constraint(comparator, self.version(version).value)
                )
            if found != sorted(found):  # it would mean what lies outside of them
                raise BadVersionError(f"{text!r}: the lower bound comes first")
            constraint.validate(found)
        except (ValueError, TypeError) as error:
            raise BadVersionError(f"{text!r} is no range of {self.ecosystem} versions") from error
        return Range(text, tuple(found))

    def _class(self) -> Any:
        from univers import versions

        return getattr(versions, _CLASSES[self.ecosystem])


def upstream(text: str, ecosystem: Literal["deb", "rpm"]) -> str:
    """What a distribution's version says of the product's own: ``1:9.2p1-2+deb12u3`` is ``9.2p1``.

    Without epoch and release (deb-version(7); rpm-version(7)); ``+really`` wins, what else stands
    after a plus was added by the packager, and a tilde marks what comes before a release.
    """
    plain = text.partition(":")[2] if re.match(r"\d+:", text) else text
    if "-" in plain:
        plain = plain.rpartition("-")[0]
    if ecosystem == "deb":
        plain = plain.partition("+really")[2] or plain
        plain = plain.partition("+")[0]
    return plain.replace("~", "-")
