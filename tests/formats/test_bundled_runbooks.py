"""The bundled runbooks can be trusted at three in the morning, as far as a test can tell."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_tui.domain.parameters import resolve
from runbook_tui.domain.prepare import prepare
from runbook_tui.formats.lint_commands import commands
from runbook_tui.formats.load import load

ROOT = Path(__file__).parents[2]
BUNDLED = sorted(ROOT.glob("runbooks/*/runbook.yaml"))
TLS = ROOT / "runbooks/tls-chain-rotation/runbook.yaml"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.parent.name)
def test_lint_has_nothing_to_say(path: Path) -> None:
    assert [problem.one_line() for problem in load(path).problems] == []


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.parent.name)
def test_every_shell_text_is_shell(path: Path) -> None:
    for phase in load(path).runbook.phases:
        for step in phase.steps:
            for place, command in commands((step.id,), step):
                if command.shell is not None:
                    checked = subprocess.run(
                        ["/bin/sh", "-n", "-c", command.shell], capture_output=True, text=True
                    )
                    assert checked.returncode == 0, f"{place}: {checked.stderr}"


# --- the checks of the TLS runbook, on real certificates ---------------------------------------

NAME = "shop.example.org"


def openssl(folder: Path, *args: str) -> None:
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True, timeout=20)


class Authority:
    """A root, an intermediate and a leaf made by openssl, in files of a folder."""

    def __init__(self, folder: Path, names: str = f"DNS:{NAME},DNS:www.{NAME}", days: int = 90):
        folder.mkdir()
        self.folder = folder
        subjects = {"root": "/CN=Root", "middle": "/CN=Middle", "leaf": f"/CN={NAME}"}
        extensions = {
            "root": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
            "subjectKeyIdentifier=hash\n",
            "middle": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
            "leaf": f"basicConstraints=CA:FALSE\nsubjectAltName={names}\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
        }
        issuer = "root"
        for part, subject in subjects.items():
            (folder / f"{part}.ext").write_text(extensions[part])
            curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
            openssl(folder, "genpkey", *curve, "-out", f"{part}.key")
            openssl(folder, "req", "-new", "-key", f"{part}.key", "-subj", subject, "-out", "x.csr")
            signer = (
                ["-signkey", "root.key"]
                if part == "root"
                else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"]
            )
            openssl(
                *(folder, "x509", "-req", "-in", "x.csr", *signer, "-days", str(days)),
                *("-extfile", f"{part}.ext", "-out", f"{part}.pem"),
            )
            issuer = part
        self.bundle("leaf", "middle")
        shutil.copy(folder / "leaf.key", folder / "privkey.pem")

    def bundle(self, *parts: str) -> None:
        """Writes fullchain.pem of these parts in this order."""
        text = "".join((self.folder / f"{part}.pem").read_text() for part in parts)
        (self.folder / "fullchain.pem").write_text(text)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(tmp_path / "new")


class Host:
    """Runs commands of the runbook here; `sudo` runs what it is given, as the same user."""

    def __init__(self, folder: Path, new: Path, port: int = 1) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        sudo = self.bin / "sudo"
        sudo.write_text('#!/bin/sh\nshift\nexec "$@"\n')
        sudo.chmod(0o755)
        runbook = load(TLS).runbook
        given = {
            "name": NAME,
            "new": str(new),
            "live": str(folder / "live"),
            "trust": str(new / "root.pem"),
            "oldest_trust": str(new / "root.pem"),
            "port": str(port),
        }
        self.values, problems = resolve(runbook, given)
        assert problems == ()
        self.commands = {
            f"{step.id}.{place[-1]}": command
            for phase in runbook.phases
            for step in phase.steps
            for place, command in commands((), step)
        }

    def run(self, which: str, /, **changed: str) -> tuple[int, str]:
        """Exit code and output of ``step.run`` or ``step.verify``."""
        prepared = prepare(self.commands[which], self.values | changed, frozenset(), {})
        path = f"{self.bin}:{os.environ['PATH']}"
        done = subprocess.run(
            prepared.argv,
            env={**os.environ, **prepared.env, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.returncode, done.stdout + done.stderr


def test_a_good_chain_passes_every_check(authority: Authority, tmp_path: Path) -> None:
    host = Host(tmp_path, authority.folder)
    code, output = host.run("order.run")
    assert (code, output.split("\n")[-2]) == (0, "in order: 2 certificates")
    assert host.run("key.run") == (0, "key and certificate belong together\n")
    assert host.run("chain.run")[0] == 0
    assert host.run("oldest.run")[0] == 0


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (["middle", "leaf"], "out of order at number 2"),
        (["leaf", "middle", "root"], "the root is in the bundle"),
        (["leaf"], "no intermediate in the bundle"),
        (["leaf", "root"], "out of order at number 2"),
    ],
)
def test_a_bundle_in_the_wrong_order_is_found(
    authority: Authority, tmp_path: Path, parts: list[str], said: str
) -> None:
    authority.bundle(*parts)
    code, output = Host(tmp_path, authority.folder).run("order.run")
    assert code == 1
    assert said in output


def test_a_missing_intermediate_another_name_root_or_time_are_found(
    authority: Authority, tmp_path: Path
) -> None:
    host = Host(tmp_path, authority.folder)
    code, output = host.run("chain.run", name="other.example.org")
    assert code != 0
    assert "hostname mismatch" in output
    code, output = host.run("chain.run", days="120")
    assert code != 0
    assert "certificate has expired" in output
    other = Authority(tmp_path / "other")
    assert host.run("oldest.run", oldest_trust=str(other.folder / "root.pem"))[0] != 0
    authority.bundle("leaf")
    code, output = host.run("chain.run")
    assert code != 0
    assert "unable to get local issuer certificate" in output


def test_the_key_of_another_certificate_is_found(authority: Authority, tmp_path: Path) -> None:
    shutil.copy(authority.folder / "middle.key", authority.folder / "privkey.pem")
    host = Host(tmp_path, authority.folder)
    assert host.run("key.run") == (1, "the key is that of another certificate\n")


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[tuple[int, Authority]]:
    """A TLS server on loopback that serves the old chain; its port and its authority."""
    old = Authority(tmp_path / "old", names=f"DNS:{NAME},DNS:old.{NAME}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(old.folder / "fullchain.pem", old.folder / "privkey.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            connection, _ = listener.accept()
            connection.settimeout(5)
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                connection.close()  # a client that does not believe us hangs up

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    yield port, old
    stopped.set()
    with socket.create_connection(("127.0.0.1", port)):
        pass
    thread.join(10)
    listener.close()


def test_what_is_served_is_written_down_and_compared(
    server: tuple[int, Authority], authority: Authority, tmp_path: Path
) -> None:
    port, old = server
    host = Host(tmp_path, authority.folder, port)
    code, output = host.run("served-now.run")
    assert code == 0
    assert f"DNS:old.{NAME}" in output
    assert str(datetime.datetime.now(datetime.UTC).year)[:2] in output
    assert host.run("names.run") == (1, f"lost: old.{NAME}\n")
    assert host.run("names.run", new=str(old.folder)) == (0, "all 2 names are there\n")
    # The old chain is served: the reload has not happened, and the new root does not vouch for it.
    assert host.run("reload.verify", new=str(old.folder))[1] == "new\n"
    assert host.run("live-check.verify")[1] == "0\n"
    assert host.run("live-check.verify", trust=str(old.folder / "root.pem"))[1] == "1\n"
