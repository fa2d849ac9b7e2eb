"""Who may know whom. The rules stand in docs and pyproject.toml; here they are kept.

Read from the source itself, so that a new module is held to them without anybody adding it.
"""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import runbook_tui

ROOT = Path(runbook_tui.__file__).parent
PROJECT = ROOT.parent
LONGEST_MODULE = 400

# `practice` is the lab: software of its own that is upgraded, with servers and databases.
LAB = "practice"


def modules() -> Iterator[tuple[str, Path]]:
    """Every module by its dotted name inside the package (``domain.fold``)."""
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT).with_suffix("")
        parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
        yield ".".join(parts), path


MODULES = dict(modules())


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@functools.cache
def imports(name: str) -> frozenset[str]:
    """The dotted names that a module imports, wherever in it, types included."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:  # the lab's own programs: they run outside of this package
                assert under(name, LAB), f"{name}: imports are absolute"
                continue
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def under(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def who_imports(*tops: str) -> set[str]:
    return {name for name in MODULES if any(under(imported, *tops) for imported in imports(name))}


def rooms_of(name: str) -> set[str]:
    """The rooms of ours that a module imports from: ``{"domain", "formats"}``."""
    ours = {i.split(".")[1] for i in imports(name) if i.startswith("runbook_tui.")}
    return {room for room in ours if room in ROOMS}


ROOMS = {name.split(".")[0] for name in MODULES if name} | {"preflight"}


def outside(names: Iterable[str], *allowed: str) -> list[str]:
    return sorted(name for name in names if not under(name, *allowed))


def test_the_source_was_found() -> None:
    assert {"domain.fold", "session", "formats.commit", "adapters.process"} <= set(MODULES)


def test_the_core_knows_nothing_of_ours_and_nothing_of_the_world() -> None:
    world = (
        "os",
        "pathlib",
        "subprocess",
        "socket",
        "asyncio",
        "time",
        "random",
        "secrets",
        "threading",
        "tempfile",
        "shutil",
        "logging",
        "git",
        "gitdb",
        "yaml",
        "textual",
        "rich",
        "click",
        "platformdirs",
    )
    for name in MODULES:
        if under(name, "domain"):
            assert rooms_of(name) <= {"domain"}, name
            met = [i for i in imports(name) if under(i, *world)]
            assert met == [], f"{name} imports {met}"


@pytest.mark.parametrize(
    ("room", "may_import"),
    [
        ("formats", {"domain"}),
        ("preflight", {"domain"}),
        ("adapters", {"domain", "formats", "preflight"}),
        ("session", {"domain", "formats"}),
        ("execution", {"domain", "formats", "session"}),
        ("checking", {"domain", "session", "execution"}),
        ("probing", {"domain", "session", "execution"}),
        ("recording", {"domain", "session"}),
        ("handover", {"domain"}),
        ("delivering", {"domain", "session", "handover"}),
        ("messaging", {"domain", "formats", "session", "delivering"}),
        (
            "opening",
            {"domain", "formats", "session", "execution", "checking", "messaging", "probing"},
        ),
        (
            "tui",
            {
                "domain",
                "formats",
                "session",
                "execution",
                "checking",
                "messaging",
                "probing",
                "recording",
                "opening",
            },
        ),
        ("practice", set()),
    ],
)
def test_a_room_imports_only_what_lies_below_it(room: str, may_import: set[str]) -> None:
    wrong = {
        name: sorted(rooms_of(name) - may_import - {room})
        for name in MODULES
        if under(name, room) and rooms_of(name) - may_import - {room}
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("library", "home"),
    [
        (("git", "gitdb", "pygit2", "dulwich"), ("adapters.gitlog",)),
        (("yaml",), ("formats",)),
        (("textual",), ("tui",)),
        (("click",), ("cli", "__main__")),
        (("asyncssh", "ansible_runner"), ("adapters.fleet",)),
        (("cryptography",), ("preflight",)),
        (("univers",), ("preflight",)),
        (("requests",), ("adapters.http", "adapters.channels")),
        (("apprise",), ("adapters.channels",)),
    ],
    ids=lambda value: value[0],
)
def test_a_library_is_known_in_one_place(library: tuple[str, ...], home: tuple[str, ...]) -> None:
    users = who_imports(*library)
    assert users, "nobody uses it: then nobody keeps this rule either"
    assert outside(users, *home) == []


def test_processes_are_started_in_one_place_and_git_in_another() -> None:
    starts = {
        "create_subprocess_exec",
        "create_subprocess_shell",
        "subprocess_exec",
        "subprocess_shell",
        "fork",
        "forkpty",
        "posix_spawn",
        "posix_spawnp",
        "system",
        "popen",
        *(f"exec{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
        *(f"spawn{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    }
    found = who_imports("subprocess", "multiprocessing", "pty", "concurrent.futures.process")
    for name in MODULES:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Attribute) and node.attr in starts:
                found.add(name)
    assert outside(found, "adapters.process", "adapters.gitlog", LAB) == []


def test_every_module_is_short_and_says_what_it_is_for() -> None:
    trouble = []
    for name, path in MODULES.items():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines >= LONGEST_MODULE:
            trouble.append(f"{name}: {lines} lines")
        if not ast.get_docstring(tree(name)):
            trouble.append(f"{name}: no docstring")
        if name.rsplit(".", 1)[-1] in ("utils", "util", "helpers", "manager", "common", "misc"):
            trouble.append(f"{name}: a name that says nothing")
    assert trouble == []


def loaded_by(*names: str) -> set[str]:
    """What a fresh interpreter has loaded after importing these modules of ours."""
    code = "import importlib, sys\n" + "".join(
        f"importlib.import_module({('runbook_tui.' + name).rstrip('.')!r})\n" for name in names
    )
    code += "print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()} | {
        ".".join(name.split(".")[:2])
        for name in done.stdout.split()
        if name.startswith("runbook_tui.")
    }


HEAVY = {
    "git", "gitdb", "yaml", "textual", "rich", "click", "asyncssh", "cryptography", "univers",
    "requests", "apprise",
}  # fmt: skip


def test_importing_all_of_the_core_loads_nothing_else_of_ours_and_no_way_out() -> None:
    loaded = loaded_by(*(name for name in MODULES if under(name, "domain")))
    assert {name for name in loaded if name.startswith("runbook_tui.")} == {"runbook_tui.domain"}
    assert loaded & (HEAVY | {"asyncio", "subprocess", "socket", "ssl"}) == set()


@pytest.mark.parametrize(
    ("names", "without"),
    [
        (("session", "execution", "checking", "opening"), HEAVY),
        (("tui.app",), {"git", "gitdb", "yaml", "click"}),
        (("cli.root",), {"git", "gitdb", "yaml", "textual"}),
        (("adapters.gitlog",), {"yaml", "textual", "click"}),
        (("formats.load", "formats.lint"), {"git", "gitdb", "textual", "click"}),
        (("adapters.channels.carrier",), HEAVY),
        (("adapters.config",), {*HEAVY, "msgspec", "asyncio"}),
    ],
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, tuple) else "",
)
def test_what_is_heavy_is_not_loaded_before_it_is_needed(
    names: tuple[str, ...], without: set[str]
) -> None:
    assert loaded_by(*names) & without == set()


def test_the_terminal_and_the_adapters_never_meet() -> None:
    loaded = loaded_by(*(name for name in MODULES if under(name, "tui")))
    assert "runbook_tui.adapters" not in loaded
    assert "runbook_tui.cli" not in loaded
    loaded = loaded_by(*(name for name in MODULES if under(name, "adapters")))
    assert "runbook_tui.tui" not in loaded


LINT = "from importlinter.cli import lint_imports_command as command; command()"


def test_the_contracts_of_the_project_file_are_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
