"""What webhooks have in common, wherever they are registered."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.domain.systems.seen import Value, digest_of

HIDDEN = "…"
# Whoever has such a part of a path may post there: chats hand out addresses of this kind.
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]{20,}|[A-Za-z0-9_-]{40,}")
MOST_EVENTS = 6
"""That are named in a line."""


@dataclass(frozen=True)
class Hook:
    """One webhook as its server tells it."""

    number: str
    url: str
    value: dict[str, Any]
    """All of it that counts, but the address."""


class Hooks(InOrder, ABC):
    """The webhooks at one place. Each is known by the number it was first seen under, also after
    it was registered again under another one."""

    moved = "it posts to another address by now: name both in `urls`"
    """Why one is not among those that are looked at, and yet there."""

    def __init__(self, where: str, urls: Sequence[str] = ()) -> None:
        """`where`: names the place among all; `urls`: only those that post there."""
        self._where = where
        self._urls = frozenset(map(_bare, urls))
        self._numbers: dict[str, str] = {}
        self._again: dict[str, str] = {}

    @abstractmethod
    def hooks(self) -> Iterator[Hook]:
        """All that are registered. Raises NotAskedError."""

    @abstractmethod
    def one(self, number: str) -> Hook | None:
        """The one with this number, wherever it posts to. Raises NotAskedError."""

    @abstractmethod
    def create(self, wanted: Value, url: str) -> str:
        """Registers one; gives its number. Raises NotPutBackError."""

    @abstractmethod
    def change(self, number: str, wanted: Value, now: Value, url: str) -> None:
        """Makes one as wanted. Raises NotPutBackError."""

    @abstractmethod
    def delete(self, number: str) -> None:
        """Raises NotPutBackError."""

    def look(self, kept: Kept) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for hook in self.hooks():
            key = self._key(hook.number, kept)
            self._numbers[key] = hook.number
            if not self._urls or _bare(hook.url) in self._urls:
                found[key] = _value(hook, kept)
        return found

    def line(self, key: str, value: Value) -> str:
        events = value.get("events", [])
        named = ", ".join(map(str, events[:MOST_EVENTS]))
        more = f" and {len(events) - MOST_EVENTS} more" if len(events) > MOST_EVENTS else ""
        state = "" if value.get("active", True) else "off, "
        return f"{value['url']}: {state}{named or 'no events'}{more}"

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        number = self._numbers.get(key, key)
        standing = self.one(number)
        if now is not None and standing is not None and _value(standing, kept) != now:
            raise NotPutBackError("somebody has changed it just now")
        if wanted is None:
            self.delete(number)
            return f"unregistered {key}: {self.line(key, now or {'url': HIDDEN})}"
        if now is not None and standing is None:
            raise NotPutBackError("somebody has unregistered it just now")
        url = self._url(wanted, kept)
        if now is not None:
            self.change(number, wanted, now, url)
            return f"put back {key}: {self.line(key, wanted)}"
        if standing is not None:
            raise NotPutBackError(self.moved)
        new = self.create(wanted, url)
        self._again[new] = key
        kept.content(self._alias(new), key.encode())
        return f"registered {key} again, as {new}: {self.line(key, wanted)}"

    def _key(self, number: str, kept: Kept) -> str:
        if number not in self._again:
            try:
                self._again[number] = kept.content_of(self._alias(number)).decode()
            except NotPutBackError:
                self._again[number] = number
        return self._again[number]

    def _alias(self, number: str) -> str:
        return f"hook-{digest_of([self._where, number])}"

    def _url(self, value: Value, kept: Kept) -> str:
        if digest := value.get("url-digest"):
            return kept.content_of(f"address-{digest}").decode()
        return str(value["url"])


def _value(hook: Hook, kept: Kept) -> dict[str, Any]:
    return {**_address(hook.url, kept), **hook.value}


def _address(url: str, kept: Kept) -> dict[str, str]:
    """What a value holds of an address: none of the secrets in it, and yet every change is seen."""
    shown = shown_url(url)
    if shown == url:
        return {"url": url}
    kept.content(f"address-{digest_of(url)}", url.encode())
    return {"url": shown, "url-digest": digest_of(url)}


def shown_url(url: str) -> str:
    """An address for people: without user, password, query, and parts that look like tokens."""
    parts = _split(url)
    if parts is None:
        return HIDDEN
    path = "/".join(HIDDEN if _TOKEN.fullmatch(each) else each for each in parts.path.split("/"))
    return f"{parts.scheme}://{_host(parts)}{path}" + ("?" + HIDDEN if parts.query else "")


def _bare(url: str) -> str:
    parts = _split(url)
    return url if parts is None else f"{parts.scheme}://{_host(parts)}{parts.path.rstrip('/')}"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rsplit("@", 1)[-1].lower()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None


def one_of(first: tuple[str, str], second: tuple[str, str]) -> tuple[str, str]:
    """The one of two settings that is given, as name and value. Raises NotAskedError."""
    given = [each for each in (first, second) if each[1]]
    if len(given) != 1:
        raise NotAskedError(f"it wants either {first[0]} or {second[0]}")
    return given[0]
