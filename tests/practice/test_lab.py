"""Building, starting and stopping a lab: nothing of others is touched, nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from practice.conftest import FEW
from practice.driving import Operator, until
from runbook_tui.practice import processes
from runbook_tui.practice.lab import Lab, build, find_labs, stop_labs
from runbook_tui.practice.layout import LabError, Layout


def test_a_lab_is_built_in_under_four_seconds_with_thirty_thousand_orders(tmp_path: Path) -> None:
    began = time.monotonic()
    lab = build(tmp_path / "lab", FEW)
    assert time.monotonic() - began < 4
    assert lab.runbook.is_file()
    assert lab.parameters["lab"] == str(tmp_path / "lab")
    assert lab.running == ()


def test_the_same_lab_holds_the_same_orders(tmp_path: Path) -> None:
    one, two = build(tmp_path / "one", FEW), build(tmp_path / "two", FEW)
    dump = [subprocess_dump(lab.layout.database) for lab in (one, two)]
    assert dump[0] == dump[1]
    assert one.parameters["partner_token"] != two.parameters["partner_token"]


def subprocess_dump(database: Path) -> list[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as db:
        return list(db.iterdump())


def test_a_folder_with_other_things_in_it_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LabError, match=r"not empty and is no practice lab. Nothing was written"):
        build(tmp_path)
    assert [f.name for f in tmp_path.iterdir() if f.name != "state"] == ["thesis.txt"]


def test_a_lab_that_is_there_is_opened_with_the_operators_changes(stopped_lab: Lab) -> None:
    stopped_lab.runbook.write_text("# mine\n")
    assert build(stopped_lab.root).id == stopped_lab.id
    assert stopped_lab.runbook.read_text() == "# mine\n"


def test_a_building_that_was_interrupted_is_finished_by_the_next(tmp_path: Path) -> None:
    lab = build(tmp_path / "lab", FEW)
    manifest = json.loads(lab.layout.manifest.read_text())
    lab.layout.manifest.write_text(json.dumps({**manifest, "state": "building"}))
    (lab.layout.releases / "current").unlink()
    shutil.rmtree(lab.root / "etc")
    with pytest.raises(LabError, match="interrupted"):
        Lab.open(lab.root)
    again = build(lab.root, FEW)
    assert (again.layout.releases / "current" / "orders" / "web.py").is_file()
    assert again.layout.config.is_file()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"cannot be built in .*file/lab"):
        build(tmp_path / "file" / "lab")


@pytest.mark.parametrize("name", ['quo"te', "dol$lar", "line\nbreak", "back\\slash"])
def test_names_that_unit_files_trip_over_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError, match="Nothing was written"):
        build(tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["ünï cødé", "per%cent #hash; 'quote'"])
def test_other_names_work(tmp_path: Path, name: str) -> None:
    lab = build(tmp_path / name)
    try:
        lab.start()
        assert Operator(lab).ctl("probe", "version") == "4.2.0"
    finally:
        lab.stop()


def test_a_folder_that_is_no_lab_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="is no practice lab"):
        Lab.open(tmp_path)


def test_a_moved_lab_says_so(stopped_lab: Lab, tmp_path: Path) -> None:
    moved = stopped_lab.root.rename(tmp_path / "elsewhere")
    with pytest.raises(LabError, match="moved"):
        Lab.open(moved)


def test_a_lab_is_known_by_any_path_to_it(stopped_lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(stopped_lab.root)
    assert Lab.open(tmp_path / "link").id == stopped_lab.id


def test_start_brings_all_three_up_and_stop_leaves_no_process(lab: Lab) -> None:
    assert lab.running == ("client", "orders", "partner")
    assert set(lab.stop()) == {"client", "orders", "partner"}
    assert lab.running == ()
    assert lab.stop() == ()


def test_start_again_starts_only_what_is_missing(lab: Lab) -> None:
    before = {p.unit: p.pid for p in processes.of_lab(lab.id)}
    Operator(lab).ctl("stop", "orders")
    lab.start()
    after = {p.unit: p.pid for p in processes.of_lab(lab.id)}
    assert after["partner"] == before["partner"]
    assert after["orders"] != before["orders"]


def test_after_a_crash_everything_is_found_and_stopped(lab: Lab) -> None:
    """The program that built the lab is gone; only the note in the state folder is left."""
    assert [found.id for found in find_labs()] == [lab.id]
    assert stop_labs() == {lab.root: ("client", "orders", "partner")}
    assert lab.running == ()


def test_a_lab_whose_folder_is_gone_stops_by_itself(lab: Lab, tmp_path: Path) -> None:
    lab.root.rename(tmp_path / "gone")
    until(lambda: not lab.running, "the services end when the lab's folder vanishes", 10)
    assert find_labs() == []


def test_services_of_a_lab_that_is_gone_do_not_live_on_in_the_next_one(
    lab: Lab, tmp_path: Path
) -> None:
    lab.root.rename(tmp_path / "gone")
    again = build(lab.root, FEW)
    assert again.id != lab.id
    until(lambda: not lab.running, "the services of the first lab end", 10)


def test_a_lab_ends_when_its_time_is_over(stopped_lab: Lab) -> None:
    manifest = json.loads(stopped_lab.layout.manifest.read_text())
    stopped_lab.layout.manifest.write_text(json.dumps({**manifest, "lifetime_s": 2}))
    stopped_lab.start()
    until(lambda: not stopped_lab.running, "the services end after two seconds", 10)


def test_foreign_processes_are_never_touched(lab: Lab) -> None:
    """Neither one that names the lab nor one with another lab's mark is the lab's."""
    code = "import sys; sys.stdin.read()"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", code, "lifeline.py orders", str(lab.root)],
            env={**os.environ, "RUNBOOK_LAB_ID": mark, "RUNBOOK_LAB_UNIT": "orders"},
            stdin=subprocess.PIPE,
        )
        for mark in ("another", lab.id + "0", "")
    ]
    try:
        lab.stop()
        assert [other.poll() for other in others] == [None, None, None]
    finally:
        for other in others:
            other.communicate()


def test_a_service_that_ignores_the_polite_signal_is_ended(lab: Lab) -> None:
    stubborn = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, sys; signal.signal(15, signal.SIG_IGN); "
            "print('ready', flush=True); sys.stdin.read()",
        ],
        env={**os.environ, "RUNBOOK_LAB_ID": lab.id, "RUNBOOK_LAB_UNIT": "stubborn"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert stubborn.stdout is not None
    assert stubborn.stdout.readline() == b"ready\n"
    found = [p for p in processes.of_lab(lab.id) if p.unit == "stubborn"]
    processes.end(found, lab.id, grace=0.2)
    assert stubborn.wait(5) == -9
    stubborn.communicate()


def test_a_taken_port_is_named_and_nothing_is_started(stopped_lab: Lab) -> None:
    port = stopped_lab.layout.port("orders")
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LabError, match=f"Port {port}"):
        stopped_lab.start()
    assert stopped_lab.running == ()


def test_a_lab_that_cannot_start_says_why_and_stops_again(stopped_lab: Lab) -> None:
    stopped_lab.layout.database.write_bytes(b"this is no database" * 100)
    with pytest.raises(LabError, match="not a database"):
        stopped_lab.start()
    assert stopped_lab.running == ()


def test_secrets_are_for_the_operator_only(stopped_lab: Lab) -> None:
    layout: Layout = stopped_lab.layout
    assert stopped_lab.root.stat().st_mode & 0o077 == 0
    assert layout.token.stat().st_mode & 0o077 == 0
    token = stopped_lab.parameters["partner_token"]
    assert token not in stopped_lab.summary()
