"""The inspector: gives checks what they need of this machine, and runs them side by side."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.adapters import places
from runbook_tui.adapters.edits import apply
from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.findings import CheckResult, Finding, Remedy, unknown
from runbook_tui.domain.inspecting import Applied, Looked, Surroundings, Wanted
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check, run_checks
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.registry import check_of
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError

KEY_BYTES = 32
_LOOKED_AT = ("paths", "files", "package", "matrix", "unit_paths")
"""Fields of checks that name files: what they hold is part of the target's fingerprint."""


class LocalInspector:
    """See `runbook_tui.domain.inspecting.Inspector`."""

    def __init__(self) -> None:
        self._tools = LocalTools()
        self._network = LocalNetwork()
        self._documents = YamlDocuments()

    async def look(
        self,
        wanted: Sequence[Wanted],
        around: Surroundings,
        done: Callable[[Looked], None],
        tell: Callable[[str, str], None],
    ) -> None:
        """Runs the checks; see the port."""
        loop = asyncio.get_running_loop()
        key = hash_key()
        digests: dict[str, str] = {}

        def said(name: str) -> Callable[[str], None]:
            return lambda words: _soon(loop, tell, name, words)

        with Unpacker() as unpacker:
            checks: list[Check[None]] = []
            for each in wanted:
                target: Target[Any] = Target(
                    name=each.name,
                    config=each.config,
                    folder=Path(around.folder),
                    now=around.now,
                    tools=self._tools,
                    network=self._network,
                    documents=self._documents,
                    window=around.window,
                    secrets=around.secrets,
                    key=key,
                    unpack=unpacker.unpack,
                    tell=said(each.name),
                )
                checks.append(_named(target, digests))

            def ended(result: CheckResult) -> None:
                done(Looked(result.check, result, digests.get(result.check, "")))

            await run_checks(checks, None, ended)

    async def apply(self, remedy: Remedy, *, undo: bool = False) -> Applied:
        """Does what a remedy says, or takes it back; see the port."""
        return await asyncio.to_thread(apply, remedy, self._tools, undo=undo)


def _soon(
    loop: asyncio.AbstractEventLoop, tell: Callable[[str, str], None], name: str, words: str
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell, name, words)


def _named(target: Target[Any], digests: dict[str, str]) -> Check[None]:
    """The check of a target under its name in the runbook, with its own limit."""
    kind = target.config.kind

    def find(_nothing: None) -> Iterator[Finding | None]:
        digests[target.name] = fingerprint(target)
        yield None
        try:
            check = check_of(kind)
        except ImportError as error:
            yield unknown(target.name, f"{kind}: {error.name or error} is not installed here")
            return
        for found in check.find(target):
            yield found and msgspec.structs.replace(found, check=target.name)

    title = target.config.title or _title(kind)
    return Check(target.name, title, find, seconds(target.config.timeout))


def _title(kind: str) -> str:
    try:
        return check_of(kind).title
    except ImportError:
        return kind


def fingerprint(target: Target[Any]) -> str:
    """Of what a check looks at: its own settings, and the files that they name. Keyed, since the
    settings may hold what nobody should guess.
    """
    whole = hashlib.blake2b(msgspec.json.encode(target.config), key=target.key, digest_size=16)
    for field in _LOOKED_AT:
        named = getattr(target.config, field, None)
        texts = (named,) if isinstance(named, str) else named or ()
        for text in texts:
            try:
                whole.update(target.tree(text).fingerprint().encode())
            except (NotThereError, OSError) as error:
                whole.update(str(error).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


_lock = threading.Lock()


def hash_key() -> bytes:
    """The key of this user's hashes of secret values, made where there is none yet."""
    path = places.state_folder() / "hash-key"
    with _lock:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        key = secrets.token_bytes(KEY_BYTES)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return key
