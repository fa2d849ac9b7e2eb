"""What an attempt came to, told by what went over the wire.

A message is sent at most once, so the question is always the same: may it be there? Where nothing
of the request was written, it is surely not. Where an answer came, the answer says it. Where the
request went out and no answer came, nobody knows.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from runbook_tui.adapters.channels.witness import Exchange
from runbook_tui.domain.messages.channels import Answered

LONGEST_WAIT = 24 * 3600.0
"""Seconds; more than that nobody means."""
RATE_LIMITED = frozenset({420, 429})
"""429 by RFC 6585; 420 is what Statuspage says besides it."""
NOT_RECEIVED = frozenset({408, 425})
"""The server says that it has not taken the request in (RFC 9110, 15.5.9; RFC 8470)."""


class SettledError(Exception):
    """The attempt is over before its end; with what came of it."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(answered.words)
        self.answered = answered


class NotAskedError(SettledError):
    """A question to the channel got no answer that is one; with what came of the question."""


class OverdueError(BaseException):
    """The time is over. No `Exception`, so that no library takes it for a trouble of its own."""


def not_sent(answered: Answered) -> Answered:
    """What a question that failed means for the message that was to follow it: it was not sent. A
    refusal stays one."""
    return Answered(
        outcome="refused" if answered.outcome == "refused" else "failed",
        words=f"not sent, because it does not say what it has: {answered.words}",
        retry_after=answered.retry_after,
    )


def not_seen(answered: Answered) -> Answered:
    """What a question that failed means for a look: nobody knows."""
    return Answered(
        outcome="unknown",
        words=f"it does not say what it has: {answered.words}",
        retry_after=answered.retry_after,
    )


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


def of_status(status: int, retry_after: str = "", said: str = "") -> Answered:
    """What an HTTP status means for the message. `said`: what the server said to it."""
    words = f"HTTP {status}"
    told = f": {said}" if said else ""
    wait = seconds_asked(retry_after)
    asks = f", asks for {wait:.0f} s" if wait is not None else ""
    if 200 <= status < 300:
        return Answered(outcome="delivered", words=words)
    if 300 <= status < 400:
        return Answered(outcome="refused", words=f"{words}: leads elsewhere, which is not followed")
    if status in (401, 403):
        return Answered(outcome="refused", words=f"{words}: the token is not accepted{told}")
    if status in RATE_LIMITED:
        return Answered(outcome="failed", words=f"{words}{asks}", retry_after=wait)
    if status == 503 and wait is not None:
        return Answered(outcome="failed", words=f"{words}{asks}", retry_after=wait)
    if status in NOT_RECEIVED:
        return Answered(outcome="failed", words=f"{words}{told}", retry_after=wait)
    if status == 404:
        return Answered(outcome="refused", words=f"{words}: nothing is at this address{told}")
    if 400 <= status < 500:
        return Answered(outcome="refused", words=f"{words}{told}")
    if status >= 500:
        return Answered(
            outcome="failed", words=f"{words}{asks}{told}", retry_after=wait, doubtful=True
        )
    return Answered(outcome="unknown", words=f"{words}, which is no answer to this")


def of_exchange(exchange: Exchange) -> Answered:
    """What one HTTP request came to."""
    if exchange.status is not None:
        return of_status(exchange.status, exchange.retry_after)
    if not exchange.written:
        return Answered(outcome="failed", words=f"no connection: {reason(exchange.error)}")
    if isinstance(exchange.error, requests.Timeout):
        return Answered(outcome="unknown", words="sent, and no answer in time")
    return Answered(outcome="unknown", words="sent, and the connection broke before an answer")


def reason(error: BaseException | None) -> str:
    """Why there was no connection, in words of ours: those of libraries hold addresses."""
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
