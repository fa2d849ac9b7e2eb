"""The configuration file of 4.2."""

from __future__ import annotations

import configparser
from typing import NamedTuple


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
    retry_limit: int


def load(path: str) -> Settings:
    """Reads the file at `path`. Raises SettingsError."""
    ini = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            ini.read_file(file)
        return Settings(
            host=ini.get("server", "host"),
            port=ini.getint("server", "port"),
            read_only_file=ini.get("server", "read_only_file"),
            database=ini.get("database", "path"),
            busy_timeout_ms=ini.getint("database", "busy_timeout_ms"),
            partner_url=ini.get("partner", "url"),
            ca_file=ini.get("partner", "ca_file"),
            token_file=ini.get("partner", "token_file"),
            timeout_s=ini.getfloat("partner", "timeout"),
            retry_limit=ini.getint("partner", "retry_limit"),
        )
    except (OSError, ValueError, configparser.Error) as error:
        raise SettingsError(f"{path}: {error}") from None
