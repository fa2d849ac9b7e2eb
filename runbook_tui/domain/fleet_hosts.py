"""What a host is called: `web1`, `root@web1`, `web1:2222`, `ssh://root@[2001:db8::1]:2222`.

A name is foreign text that reaches a configuration with patterns and proxy commands, so only what
a host name or an account can be made of is let through. An alias of the user's SSH configuration
is a host name here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from runbook_tui.domain.text import safe_line

LONGEST_NAME = 253
"""Characters of a host name (RFC 1035, section 2.3.4, without the root's dot)."""
# `\Z`, not `$`: that also matches before a line end.
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,63}\Z")
_PORT = re.compile(r"[0-9]{1,5}\Z")
_BRACKETS = re.compile(r"\[([^\[\]]{1,64})\](?::(.*))?\Z", re.DOTALL)
_SCHEME = "ssh://"
_SHOWN = 60


class HostNameError(ValueError):
    """An entry that names no host; the message is one safe line."""


@dataclass(frozen=True)
class Address:
    """Where a host is reached. What is None is left to the user's SSH configuration."""

    entry: str
    """As it was written: the name of the host in results."""
    host: str
    user: str | None = None
    port: int | None = None

    @property
    def command(self) -> str:
        """How a person reaches it with ``ssh``."""
        port = f"-p {self.port} " if self.port else ""
        return f"ssh {port}{f'{self.user}@' if self.user else ''}{self.host}"


def address(entry: str) -> Address:
    """What an entry of `hosts` stands for. Raises HostNameError."""
    text = entry.removeprefix(_SCHEME)
    if entry.startswith(_SCHEME):
        text = text.removesuffix("/")
    user, at, where = text.rpartition("@")
    if at and not _USER.match(user):
        raise _wrong(entry, f"{safe_line(user, _SHOWN)!r} is no account")
    host, port = _split(entry, where)
    if port is not None and not (_PORT.match(port) and 0 < int(port) < 65_536):
        raise _wrong(entry, f"{safe_line(port, _SHOWN)!r} is no port")
    return Address(entry, host, user or None, int(port) if port is not None else None)


def addresses(entries: Iterable[str]) -> tuple[Address, ...]:
    """All of them, each once, in their order. Raises HostNameError."""
    return tuple(address(entry) for entry in dict.fromkeys(entries))


def _split(entry: str, where: str) -> tuple[str, str | None]:
    if _ip_version(where) == 6:
        return where, None
    if inside := _BRACKETS.match(where):
        if _ip_version(inside[1]) != 6:
            raise _wrong(entry, "in brackets stands an IPv6 address")
        return inside[1], inside[2]
    host, colon, port = where.partition(":")
    if not _HOST.match(host) or len(host) > LONGEST_NAME or ".." in host:
        raise _wrong(entry, "a host name has letters, digits, dots and dashes, no dash first")
    return host, port if colon else None


def _ip_version(text: str) -> int:
    try:
        # A zone (`fe80::1%eth0`) is a name of this machine's: it gets the rules of one.
        plain, percent, zone = text.partition("%")
        if percent and not re.match(r"[A-Za-z0-9._-]{1,15}\Z", zone):
            return 0
        return ipaddress.ip_address(plain).version
    except ValueError:
        return 0


def _wrong(entry: str, why: str) -> HostNameError:
    return HostNameError(f"{safe_line(entry, _SHOWN)!r} names no host: {why}")
