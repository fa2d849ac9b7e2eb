"""The list of endpoints that are known and wanted, and what stands in for others."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from runbook_tui.preflight.hosts import names


class BadEntryError(Exception):
    """An entry of a list that means nothing; the message says which."""


def split(text: str) -> tuple[str, int | None]:
    """A host and a port: ``h``, ``h:1``, ``[v6]:1``, ``v6``. Raises BadEntryError."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if port and (not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536):
        raise BadEntryError(f"{text!r}: {port!r} is no port")
    if not names.is_host(host):
        raise BadEntryError(f"{text!r} is no host")
    return names.plain(host), int(port) if port else None


class AllowList:
    """Hosts, ``host:port``, ``*.domain`` and CIDR networks."""

    def __init__(self, entries: Sequence[str]) -> None:
        """Raises BadEntryError."""
        self._hosts: set[tuple[str, int | None]] = set()
        self._domains: list[str] = []
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in entries:
            text = entry.strip()
            if text.startswith("*."):
                if not names.is_host(text[2:]):
                    raise BadEntryError(f"{text!r} is no domain")
                self._domains.append("." + names.plain(text[2:]))
            elif "/" in text:
                try:
                    self._networks.append(ipaddress.ip_network(text, strict=False))
                except ValueError as error:
                    raise BadEntryError(f"{text!r} is no network: {error}") from error
            else:
                self._hosts.add(split(text))

    def has(self, host: str, port: int | None) -> bool:
        """Whether an endpoint is allowed. `host` as `names.plain` gives it."""
        if (host, None) in self._hosts or (host, port) in self._hosts:
            return True
        if any(host.endswith(domain) for domain in self._domains):
            return True
        found = names.address(host)
        return found is not None and any(
            found in network for network in self._networks if network.version == found.version
        )


class Redirects:
    """What is proposed instead of a host or ``host:port``; the more exact one counts."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """Raises BadEntryError."""
        self._new = {split(old): new for old, new in entries.items()}
        for new in entries.values():
            split(new)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that are replaced."""
        return tuple(sorted({host for host, _ in self._new}))

    def instead(self, host: str, port: int | None) -> str:
        """The new endpoint; empty where there is none."""
        return self._new.get((host, port)) or self._new.get((host, None), "")

    def whole(self, host: str, port: int | None) -> bool:
        """Whether the redirect names the port, so that the port is replaced, too."""
        return port is not None and (host, port) in self._new
