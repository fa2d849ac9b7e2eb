"""Starting, finding, reading and going on with runs, in whatever repository they live."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.cli.begin import LONGEST_RUN_ID, run_id
from runbook_tui.domain.units import SLUG_PATTERN

from .conftest import Program


def test_a_run_tells_its_story_in_plain_git(program: Program, book: Path) -> None:
    run = program.start(book, say="\ntick 1\n\n\n\n\nyes\n\nobserve 3\n\nchoose keep it is fine\nclose\nyes\n")  # fmt: skip # noqa: E501
    subjects = program.git("log", "--reverse", "--format=%s", f"runs/{run}").splitlines()
    assert subjects[0] == "alice starts small v1.0.0 (live)"
    assert subjects[-1] == "alice closes the run"
    assert "alice observes in count: replicas = 3" in subjects
    assert "alice chooses keep in way" in subjects
    assert "it is fine" in program.git("log", "--format=%b", f"runs/{run}")
    assert (book.parent / "changed").read_text() == "changed here\n"
    program.git("fsck", "--strict")


def test_a_run_holds_the_exact_bytes_of_its_runbook(program: Program, book: Path) -> None:
    run = program.start(book)
    started = json.loads(program("log", run, "--json").stdout.splitlines()[0])
    pin = started["event"]["pin"]
    blob = pin["files"][0]["blob"]
    assert program.git("cat-file", "blob", blob) == book.read_text()
    path = f"runbook/{pin['digest'][:12]}/runbook.yaml"
    assert program.git("show", f"runs/{run}:{path}") == book.read_text()
    assert (pin["source"], "commit" in pin) == (str(book), False)


def test_a_runbook_from_git_says_its_commit_and_whether_it_was_edited(
    program: Program, book: Path
) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(book.parent), *arguments],
            capture_output=True, text=True, check=True,
            env={**program.env(), "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@x"},
        )  # fmt: skip
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    program.start(book)
    told = program.status()["runbook"]
    assert (told["commit"], told["dirty"]) == (git("rev-parse", "HEAD"), False)
    book.write_text(book.read_text() + "# a word more\n")
    program.start(book)
    told = program.status()["runbook"]
    assert (told["commit"], told["dirty"]) == (git("rev-parse", "HEAD"), True)


def test_runs_are_listed_newest_first(program: Program, book: Path) -> None:
    assert program.json("runs") == []
    first = program.start(book, "--mode", "rehearsal", "--as", "bob")
    second = program.start(book, say="skip\n")
    found = program.json("runs")
    assert [r["run"] for r in found] == [second, first]
    assert (found[1]["mode"], found[1]["driver"], found[1]["status"]) == (
        "rehearsal",
        "bob",
        "open",
    )
    lines = program("runs").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [second, first]


def test_a_run_is_found_by_id_prefix_and_last(program: Program, book: Path) -> None:
    first, second = program.start(book), program.start(book)
    assert program.status("@last")["run"] == second
    assert program.status(first)["run"] == first
    assert program.status(first[:-1] if first[:-1] != second[:-1] else first)["run"] == first
    ambiguous = program("status", first[:8], code=2)
    assert first in ambiguous.stderr
    assert second in ambiguous.stderr
    assert program("status", "no-such-run", code=2).stdout == ""
    assert "no-such-run" in program("status", "no-such-run", code=2).stderr


def test_no_run_yet_is_said(program: Program) -> None:
    for command in ("status", "log", "resume"):
        assert "run" in program(command, code=2).stderr


def test_an_existing_repository_is_used_without_touching_it(
    program: Program, book: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text("as it is")
    for arguments in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", project, *arguments], check=True)
    before = {p: p.read_bytes() for p in (project / ".git" / "index", project / ".git" / "HEAD")}
    program.trust(book)
    program("run", book, "--plain", "--log", project)
    assert {p: p.read_bytes() for p in before} == before
    assert [p.name for p in project.iterdir() if p.name != ".git"] == ["file"]
    assert len(program.json("runs", "--log", project)) == 1
    assert program.json("runs") == []
    named = program("runs", "--json", env={"RUNBOOK_TUI_LOG": str(project)})
    assert len(json.loads(named.stdout)) == 1


def test_a_named_repository_is_never_made(program: Program, book: Path, tmp_path: Path) -> None:
    program.trust(book)
    done = program("run", book, "--plain", "--log", tmp_path / "typo.git", code=2)
    assert f"git init --bare {tmp_path}/typo.git" in done.stderr
    assert not (tmp_path / "typo.git").exists()


def test_resume_takes_the_newest_open_run(program: Program, book: Path) -> None:
    first = program.start(book)
    second = program.start(book)
    program("decide", second, "-", "abort", "--reason", "enough")
    done = program("resume", "--plain", say="\n")
    assert f"run {first}" in done.stdout
    assert "starts  look" in done.stdout
    program("decide", first, "-", "abort", "--reason", "enough")
    assert "open" in program("resume", code=2).stderr


def test_a_run_that_is_over_is_opened_for_reading(program: Program, book: Path) -> None:
    run = program.start(book)
    program("decide", run, "-", "abort", "--reason", "enough")
    events = program.status()["events"]
    done = program("resume", run, say="list\ndone\nnote a last word\n")
    assert "it is opened for reading" in done.stdout
    assert "refused: the run is aborted" in done.stdout
    assert program.status()["events"] == events + 1


def test_status_says_what_to_do_next(program: Program, book: Path) -> None:
    run = program.start(book, say="\ntick\n")
    told = program.status()
    assert told["run"] == run
    assert told["current"] == {
        "id": "look",
        "title": "Look around",
        "kind": "checklist",
        "status": "active",
        "next": "tick",
        "outstanding": ["not ticked: another thing"],
    }
    assert told["runbook"]["on_disk"] == "same"
    assert told["driver"] == {"name": "alice", "here": None}
    assert told["counts"]["total"] == 4
    text = program("status").stdout
    assert "now: look  Look around  (active; next: tick)" in text
    book.write_text(book.read_text() + "\n")
    assert program.status()["runbook"]["on_disk"] == "edited"
    assert "edited on disk" in program("status").stdout
    book.unlink()
    assert program.status()["runbook"]["on_disk"] == "missing"


def test_the_log_is_oldest_first_and_names_commits(program: Program, book: Path) -> None:
    run = program.start(book, say="\nskip not today\n")
    lines = program("log").stdout.splitlines()
    commits = program.git("log", "--reverse", "--format=%h", "--abbrev=7", f"runs/{run}").split()
    assert [line.split()[-1] for line in lines] == commits
    assert re.fullmatch(r"\d\d:\d\d:\d\dZ  alice  skips  look  — not today  [0-9a-f]{7}", lines[-1])
    documents = [json.loads(line) for line in program("log", "--json").stdout.splitlines()]
    assert [d["seq"] for d in documents] == [1, 2, 3]
    assert documents[-1]["event"] == {"type": "step-skipped", "step": "look", "reason": "not today"}
    assert documents[-1]["commit"].startswith(commits[-1])


def test_the_log_can_be_followed(program: Program, book: Path) -> None:
    run = program.start(book)
    follower = subprocess.Popen(
        program.argv("log", run, "--follow"),
        stdout=subprocess.PIPE,
        text=True,
        env=program.env({"RUNBOOK_TUI_POLL_SECONDS": "0.05"}),
    )
    try:
        assert follower.stdout is not None
        assert "starts  small" in follower.stdout.readline()
        program("note", run, "from elsewhere")
        assert "from elsewhere" in follower.stdout.readline()
    finally:
        follower.send_signal(2)
        assert follower.wait(10) == 130


def test_foreign_text_reaches_the_terminal_clean(program: Program, book: Path) -> None:
    run = program.start(book)
    nasty = "\x1b]0;owned\x07\x9b2J\u202e"
    program("note", run, f"see {nasty}")
    for done in (
        program("log"),
        program("status", nasty, code=2),
        program("run", nasty, code=2),
        program(nasty, code=2),
        program("note", run, "x", "--as", nasty, code=2),
        program("decide", run, nasty, "done", code=2),
        program("decide", run, "look", "skip", "--reason", nasty),
        program("resume", run, say=f"skip {nasty}\n{nasty}\nshow {nasty}\n"),
    ):
        for character in nasty:
            assert character.isprintable() or character not in done.stdout + done.stderr


@pytest.mark.parametrize("runbook", ["a", "x" * 64, "ends-in-dashes--" * 4])
def test_an_id_fits_and_names_day_and_runbook(runbook: str) -> None:
    now = SystemClock().now().utc
    made = {run_id(runbook, now) for _ in range(50)}
    assert len(made) == 50
    for run in made:
        assert re.fullmatch(SLUG_PATTERN, run)
        assert len(run) <= LONGEST_RUN_ID
        assert run.startswith(f"{now:%Y%m%d}-{runbook[:20]}")


def test_a_full_disk_is_said_and_nothing_is_lost(program: Program, book: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    run = program.start(book, say="\n")
    small = program.home / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "none", small])
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        repo = small / "log.git"
        subprocess.run(["cp", "-r", program.repository, repo], check=True)
        with contextlib.suppress(OSError):
            (small / "rest").write_bytes(b"x" * 1_000_000)
        done = program("note", run, "full?", "--log", repo, code=3)
        assert "the disk is full" in done.stderr
        assert "Free some space" in done.stderr
        assert [r["run"] for r in program.json("runs", "--log", repo)] == [run]
    finally:
        subprocess.run(["umount", small], check=True)
