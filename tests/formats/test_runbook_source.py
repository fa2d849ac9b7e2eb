"""A file that is no runbook is refused in one clear line with a place, fast, in bounded memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from runbook_tui.formats.load import RunbookError, load
from runbook_tui.formats.nodes import MAX_DEPTH

from .runbook_texts import HEAD, loaded, refused, runbook_text

ONE_STEP = "- {id: a, kind: checklist, title: A, estimate: 1m}"


def only(text: str | bytes) -> str:
    problems = refused(text)
    assert len(problems) == 1
    return problems[0].one_line()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "runbook.yaml:1:1: is empty (a runbook begins with `format: 1`"),
        (b"# nothing\n---\n", "runbook.yaml:1:1: is empty"),
        (b"a: 1\nb\0\n", "runbook.yaml:2:2: a NUL byte at offset 6: this is no text file"),
        (b"a: \xe4\n", "runbook.yaml:1:4: byte 0xe4 at offset 3 is not UTF-8 (save the file"),
        (b"\xef\xbb\xbfa: \xc3\xa4\nb: \xff", "runbook.yaml:2:4: byte 0xff at offset 12 is not"),
        ("a: 1".encode("utf-16"), "runbook.yaml:1:1: is UTF-16, not UTF-8 (save it as UTF-8)"),
        ("a: 1".encode("utf-32"), "runbook.yaml:1:1: is UTF-32, not UTF-8 (save it as UTF-8)"),
        ("a:\n\tb: 1\n", "runbook.yaml:2:1: a tab is used as indentation"),
        ("a: 1\nb: x\x1b[2J\n", "runbook.yaml:2:5: the character U+001B is invisible or controls"),
        ("a: x\u202ey\n", "runbook.yaml:1:5: the character U+202E is invisible"),
        ('a: "x\\e[2J"\n', "runbook.yaml:1:4: the character U+001B is invisible or controls"),
        ('a: "\\0"\n', "runbook.yaml:1:4: the character U+0000 is invisible or controls"),
        ("a: b: c\n", "runbook.yaml:1:5: a `: ` stands where no key can be"),
        ('a: "b\n', "runbook.yaml:2:1: the file ends inside quotes"),
        ("a: [b\nc: d\n", "runbook.yaml:2:2: a bracket or brace is not closed"),
        ("a: @b\n", "runbook.yaml:1:4: this character cannot begin a value (put the text in quote"),
        ("a: &x [*x]\n", "runbook.yaml:1:8: the alias `*x` stands inside itself"),
        ("a: *x\n", "runbook.yaml:1:4: the alias `*x` has no anchor before it"),
        ("a: 1\n---\nb: 1\n", "runbook.yaml:2:1: a second document begins here"),
    ],
)
def test_what_is_no_runbook_text_is_refused_at_its_place(text: str | bytes, said: str) -> None:
    assert only(text).startswith(said)


@pytest.mark.parametrize(
    ("line", "code", "col"),
    [
        ("title: !!python/object/apply:os.system [id]", "tag", 8),
        ("title: !custom x", "tag", 8),
        ("title: !!str x", "tag", 8),
        ("id: again", "duplicate-key", 1),
        ("<<: {owner: x}", "merge-key", 1),
        ("[a]: b", "key", 1),
    ],
)
def test_tags_duplicate_keys_and_merge_keys_are_refused_at_their_place(
    line: str, code: str, col: int
) -> None:
    problems = {p.code: p for p in refused("id: first\n" + line + "\n")}
    assert (problems[code].line, problems[code].col) == (2, col)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    text = runbook_text(ONE_STEP).replace("\n", "\r\n")
    assert loaded(b"\xef\xbb\xbf" + text.encode()).problems == ()


def test_a_tab_inside_a_text_block_is_text() -> None:
    steps = (
        "- id: a\n  kind: command\n  title: A\n  run:\n"
        "    shell: |\n      cat <<-E\n      \tx\n      E\n"
    )
    run = loaded(runbook_text(steps)).runbook.phases[0].steps[0].run  # type: ignore[union-attr]
    assert run.shell == "cat <<-E\n\tx\nE\n"


def test_an_alias_stands_for_the_whole_value_it_names() -> None:
    text = runbook_text(
        "- {id: a, kind: command, title: A, run: &r {argv: [echo, x]}}\n"
        "- {id: b, kind: command, title: B, run: *r}"
    )
    a, b = loaded(text).runbook.phases[0].steps
    assert a.run == b.run  # type: ignore[union-attr]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(12)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("{a: " * 100_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("? " * 100_000, "too-deep"),
        ("\n".join(" " * n + "a:" for n in range(1_000)), "too-deep"),
        (BOMB, "too-many-nodes"),
        ("a: &a []\n" + "".join(f"k{n}: &a [*a]\n" for n in range(1_000)), "too-deep"),
        ("- a\n" * 250_000, "too-many-nodes"),
        ("[" + "a: b, " * 170_000, "too-many-nodes"),
        ('"' + "x" * 1_000_000, "syntax"),
        ("a" * 1_000_000, "wrong-type"),
        ("x: " + "a: " * 300_000, "syntax"),
        ("\n".join(f"k{n}: 1" for n in range(60_000)), "unknown-key"),
        ("%" * 1_000_000, "syntax"),
        ("&a " * 300_000, "syntax"),
        ("x" * (1024 * 1024 + 1), "too-large"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_hostile_sizes_and_nesting_are_refused_fast_and_small(text: str, code: str) -> None:
    refused("warm: up")
    start = time.process_time()  # of the processor: a busy machine must not make this fail
    problems = refused(text)
    took = time.process_time() - start
    tracemalloc.start()
    refused(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert code in {p.code for p in problems}
    assert len(problems) <= 101
    assert took < 2
    assert peak < 50 * 1024 * 1024


def test_depth_counts_what_aliases_add() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert {p.code for p in refused(deepest)} == {"wrong-type"}
    deeper = "[&a [[[]]], " + "[" * (MAX_DEPTH - 4) + "*a" + "]" * (MAX_DEPTH - 4) + "]"
    assert {p.code for p in refused(deeper)} == {"wrong-type"}
    too_deep = "[&a [[[]]], " + "[" * (MAX_DEPTH - 3) + "*a" + "]" * (MAX_DEPTH - 3) + "]"
    assert {p.code for p in refused(too_deep)} == {"too-deep"}


def test_a_file_of_100_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    load_error(tmp_path / "warm-up")
    start = time.process_time()
    error = load_error(path)
    assert time.process_time() - start < 0.2
    assert "is 104,857,600 bytes; a runbook file may have 1,048,576 at most" in str(error)


def load_error(path: Path) -> RunbookError:
    with pytest.raises(RunbookError) as caught:
        load(path)
    return caught.value


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is not a regular file" in str(load_error(pipe))
    assert "is not a regular file" in str(load_error(Path("/dev/zero")))
    assert "is a folder (name the runbook file in it)" in str(load_error(tmp_path))
    assert str(load_error(tmp_path / "none.yaml")) == (
        f"{tmp_path}/none.yaml:1:1: there is no such file"
    )
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "cannot be read" in str(load_error(loop))
    assert "cannot be read" in str(load_error(tmp_path / "nul\0byte"))
    assert "cannot be read" in str(load_error(tmp_path / ("x" * 300)))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(HEAD)
    path.chmod(0)
    assert "cannot be read: Permission denied" in str(load_error(path))


def test_a_strange_file_name_cannot_reach_the_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.yaml"
    path.write_text("x: 1")
    error = load_error(path)
    assert "\x1b" not in str(error)
    assert all("\n" not in p.one_line() for p in error.problems)


def answer_of(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_the_formats_does_not_import_yaml() -> None:
    """It takes tens of milliseconds, and the first screen must not wait for it."""
    assert answer_of("import sys, runbook_tui.formats.load; print('yaml' in sys.modules)") == (
        "False\n"
    )


def test_a_missing_c_parser_is_said_in_one_line() -> None:
    answer = answer_of(
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from runbook_tui.formats.load import *\n"
        "try: load_files('r.yaml', {'r.yaml': b'a: 1'})\n"
        "except RunbookError as error: print(error)\n"
    )
    assert answer.startswith("PyYAML:1:1: PyYAML is installed without its C parser (libyaml)")
    assert answer.count("\n") == 1
