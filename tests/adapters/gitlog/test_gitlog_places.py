"""Where a log can live, and that what lives there already stays as it is."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.gitlog import (
    BrokenObject,
    LogError,
    NotARepository,
    Repository,
    UnsupportedRepository,
    file_at,
    provenance,
)
from runbook_tui.domain.record import Identity

from .conftest import Git, draft


@pytest.fixture
def project(tmp_path: Path, git: Git) -> Path:
    """Somebody's work tree: a commit, something staged, something not."""
    path = tmp_path / "project"
    git("init", "-q", "-b", "main", str(path), at=tmp_path)
    (path / "sub").mkdir()
    (path / "sub" / "runbook.yaml").write_text("format: 1\n")
    git("add", ".", at=path)
    git("commit", "-qm", "first", at=path)
    (path / "staged.txt").write_text("staged\n")
    git("add", "staged.txt", at=path)
    (path / "untracked.txt").write_text("x\n")
    return path


def _outside_the_branch(project: Path, git: Git) -> tuple[str, str, str, str]:
    index = hashlib.sha256((project / ".git" / "index").read_bytes()).hexdigest()
    head = (project / ".git" / "HEAD").read_text()
    status = git("--no-optional-locks", "status", "--porcelain=v2", at=project)
    return index, head, status, git("rev-parse", "main", at=project)


def test_a_work_tree_keeps_its_index_head_and_files(
    project: Path, git: Git, sound: Callable[..., None]
) -> None:
    before = _outside_the_branch(project, git)
    branch = Repository.open(project).run("r")
    branch.append([draft(runbook_yaml=b"x")], None)
    branch.append([draft()], branch.head)
    branch.pack()
    assert len(list(branch.read())) == 2
    assert _outside_the_branch(project, git) == before
    sound(project)


def test_bare_subfolder_and_linked_work_tree_mean_the_same_log(
    project: Path, git: Git, tmp_path: Path
) -> None:
    linked = tmp_path / "linked"
    git("worktree", "add", "-q", "-b", "side", str(linked), at=project)
    Repository.open(project / "sub").run("r").append([draft()], None)
    in_linked = Repository.open(linked)
    assert in_linked.path == linked
    assert in_linked.git_dir == project / ".git"
    in_linked.run("r").append([draft("two\n")], in_linked.run("r").head)
    assert [c.message for c in Repository.open(project / ".git").run("r").read()][1] == "two\n"


def test_create_makes_a_repository_once(tmp_path: Path, git: Git) -> None:
    path = tmp_path / "state" / "deep" / "log.git"
    made = Repository.create(path)
    made.run("r").append([draft()], None)
    assert Repository.create(path).runs() == made.runs()
    assert git("rev-parse", "--is-bare-repository", at=path).strip() == "true"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert Repository.create(empty).runs() == []
    assert not list(tmp_path.rglob(".*new*"))


def test_create_inside_a_work_tree_makes_its_own(project: Path) -> None:
    made = Repository.create(project / "log.git")
    assert made.git_dir == project / "log.git"


def test_what_is_no_repository_is_said_to_be_none(tmp_path: Path, project: Path) -> None:
    with pytest.raises(NotARepository):
        Repository.open(tmp_path / "home")
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("important")
    with pytest.raises(NotARepository, match="is there already"):
        Repository.create(full)
    assert [p.name for p in full.iterdir()] == ["thesis.txt"]
    with pytest.raises(NotARepository):
        Repository.create(full / "thesis.txt")
    lost = tmp_path / "lost"
    lost.mkdir()
    (lost / ".git").write_text(f"gitdir: {tmp_path}/nowhere\n")
    with pytest.raises(BrokenObject, match="where no repository is"):
        Repository.open(lost)
    (lost / ".git").write_text("something else\n")
    with pytest.raises(BrokenObject):
        Repository.open(lost)


def test_formats_that_it_cannot_write_are_refused(tmp_path: Path, git: Git) -> None:
    git("init", "-q", "--bare", "--object-format=sha256", str(tmp_path / "sha256"), at=tmp_path)
    with pytest.raises(UnsupportedRepository, match="sha256"):
        Repository.open(tmp_path / "sha256")
    for setting in ("refStorage = reftable", "fromTheFuture = 1", 'refstorage = "reftable"'):
        place = Repository.create(tmp_path / f"{setting[:4]}{len(setting)}").path
        config = f"[core]\n repositoryformatversion = 1 ; new\n[extensions] {setting}\n"
        (place / "config").write_text(config)
        with pytest.raises(UnsupportedRepository):
            Repository.open(place)
    (place / "config").write_text("[core]\nrepositoryformatversion = 7\n")
    with pytest.raises(UnsupportedRepository, match="'7'"):
        Repository.open(place)


def test_a_branch_named_runs_is_in_the_way(bare: Repository, git: Git) -> None:
    (commit,) = bare.run("r").append([draft()], None)
    git("branch", "keep", commit)
    git("update-ref", "-d", "refs/heads/runs/r")
    git("branch", "runs", "keep")
    with pytest.raises(UnsupportedRepository, match="'runs'"):
        bare.run("r").append([draft()], None)
    git("pack-refs", "--all")
    with pytest.raises(UnsupportedRepository, match="'runs'"):
        Repository.open(bare.path).run("r").append([draft()], None)


def test_a_repository_shared_by_a_group_stays_shared(tmp_path: Path, git: Git) -> None:
    old = os.umask(0o077)
    try:
        git("init", "-q", "--bare", "--shared=group", str(tmp_path / "team.git"), at=tmp_path)
        branch = Repository.open(tmp_path / "team.git").run("r")
        (commit,) = branch.append([draft()], None)
    finally:
        os.umask(old)
    folder = tmp_path / "team.git" / "objects" / commit[:2]
    assert folder.stat().st_mode & 0o2070 == 0o2070
    assert (folder / commit[2:]).stat().st_mode & 0o040
    assert (tmp_path / "team.git/refs/heads/runs/r").stat().st_mode & 0o060 == 0o060


