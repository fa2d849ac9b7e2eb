"""The inspector: gives checks what they need of this machine, and runs them side by side."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.adapters import places
from runbook_tui.adapters.edits import apply
from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.findings import CheckResult, Finding, Remedy, keyed, unknown
from runbook_tui.domain.fleet import FleetJob, FleetResult, HostResult
from runbook_tui.domain.inspecting import Applied, Looked, Surroundings, Wanted
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check, EndedError, run_checks
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.registry import check_of
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError

KEY_BYTES = 32
_NAMED = 3
LOOK_SECONDS = 0.2
_LOOKED_AT = (
    "paths", "files", "package", "matrix", "unit_paths", "trust", "key", "signature", "keys",
    "baseline", "schema",
)  # fmt: skip
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

        ended = threading.Event()

        def going_on(_members: int, _bytes: int) -> None:
            if ended.is_set():
                raise EndedError("it was cancelled")

        with Unpacker(progress=going_on) as unpacker:
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
                    fleet=partial(_on_hosts, loop, ended, said(each.name)),
                    unpack=unpacker.unpack,
                    tell=said(each.name),
                )
                checks.append(_named(target, digests, unpacker))

            def told(result: CheckResult) -> None:
                done(Looked(result.check, result, digests.get(result.check, "")))

            await run_checks(checks, None, told, ended)

    async def apply(self, remedy: Remedy, *, undo: bool = False) -> Applied:
        """Does what a remedy says, or takes it back; see the port."""
        return await asyncio.to_thread(apply, remedy, self._tools, undo=undo, key=hash_key())


def _on_hosts(
    loop: asyncio.AbstractEventLoop,
    ended: threading.Event,
    tell: Callable[[str], None],
    wanted: Sequence[str],
    inventory: str,
    job: FleetJob,
) -> FleetResult:
    """Runs a job on hosts in the loop, for a check that waits in its thread; ended with it."""
    from runbook_tui.adapters.fleet import ansible_fleet, ssh_fleet

    fleet = ansible_fleet(Path(inventory)) if inventory else ssh_fleet()

    async def run() -> FleetResult:
        hosts = await fleet.hosts(wanted)
        handle = fleet.create()
        whole = dataclasses.replace(job, hosts=hosts)
        done = 0

        def on_result(_one: HostResult) -> None:
            nonlocal done
            done += 1
            tell(f"{done} of {len(hosts)} hosts ended")

        task = asyncio.ensure_future(handle.run(whole, on_result, lambda _h, _s, _l: None))
        while not task.done():
            await asyncio.wait([task], timeout=LOOK_SECONDS)
            if ended.is_set():
                handle.cancel()
        return await task

    return asyncio.run_coroutine_threadsafe(run(), loop).result()


def _soon(
    loop: asyncio.AbstractEventLoop, tell: Callable[[str, str], None], name: str, words: str
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell, name, words)


def _named(target: Target[Any], digests: dict[str, str], unpacker: Unpacker) -> Check[None]:
    """The check of a target under its name in the runbook, with its own limit."""
    kind = target.config.kind

    def find(_nothing: None) -> Iterator[Finding | None]:
        target.tell("looking")
        digests[target.name] = fingerprint(target)
        yield None
        try:
            check = check_of(kind)
        except ImportError as error:
            yield unknown(target.name, f"{kind}: {error.name or error} is not installed here")
            return
        for found in check.find(target):
            yield found and _ours(found, target)
        yield from _left_out(target, unpacker)

    title = target.config.title or _title(kind)
    return Check(target.name, title, find, seconds(target.config.timeout))


def _ours(found: Finding, target: Target[Any]) -> Finding:
    """A finding under its check's name. What tells the lines of its edits from others is keyed: it
    is written down, and a line may hold a secret that could be guessed.
    """
    remedies = tuple(
        msgspec.structs.replace(
            remedy,
            edits=tuple(
                msgspec.structs.replace(edit, digest=keyed(edit.digest, target.key))
                for edit in remedy.edits
            ),
        )
        for remedy in found.remedies
    )
    return msgspec.structs.replace(found, check=target.name, remedies=remedies)


def _left_out(target: Target[Any], unpacker: Unpacker) -> Iterator[Finding]:
    """What of a package could not be looked into by a check of its files. (The check of packages
    says it itself.)
    """
    for text in getattr(target.config, "paths", ()):
        path = target.path(text)
        try:
            left = unpacker.left_out(path, text) if path.is_file() else ()
        except NotThereError:
            continue  # the check has said so
        if left:
            words = "; ".join(left[:_NAMED]) + ("; …" if len(left) > _NAMED else "")
            title = f"{text}: {len(left)} parts of it could not be looked into: {words}"
            yield unknown(target.name, title, "left-out")


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


def hash_key() -> bytes:
    """The key of this user's hashes of secret values, made where there is none yet."""
    path = places.state_folder() / "hash-key"
    with contextlib.suppress(FileNotFoundError):
        kept = path.read_bytes()
        if len(kept) == KEY_BYTES:
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            return kept
        path.unlink(missing_ok=True)  # an empty key would be none
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=".hash-key.", dir=path.parent)  # for us alone to read
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another program was faster: its key counts
            os.link(fresh, path)
    finally:
        Path(fresh).unlink(missing_ok=True)
    return path.read_bytes()
