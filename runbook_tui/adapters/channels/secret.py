"""Values that stand in no log: how they are held, and in which pieces they could turn up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from runbook_tui.domain.text import SHORTEST_SECRET

if TYPE_CHECKING:
    from runbook_tui.adapters.channels.config import ChannelConfig

SHORTEST_PART = 8
"""Characters of a part of an address that may be a token; shorter ones are too often a word."""
_WORDS = re.compile(r"[a-z]+(?:[-_.][a-z]+)*|[A-Z][a-z]+|[A-Z]+", re.ASCII)
_NAMED_SECRET = re.compile(r"(?i)pass|secret|token|key|auth|credential|url|uri|webhook|hook")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Secret:
    """A text without a representation. It is not compared or hashed by what it holds."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text, for the one who has to use it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret()"


def web_address(text: str) -> bool:
    """Whether it is an http address of a host, without user and password, which would go out in
    place of the token."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError where it is none
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and parts.username is None
        and not re.search(r"[\s\x00-\x1f]", text)
    )


def plain_http(text: str) -> bool:
    """Whether what is sent to this address can be read on its way."""
    parts = urlsplit(text)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def secrets_of(channels: Iterable[ChannelConfig]) -> dict[str, str]:
    """Every secret of the channels by a name that may be shown (``channel status-page: token``),
    for the redactor of the run."""
    found: dict[str, str] = {}
    for each in channels:
        settings = {key: value.reveal() for key, value in each.settings.items()}
        for name, value in in_settings(each.channel.kind, settings).items():
            found[f"channel {each.channel.name}: {name}"] = value
    return found


def in_settings(kind: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The secrets among the settings of one channel, by their names."""
    found: dict[str, str] = {}
    for key, value in settings.items():
        if kind in ("statuspage", "cachet"):
            if key == "token":
                found[key] = value
        elif _NAMED_SECRET.search(key) or _telling(value):
            found[key] = value
        if "://" in value:
            found |= {f"{key} {name}": part for name, part in _in_address(value).items()}
    return {name: value for name, value in found.items() if len(value.strip()) >= SHORTEST_SECRET}


def _in_address(address: str) -> dict[str, str]:
    """What of an address may be a password or a token: the user's password, and every long part
    that is no plain word. The host is one as well where Apprise puts a token (``slack://T1JJ…``)."""
    _, _, rest = address.partition("://")
    front, *queries = re.split(r"[?#]", rest)
    place, *path = front.split("/")
    user, _, host = place.rpartition("@")
    name, _, password = user.partition(":")
    found = {"password": password} if password else {}
    parts = [name, *path]
    bare = host.partition(":")[0]
    if "." not in bare:
        parts.append(bare)
    for query in queries:
        parts += [value for _, value in parse_qsl(query, keep_blank_values=True)]
    for part in parts:
        if _telling(unquote(part)):
            found[f"part {len(found) + 1}"] = part
    for label, value in list(found.items()):
        if unquote(value) != value:
            found[f"{label}, decoded"] = unquote(value)
    return found


def _telling(text: str) -> bool:
    """Whether a text may be a token: long, and no plain word that a log is full of."""
    return len(text) >= SHORTEST_PART and not _WORDS.fullmatch(text)
