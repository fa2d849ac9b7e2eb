"""What fifty hosts cost: the SSH engine against one `ssh` process for each.

`python -m benchmarks.fleet [--hosts 50] [--rounds 3] [--kilobytes 24] [--json]`

Real `sshd` on loopback, one address for each host, one key, one command that prints so many
kilobytes. In turn, in one process run: the engine, and `ssh` processes with as many at once as the
engine has. Of both the wall time, and the processor time on this side, on which a load on the
machine counts little; of the engine the time to the first result, and the longest that the event
loop (where the screen lives) was held up. The servers run on the same processors: they are most of
the wall time, and the same for both.

Exit code 1 where the engine takes more than 0.35 of the processor time of `ssh` (median of rounds),
or where a host did not end well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from runbook_tui.adapters.fleet import ssh_fleet
from runbook_tui.domain.fleet import AT_ONCE, FleetJob

TARGET = 0.35
PER_SERVER = 10
"""Addresses of one server; sshd takes sixteen at most."""
PATIENCE = 20.0
LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Figures:
    """Seconds, of one round."""

    engine: float
    engine_cpu: float
    first: float
    held_up: float
    ssh: float
    ssh_cpu: float

    @property
    def ratio(self) -> float:
        """The engine's processor time as a share of that of `ssh`."""
        return self.engine_cpu / self.ssh_cpu


class Lab:
    """Servers for a number of hosts, in a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._servers: list[subprocess.Popen[bytes]] = []
        self.hosts: list[str] = []
        self.config = folder / "config"
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        if sshd is None:
            sys.exit("sshd is not installed")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self._key("user")
        known = []
        for first in range(1, count + 1, PER_SERVER):
            addresses = [f"127.0.0.{n}" for n in range(first, min(first + PER_SERVER, count + 1))]
            port, key = self._serve(sshd, f"server{first}", addresses)
            known += [f"[{one}]:{port} {key}\n" for one in addresses]
            self.hosts += [f"{one}:{port}" for one in addresses]
        (folder / "known").write_text("".join(known))
        self.config.write_text(
            f"Host *\n IdentityFile {folder}/user\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {folder}/known\n GlobalKnownHostsFile /dev/null\n"
        )

    def _key(self, name: str) -> str:
        path = self._folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
        return " ".join(path.with_suffix(".pub").read_text().split()[:2])

    def _serve(self, sshd: str, name: str, addresses: list[str]) -> tuple[int, str]:
        key = self._key(name)
        with socket.socket() as probe:
            probe.bind((addresses[0], 0))
            port = int(probe.getsockname()[1])
        config = self._folder / f"{name}.config"
        config.write_text(
            "".join(f"ListenAddress {one}:{port}\n" for one in addresses)
            + f"HostKey {self._folder}/{name}\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"AuthorizedKeysFile {self._folder}/user.pub\nPermitRootLogin yes\n"
            "PasswordAuthentication no\nMaxStartups 200\nMaxSessions 200\nLogLevel ERROR\n"
        )
        self._servers.append(
            subprocess.Popen([sshd, "-D", "-E", f"{config}.log", "-f", str(config)])
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((addresses[-1], port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, "sshd never answered"
                continue
            return port, key

    def stop(self) -> None:
        """Ends the servers."""
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait(10)


async def by_engine(lab: Lab, script: str) -> tuple[float, float, float]:
    """Seconds in all, to the first result, and the longest that the loop was held up."""
    ends: list[float] = []
    lags: list[float] = []

    async def look() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            lags.append(time.monotonic() - begun - LOOK_SECONDS)

    looking = asyncio.create_task(look())
    begin = time.monotonic()
    result = await (
        ssh_fleet([lab.config])
        .create()
        .run(
            FleetJob(tuple(lab.hosts), ("/bin/sh", "-c", script), timeout=60.0),
            lambda _: ends.append(time.monotonic() - begin),
            lambda *_: None,
        )
    )
    whole = time.monotonic() - begin
    looking.cancel()
    if result.state != "ok":
        sys.exit(f"not all hosts ended well: {result.counts}")
    return whole, min(ends), max(lags)


async def by_ssh(lab: Lab, script: str) -> float:
    """Seconds for one `ssh` process for each host, as many at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(host: str) -> None:
        name, _, port = host.partition(":")
        options = ["-F", str(lab.config), "-o", "BatchMode=yes", "-p", port]
        async with places:
            process = await asyncio.create_subprocess_exec(
                "ssh",
                *options,
                "--",
                name,
                script,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            await process.communicate()
            if process.returncode != 0:
                sys.exit(f"ssh did not end well on {host}")

    begin = time.monotonic()
    await asyncio.gather(*(one(host) for host in lab.hosts))
    return time.monotonic() - begin


def cpu() -> float:
    """Seconds of processor time of this program and of those it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


async def measure(lab: Lab, rounds: int, kilobytes: int) -> list[Figures]:
    """Figures of each round, in turn."""
    script = f"yes 0123456789abcde | head -c {kilobytes * 1024}"
    figures = []
    for _ in range(rounds):
        begin = cpu()
        engine, first, held_up = await by_engine(lab, script)
        engine_cpu = cpu() - begin
        begin = cpu()
        ssh = await by_ssh(lab, script)
        figures.append(Figures(engine, engine_cpu, first, held_up, ssh, cpu() - begin))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kilobytes", type=int, default=24)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), options.hosts)
        try:
            figures = asyncio.run(measure(lab, options.rounds, options.kilobytes))
        finally:
            lab.stop()
    ratio = median(one.ratio for one in figures)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if options.json:
        rounds = [asdict(one) for one in figures]
        print(json.dumps({"hosts": options.hosts, "ratio": ratio, "mb": peak, "rounds": rounds}))
    else:
        for one in figures:
            print(
                f"engine {one.engine:5.2f} s, cpu {one.engine_cpu:.2f} s (first result"
                f" {one.first:.2f} s, loop held up {one.held_up * 1000:.0f} ms)"
                f"   ssh {one.ssh:5.2f} s, cpu {one.ssh_cpu:.2f} s   wall ratio"
                f" {one.engine / one.ssh:.2f}, cpu ratio {one.ratio:.2f}"
            )
        print(f"{options.hosts} hosts: cpu ratio {ratio:.2f} (target {TARGET}), peak {peak:.0f} MB")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
