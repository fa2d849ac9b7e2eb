"""What is appended is what plain git shows, and what reading gives back."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.adapters.gitlog import LogError, LostRace, Repository
from runbook_tui.domain.record import CommitDraft, Identity

from .conftest import ALICE, ROOT, Git, draft

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=300)


def test_git_log_shows_a_decision_as_it_was_made(bare: Repository, git: Git) -> None:
    when = datetime(2026, 5, 1, 21, 31, 2, tzinfo=timezone(timedelta(hours=2)))
    message = "Bob chose go\n\nsnapshot verified, 4.2 GiB\n\nRunbook-Event: {}\n"
    decided = CommitDraft(
        message=message,
        author=Identity("Bob Ångström", "bob@example.org"),
        committer=ALICE,
        when=when,
        files={"runbook.yaml": b"format: 1\n", "evidence/a/out.txt": b"ok\n"},
    )
    (commit,) = bare.run("r").append([decided], None)
    shown = git("log", "-1", "--format=%H%n%an <%ae>%n%cn <%ce>%n%aI%n%cI%n%B", "runs/r")
    assert shown == (
        f"{commit}\nBob Ångström <bob@example.org>\nAlice <alice@example.org>\n"
        f"2026-05-01T21:31:02+02:00\n2026-05-01T21:31:02+02:00\n{message}\n"
    )
    assert git("cat-file", "blob", "runs/r:runbook.yaml") == "format: 1\n"
    assert git("ls-tree", "-r", "--name-only", "runs/r").split() == [
        "evidence/a/out.txt",
        "runbook.yaml",
    ]


def test_a_chain_is_appended_whole_and_read_oldest_first(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    branch = bare.run("r")
    first = branch.append([draft("one\n", a_txt=b"1"), draft("two\n"), draft("three\n")], None)
    second = branch.append([draft("four\n", b__c_txt=b"2")], first[-1])
    assert git("rev-list", "--reverse", "runs/r").split() == [*first, *second]
    read = list(bare.run("r").read())
    assert [commit.id for commit in read] == [*first, *second]
    assert [commit.message for commit in read] == ["one\n", "two\n", "three\n", "four\n"]
    assert [commit.parents for commit in read] == [(), *((c.id,) for c in read[:-1])]
    assert [commit.id for commit in branch.read(since=first[1])] == [first[2], *second]
    assert branch.head == second[-1]
    sound()


def test_only_evidence_changes_the_tree(bare: Repository, git: Git) -> None:
    branch = bare.run("r")
    branch.append([draft(a_txt=b"1", dir__b_txt=b"2", dir__deep__c_txt=b"3")], None)
    branch.append([draft(), draft(), draft()], branch.head)
    assert len(set(git("log", "--format=%T", "runs/r").split())) == 1
    branch.append([draft(dir__b_txt=b"changed")], branch.head)
    # Another object, which has to read the tree first.
    other = bare.run("r")
    other.append([draft(dir__deep__d_txt=b"4")], other.head)
    assert {path: other.file(path) for path in other.files()} == {
        "a.txt": b"1",
        "dir/b.txt": b"changed",
        "dir/deep/c.txt": b"3",
        "dir/deep/d.txt": b"4",
    }
    assert branch.file("dir/b.txt", git("rev-parse", "runs/r~3").strip()) == b"2"
    with pytest.raises(FileNotFoundError):
        other.file("dir/none.txt")
    with pytest.raises(FileNotFoundError):
        other.file("dir")


@settings(max_examples=40)
@given(messages=st.lists(_TEXT, min_size=1, max_size=4), name=_TEXT, email=_TEXT)
def test_read_equals_write_for_any_text(
    tmp_path_factory: pytest.TempPathFactory, messages: list[str], name: str, email: str
) -> None:
    repository = Repository.create(tmp_path_factory.getbasetemp() / "any-text.git")
    branch = repository.run(f"r{len(repository.runs())}")
    who = Identity(name, email)
    when = datetime(2026, 5, 1, tzinfo=UTC)
    branch.append(
        [CommitDraft(message=m, author=who, committer=who, when=when) for m in messages], None
    )
    loose = list(branch.read())
    assert [commit.message for commit in loose] == messages
    branch.pack()
    assert list(repository.run(branch.id).read()) == loose
    checked = subprocess.run(
        ["git", "-C", str(repository.path), "fsck", "--strict", f"runs/{branch.id}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("name", "email", "shown"),
    [
        ("Eve <root@example.org> 1 +0000\nparent x", "e\n@x>", "Eve  root@example.org  1 +0000"),
        ("", "", "unknown <>"),
        (" ,;<>", "a b@c", "unknown <ab@c>"),
        ("nul\0name", "a@b", "nul\ufffdname <a@b>"),
        ("half \ud800 pair", "a@b", "half ? pair <a@b>"),
    ],
)
def test_no_name_can_break_a_commit(
    bare: Repository, git: Git, sound: Callable[..., None], name: str, email: str, shown: str
) -> None:
    who = Identity(name, email)
    when = datetime(1960, 1, 1, tzinfo=UTC)
    bare.run("r").append(
        [CommitDraft(message="m\0m\n", author=who, committer=who, when=when)], None
    )
    assert git("log", "--format=%an <%ae>", "runs/r").startswith(shown)
    sound()


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".", ".git/config", "a/.GIT/x", "a\nb"]
)
def test_a_path_that_git_refuses_is_refused(bare: Repository, path: str) -> None:
    decided = CommitDraft(
        message="m\n", author=ALICE, committer=ALICE, when=datetime.now(UTC), files={path: b""}
    )
    branch = bare.run("r")
    with pytest.raises(ValueError, match=r"name in the log|path that the log"):
        branch.append([decided], None)
    assert branch.current() is None
    branch.append([draft()], None)


def test_a_name_cannot_be_file_and_folder(bare: Repository) -> None:
    branch = bare.run("r")
    branch.append([draft(a=b"file")], None)
    with pytest.raises(ValueError, match="file and a folder"):
        branch.append([draft(a__b=b"x")], branch.head)


def test_who_decides_on_an_old_state_loses_and_harms_nothing(bare: Repository) -> None:
    alice, bob = bare.run("r"), bare.run("r")
    (first,) = alice.append([draft("alice\n")], None)
    assert bob.moved()
    with pytest.raises(LostRace) as lost:
        bob.append([draft("bob\n")], None)
    assert (lost.value.expected, lost.value.actual) == (None, first)
    assert bob.head == first
    assert not bob.moved()
    bob.append([draft("bob\n")], first)
    assert [commit.message for commit in alice.read()] == ["alice\n", "bob\n"]
    with pytest.raises(LostRace):
        bare.run("never").append([draft()], first)


def test_runs_are_listed_loose_packed_and_by_slug_only(bare: Repository, git: Git) -> None:
    for name in ("b", "a"):
        bare.run(name).append([draft()], None)
    git("pack-refs", "--all")
    (newer,) = bare.run("b").append([draft("newer\n")], bare.run("b").head)
    (loose,) = bare.run("c").append([draft()], None)
    git("branch", "runs/Not-A-Run", newer)
    git("branch", "runs/deep/er", newer)
    git("branch", "other", newer)
    assert [name for name, _ in bare.runs()] == ["a", "b", "c"]
    assert dict(bare.runs())["b"] == newer
    assert dict(bare.runs())["c"] == loose


@pytest.mark.parametrize(
    "run_id", ["", "..", "a/b", "A", "a.lock", "a b", "a\n", "-a", "a" * 65, "é", "a\0"]
)
def test_no_other_branch_can_be_named_as_a_run(bare: Repository, run_id: str) -> None:
    with pytest.raises(LogError, match="cannot be the id"):
        bare.run(run_id)


def test_gitpython_reads_the_same_story(bare: Repository) -> None:
    import git as gitpython

    branch = bare.run("r")
    branch.append([draft("one\n\nbody ☃\n", a_txt=b"1"), draft("two\n")], None)
    with gitpython.Repo(bare.path) as repo:
        seen = list(repo.iter_commits("runs/r", reverse=True))
        assert [(c.hexsha, c.message, c.author.name) for c in seen] == [
            (c.id, c.message, c.author.name) for c in branch.read()
        ]
        assert (repo.commit("runs/r").tree / "a.txt").data_stream.read() == b"1"


def test_importing_and_reading_import_no_git_library(bare: Repository) -> None:
    bare.run("r").append([draft()], None)
    code = (
        "import sys, pathlib, runbook_tui.adapters.gitlog as g\n"
        f"b = g.Repository.open(pathlib.Path({str(bare.path)!r})).run('r')\n"
        "assert len(list(b.read())) == 1\n"
        "assert not {'git', 'gitdb', 'smmap'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_long_chain_needs_few_open_files(bare: Repository, sound: Callable[..., None]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    branch = bare.run("r")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        branch.append([draft(f"{n}\n") for n in range(400)], None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(list(branch.read())) == 400
    sound()


def test_nothing_temporary_is_left(bare: Repository) -> None:
    branch = bare.run("r")
    for number in range(5):
        branch.append([draft(f"{number}\n", a_txt=str(number).encode())], branch.head)
    left = [p for p in Path(bare.path).rglob("*") if "tmp" in p.name or p.name.endswith(".lock")]
    assert left == []
