"""The scalar types of the runbook format: patterns, and what they mean in seconds."""

from __future__ import annotations

import math
import re
from typing import Annotated

from msgspec import Meta

SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
PARAMETER_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
SEMVER_PATTERN = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)
DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))( ?[0-9]+(\.[0-9]+)?(ms|s|m|h|d))*$"
MOMENT_PATTERN = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
WINDOW_PATTERN = MOMENT_PATTERN.removesuffix("$") + "?$"
ZONE_PATTERN = r"^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}$"

Slug = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        description="Lower-case letters, digits, - and _; at most 64.",
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=120, description="One line.")]
Semver = Annotated[
    str, Meta(pattern=SEMVER_PATTERN, description="A semantic version, such as 1.4.0.")
]
Duration = Annotated[
    str, Meta(pattern=DURATION_PATTERN, description="Such as 90s, 5m, 1h30m or 2d.")
]
ZonedTime = Annotated[
    str,
    Meta(
        pattern=MOMENT_PATTERN,
        description="A time with its zone: 22:00Z, 22:00+02:00 or 2026-05-01T22:00Z.",
    ),
]
WindowTime = Annotated[
    str,
    Meta(
        pattern=WINDOW_PATTERN,
        description=(
            "A time with its zone (22:00Z, 22:00+02:00, 2026-05-01T22:00Z); the window's own"
            " `zone` stands in where it has none (22:00, 2026-10-25T01:00)."
        ),
    ),
]
Zone = Annotated[
    str,
    Meta(pattern=ZONE_PATTERN, description="A name of the IANA database, such as Europe/Berlin."),
]

_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# `$` is what JSON Schema knows; in Python it also matches before a line end.
_WHOLE = re.compile(DURATION_PATTERN.removesuffix("$"))
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


LONGEST = 1e9
"""Seconds: 31 years. What is written longer counts as this, so that sums stay finite."""


def seconds(duration: str) -> float:
    """The length of a `Duration` in seconds: ``seconds("1h30m") == 5400.0``.

    Raises ValueError where the text is not a duration.
    """
    if not _WHOLE.fullmatch(duration):
        raise ValueError(f"not a duration: {duration!r}")
    total = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(duration))
    return min(total, LONGEST)


def is_duration(text: str) -> bool:
    """Whether a text is a `Duration`."""
    return _WHOLE.fullmatch(text) is not None


def duration_text(length: float) -> str:
    """A length in seconds as a runbook writes it: ``duration_text(5400) == "1h30m"``.

    For people: below ten minutes to the second, below a day to the minute, above that to the hour,
    always rounded up, so that what is added up from it is never too short. Below 0 it is ``0s``.
    """
    whole = max(0, math.ceil(length - 1e-6))
    step = 1 if whole < 600 else 60 if whole < 86_400 else 3_600
    whole = -(-whole // step) * step
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
