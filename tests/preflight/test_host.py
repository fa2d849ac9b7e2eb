"""The machine: on this real one, and on trees that look like the real files of others."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.runbook_model import Model
from runbook_tui.preflight.machine import ports
from tests.preflight.targets import by_key

from .machines import host, only
from .machines import machine as machine

# --- ports --------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_a_port_that_is_taken_names_who_has_it(
    tmp_path: Path, family: socket.AddressFamily, address: str
) -> None:
    with socket.socket(family) as listening:
        try:
            listening.bind((address, 0))
        except OSError as error:
            pytest.skip(f"{address} cannot be bound here: {error}")
        listening.listen()
        port = listening.getsockname()[1]
        taken = only(host(tmp_path, free_ports=(port,)), "port-taken")
        assert taken.severity == "inhibitor"
        assert taken.subject == f"tcp/{port}"
        name = Path("/proc/self/comm").read_text().strip()
        assert f"{name} ({os.getpid()})" in taken.title
        assert f"{address} port {port}" in taken.evidence[0].text
        used = host(tmp_path, used_ports=(port,))
        assert used.worst == "pass"
        assert f"{name} ({os.getpid()}) on port {port}" in only(used, "host").title
    assert host(tmp_path, free_ports=(port,)).worst == "pass"
    silent = only(host(tmp_path, used_ports=(port,)), "port-silent")
    assert (silent.severity, silent.subject) == ("inhibitor", f"tcp/{port}")


def test_a_port_that_only_talks_is_free(tmp_path: Path) -> None:
    """A connection from a port is no listener on it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert host(tmp_path, free_ports=(client.getsockname()[1],)).worst == "pass"


@pytest.mark.skipif(sys.byteorder != "little", reason="the tree is of a little-endian machine")
def test_listeners_of_a_tree_are_read(machine: Path) -> None:
    read = {(each.address, each.port) for each in ports.listeners(machine)}
    assert read == {("0.0.0.0", 22), ("127.0.0.1", 5432), ("::", 80)}


def test_who_cannot_be_seen_is_told_so(tmp_path: Path, machine: Path) -> None:
    found = by_key(host(tmp_path, root=machine, free_ports=(22, 5432)))["port-taken"]
    assert found[0].title == "Port 22 is not free: sshd (71) listens on it"
    assert "a process that cannot be seen from here" in found[1].title


def test_without_proc_it_is_unknown_not_free(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = host(
        tmp_path, root=tmp_path / "empty", free_ports=(1,), used_ports=(2,), memory="1",
        kernel="5", restart_pending=True,
    )  # fmt: skip
    assert {f.severity for f in found.findings} == {"unknown"}
    assert set(by_key(found)) == {
        "ports-unknown", "memory-unknown", "kernel-unknown", "restart-unknown",
    }  # fmt: skip


# --- memory, kernel -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "worst"), [("1M", "pass"), ("50%", "pass"), ("1025K", "inhibitor")]
)
def test_available_memory_counts_not_free(
    tmp_path: Path, machine: Path, asked: str, worst: str
) -> None:
    assert host(tmp_path, root=machine, memory=asked).worst == worst


@pytest.mark.parametrize(
    ("asked", "worst"),
    [
        ("5.10", "pass"), ("6.1", "pass"), ("6.1.0", "pass"), ("6.1.1", "inhibitor"),
        ("6.10", "inhibitor"), ("new", "unknown"), ("6.1.0-30", "pass"),
    ],
)  # fmt: skip
def test_kernels_are_compared_by_their_numbers(
    tmp_path: Path, machine: Path, asked: str, worst: str
) -> None:
    assert host(tmp_path, root=machine, kernel=asked).worst == worst


def test_the_kernel_of_this_machine_is_read(tmp_path: Path) -> None:
    assert os.uname().release in only(host(tmp_path, kernel="2.6"), "host").title
    assert only(host(tmp_path, kernel="999"), "kernel-too-old").severity == "inhibitor"


# --- the whole ----------------------------------------------------------------------------------


class Documented(Model, frozen=True, kw_only=True):
    checks: dict[str, HostCheck]


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "preflight" / "host.md"
    (tmp_path / "example.yaml").write_text(page.read_text().split("```")[1].removeprefix("yaml"))
    read = YamlDocuments().read(tmp_path / "example.yaml", Documented)
    assert read.checks["machine"].space == {"/var/lib/shop": "20G", "/tmp": "10%"}
    assert read.checks["machine"].free_ports == (8081,)


def test_where_nothing_is_asked_nothing_passes(tmp_path: Path) -> None:
    assert only(host(tmp_path), "nothing-asked").severity == "unknown"
