"""Connections to hosts: by the user's SSH configuration, agent and keys, and never to a host
whose key is not known.

A jump host is connected once and shared: its `sshd` limits how many connections may be at its
door (MaxStartups), not what goes through one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import asyncssh

from runbook_tui.domain.fleet_hosts import Address
from runbook_tui.domain.text import safe_line

USER_CONFIG = "~/.ssh/config"
SYSTEM_CONFIG = "/etc/ssh/ssh_config"
USER_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
SYSTEM_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
TRIES = 4
"""A server with too many at its door drops some of them (MaxStartups in sshd_config(5)): that is
before anything was done, so it is tried again."""
PAUSE_SECONDS = 0.4
KEEPALIVE_SECONDS = 15
"""A host that says nothing to four of those is lost."""
CLOSE_SECONDS = 2.0
_SUMMARY = 300

# What it has to say is in the results; with no handler set it would write into the screen.
logging.getLogger("asyncssh").addHandler(logging.NullHandler())


class UnreachableError(Exception):
    """Why there is no session on a host; one safe line."""

    def __init__(self, why: str) -> None:
        super().__init__(safe_line(why, _SUMMARY))


class _Client(asyncssh.SSHClient):
    """Remembers a key that is not known. Never trusts one."""

    def __init__(self) -> None:
        self.shown: tuple[str, str, int, asyncssh.SSHKey] | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.shown = (host, addr, port, key)
        return False


class Connector:
    """Opens connections for one run, and shares the ones to jump hosts."""

    def __init__(self, config: Sequence[Path] | None = None) -> None:
        paths = [Path(USER_CONFIG), Path(SYSTEM_CONFIG)] if config is None else config
        self._config = _readable(map(str, paths))
        self._known: dict[tuple[str, ...], asyncssh.SSHKnownHosts] = {}
        self._jumps: dict[str, asyncio.Task[asyncssh.SSHClientConnection]] = {}

    async def connect(self, address: Address) -> asyncssh.SSHClientConnection:
        """A connection that is logged in. Raises UnreachableError; the time limit is the
        caller's."""
        for left in reversed(range(TRIES)):
            try:
                return await self._connect(
                    address.host, address.port, address.user, address.command, None
                )
            except (asyncssh.ConnectionLost, ConnectionResetError, BrokenPipeError) as error:
                if not left:
                    raise UnreachableError(f"it closed the connection at once: {error}") from None
            await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE_SECONDS * (TRIES - left))  # noqa: S311
        raise AssertionError("the last try ends it")

    async def _connect(
        self,
        host: str,
        port: int | None,
        user: str | None,
        command: str,
        jump: asyncssh.SSHClientConnection | None,
    ) -> asyncssh.SSHClientConnection:
        client = _Client()
        known = None
        try:
            options = await asyncssh.SSHClientConnectionOptions.construct(
                None,
                config=self._config or None,
                host=host,
                port=port if port is not None else (),
                username=user if user is not None else (),
                client_keys=None,  # read below
            )
            known = await asyncio.to_thread(self._known_hosts, options.known_hosts)
            if jump is None and isinstance(options.tunnel, str) and options.tunnel:
                jump = await self._jump(options.tunnel)
            # What the configuration says of passwords, pseudo-terminals, forwarding and sent
            # variables is not wanted here.
            return await asyncssh.connect(
                host,
                port if port is not None else (),
                tunnel=jump if jump is not None else (),
                options=options,
                config=None,
                client_factory=lambda: client,
                known_hosts=known,
                **_identities(options),
                password=None,
                kbdint_auth=False,
                password_auth=False,
                agent_forwarding=False,
                x11_forwarding=False,
                request_pty=False,
                send_env=(),
                command=None,
                keepalive_interval=KEEPALIVE_SECONDS,
                keepalive_count_max=4,
            )
        except asyncssh.HostKeyNotVerifiable as error:
            raise UnreachableError(_key_words(client, known, command, error.reason)) from None
        except asyncssh.ConnectionLost:
            raise
        except asyncssh.PermissionDenied as error:
            raise UnreachableError(
                f"{error.reason}: no key of the agent or of the SSH configuration was taken;"
                f' does "{command}" get in without asking?'
            ) from None
        except asyncssh.ChannelOpenError as error:
            raise UnreachableError(f"the jump host cannot reach it: {error.reason}") from None
        except asyncssh.DisconnectError as error:
            raise UnreachableError(f"it ended the connection: {error.reason}") from None
        except asyncssh.ConfigParseError as error:
            raise UnreachableError(f"the SSH configuration cannot be read: {error}") from None
        except (ConnectionResetError, BrokenPipeError):
            raise
        except OSError as error:
            raise UnreachableError(_system_words(error)) from None
        except (asyncssh.Error, asyncssh.KeyImportError, ValueError) as error:
            raise UnreachableError(f"no connection: {error}") from None

    async def _jump(self, names: str) -> asyncssh.SSHClientConnection:
        """The connection to a jump host (`ProxyJump`, ssh_config(5)), or through several."""
        task = self._jumps.get(names)
        if task is None or _is_over(task):
            task = asyncio.create_task(self._open_jump(names))
            self._jumps[names] = task
        try:
            # Many wait for it: one that gives up does not end it for the others.
            return await asyncio.shield(task)
        except UnreachableError as error:
            raise UnreachableError(f"jump host {names}: {error}") from None
        except (asyncssh.ConnectionLost, ConnectionError) as error:
            raise UnreachableError(
                f"jump host {names}: it closed the connection: {error}"
            ) from None

    async def _open_jump(self, names: str) -> asyncssh.SSHClientConnection:
        before, _, last = names.rpartition(",")
        jump = await self._jump(before) if before else None
        user, _, where = last.strip().removeprefix("ssh://").rpartition("@")
        host, colon, port = where.rpartition(":")
        if not colon or not port.isdigit():
            host, port = where, ""
        return await self._connect(
            host.strip("[]"), int(port) if port else None, user or None, f"ssh {last}", jump
        )

    def _known_hosts(self, wanted: object) -> asyncssh.SSHKnownHosts:
        """The keys of the files that the configuration names, or of the usual ones. What turns
        the check off there (`none`) does not turn it off here: then no host is known."""
        if wanted is None:
            names: tuple[str, ...] = ()
        elif isinstance(wanted, list | tuple) and wanted:
            names = tuple(map(str, wanted))
        else:
            names = USER_KNOWN_HOSTS
        paths = tuple(_readable([*names, *SYSTEM_KNOWN_HOSTS]))
        if paths not in self._known:
            texts = [Path(path).read_text("utf-8", "replace") for path in paths]
            self._known[paths] = asyncssh.import_known_hosts("\n".join(texts))
        return self._known[paths]

    async def close(self) -> None:
        """Closes what was shared."""
        for task in self._jumps.values():
            task.cancel()
        opened = await asyncio.gather(*self._jumps.values(), return_exceptions=True)
        for one in opened:
            if isinstance(one, asyncssh.SSHClientConnection):
                await close(one)
        self._jumps.clear()