def test_identity_is_what_git_says(
    bare: Repository, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert bare.identity() == Identity("Op Erator", "op@example.org")
    git("config", "user.name", "Repo Local")
    assert bare.identity() == Identity("Repo Local", "op@example.org")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "From Environment")
    assert bare.identity() == Identity("From Environment", "op@example.org")
    monkeypatch.delenv("GIT_AUTHOR_NAME")
    git("config", "--unset", "user.name")
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    fallback = bare.identity()
    assert fallback.name
    assert "@" in fallback.email


def test_provenance_names_commit_and_dirtiness(project: Path, git: Git, tmp_path: Path) -> None:
    runbook = project / "sub" / "runbook.yaml"
    head = git("rev-parse", "HEAD", at=project).strip()
    assert provenance(runbook) == (head, False)
    runbook.write_bytes(b"format: 1\r\n")
    assert provenance(runbook) == (head, False)
    runbook.write_text("format: 2\n")
    assert provenance(runbook) == (head, True)
    assert provenance(project / "untracked.txt") == (head, True)
    (tmp_path / "alone.yaml").write_text("x")
    assert provenance(tmp_path / "alone.yaml") is None
    git("init", "-q", str(tmp_path / "unborn"), at=tmp_path)
    (tmp_path / "unborn" / "a.yaml").write_text("x")
    assert provenance(tmp_path / "unborn" / "a.yaml") is None


def test_a_file_at_a_revision(project: Path, git: Git) -> None:
    runbook = project / "sub" / "runbook.yaml"
    git("tag", "v1", at=project)
    shutil.rmtree(runbook.parent)
    assert file_at(runbook, "v1") == b"format: 1\n"
    assert Repository.open(project).read_file("HEAD", "sub/runbook.yaml") == b"format: 1\n"


@pytest.mark.parametrize(
    ("rev", "path"),
    [
        ("none", "sub/runbook.yaml"),
        ("--help", "sub/runbook.yaml"),
        ("--output=/tmp/x", "sub/runbook.yaml"),
        ("", "sub/runbook.yaml"),
        ("HEAD", ""),
        ("HEAD", "../secret"),
        ("HEAD", "./sub/runbook.yaml"),
        ("HEAD", "/etc/passwd"),
        ("HEAD", "sub"),
        ("HEAD:sub", "runbook.yaml"),
        ("^HEAD", "sub/runbook.yaml"),
        ("HEAD..HEAD", "sub/runbook.yaml"),
        ("HEAD\nHEAD", "sub/runbook.yaml"),
        ("HEAD", "sub/runbook.yaml\0x"),
    ],
)
def test_revision_and_path_cannot_mean_anything_else(project: Path, rev: str, path: str) -> None:
    with pytest.raises(LogError):
        Repository.open(project).read_file(rev, path)


def test_a_hostile_repository_runs_nothing(project: Path, git: Git, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\necho $0 >> {ran}\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "pager.rev-parse",
        "pager.cat-file",
        "alias.cat-file",
        "diff.external",
        "filter.f.clean",
        "filter.f.smudge",
        "diff.f.textconv",
        "gpg.program",
        "credential.helper",
        "remote.origin.uploadpack",
        "uploadpack.packObjectsHook",
    ):
        git("config", key, str(trap), at=project)
    git("config", "log.showSignature", "true", at=project)
    git("config", "extensions.partialClone", "origin", at=project)
    git("config", "core.repositoryFormatVersion", "1", at=project)
    git("config", "remote.origin.promisor", "true", at=project)
    git("config", "remote.origin.url", f"ext::{trap}", at=project)
    git("config", "protocol.ext.allow", "always", at=project)
    (project / ".git" / "info" / "attributes").write_text("* filter=f diff=f\n")
    hooks = project / ".git" / "hooks"
    shutil.rmtree(hooks, ignore_errors=True)
    hooks.mkdir()
    for hook in ("reference-transaction", "post-commit", "pre-commit", "post-index-change"):
        shutil.copy(trap, hooks / hook)

    repository = Repository.open(project)
    branch = repository.run("r")
    branch.append([draft(a_txt=b"1")], None)
    branch.append([draft()], branch.head)
    branch.pack()
    assert len(list(repository.run("r").read())) == 2
    assert branch.file("a.txt") == b"1"
    repository.identity()
    repository.runs()
    (project / "sub" / "runbook.yaml").write_text("changed\n")
    assert provenance(project / "sub" / "runbook.yaml") is not None
    file_at(project / "sub" / "runbook.yaml", "HEAD")
    with pytest.raises(LogError):  # A missing object must not be fetched either.
        repository.read_file("1" * 40, "x")
    with pytest.raises(BrokenObject):
        branch.file("a.txt", "1" * 40)
    assert not ran.exists(), ran.read_text()

    git("status", at=project)
    assert ran.exists(), "the trap itself does not work"


def test_replaced_and_grafted_history_is_not_believed(bare: Repository, git: Git) -> None:
    branch = bare.run("r")
    told = branch.append([draft("one\n"), draft("bad news\n"), draft("three\n")], None)
    (fake,) = bare.run("fake").append([draft("good news\n")], None)
    git("replace", told[1], fake)
    (bare.path / "info").mkdir(exist_ok=True)
    (bare.path / "info" / "grafts").write_text(f"{told[2]} {told[0]}\n")
    branch.pack()
    assert [commit.id for commit in bare.run("r").read()] == list(told)
    assert "bad news\n" in [commit.message for commit in bare.run("r").read()]
