"""Requests to one API: JSON from it, within a time for all of it, and without detours."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import requests

from runbook_tui import __version__
from runbook_tui.adapters.http.answers import TokenHeader, content_of, parsed, said
from runbook_tui.adapters.http.trouble import OverdueError, broke, reason, seconds_asked
from runbook_tui.domain.redact import Redactor

AGAIN = 0.1
"""Seconds, after the time is over and something has swallowed that."""


class FailedError(Exception):
    """There is no answer that says yes; the text says why, in words without secrets."""

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        """Of the answer; None where none came."""


@dataclass(frozen=True)
class Reply:
    """An answer that says yes."""

    data: Any
    """What it holds; None where it holds nothing."""
    headers: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Token:
    """Who asks: a secret, and the header that it is sent in, and only in."""

    header: str
    secret: str
    scheme: str = ""
    """What stands before it in the header: ``Bearer``."""


class Client:
    """An API under one base address. For the main thread of a process: its time limit is an
    alarm, because a server that drips on is stopped by nothing else."""

    def __init__(self, base: str, headers: Mapping[str, str], token: Token, until: float) -> None:
        """`until`: by when all requests have to be over, on the clock of `time.monotonic`. Raises
        FailedError."""
        if not _is_address(base):
            raise FailedError("its address wants to be https://…, without user and password")
        secret = token.secret.strip()
        if not secret or not all(map(_is_sent, (secret, *headers.values()))):
            raise FailedError("what is to be sent as a header cannot be: is the token one?")
        self._base = base.rstrip("/")
        self._until = until
        self._token = TokenHeader(token.header, f"{token.scheme} {secret}".lstrip())
        self._clean = Redactor({"token": secret}).text
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {
                "User-Agent": f"runbook-tui/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **headers,
            }
        )

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        form: Sequence[tuple[str, str]] | None = None,
    ) -> Reply:
        """Makes one request; `body` is sent as JSON, `form` as a form. Raises FailedError."""
        doubt = "" if method == "GET" else "; whether it was done is not known"
        data: Any = form if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            with _within(self._until - time.monotonic()) as left:
                response = self._session.request(
                    method,
                    self._base + path,
                    params=query,
                    data=data,
                    headers=headers,
                    auth=self._token,
                    timeout=(left, left),
                    allow_redirects=False,
                    stream=True,
                )
                content, whole = content_of(response)
        except OverdueError:
            signal.setitimer(signal.ITIMER_REAL, 0)  # where it came while that was done
            raise FailedError(f"no answer in time{doubt}") from None
        except requests.ReadTimeout:
            raise FailedError(f"no answer in time{doubt}") from None
        except (requests.RequestException, ValueError, OSError) as error:
            if broke(error):
                raise FailedError(f"the connection broke before an answer{doubt}") from None
            raise FailedError(f"no connection: {reason(error)}") from None
        answer = parsed(content)
        if not 200 <= response.status_code < 300:
            raise FailedError(self._refusal(response, answer), response.status_code)
        if method == "GET" and not whole:
            raise FailedError("its answer broke off, or is too long")
        if whole and content.strip() and answer is None:
            raise FailedError(
                "it answers with something else than JSON: is its address right, and no page to"
                " log in before it?"
            )
        return Reply(answer, response.headers)

    def _refusal(self, response: requests.Response, answer: Any) -> str:
        status, headers = response.status_code, response.headers
        told = f": {words}" if (words := said(answer, self._clean)) else ""
        wait = seconds_asked(headers.get("Retry-After", ""))
        asks = f", it asks to wait for {wait:.0f} s" if wait is not None else ""
        if status == 401:
            return f"the token is refused (401){told}"
        limited = wait is not None or headers.get("X-RateLimit-Remaining") == "0"
        if status == 429 or (status == 403 and limited):
            return f"it has had too many requests ({status}){asks}"
        if status == 403:
            return f"the token may not do this (403){told}"
        if status == 404:
            return f"nothing is there, or the token may not see it (404){told}"
        if 300 <= status < 400:
            return f"it leads elsewhere, which is not followed ({status}): is its address right?"
        if status >= 500:
            return f"the server has a trouble of its own ({status}){asks}{told}"
        return f"it refuses this ({status}){told}"


def _is_sent(value: str) -> bool:
    """Whether a header can hold it."""
    return value.isascii() and value.isprintable()


def _is_address(base: str) -> bool:
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not parts.query
        and not parts.fragment
    )


@contextmanager
def _within(seconds: float) -> Iterator[float]:
    """Ends what is in it by OverdueError, once so many seconds are over."""

    def over(number: int, frame: FrameType | None) -> None:
        raise OverdueError

    left = max(0.05, seconds)
    earlier = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, left, AGAIN)
    try:
        yield left
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
