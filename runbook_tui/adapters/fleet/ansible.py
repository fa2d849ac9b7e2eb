"""The engine for a team's fleet: ansible-runner, with the inventory that the team has.

Hosts, groups, accounts, jump hosts, becoming another user: all that is the inventory's. A host's
output comes in one piece when it ends there. ansible-runner (the `ansible` extra) only starts the
`ansible-playbook` of this machine and reads its events; that program is the team's own.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runbook_tui.adapters.fleet.play import end_play, result_of, run_play
from runbook_tui.adapters.fleet.player import Player
from runbook_tui.adapters.fleet.shown import Audience
from runbook_tui.domain.fleet import (
    FleetError,
    FleetJob,
    FleetResult,
    HostResult,
    OnBegun,
    OnHostOutput,
    OnResult,
    Progress,
    batches,
)
from runbook_tui.domain.fleet_output import HostOutput
from runbook_tui.domain.output import Stream
from runbook_tui.domain.text import safe_line

GRACE_SECONDS = 5.0
"""Between TERM and KILL on a host."""
END_SECONDS = 60
"""The longest that the ending of hosts may take."""
CONNECT_SECONDS = 10.0
"""For connecting to hosts where something is to be ended."""
# Names that are neither patterns nor templates when they stand in a play.
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\Z")
_PATTERN = re.compile(r"[A-Za-z0-9_!&*~\[][^\s\x00-\x1f\x7f{}]{0,499}\Z")


class AnsibleFleet:
    """Runs commands on the hosts of an inventory.

    `inventory`: file, folder or script. `programs`: the folder of the ansible programs; None to
    look on PATH. `grace`: seconds between TERM and KILL on a host.
    """

    def __init__(
        self, inventory: Path, programs: Path | None = None, grace: float = GRACE_SECONDS
    ) -> None:
        self._player = Player(inventory, programs)
        self._grace = grace

    async def hosts(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The hosts that names, groups and patterns of ansible stand for. Raises FleetError."""
        for one in wanted:
            if not _PATTERN.match(one):
                raise FleetError(f"{safe_line(one, 60)!r} is no host, group or pattern")
        if not wanted:
            raise FleetError("there are no hosts to run on")
        return await asyncio.to_thread(self._player.listed, ",".join(wanted))

    def create(self) -> AnsibleRunning:
        """One run's handle."""
        return AnsibleRunning(self._player, self._grace)


class AnsibleRunning:
    """A command on the hosts of an inventory under way."""

    def __init__(self, player: Player, grace: float) -> None:
        self._player = player
        self._grace = grace
        self._stop = threading.Event()
        self._progress = Progress(())

    def cancel(self) -> None:
        """Ends it on every host; `run` then returns."""
        self._stop.set()

    async def run(
        self,
        job: FleetJob,
        on_result: OnResult,
        on_output: OnHostOutput,
        on_begun: OnBegun | None = None,
    ) -> FleetResult:
        """See `FleetRunning.run`."""
        begin = time.monotonic()
        hosts = tuple(dict.fromkeys(job.hosts))
        self._progress = Progress(hosts)
        audience = Audience(on_result, on_output, on_begun)
        tag = secrets.token_hex(16)
        # Only where it may stop in between is it more than one play: each takes ansible seconds.
        size = job.at_once if job.stop_after else len(hosts)
        why = ""
        try:
            for batch in batches(hosts, size):
                if self._stop.is_set():
                    break
                if job.stop_after and self._progress.bad >= job.stop_after:
                    why = "stopped: too many hosts had failed"
                    break
                why = await self._batch(job, batch, tag, audience)
        except asyncio.CancelledError:
            self._stop.set()
            raise
        if self._stop.is_set():
            await self._end(tag, audience)
            why = "cancelled before its turn"
        result = self._progress.close(
            time.monotonic() - begin, cancelled=self._stop.is_set(), why=why
        )
        for one in result.results:
            if one.host not in self._progress.results:
                audience.result(one)
        return result

    async def _batch(
        self, job: FleetJob, hosts: tuple[str, ...], tag: str, audience: Audience
    ) -> str:
        named = tuple(host for host in hosts if _NAME.match(host))
        for host in hosts:
            if host not in named:
                words = "its name would be a pattern in a play"
                self._ended(HostResult(host, "not-started", summary=words), audience)
        if not named:
            return ""
        loop = asyncio.get_running_loop()

        def heard(event: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._heard, event, job, tag, audience)

        try:
            text = run_play(replace(job, hosts=named), tag)
            why = await asyncio.to_thread(
                self._player.play, text, job.at_once, job.connect_timeout, heard, self._stop
            )
        except (FleetError, ValueError) as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - a library's own errors: no host began by them
            why = safe_line(f"ansible did not run: {error}", 300)
        await asyncio.sleep(0)  # what the thread heard last
        return why

    def _heard(self, event: dict[str, Any], job: FleetJob, tag: str, audience: Audience) -> None:
        host = str((event.get("event_data") or {}).get("host", ""))
        if event.get("event") == "runner_on_start":
            self._progress = self._progress.begin(host)
            audience.begun(host)
            return
        output = HostOutput(job.clean)
        result = result_of(event, job, tag, output)
        if result is None or host not in self._progress.hosts:
            return
        said: tuple[tuple[Stream, str], ...] = (("out", result.out), ("err", result.err))
        for stream, text in said:
            if text:
                audience.output(host, stream, text.removesuffix("\n").split("\n"))
        self._ended(result, audience)

    def _ended(self, result: HostResult, audience: Audience) -> None:
        if result.host not in self._progress.results:
            self._progress = self._progress.end(result)
            audience.result(result)

    async def _end(self, tag: str, audience: Audience) -> None:
        """Ends what runs on hosts that have begun: ansible leaves it there when it is ended."""
        running = self._progress.running
        if not running:
            return
        gone: set[str] = set()

        def heard(event: dict[str, Any]) -> None:
            data = event.get("event_data") or {}
            said = str((data.get("res") or {}).get("stdout", ""))
            if event.get("event") == "runner_on_ok" and said.split()[-1:] == ["gone"]:
                gone.add(str(data.get("host", "")))

        give_up = threading.Event()
        timer = asyncio.get_running_loop().call_later(END_SECONDS, give_up.set)
        try:
            text = end_play(running, tag, self._grace)
            await asyncio.to_thread(
                self._player.play, text, len(running), CONNECT_SECONDS, heard, give_up
            )
        except Exception:  # noqa: BLE001 - then it is said of each of them that it may still run
            gone.clear()
        finally:
            timer.cancel()
        for host in running:
            left = host not in gone
            words = "it may still run there" if left else ""
            self._ended(
                HostResult(host, "cancelled", summary=words, begun=True, may_run=left), audience
            )
