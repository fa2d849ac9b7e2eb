"""What stands in one setting of a channel. Each raises ValueError with what is wanted, never with
what was given."""

from __future__ import annotations

from typing import Any, get_args

from runbook_tui.adapters.config import flag, text
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.text import SHORTEST_SECRET

TIMEOUT = 10.0
"""Seconds for one attempt where nothing else is said."""
LEAST_TIMEOUT, MOST_TIMEOUT = 1.0, 60.0
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


def audience(value: Any) -> Audience:
    """One of `AUDIENCES`."""
    for each in AUDIENCES:
        if value == each:
            return each
    raise ValueError(f"wants one of {', '.join(AUDIENCES)}")


def longest(value: Any) -> int:
    """Characters, from 1."""
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError("wants a number of characters")
    return number


def timeout(value: Any) -> float:
    """Seconds."""
    try:
        number = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        number = -1.0
    if not LEAST_TIMEOUT <= number <= MOST_TIMEOUT:
        raise ValueError(f"wants seconds from {LEAST_TIMEOUT:g} to {MOST_TIMEOUT:g}")
    return number


def setting(value: Any) -> str:
    """A setting as text: yes and no, and numbers as well."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return str(text(value)).strip()


def _token(value: Any) -> str:
    given = str(text(value)).strip()
    if len(given) < SHORTEST_SECRET:
        raise ValueError(f"wants {SHORTEST_SECRET} characters at least: it could not be kept out")
    # Anything else would be cut or refused where the request is put together, with its value in
    # the words of the error.
    if not given.isascii() or not given.isprintable() or " " in given:
        raise ValueError("wants letters, digits and signs without blanks")
    return given


def _words(value: Any) -> str:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        raise ValueError("wants a list of identifiers")
    return ",".join(each.strip() for each in items if each.strip())


def _number(value: Any) -> str:
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise ValueError("wants the number of a component")
    return str(value).strip()


READ: dict[str, Any] = {
    "token": _token,
    "components": _words,
    "component": _number,
    "deliver-notifications": lambda value: str(flag(value)).lower(),
}
"""The readers of settings by their names; of any other `setting`."""