async def close(connection: asyncssh.SSHClientConnection) -> None:
    """Closes a connection, politely at first."""
    connection.close()
    try:
        await asyncio.wait_for(connection.wait_closed(), CLOSE_SECONDS)
    except (TimeoutError, OSError, asyncssh.Error):
        connection.abort()


def _is_over(task: asyncio.Task[asyncssh.SSHClientConnection]) -> bool:
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or task.result().is_closed()


def _identities(options: asyncssh.SSHClientConnectionOptions) -> dict[str, Any]:
    """Keys and certificates of the configuration, without the files that are not there: `ssh`
    passes over those. The private half of a ``.pub`` is in the agent, and taken from there."""
    config = options.config
    only = bool(config.get("IdentitiesOnly"))
    wanted = config.get("IdentityFile", ())
    found: dict[str, Any] = {"ignore_encrypted": True, "client_keys": ()}
    if isinstance(wanted, list) and wanted:
        keys = _readable(map(str, wanted))
        found["client_keys"] = [key for key in keys if only or not key.endswith(".pub")]
    certificates = config.get("CertificateFile", ())
    if isinstance(certificates, list) and certificates:
        found["client_certs"] = _readable(map(str, certificates))
    return found


def _readable(paths: Iterable[str]) -> list[str]:
    found = (Path(path).expanduser() for path in paths)
    return [str(path) for path in found if path.is_file() and os.access(path, os.R_OK)]


def _key_words(
    client: _Client, known: asyncssh.SSHKnownHosts | None, command: str, reason: str
) -> str:
    if client.shown is None or known is None:
        return f"its host key is not accepted: {reason}"
    host, addr, port, key = client.shown
    name = f"{key.get_fingerprint()} ({key.get_algorithm()})"
    trusted = known.match(host, addr, None if port == 22 else port)[0]
    if trusted:
        return (
            f"its host key is another than the one in known_hosts: it shows {name}. Find out why"
            " before you change known_hosts: it may be another machine"
        )
    return (
        f"its host key is not known: {name}. Compare that with the host's own, then add it:"
        f' run "{command}" once and accept it'
    )


def _system_words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there: connection refused"
    name = f": {error.filename}" if error.filename else ""
    return f"no connection: {error.strerror or error}{name}"
