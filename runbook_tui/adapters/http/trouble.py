"""Why a request came to nothing, in words of ours: those of libraries hold addresses."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

LONGEST_WAIT = 24 * 3600.0
"""Seconds; more than that nobody means."""


class OverdueError(BaseException):
    """The time is over. No `Exception`, so that no library takes it for a trouble of its own."""


def seconds_asked(header: str, now: datetime | None = None) -> float | None:
    """What ``Retry-After`` asks for, in seconds or as an HTTP date (RFC 9110, 10.2.3); None where
    it says nothing that can be understood."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), LONGEST_WAIT)


def reason(error: BaseException | None) -> str:
    """Why there was no connection."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({each.verify_message})"
    for each in chain:
        if isinstance(each, ssl.SSLError):
            return "no TLS with it"
        if isinstance(each, ConnectionRefusedError):
            return "refused"
        if isinstance(each, requests.exceptions.ProxyError):
            return "the proxy let nothing through"
        if isinstance(each, requests.ConnectTimeout | TimeoutError):
            return "timed out"
        if type(each).__name__ in ("NameResolutionError", "gaierror"):
            return "its name was not found"
    for each in chain:
        if isinstance(each, OSError) and each.strerror and each.errno:
            return each.strerror.lower()
    return "it could not be made"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and all that it comes from: causes, contexts, what libraries keep as `reason`."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        pending += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]


def broke(error: BaseException) -> bool:
    """Whether there was a connection, and it ended before an answer."""
    return any(
        isinstance(each, http.client.HTTPException | ConnectionResetError | BrokenPipeError)
        for each in _chain(error)
    )
