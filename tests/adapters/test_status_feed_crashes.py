"""The status feed under kill -9, and with two programs that publish at once."""

from __future__ import annotations

import fcntl
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from runbook_tui.adapters.feed_folder import LOCK
from runbook_tui.adapters.status_feed import FeedError, StatusFeed
from runbook_tui.formats.feed import append_only, json_feed
from tests.formats import feed_entries as fe

ROOT = Path(__file__).parents[2]


def writer(folder: Path, run: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.feed_writer", folder, run, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def ids(folder: Path) -> tuple[set[str], set[str], set[str], set[str]]:
    """The entries in each file; every one of them has to be whole."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    tree = Xml.parse(folder / "feed.atom").getroot()
    _, entries = json_feed.decode((folder / "feed.json").read_bytes())
    return (
        set(append_only.read((folder / "status.md").read_bytes())),
        {entry.id for entry in entries},
        {(node.findtext("{*}id") or "").rpartition(":")[2] for node in tree.findall("{*}entry")},
        set(re.findall(r'<article id="([^"]+)"', page)),
    )


def replaced(path: Path) -> None:
    """Waits until there is another file at that place."""
    before = path.stat().st_ino
    end = time.monotonic() + 30
    while path.stat().st_ino == before:
        assert time.monotonic() < end, f"{path.name} is not written any more"


def test_killed_at_any_moment_every_file_is_whole_and_publishing_again_completes(
    tmp_path: Path,
) -> None:
    dice = random.Random(11)
    folder = tmp_path / "feed"
    unequal = 0
    for kill in range(12):
        run = f"run-{kill}"
        child = writer(folder, run, 10_000)
        assert child.stdout is not None
        said = child.stdout.readline()
        for _ in range(dice.randrange(4)):
            said = child.stdout.readline()
        # Somewhere in a publication: just after one of its files was put in place, or a bit later.
        replaced(folder / "customers" / dice.choice(["status.md", "feed.json", "feed.atom"]))
        for _ in range(dice.choice([0, 0, 1_000, 20_000, 200_000])):
            pass
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        told = int((rest.split() or [said])[-1])
        there = ids(folder / "customers")
        for each in there:
            assert {f"{run}/{number}" for number in range(1, told + 1)} <= each
        unequal += len(set(map(frozenset, there))) > 1
        markdown = (folder / "customers/status.md").read_bytes()
        entries = [fe.entry(number, run=run) for number in range(1, told + 3)]
        StatusFeed(folder, fe.TITLE).publish(entries)
        assert (folder / "customers/status.md").read_bytes().startswith(markdown)
        one, *others = ids(folder / "customers")
        assert all(each == one for each in others)
        assert not list((folder / "customers").glob(".*"))
    assert unequal, "no kill met a publication half way: the test tells nothing"


def test_two_programs_publish_into_one_folder_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    children = [writer(folder, run, 25) for run in ("one", "two")]
    for child in children:
        child.communicate(timeout=100)
        assert child.returncode == 0
    expected = {f"{run}/{number}" for run in ("one", "two") for number in range(1, 26)}
    assert all(each == expected for each in ids(folder / "customers"))


def test_threads_wait_for_each_other_as_well(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def publish(run: str) -> None:
        try:
            for number in range(1, 6):
                entries = [fe.entry(each, run=run) for each in range(1, number + 1)]
                StatusFeed(tmp_path / "feed", fe.TITLE).publish(entries)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=publish, args=(run,)) for run in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(ids(tmp_path / "feed/customers")[0]) == 15


def test_a_lock_that_is_not_had_is_told(tmp_path: Path) -> None:
    feed = StatusFeed(tmp_path, fe.TITLE, patience=0.05)
    descriptor = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(FeedError, match=r"another program has been publishing for too long$"):
            feed.publish(fe.story())
        assert not (tmp_path / "customers").exists()
    finally:
        os.close(descriptor)
    feed.publish(fe.story())


def test_what_a_killed_program_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "customers"
    folder.mkdir()
    (folder / ".index.html.0123456789abcdef.tmp").write_text("half")
    (folder / ".htaccess").write_text("Require all granted")
    (folder / "index.html.tmp").write_text("mine")
    StatusFeed(tmp_path, fe.TITLE).publish(fe.story())
    names = {path.name for path in folder.iterdir()}
    assert ".index.html.0123456789abcdef.tmp" not in names
    assert {".htaccess", "index.html.tmp"} <= names
