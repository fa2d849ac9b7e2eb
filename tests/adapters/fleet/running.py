"""Jobs on the hosts of the tests, and what is heard while they run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet.ssh import SshFleet
from runbook_tui.domain.fleet import (
    FleetJob,
    FleetResult,
    HostResult,
)
from runbook_tui.domain.output import Stream

from .conftest import PATIENCE, Fifty


class Watch:
    """What was heard while it ran."""

    def __init__(self) -> None:
        self.results: list[HostResult] = []
        self.lines: list[tuple[str, Stream, str]] = []
        self.begun: list[str] = []

    def output(self, host: str, stream: Stream, lines: Sequence[str]) -> None:
        self.lines += [(host, stream, line) for line in lines]


def job(hosts: Sequence[str], script: str, **more: object) -> FleetJob:
    made = FleetJob(
        tuple(hosts),
        ("/bin/sh", "-c", script),
        mark=f"test/{uuid.uuid4().hex}",
        timeout=30.0,
        connect_timeout=PATIENCE,
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def run(work: FleetJob, config: Path, watch: Watch | None = None) -> FleetResult:
    heard = watch or Watch()
    running = SshFleet([config], grace=1.0).create()
    result = await running.run(work, heard.results.append, heard.output, heard.begun.append)
    assert sorted(one.host for one in heard.results) == sorted(work.hosts), "each of them once"
    assert {one.host: one for one in heard.results} == {one.host: one for one in result.results}
    return result


async def one(work: FleetJob, config: Path, watch: Watch | None = None) -> HostResult:
    return (await run(work, config, watch)).results[0]


@pytest.fixture
def host(fifty: Fifty) -> str:
    return fifty.hosts[0]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
