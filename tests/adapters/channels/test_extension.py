"""Kinds of channels that other packages bring: a real package, found by its entry point."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.config import ConfigError, read_config
from runbook_tui.domain.messages.channels import Answered

from .conftest import RUN, carrier, outgoing

Install = Callable[[str], None]
HEAD = "from runbook_tui.domain.messages.channels import Answered\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package with one kind of channel, ``pager``, where this process and those that it
    starts find it."""

    def put(source: str) -> None:
        (tmp_path / "acme_pager.py").write_text(HEAD + source)
        info = tmp_path / "acme_pager-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pager\nVersion: 1.0\n")
        points = "[runbook_tui.channels]\npager = acme_pager:Pager\n"
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return put


async def deliver(timeout: float = 10.0) -> Answered:
    return await carrier("pager", room="ops", timeout=timeout).deliver("it", outgoing())


async def test_an_extension_delivers_and_looks(install: Install, tmp_path: Path) -> None:
    install(
        f"""
class Pager:
    def deliver(self, settings, outgoing):
        print("noise on stdout")
        open({str(tmp_path / "sent")!r}, "w").write(outgoing.entry + settings["room"])
        return Answered(outcome="delivered", words="paged", thread="p7")
    def look(self, settings, outgoing):
        return Answered(outcome="failed", words="not there")
"""
    )
    assert await deliver() == Answered(outcome="delivered", words="paged", thread="p7")
    assert (tmp_path / "sent").read_text() == f"{RUN}/1ops"
    found = await carrier("pager", room="ops").look("it", outgoing())
    assert found == Answered(outcome="failed", words="not there")


@pytest.mark.parametrize(
    ("source", "outcome", "words"),
    [
        (
            "class Pager:\n  def deliver(self, s, o): raise ValueError('://x/' + s['room'])",
            "unknown",
            "the extension failed (ValueError)",
        ),
        (
            "class Pager:\n  def deliver(self, s, o): return True",
            "unknown",
            "the extension did not say what came of it",
        ),
        (
            "class Pager:\n  def deliver(self, s, o): raise SystemExit(3)",
            "unknown",
            "its process ended without an answer (code 1)",
        ),
        ("class Pager: pass", "failed", "the extension has no deliver"),
        ("raise OSError", "failed", "the extension cannot be loaded (OSError)"),
        ("", "failed", "the extension cannot be loaded (AttributeError)"),
    ],
)
async def test_an_extension_that_fails(
    install: Install, source: str, outcome: str, words: str
) -> None:
    install(source)
    answered = await deliver()
    assert (answered.outcome, answered.words) == (outcome, words)


async def test_its_words_are_held_to_be_foreign(install: Install) -> None:
    install(
        "class Pager:\n  def deliver(self, s, o):\n"
        "    return Answered(outcome='refused', words='\\x1b]0;x\\x07' + s['api-key'] + '\\n' * 3"
        " + 'x' * 999, thread=s['api-key'])"
    )
    answered = await carrier("pager", api_key="k-123456789").deliver("it", outgoing())
    assert answered.words.startswith("␛]0;x␇‹redacted:channel it: api-key› xxx")
    assert len(answered.words) == 200
    assert answered.thread == ""


STUBBORN = """
import os, signal, subprocess, time
class Pager:
    def deliver(self, settings, outgoing):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        with open(settings["pids"] + ".new", "w") as file:
            file.write(f"{os.getpid()} {child.pid}")
        os.rename(settings["pids"] + ".new", settings["pids"])
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        while True:
            time.sleep(60)
"""
"""Does not listen, and starts a process that leaves its group."""


async def test_what_ignores_everything_is_killed_at_its_limit(
    install: Install, tmp_path: Path
) -> None:
    install(STUBBORN)
    pids = tmp_path / "pids"
    begin = time.monotonic()
    channels = carrier("pager", pids=str(pids), timeout=2.0)
    answered = await channels.deliver("it", outgoing())
    assert 1.5 < time.monotonic() - begin < 4.0
    assert (answered.outcome, answered.words) == ("unknown", "sent, and no answer within 2 s")
    for pid in pids.read_text().split():
        assert not alive(pid), pid


async def test_what_ignores_everything_is_killed_when_it_is_cancelled(
    install: Install, tmp_path: Path
) -> None:
    install(STUBBORN)
    pids = tmp_path / "pids"
    task = asyncio.create_task(carrier("pager", pids=str(pids)).deliver("it", outgoing()))
    deadline = time.monotonic() + 20
    while not pids.exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for pid in pids.read_text().split():
        assert not alive(pid), pid


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_what_it_leaves_behind_in_its_group_goes_with_it(
    install: Install, tmp_path: Path
) -> None:
    install(
        f"""
import subprocess
class Pager:
    def deliver(self, settings, outgoing):
        child = subprocess.Popen(["sleep", "1000"])
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
        return Answered(outcome="delivered", words="paged")
"""
    )
    assert (await deliver()).outcome == "delivered"
    assert not alive((tmp_path / "pid").read_text())


async def test_a_kind_that_is_not_installed(install: Install) -> None:
    answered = await carrier("fax").deliver("it", outgoing())
    assert (answered.outcome, answered.words) == (
        "failed",
        "no extension of this kind is installed",
    )
    looked = await carrier("fax").look("it", outgoing())
    assert looked is not None
    assert looked.outcome == "unknown"


def test_its_kind_and_its_settings_may_be_configured(install: Install, tmp_path: Path) -> None:
    install("raise OSError('never loaded for the configuration')")
    file = tmp_path / "config.toml"
    file.write_text(
        '[channels.p]\nkind = "pager"\naudience = "internal"\nroom = "ops"\nport = 7\nloud = true\n'
    )
    file.chmod(0o600)
    given = {"RUNBOOK_TUI_CHANNELS_P_API_KEY": "k-123456789"}
    [found] = read_config(file, given).channels
    assert {key: value.reveal() for key, value in found.settings.items()} == {
        "room": "ops",
        "port": "7",
        "loud": "true",
        "api-key": "k-123456789",
    }
    file.write_text('[channels.p]\nkind = "pagr"\naudience = "internal"\n')
    with pytest.raises(ConfigError, match=r":2: unknown kind 'pagr', did you mean pager\?"):
        read_config(file, {})
