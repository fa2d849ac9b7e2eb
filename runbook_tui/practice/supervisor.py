"""Starts and stops the lab's units, as a small stand-in for systemd."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runbook_tui.practice import processes
from runbook_tui.practice.layout import NOT_LOADED, OUTSIDE, LabError, Layout

START_LIMIT = 10.0
LOOK_EVERY = 0.02
ORDER = ("partner", "orders", "client")


@dataclass(frozen=True)
class Unit:
    """What a unit file says."""

    name: str
    argv: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    health: str


def names(layout: Layout) -> list[str]:
    """The lab's units, in the order in which they start."""
    there = [p.stem for p in sorted(layout.units.glob("*.service"))]
    return [n for n in ORDER if n in there] + [n for n in there if n not in ORDER]


def read(layout: Layout, name: str, verb: str = "start") -> Unit:
    """Reads a unit file. Raises LabError with status 5 where there is none, as systemd does."""
    name = name.removesuffix(".service")
    file = layout.units / f"{name}.service"
    if "/" in name or not file.is_file():
        raise LabError(
            f"Failed to {verb} {name}.service: Unit {name}.service not found.", NOT_LOADED
        )
    values: dict[str, list[str]] = {}
    section = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            values.setdefault(key.strip(), []).append(value.strip())
    try:
        argv = tuple(shlex.split(values["ExecStart"][-1]))
        folder = shlex.split(values["WorkingDirectory"][-1])[0]
        environment = dict(
            part.split("=", 1)
            for line in values.get("Environment", [])
            for part in shlex.split(line)
        )
    except (KeyError, IndexError, ValueError) as error:
        raise LabError(
            f"{layout.short(file)} cannot be used: {error}. Nothing was started."
        ) from None
    return Unit(name, argv, folder, environment, values.get("X-Lab-Health", [""])[-1])


def running(layout: Layout) -> dict[str, processes.Process]:
    """The living processes by unit."""
    return {p.unit: p for p in processes.of_lab(layout.read_manifest()["id"])}


def start(layout: Layout, wanted: Sequence[str]) -> list[str]:
    """Starts units and waits until each is healthy; a line about each.

    Raises LabError if one does not come up; the others go on.
    """
    units = [read(layout, name) for name in wanted]
    lines: list[str] = []
    with _turn(layout):
        there = running(layout)
        spawned: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        for unit in units:
            if unit.name in there:
                lines.append(f"{unit.name}.service is active already")
            else:
                spawned[unit.name] = (_spawn(layout, unit), time.time())
                if unit.name == "orders" and "client" in wanted:
                    # A client that is sooner than the service would only count errors.
                    lines.append(_settle(layout, unit, *spawned.pop("orders")))
        lines += [_settle(layout, u, *spawned[u.name]) for u in units if u.name in spawned]
    return lines


def stop(layout: Layout, wanted: Sequence[str]) -> list[str]:
    """Stops units; a line about each."""
    units = [read(layout, name, "stop") for name in wanted]
    with _turn(layout):
        there = running(layout)
        ending = [there[u.name] for u in units if u.name in there]
        processes.end(ending, layout.read_manifest()["id"])
    stopped = {p.unit for p in ending}
    return [
        f"{u.name}.service {'stopped' if u.name in stopped else 'was not running'}" for u in units
    ]


def is_active(layout: Layout, name: str) -> bool:
    """Whether a unit runs."""
    return read(layout, name, "ask").name in running(layout)


def status(layout: Layout) -> list[str]:
    """A line about each unit."""
    there = running(layout)
    lines = []
    for name in names(layout):
        unit, process = read(layout, name), there.get(name)
        state = f"active    pid {process.pid}" if process else "inactive"
        lines.append(f"{name + '.service':18} {state:22} {unit.health}")
    return lines


@contextlib.contextmanager
def _turn(layout: Layout) -> Iterator[None]:
    """One start or stop at a time."""
    with (layout.run / "units.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _spawn(layout: Layout, unit: Unit) -> subprocess.Popen[bytes]:
    manifest = layout.read_manifest()
    environment = {
        # A clean environment, as a service manager gives: nothing of the operator's leaks in.
        **{k: v for k in ("PATH", "LANG", "LD_LIBRARY_PATH") if (v := os.environ.get(k))},
        **unit.environment,
        "PYTHONPYCACHEPREFIX": str(layout.run / "pycache"),
        "PYTHONUNBUFFERED": "1",
        "RUNBOOK_LAB": str(layout.root),
        "RUNBOOK_LAB_ID": manifest["id"],
        "RUNBOOK_LAB_UNIT": unit.name,
        "RUNBOOK_LAB_LIFETIME": str(manifest["lifetime_s"]),
    }
    with (layout.logs / f"{unit.name}.log").open("ab") as log:
        try:
            return subprocess.Popen(
                unit.argv,
                cwd=unit.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise LabError(f"{unit.name}.service cannot be started: {error}.", OUTSIDE) from None


def _settle(layout: Layout, unit: Unit, process: subprocess.Popen[bytes], since: float) -> str:
    """Waits until the unit answers; what it said. Raises LabError if it ends or stays silent."""
    log = layout.logs / f"{unit.name}.log"
    deadline = time.monotonic() + START_LIMIT
    answer: str | None = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LabError(
                f"{unit.name}.service ended with status {process.returncode}: {_last_line(log)} "
                f"Its log: {log}",
                OUTSIDE,
            )
        answer = _health(layout, unit, since)
        if answer is not None and not answer.startswith("degraded"):
            break
        time.sleep(LOOK_EVERY)
        if answer is not None and time.time() - since > 2:
            break
    # It outlives this program on purpose; its handle must not complain about that.
    process.returncode = 0
    if answer is None:
        raise LabError(
            f"{unit.name}.service runs but did not answer in {START_LIMIT:g} s. Its log: {log}",
            OUTSIDE,
        )
    if answer.startswith("degraded"):
        raise LabError(f"{unit.name}.service is active but {answer}")
    return f"{unit.name}.service is active{answer and ': '}{answer}"


def _health(layout: Layout, unit: Unit, since: float) -> str | None:
    """What the unit says of itself: None for no answer yet, "" for nothing to say."""
    url = urlsplit(unit.health)
    if url.scheme == "file":
        try:
            return "" if (layout.root / url.path).stat().st_mtime >= since else None
        except OSError:
            return None
    if url.scheme == "tcp":
        try:
            socket.create_connection((url.hostname or "", url.port or 0), timeout=1).close()
        except OSError:
            return None
        return ""
    if url.scheme != "http":
        return ""
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=3)
    try:
        connection.request("GET", url.path)
        body = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if body["status"] == "ok":
        return str(body["version"])
    return f"degraded: {body['version']} cannot use the partner ({body['partner']})"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:400] if lines else "it said nothing."
