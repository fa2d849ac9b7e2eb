"""Reads the configuration: TOML under the XDG config folder, each key also in the environment.

    log = "/srv/runs.git"
    as = "alice"
    theme = "light"

    [keys]
    skip = "s"

The environment wins over the file: ``RUNBOOK_TUI_LOG``, ``RUNBOOK_TUI_KEYS_SKIP``. ``NO_COLOR``
wins over any theme. The tables of channels and of the status feed are read by
`runbook_tui.adapters.channels.config`, which is imported where there are any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runbook_tui.adapters.channels.config import ChannelConfig, FeedConfig

THEMES = ("dark", "light", "colour-blind", "high-contrast", "terminal", "none")
PREFIX = "RUNBOOK_TUI_"
_ACTION = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MOST_BYTES = 256 * 1024


class ConfigError(Exception):
    """A configuration that cannot be used, as ``place: message``."""


@dataclass(frozen=True)
class Config:
    """What the configuration says."""

    log: str | None = None
    """The log repository; None where it does not say."""
    name: str | None = None
    """Who decides; None where it does not say."""
    theme: str = "dark"
    """One of `THEMES`."""
    mouse: bool = True
    bell: bool = True
    plain: bool = False
    """Line mode even in a terminal."""
    poll_seconds: float = 0.25
    """How often decisions of other terminals are looked for."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action to its keys, comma-separated."""
    channels: tuple[ChannelConfig, ...] = ()
    """Where messages go, those of the file first, in its order."""
    feed: FeedConfig | None = None
    """Where the status feed is written; None where nobody asked for one."""
    warnings: tuple[str, ...] = ()
    """What is unwise and can be done all the same: ``place: message``, without any secret."""


@dataclass(frozen=True)
class Key:
    """A key of the configuration."""

    name: str
    help: str
    read: Callable[[Any], Any]
    """The value from TOML or from text. Raises ValueError with what is wanted."""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()


def text(value: Any) -> str:
    """A text of the configuration. Raises ValueError where it is none."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("wants text")
    return value


def flag(value: Any) -> bool:
    """Yes or no, also from text. Raises ValueError where it is neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise ValueError("wants true or false")


def _theme(value: Any) -> str:
    if value not in THEMES:
        raise ValueError(f"wants one of {', '.join(THEMES)}")
    return str(value)


def _poll(value: Any) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        number = -1.0
    if not 0.05 <= number <= 60:
        raise ValueError("wants seconds from 0.05 to 60")
    return number


KEYS = (
    Key("log", "the git repository that keeps the runs", text),
    Key("as", "your name, as decisions are signed with it", text),
    Key("theme", f"colours: {', '.join(THEMES)}", _theme),
    Key("mouse", "whether the program takes the mouse", flag),
    Key("bell", "whether it may ring the bell", flag),
    Key("plain", "line mode instead of the full screen", flag),
    Key("poll_seconds", "how often decisions of other terminals are looked for", _poll),
)
"""Every key but the table ``keys``, which maps an action to its keys: ``skip = "s,S"``."""
KEYS_HELP = "[keys] ACTION = KEYS, in the environment RUNBOOK_TUI_KEYS_ACTION"
CHANNELS_HELP = (
    "[channels.NAME] kind, audience, recipients, url, token ..., in the environment "
    "RUNBOOK_TUI_CHANNELS_NAME_KIND ...: where messages go (docs/channels.md)"
)
FEED_HELP = "[feed] folder, title, link, rehearsal, in the environment RUNBOOK_TUI_FEED_FOLDER ..."
TABLES = (("keys", KEYS_HELP), ("channels", CHANNELS_HELP), ("feed", FEED_HELP))
"""The tables, by their names, with their help."""
CHANNELS_PREFIX = PREFIX + "CHANNELS_"
"""Variables that hold secrets: no program that is started inherits them."""
FEED_PREFIX = PREFIX + "FEED_"
_BY_NAME = {key.name: key for key in KEYS}


def read_config(path: Path, environment: Mapping[str, str]) -> Config:
    """The configuration in the file `path`, which need not exist, and in `environment`.

    Raises ConfigError: a syntax error, an unknown key, a value of the wrong kind, an unreadable
    file, each with the file and line or the name of the variable.
    """
    content = _content(path)
    document = _parsed(path, content)
    found, keys = _from_file(path, content, document)
    for key in KEYS:
        given = environment.get(key.variable, "")
        if given:
            found[key.name] = _read(key, given, key.variable)
    for variable, given in environment.items():
        if variable.startswith(PREFIX + "KEYS_") and given:
            action = variable.removeprefix(PREFIX + "KEYS_").lower().replace("_", "-")
            keys[action] = given
    if environment.get("NO_COLOR"):
        found["theme"] = "none"
    if "as" in found:
        found["name"] = found.pop("as")
    if document.keys() & {"channels", "feed"} or any(
        variable.startswith((CHANNELS_PREFIX, FEED_PREFIX)) for variable in environment
    ):
        from runbook_tui.adapters.channels.config import read_channels, read_feed

        channels, warnings = read_channels(path, content, document, environment)
        feed = read_feed(path, content, document, environment)
        found |= {"channels": channels, "feed": feed, "warnings": warnings}
    return Config(**found, keys=keys)


def _read(key: Key, value: Any, place: str) -> Any:
    try:
        return key.read(value)
    except ValueError as error:
        raise ConfigError(f"{place}: {key.name} {error}") from None


def _parsed(path: Path, content: str) -> dict[str, Any]:
    if not content:
        return {}
    import tomllib  # most people have no such file

    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path, content, str(error))) from None


def _from_file(
    path: Path, content: str, document: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    found: dict[str, Any] = {}
    tables = [name for name, _ in TABLES]
    for name, value in document.items():
        if name in tables:
            continue
        place = f"{path}:{line_of(content, name)}"
        if name not in _BY_NAME:
            raise ConfigError(f"{place}: unknown key {name}{hint(name, [*_BY_NAME, *tables])}")
        found[name] = _read(_BY_NAME[name], value, place)
    return found, _keys(path, content, document.get("keys", {}))


def hint(name: str, known: Sequence[str]) -> str:
    """What somebody meant who wrote an unknown `name`."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f", did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path}:1: larger than {_MOST_BYTES:,} bytes, which no configuration is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8") from None


def _syntax(path: Path, text: str, message: str) -> str:
    """tomllib gives the place inside its message, and only there before Python 3.14."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return f"{path}:{text.count(chr(10)) + 1}: {message}"
    return f"{path}:{place[1]}:{place[2]}: {message[: place.start()]}"


def _keys(path: Path, content: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}:{line_of(content, 'keys')}: keys is a table: [keys]")
    found = {}
    for action, keys in table.items():
        place = f"{path}:{line_of(content, action, 'keys')}"
        if not _ACTION.fullmatch(action):
            raise ConfigError(f"{place}: {action!r} is no name of an action")
        if not isinstance(keys, str):
            raise ConfigError(f'{place}: {action} wants keys as text, such as "s,S"')
        found[action] = keys
    return found


def line_of(content: str, name: str, table: str = "") -> int:
    """The line of a key, from 1; 1 where it is written in a way this does not find."""
    here = ""
    quoted = re.escape(name)
    pattern = re.compile(rf"""\s*(?:{re.escape(table)}\.)?["']?{quoted}["']?\s*[=.]""")
    for number, line in enumerate(content.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            here = re.sub(r"[\"'\s]", "", header[1])
            if (not table and here.split(".")[0] == name) or (table and here == f"{table}.{name}"):
                return number
        elif here in ("", table) and pattern.match(line):
            return number
    return 1
