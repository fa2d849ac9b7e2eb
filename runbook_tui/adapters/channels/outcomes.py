"""What an attempt came to, told by what went over the wire.

A message is sent at most once, so the question is always the same: may it be there? Where nothing
of the request was written, it is surely not. Where an answer came, the answer says it. Where the
request went out and no answer came, nobody knows.
"""

from __future__ import annotations

import requests

from runbook_tui.adapters.channels.witness import Exchange
from runbook_tui.adapters.http.trouble import reason, seconds_asked
from runbook_tui.domain.messages.channels import Answered

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
