"""The engine for a handful up to some hundred hosts: asyncssh, in this program.

Hosts take turns, so many at once; one that hangs holds up its own place only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from runbook_tui.adapters.fleet.connect import Connector
from runbook_tui.adapters.fleet.session import END_SECONDS, HostRun
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
)
from runbook_tui.domain.fleet_hosts import Address, HostNameError, address, addresses

GRACE_SECONDS = 5.0
"""Between TERM and KILL on a host."""


class SshRunning:
    """A command on many hosts under way."""

    def __init__(self, config: Sequence[Path] | None, grace: float) -> None:
        self._config = config
        self._grace = grace
        self._stop = asyncio.Event()
        self._enough = False
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
        self._progress = Progress(tuple(dict.fromkeys(job.hosts)))
        audience = Audience(on_result, on_output, on_begun)
        connector = Connector(self._config)
        places = asyncio.Semaphore(max(1, job.at_once))
        tasks = [
            asyncio.create_task(self._turn(host, job, connector, places, audience))
            for host in self._progress.hosts
        ]
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:
            # The program itself is ending: the hosts are told, for a little while.
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=END_SECONDS)
            raise
        finally:
            await connector.close()
        result = self._progress.close(time.monotonic() - begin, cancelled=self._stop.is_set())
        for one in result.results:
            if one.host not in self._progress.results:
                audience.result(one)
        return result

    async def _turn(
        self,
        host: str,
        job: FleetJob,
        connector: Connector,
        places: asyncio.Semaphore,
        audience: Audience,
    ) -> None:
        async with places:
            result = self._not_begun(host, job)
            if result is None:
                self._progress = self._progress.begin(host)
                audience.begun(host)
                try:
                    where: Address = address(host)
                except HostNameError as error:
                    result = HostResult(host, "unreachable", summary=str(error))
                else:
                    turn = HostRun(where, job, connector, self._stop, audience, self._grace)
                    result = await turn.run()
            self._progress = self._progress.end(result)
            audience.result(result)

    def _not_begun(self, host: str, job: FleetJob) -> HostResult | None:
        if self._stop.is_set():
            return HostResult(host, "not-started", summary="cancelled before its turn")
        bad = self._progress.bad
        if self._enough or (job.stop_after and bad >= job.stop_after):
            # What is not begun is no failure that would count as a further one.
            self._enough = True
            return HostResult(host, "not-started", summary="stopped: too many hosts had failed")
        return None


class SshFleet:
    """Runs commands on hosts over SSH.

    `config`: files of SSH configuration, first match wins; None for the user's and the system's.
    `grace`: seconds between TERM and KILL on a host.
    """

    def __init__(self, config: Sequence[Path] | None = None, grace: float = GRACE_SECONDS) -> None:
        self._config = config
        self._grace = grace

    async def hosts(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The entries, each once. Raises FleetError where one names no host, or there is none."""
        try:
            found = addresses(wanted)
        except HostNameError as error:
            raise FleetError(str(error)) from None
        if not found:
            raise FleetError("there are no hosts to run on")
        return tuple(one.entry for one in found)

    def create(self) -> SshRunning:
        """One run's handle."""
        return SshRunning(self._config, self._grace)
