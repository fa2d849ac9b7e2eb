"""Real servers: `sshd` on loopback, unprivileged, with its own keys; and clients' configurations.

Every address of 127.0.0.0/8 is this machine, so fifty host names need a few servers only (one
takes sixteen addresses at most).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATIENCE = 20.0
PER_SERVER = 10
COUNT = 50


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def keygen(path: Path) -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)],
        check=True,
        capture_output=True,
    )
    return path


def public(path: Path) -> str:
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


@dataclass
class Servers:
    """What was started, and how to reach it."""

    folder: Path
    program: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _count: int = 0

    @property
    def key(self) -> Path:
        return self.folder / "user"

    @property
    def known(self) -> Path:
        return self.folder / "known_hosts"

    def start(self, addresses: list[str], *, more: str = "", known: bool = True) -> int:
        """A server for some addresses; gives its port."""
        self._count += 1
        name = f"server{self._count}"
        host_key = keygen(self.folder / f"{name}_key")
        port = free_port(addresses[0])
        listen = "".join(f"ListenAddress {one}:{port}\n" for one in addresses)
        config = self.folder / f"{name}_config"
        config.write_text(
            f"{more}{listen}HostKey {host_key}\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"AuthorizedKeysFile {self.key}.pub\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nMaxStartups 200\nMaxSessions 200\nLogLevel VERBOSE\n"
        )
        log = self.folder / f"{name}.log"
        process = subprocess.Popen(
            [self.program, "-D", "-f", str(config), "-E", str(log)], stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        if known:
            with self.known.open("a") as file:
                file.writelines(f"[{one}]:{port} {public(host_key)}\n" for one in addresses)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((addresses[-1], port), 1).close()
            except OSError:
                if process.poll() is not None:
                    pytest.skip(f"sshd does not start for this user: {log.read_text()[-300:]}")
                assert time.monotonic() < deadline, "sshd never answered"
                continue
            return port

    def log(self) -> str:
        return (self.folder / f"server{self._count}.log").read_text()

    def config(self, text: str = "") -> Path:
        """A client's configuration: `text` first, since the first match wins."""
        path = self.folder / f"client_{len(list(self.folder.glob('client_*')))}"
        path.write_text(
            f"{text}\nHost *\n IdentityFile {self.key}\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {self.known}\n GlobalKnownHostsFile /dev/null\n"
        )
        return path

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)


def make_servers(folder: Path) -> Servers:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or shutil.which("ssh-keygen") is None:
        pytest.skip("sshd is not installed: commands on hosts are not tried")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    keygen(folder / "user")
    (folder / "known_hosts").touch()
    return Servers(folder, program)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Nothing started yet."""
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    made = make_servers(folder)
    try:
        yield made
    finally:
        made.stop()


@dataclass(frozen=True)
class Fifty:
    """Fifty hosts."""

    hosts: tuple[str, ...]
    homes: tuple[Path, ...]
    """The folder that ten hosts each have as their home."""
    config: Path


@pytest.fixture(scope="session")
def fifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fifty]:
    """Fifty hosts on five servers."""
    folder = tmp_path_factory.mktemp("fifty", numbered=True)
    folder.chmod(0o700)
    made = make_servers(folder)
    hosts: list[str] = []
    homes: list[Path] = []
    try:
        for first in range(1, COUNT + 1, PER_SERVER):
            ours = [f"127.0.0.{n}" for n in range(first, first + PER_SERVER)]
            home = folder / f"home{first // PER_SERVER}"
            home.mkdir()
            port = made.start(ours, more=f"SetEnv HOME={home}\n")
            homes.append(home)
            hosts += [f"{one}:{port}" for one in ours]
        yield Fifty(tuple(hosts), tuple(homes), made.config())
    finally:
        made.stop()


def until(there: Callable[[], bool], what: str) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, what


@pytest.fixture
def which() -> Callable[[str], str]:
    """Where a program is; skips where it is not installed."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find
