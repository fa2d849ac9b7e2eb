"""Reads the channels and the status feed of the configuration.

    [channels.status-page]
    kind = "statuspage"
    audience = "customers"
    page = "abcd1234"
    token = "…"

    [feed]
    folder = "/srv/www/status"

Everything also by environment, which wins: ``RUNBOOK_TUI_CHANNELS_STATUS_PAGE_TOKEN``. No value of
a channel's own settings stands in any error, and none has a representation: they are secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from runbook_tui.adapters.channels.job import GROUP
from runbook_tui.adapters.channels.secret import Secret, in_settings, plain_http, web_address
from runbook_tui.adapters.channels.values import (
    AUDIENCES,
    READ,
    TIMEOUT,
    audience,
    longest,
    setting,
    timeout,
)
from runbook_tui.adapters.config import (
    CHANNELS_PREFIX,
    FEED_PREFIX,
    ConfigError,
    flag,
    hint,
    line_of,
)
from runbook_tui.adapters.config import text as text_of
from runbook_tui.domain.messages.channels import BY_HAND, Channel
from runbook_tui.domain.messages.channels import FEED as OWN_FEED
from runbook_tui.domain.text import safe_line

STATUSPAGE_URL = "https://api.statuspage.io/v1"
COMMON = ("kind", "audience", "recipients", "longest", "timeout", "rehearsal")
FEED = ("folder", "title", "link", "rehearsal")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_NAME = 40
_SETTING = re.compile(r"[a-z][a-z0-9-]{0,63}")


class _Kind(NamedTuple):
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


KINDS = {
    "statuspage": _Kind(("page", "token"), ("url", "components", "deliver-notifications")),
    "cachet": _Kind(("url", "token"), ("component",)),
    "apprise": _Kind(("url",)),
    BY_HAND: _Kind(),
}
"""The kinds that the program brings, and what belongs to each."""


@dataclass(frozen=True)
class ChannelConfig:
    """One channel, with its secrets."""

    channel: Channel
    timeout: float
    """Seconds for one attempt, from its beginning to its end."""
    settings: Mapping[str, Secret] = field(repr=False)
    """By their names (``token``, ``deliver-notifications``); yes and no as ``true``, ``false``."""


@dataclass(frozen=True)
class FeedConfig:
    """Where the status feed is written."""

    folder: str
    title: str = "Status"
    link: str = ""
    """Where people read it."""
    rehearsal: bool = False
    """Whether a rehearsal is written to it."""


class _Said(NamedTuple):
    value: Any
    place: str


def read_channels(
    path: Path, content: str, document: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[tuple[ChannelConfig, ...], tuple[str, ...]]:
    """The channels of the file and the environment, and what is unwise about them.

    Raises ConfigError with the file and line or the variable, never with a value.
    """
    said = _from_file(path, content, document.get("channels", {}))
    _from_environment(said, environment)
    channels = []
    warnings = []
    in_file = False
    for name, settings in said.items():
        found = _channel(name, settings)
        channels.append(found)
        revealed = {key: value.reveal() for key, value in found.settings.items()}
        for key in {each.split()[0] for each in in_settings(found.channel.kind, revealed)}:
            in_file = in_file or settings[key].place.startswith(f"{path}:")
        url = found.settings.get("url")
        if url is not None and found.channel.kind != "apprise" and plain_http(url.reveal()):
            place = settings["url"].place
            warnings.append(f"{place}: channel {name}: http, so its token can be read on the way")
    if in_file:
        warnings += _readable_by_others(path)
    return tuple(channels), tuple(warnings)


def read_feed(
    path: Path, content: str, document: Mapping[str, Any], environment: Mapping[str, str]
) -> FeedConfig | None:
    """The status feed; None where nothing names a folder. Raises ConfigError."""
    table = document.get("feed", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}:{line_of(content, 'feed')}: feed is a table: [feed]")
    said: dict[str, _Said] = {}
    for key, value in table.items():
        said[key] = _Said(value, f"{path}:{line_of(content, key, 'feed')}")
    for variable, given in environment.items():
        if variable.startswith(FEED_PREFIX) and given:
            said[variable.removeprefix(FEED_PREFIX).lower()] = _Said(given, variable)
    if not said:
        return None
    for key, each in said.items():
        if key not in FEED:
            raise ConfigError(f"{each.place}: unknown key {safe_line(key, 60)}{hint(key, FEED)}")
    if "folder" not in said:
        place = next(iter(said.values())).place
        raise ConfigError(f"{place}: feed has no folder to be written to")
    words = {key: _read(said[key], key, text_of) for key in FEED[:3] if key in said}
    link = words.get("link", "")
    if link and not web_address(link):
        raise ConfigError(f"{said['link'].place}: link wants an address: https://…")
    shown = _read(said["rehearsal"], "rehearsal", flag) if "rehearsal" in said else False
    return FeedConfig(**words, rehearsal=shown)


def _from_file(path: Path, content: str, table: Any) -> dict[str, dict[str, _Said]]:
    if not isinstance(table, dict):
        place = f"{path}:{line_of(content, 'channels')}"
        raise ConfigError(f"{place}: channels is a table of tables: [channels.NAME]")
    said: dict[str, dict[str, _Said]] = {}
    for name, settings in table.items():
        place = f"{path}:{line_of(content, name, 'channels')}"
        if not isinstance(settings, dict):
            raise ConfigError(
                f"{place}: a channel is a table: [channels.NAME] with kind, audience …"
            )
        _check_name(name, place)
        _check_not_ours(name, place)
        said[name] = {"": _Said(None, place)}
        for key, value in settings.items():
            where = f"{path}:{line_of(content, key, f'channels.{name}')}"
            if not _SETTING.fullmatch(key):
                raise ConfigError(f"{where}: {safe_line(key, 60)!r} is no name of a setting")
            said[name][key] = _Said(value, where)
    return said


def _check_name(name: str, place: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        shown = safe_line(name, 60)
        raise ConfigError(
            f"{place}: {shown!r} is no name of a channel: small letters, digits and single - "
            f"between them, {_LONGEST_NAME} at most"
        )


def _check_not_ours(name: str, place: str) -> None:
    if name == OWN_FEED:
        raise ConfigError(
            f"{place}: {OWN_FEED} is the program's own: give the channel another name"
        )


def _from_environment(said: dict[str, dict[str, _Said]], environment: Mapping[str, str]) -> None:
    """Adds what variables say. Which part of one is the channel's name is told by the names that
    are known: those of the file and those that have a ``…_KIND``."""
    given = {
        variable: value
        for variable, value in environment.items()
        if variable.startswith(CHANNELS_PREFIX) and value
    }
    for variable in given:
        rest = variable.removeprefix(CHANNELS_PREFIX)
        name = rest.removesuffix("_KIND").lower().replace("_", "-")
        if rest.endswith("_KIND") and name not in said:
            _check_name(name, variable)
            _check_not_ours(name, variable)
            said[name] = {"": _Said(None, variable)}
    prefixes = sorted(((_upper(name) + "_", name) for name in said), key=lambda each: -len(each[0]))
    for variable, value in given.items():
        rest = variable.removeprefix(CHANNELS_PREFIX)
        for prefix, name in prefixes:
            if rest.startswith(prefix) and rest != prefix:
                key = rest.removeprefix(prefix).lower().replace("_", "-")
                said[name][key] = _Said(value, variable)
                break
        else:
            raise ConfigError(f"{variable}: no channel has this name: {variable} wants its …_KIND")


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _read(said: _Said, key: str, read: Any) -> Any:
    try:
        return read(said.value)
    except ValueError as error:
        raise ConfigError(f"{said.place}: {key} {error}") from None


def _channel(name: str, said: dict[str, _Said]) -> ChannelConfig:
    place = said.pop("").place
    if "kind" not in said:
        raise ConfigError(f"{place}: channel {name} has no kind: {', '.join(KINDS)}")
    kind = str(_read(said["kind"], "kind", text_of))
    known = KINDS.get(kind)
    if known is None and kind not in (brought := _brought()):
        wrong = hint(kind, [*KINDS, *brought])
        raise ConfigError(f"{said['kind'].place}: unknown kind {safe_line(kind, 40)!r}{wrong}")
    if known is not None:
        for key, each in said.items():
            usual = (*COMMON, *known.required, *known.optional)
            if key not in usual:
                raise ConfigError(f"{each.place}: unknown key {key} of {kind}{hint(key, usual)}")
        for key in known.required:
            if key not in said:
                raise ConfigError(f"{place}: channel {name} has no {key}, which {kind} wants")
    if "audience" not in said:
        raise ConfigError(f"{place}: channel {name} has no audience: {', '.join(AUDIENCES)}")
    channel = Channel(
        name=name,
        kind=kind,
        audience=_read(said["audience"], "audience", audience),
        recipients=safe_line(_read(said["recipients"], "recipients", text_of), 200)
        if "recipients" in said
        else "",
        longest=_read(said["longest"], "longest", longest) if "longest" in said else None,
        rehearsal=_read(said["rehearsal"], "rehearsal", flag) if "rehearsal" in said else False,
    )
    limit = _read(said["timeout"], "timeout", timeout) if "timeout" in said else TIMEOUT
    settings = {
        key: Secret(_read(each, key, READ.get(key, setting) if known else setting))
        for key, each in said.items()
        if key not in COMMON
    }
    if kind == "statuspage":
        settings.setdefault("url", Secret(STATUSPAGE_URL))
    if kind in ("statuspage", "cachet") and not web_address(settings["url"].reveal()):
        raise ConfigError(
            f"{said['url'].place}: url wants an address without user and password: https://…"
        )
    return ChannelConfig(channel, limit, settings)


def _brought() -> list[str]:
    """The kinds that extensions bring; they are not loaded."""
    from importlib.metadata import entry_points  # most people have none

    return sorted({each.name for each in entry_points(group=GROUP)})


def _readable_by_others(path: Path) -> list[str]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return []
    if not mode & 0o077:
        return []
    return [f"{path}: holds secrets and others may read it (mode {mode & 0o777:o}): chmod 600"]
