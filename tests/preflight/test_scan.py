"""What both text checks rely on: every line that matches comes, once, from every file that can be
read, and what was not looked at is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.preflight.scan import batches, lines
from runbook_tui.preflight.scan.engine import Looked, Scan
from runbook_tui.preflight.scan.formats import by_name
from runbook_tui.preflight.trees import Tree

PATTERNS = (r"(?i)needle\s*=", r"\bAKIA[0-9A-Z]+")
has_ripgrep = pytest.mark.skipif(LocalTools().find("rg") is None, reason="ripgrep is not here")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")


class WithoutRipgrep(LocalTools):
    def find(self, name: str) -> str | None:
        return None if name == "rg" else super().find(name)


ENGINES = [
    pytest.param(LocalTools, marks=has_ripgrep, id="ripgrep"),
    pytest.param(WithoutRipgrep, id="python"),
]
Found = dict[str, list[tuple[int, bytes]]]


def found(
    root: Path, tools: Callable[[], LocalTools] = LocalTools, **more: object
) -> tuple[Found, Looked]:
    scan = Scan(Tree(root, "tree"), tools(), lambda _name: PATTERNS, **more)  # type: ignore[arg-type]
    hits = {each.name: each.lines for each in scan.run() if each is not None}
    return {name: each for name, each in hits.items() if each}, scan.looked


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.conf").write_bytes(b"x\nneedle = 1\r\nNEEDLE=2\nno\n")
    (root / ".hidden").write_bytes(b"needle=3")
    (root / ".gitignore").write_bytes(b"*\n")
    (root / "deep" / "er" / "-e").write_bytes(b"\xff\xfeneedle=".replace(b"\xff\xfe", b"") + b"4\n")
    (root / "deep" / "-").write_bytes(b"needle=5\n")
    (root / "deep" / "new\nline").write_bytes(b"needle=6\n")
    (root / "deep" / "col:1:on").write_bytes(b"needle=7\n")
    Path(os.fsdecode(os.fsencode(root / "deep") + b"/\xff\xfe")).mkdir()
    Path(os.fsdecode(os.fsencode(root / "deep") + b"/\xff\xfe/x")).write_bytes(b"needle=8\n")
    (root / "wide.txt").write_bytes("\n\nneedle=ü9\r\n".encode("utf-16"))
    (root / "mark.txt").write_bytes(b"\xef\xbb\xbfneedle=10\n")
    (root / "latin.txt").write_bytes(b"needle=\xfc11\n")
    (root / "late.log").write_bytes(b"x\n" * 8192 + b"\0\nneedle=12\n")
    (root / "binary").write_bytes(b"\0needle=13\n")
    (root / "empty").write_bytes(b"")
    (root / "key").write_bytes(b"AKIAIOSFODNN7EXAMPLE")
    (root / "link").symlink_to("/etc")
    (root / "link.conf").symlink_to("a.conf")
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize("tools", ENGINES)
def test_every_line_of_every_text_file_comes(tree: Path, tools: Callable[[], LocalTools]) -> None:
    hits, looked = found(tree, tools)
    odd = os.fsdecode(b"deep/\xff\xfe/x")
    assert hits == {
        "a.conf": [(2, b"needle = 1"), (3, b"NEEDLE=2")],
        ".hidden": [(1, b"needle=3")],
        "deep/er/-e": [(1, b"needle=4")],
        "deep/-": [(1, b"needle=5")],
        "deep/new\nline": [(1, b"needle=6")],
        "deep/col:1:on": [(1, b"needle=7")],
        odd: [(1, b"needle=8")],
        "wide.txt": [(3, "needle=ü9".encode())],
        "mark.txt": [(1, b"needle=10")],
        "latin.txt": [(1, b"needle=\xfc11")],
        "late.log": [(8194, b"needle=12")],
        "key": [(1, b"AKIAIOSFODNN7EXAMPLE")],
    }
    assert [Path(path).name for path in looked.binary] == ["binary"]
    assert looked.trouble == []
    assert looked.files == 13


@has_ripgrep
def test_without_ripgrep_the_same_comes_and_it_is_said(tree: Path) -> None:
    fast, fast_looked = found(tree)
    slow, slow_looked = found(tree, WithoutRipgrep)
    assert slow == fast
    assert (fast_looked.slow, slow_looked.slow) == (False, True)
    assert (slow_looked.files, slow_looked.size) == (fast_looked.files, fast_looked.size)


@pytest.mark.parametrize("tools", ENGINES)
def test_a_long_line_is_not_lost(tmp_path: Path, tools: Callable[[], LocalTools]) -> None:
    line = b"x" * 3_000_000 + b" needle=1 " + b"y" * 3_000_000
    (tmp_path / "long").write_bytes(b"a\n" + line + b"\nneedle=2\n")
    hits, looked = found(tmp_path, tools)
    assert hits == {"long": [(2, line), (3, b"needle=2")]}
    assert looked.trouble == []
    assert sum("needle=1" in piece for piece in lines.pieces(line)) >= 1


@pytest.mark.parametrize("tools", ENGINES)
def test_what_is_longer_than_can_be_held_is_told(
    tmp_path: Path, tools: Callable[[], LocalTools], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 2_000_000)
    (tmp_path / "long").write_bytes(b"needle=1" + b"x" * 3_000_000 + b"\nneedle=2\n")
    hits, looked = found(tmp_path, tools)
    assert [number for number, _ in hits["long"]] == [1, 2]
    assert len(looked.trouble) == 1
    assert "line 1 is too long" in looked.trouble[0][1]


def test_pieces_cover_a_line_and_overlap() -> None:
    text = "".join(f"{number:06}" for number in range(3000))
    got = list(lines.pieces(text.encode()))
    assert all(len(piece) <= lines.PIECE for piece in got)
    assert all(any(f"{n:06}" * 1 in piece for piece in got) for n in range(3000))
    assert got[0][-lines.OVERLAP :] == got[1][: lines.OVERLAP]
    assert got[-1].endswith("002999")


@as_user
def test_what_cannot_be_read_is_told(tree: Path) -> None:
    (tree / "a.conf").chmod(0)
    (tree / "deep").chmod(0)
    try:
        _, looked = found(tree)
    finally:
        (tree / "deep").chmod(0o700)
    assert sorted(Path(path).name for path, _ in looked.trouble) == ["a.conf", "deep"]


class Vanishing(LocalTools):
    """A file goes away between the listing and the search."""

    gone: Path

    def lines(self, argv, *, cwd=None, limit=600.0):  # type: ignore[no-untyped-def]
        self.gone.unlink(missing_ok=True)
        return super().lines(argv, cwd=cwd, limit=limit)


@has_ripgrep
def test_a_file_that_goes_away_meanwhile_is_told_and_the_others_come(tree: Path) -> None:
    tools = Vanishing()
    tools.gone = tree / "a.conf"
    hits, looked = found(tree, lambda: tools)
    assert "key" in hits
    assert [Path(path).name for path, _ in looked.trouble] == ["a.conf"]


class Broken(LocalTools):
    def lines(self, argv, *, cwd=None, limit=600.0):  # type: ignore[no-untyped-def]
        return super().lines(["sh", "-c", "exit 9"], cwd=cwd, limit=limit)


@has_ripgrep
def test_a_search_that_fails_passes_no_file(tree: Path) -> None:
    hits, looked = found(tree, Broken)
    assert "a.conf" not in hits
    assert len(looked.trouble) == looked.files - 2  # but those that Python reads
    assert "ended with 9" in looked.trouble[0][1]


@pytest.mark.parametrize("tools", ENGINES)
def test_a_single_file_and_batches_of_one(
    tree: Path, tools: Callable[[], LocalTools], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(found(tree / "a.conf", tools)[0]) == ["a.conf"]
    whole = found(tree, tools)[0]
    monkeypatch.setattr(batches, "BATCH_FILES", 1)
    assert found(tree, tools)[0] == whole


@has_ripgrep
def test_progress_is_told_while_it_goes_on(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_FILES", 4)
    told: list[str] = []
    found(tree, tell=told.append)
    assert len(told) >= 3
    assert told[0].endswith("MiB")


@has_ripgrep
def test_ended_early_it_leaves_neither_process_nor_thread_behind(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_FILES", 1)
    before = set(threading.enumerate())
    scan = Scan(Tree(tree, "t"), LocalTools(), lambda _name: PATTERNS)
    running = scan.run()
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before


def test_what_a_check_wants_nothing_of_is_counted(tree: Path) -> None:
    scan = Scan(Tree(tree, "t"), LocalTools(), lambda name: None if name == "key" else PATTERNS)
    assert "key" not in {each.name for each in scan.run() if each}
    assert scan.looked.passed_over == 1


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("etc/app.ini", "conf"),
        ("etc/app.conf.sample", "conf"),
        ("wp-config-sample.php", "code"),
        ("config.yml.dist", "yaml"),
        (".env", "shell"),
        (".env.production", "shell"),
        ("Dockerfile", "shell"),
        ("README", "prose"),
        ("README.Debian", "prose"),
        ("man/x.5", "prose"),
        ("passwords.txt", "conf"),
        ("notes.txt", "prose"),
        ("app.min.js", "bundle"),
        ("0001_init.sql", "sql"),
        ("web.xml", "xml"),
        ("postinst", "conf"),
        ("scripts/install.sh", "shell"),
        ("templates.conf", "conf"),
        ("changes.sql", "sql"),
        ("INSTALL", "prose"),
        ("templates", "prose"),
    ],
)
def test_the_name_tells_the_format(name: str, format_: str) -> None:
    assert by_name(name) == format_


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
@pytest.mark.parametrize("tools", ENGINES)
def test_a_file_that_fails_when_it_is_read_is_told(tools: Callable[[], LocalTools]) -> None:
    _, looked = found(Path("/proc/self/mem"), tools)
    assert [path for path, _ in looked.trouble] == ["/proc/self/mem"]
