"""Runbooks as files: what a script or an editor gets to know about them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .conftest import RUNBOOK, Program

BROKEN = RUNBOOK.replace("verify:", "verfy:").replace("kind: decision", "kind: decison")


def test_lint_names_every_place(program: Program, book: Path) -> None:
    book.write_text(BROKEN)
    done = program("lint", book, code=1)
    lines = done.stdout.splitlines()
    assert any(":24:9: " in line and "did you mean" in line for line in lines), done.stdout
    assert all(line.startswith(f"{book}:") for line in lines)
    assert "2 errors" in done.stderr
    found = program.json("lint", book, code=1)
    assert {p["severity"] for p in found} == {"error"}
    assert set(found[0]) == {"file", "line", "col", "severity", "code", "message", "hint"}


def test_warnings_alone_are_fine(program: Program, book: Path) -> None:
    book.write_text(RUNBOOK.replace("        compensation: {text: change it back}\n", ""))
    done = program("lint", book)
    assert "warning: " in done.stdout
    assert program("lint", book.parent).stdout == done.stdout


def test_a_sound_runbook_says_nothing_on_stdout(program: Program, book: Path) -> None:
    assert program("lint", book).stdout == ""


@pytest.mark.parametrize(
    "content",
    [b"\0", b"a: [", b"\xff\xfe\0a", b"a: &a [*a]", b"- !!python/object:os.system x", b"[" * 9_000],
)
def test_what_is_no_yaml_is_bad_input_in_one_line(
    program: Program, book: Path, content: bytes
) -> None:
    book.write_bytes(content)
    for command in (("lint", book), ("show", book), ("run", book), ("trust", book, "--show")):
        done = program(*command, code=2)
        line = (done.stdout + done.stderr).splitlines()[0]
        assert line.startswith(f"{book}:1:")


def test_a_missing_file_and_a_folder_without_a_runbook(program: Program, tmp_path: Path) -> None:
    assert "no such file" in program("lint", "gone.yaml", code=2).stdout
    done = program("show", tmp_path, code=2)
    assert f"{tmp_path}/runbook.yaml:1:1: there is no such file" in done.stderr


def test_a_runbook_with_errors_is_not_run(program: Program, book: Path) -> None:
    book.write_text(RUNBOOK.replace("id: count", "id: look"))
    done = program("run", book, code=2)
    assert f"{book}:" in done.stderr
    assert "a runbook with errors is not run" in done.stderr
    assert program.json("runs") == []


def test_show_has_every_command_in_full(program: Program, book: Path) -> None:
    text = program("show", book).stdout
    assert "echo changed $1 >> changed" in text
    assert "Count the replicas" in text


def test_the_plans_time_is_shown_as_a_chart(program: Program, book: Path) -> None:
    text = program("show", "--gantt", book).stdout
    assert "Count the replicas" not in text
    assert "in all" in text
    assert text.splitlines()[3].startswith("look")
    assert "█" in text


def test_diff_tells_meaning(program: Program, book: Path) -> None:
    other = book.with_name("other.yaml")
    other.write_text(RUNBOOK.replace("min: 1", "min: 2").replace("Look around", "Have a look"))
    done = program("diff", book, other)
    assert "step count" in done.stdout
    assert "(words only)" in done.stdout
    program("diff", book, other, "--exit-code", code=1)
    program("diff", book, book, "--exit-code")
    found = program.json("diff", book, other)
    assert {(c["id"], c["what"], c["alters"]) for c in found} == {
        ("count", "changed", True),
        ("look", "changed", False),
    }


def test_diff_takes_git_revisions(program: Program, book: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(book.parent), *arguments], check=True, capture_output=True,
            env={**program.env(), "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@x"},
        )  # fmt: skip

    (book.parent / "steps.yaml").write_text("- {id: more, kind: checklist, title: More}\n")
    book.write_text(RUNBOOK + "      - {include: steps.yaml}\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    (book.parent / "steps.yaml").write_text("- {id: less, kind: checklist, title: Less}\n")
    done = program("diff", f"{book}@HEAD", book)
    assert "less" in done.stdout
    assert "more" in done.stdout
    assert "no-such-rev" in program("diff", f"{book}@no-such-rev", book, code=2).stderr
    assert "other.yaml" in program("diff", f"{book.parent}/other.yaml@HEAD", book, code=2).stderr
    # A file whose name has an @ in it is a file.
    odd = book.with_name("upgrade@2.yaml")
    odd.write_text(RUNBOOK)
    program("diff", odd, odd)


def test_new_writes_a_runbook_that_can_be_run(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "upgrades" / "postgres 17"
    made = program("new", folder).stdout.splitlines()
    assert made == [f"{folder}/runbook.yaml", f"{folder}/runbook.schema.json"]
    assert program("lint", folder).stdout == ""
    before = (folder / "runbook.yaml").read_bytes()
    assert "is there already" in program("new", folder, code=2).stderr
    assert (folder / "runbook.yaml").read_bytes() == before


def test_the_schema_is_json(program: Program) -> None:
    document = json.loads(program("schema").stdout)
    assert document["$schema"].startswith("http")
    assert "properties" in document or "$ref" in document or "allOf" in document


def test_trust_for_automation_wants_the_right_hash(program: Program, book: Path) -> None:
    shown = program("trust", book, "--show").stdout
    digest = next(line.split()[1] for line in shown.splitlines() if line.startswith("content "))
    assert "at least 12" in program("trust", book, "--digest", digest[:8], code=2).stderr
    wrong = "0" * 16 if digest[0] != "0" else "1" * 16
    assert "not trusted" in program("trust", book, "--digest", wrong, code=1).stderr
    assert "not trusted" in program("trust", book, say="\n", code=1).stderr
    program("trust", book, "--digest", digest[:12])
    assert "is trusted" in program("trust", book).stdout


def test_what_stops_a_run_are_errors_and_lint_tells_the_warnings_too(
    program: Program, tmp_path: Path
) -> None:
    path = tmp_path / "runbook.yaml"
    path.write_text(
        "format: 1\nid: x\ntitle: X\nversion: 1.0.0\nowner: ops\nphases:\n  - id: a\n    title: A\n"
        "    steps:\n      - {id: b, kind: checklist, title: B}\n"
        "      - {id: c, kind: checklist, title: C, itens: [x]}\n"
    )
    told = program("run", path, code=2).stderr
    assert "unknown key `itens`" in told
    assert "warning" not in told
    linted = program("lint", path, code=1).stdout
    assert "unknown key `itens`" in linted
    assert "`b` has no estimate" in linted
