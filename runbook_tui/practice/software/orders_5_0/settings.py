"""The configuration file of 5.0. A key it does not know stops the service from starting."""

from __future__ import annotations

import configparser
from typing import NamedTuple

KNOWN = {
    "server": {"host", "port", "read_only_file"},
    "database": {"path", "busy_timeout_ms"},
    "partner": {"url", "ca_file", "token_file", "timeout_ms", "backoff_ms", "backoff_flag"},
    "flags": {"file"},
}
GONE = {
    ("partner", "retry_limit"): "removed in 5.0; the backoff decides how often to retry",
    ("partner", "timeout"): "renamed timeout_ms in 5.0, in milliseconds",
}


class SettingsError(Exception):
    """The configuration cannot be used; the text says which file, section and key."""


class Settings(NamedTuple):
    """Everything the service is told from outside."""

    host: str
    port: int
    read_only_file: str
    """While this file exists, orders are read but not taken."""
    database: str
    busy_timeout_ms: int
    partner_url: str
    ca_file: str
    token_file: str
    timeout_s: float
    backoff_ms: tuple[int, ...]
    backoff_flag: str
    flags_file: str


def load(path: str) -> Settings:
    """Reads the file at `path`. Raises SettingsError."""
    ini = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            ini.read_file(file)
        for section in ini.sections():
            for key in ini[section]:
                if key not in KNOWN.get(section, set()):
                    why = GONE.get((section, key), "unknown")
                    raise SettingsError(f"{path}: [{section}] {key}: {why}")
        return Settings(
            host=ini.get("server", "host"),
            port=ini.getint("server", "port"),
            read_only_file=ini.get("server", "read_only_file"),
            database=ini.get("database", "path"),
            busy_timeout_ms=ini.getint("database", "busy_timeout_ms"),
            partner_url=ini.get("partner", "url"),
            ca_file=ini.get("partner", "ca_file"),
            token_file=ini.get("partner", "token_file"),
            timeout_s=ini.getint("partner", "timeout_ms") / 1000,
            backoff_ms=tuple(
                int(ms) for ms in ini.get("partner", "backoff_ms", fallback="").split(",") if ms
            ),
            backoff_flag=ini.get("partner", "backoff_flag", fallback=""),
            flags_file=ini.get("flags", "file"),
        )
    except (OSError, ValueError, configparser.Error) as error:
        raise SettingsError(f"{path}: {error}") from None
