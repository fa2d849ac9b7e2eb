"""The configuration: what it says is done, and what is wrong with it is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_tui.adapters.config import Config, ConfigError, read_config

from .conftest import Program


def read(path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    path = path / "config.toml"
    path.write_text(text)
    return read_config(path, environment or {})


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml", {}) == Config()


def test_every_key_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        log = "/srv/runs.git"
        as = "alice"
        theme = "light"
        mouse = false
        bell = false
        plain = true
        poll_seconds = 1
        [keys]
        skip = "s,S"
        no-go = "N"
        """,
    )
    keys = {"skip": "s,S", "no-go": "N"}
    assert found == Config(
        log="/srv/runs.git",
        name="alice",
        theme="light",
        mouse=False,
        bell=False,
        plain=True,
        poll_seconds=1.0,
        keys=keys,
    )


def test_the_environment_wins(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'log = "/a"\ntheme = "light"\nmouse = true\n[keys]\nskip = "s"\n',
        {
            "RUNBOOK_TUI_LOG": "/b",
            "RUNBOOK_TUI_AS": "bob",
            "RUNBOOK_TUI_THEME": "colour-blind",
            "RUNBOOK_TUI_MOUSE": "no",
            "RUNBOOK_TUI_BELL": "0",
            "RUNBOOK_TUI_PLAIN": "yes",
            "RUNBOOK_TUI_POLL_SECONDS": "2.5",
            "RUNBOOK_TUI_KEYS_NO_GO": "N",
            "RUNBOOK_TUI_KEYS_SKIP": "x",
        },
    )
    assert found == Config(
        log="/b",
        name="bob",
        theme="colour-blind",
        mouse=False,
        bell=False,
        plain=True,
        poll_seconds=2.5,
        keys={"skip": "x", "no-go": "N"},
    )


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, 'log = "/a"', {"RUNBOOK_TUI_LOG": "", "NO_COLOR": ""})
    assert (found.log, found.theme) == ("/a", "dark")


def test_no_color_means_no_theme(tmp_path: Path) -> None:
    assert read(tmp_path, 'theme = "light"', {"NO_COLOR": "1"}).theme == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('\n\nlgo = "/a"', ":3: unknown key lgo, did you mean log?"),
        ('bell = true\nmouse = "maybe"', ":2: mouse wants true or false"),
        ("mouse = 1", ":1: mouse wants true or false"),
        ('theme = "pink"', ":1: theme wants one of dark"),
        ("log = 3", ":1: log wants text"),
        ('as = "  "', ":1: as wants text"),
        ("poll_seconds = 0", ":1: poll_seconds wants seconds from 0.05 to 60"),
        ("poll_seconds = true", ":1: poll_seconds wants seconds"),
        ("poll_seconds = nan", ":1: poll_seconds wants seconds"),
        ("keys = 3", ":1: keys is a table"),
        ('[keys]\nskip = "s"\ndone = 3', ":3: done wants keys as text"),
        ('[keys]\n"S K" = "s"', ":2: 'S K' is no name of an action"),
        ("[other]\nx = 1", ":1: unknown key other"),
        ("mouse = true\nmouse = false", ":2:"),
        ('log = "unfinished', ":1:"),
        ("[[", ":1:"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert f"{tmp_path}/config.toml{words}" in str(caught.value)


def test_a_mistake_in_the_environment_is_told_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^RUNBOOK_TUI_MOUSE: mouse wants true or false"):
        read(tmp_path, "", {"RUNBOOK_TUI_MOUSE": "maybe"})


@pytest.mark.parametrize("content", [b"\xff\xfe", b"as = 'x'\n\xff", b"#" * 300_000])
def test_what_is_no_toml_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml:\d+: "):
        read_config(tmp_path / "config.toml", {})


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path, {})


def test_a_mistake_is_bad_usage(program: Program) -> None:
    path = program.home / "config" / "runbook-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("poll = 3\n")
    told = program("runs", code=2).stderr
    assert told.startswith(f"{path}:1: unknown key poll; known: log, as, theme, ")
    assert program("--help").returncode == 0


def test_the_name_in_it_signs_decisions(program: Program, book: Path) -> None:
    path = program.home / "config" / "runbook-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('as = "Carol von Stein"\n')
    run = program.start(book)
    program("decide", run, "look", "skip", "--reason", "x", "--as", "dave")
    assert program.git("log", "--reverse", "--format=%an", f"runs/{run}").splitlines() == [
        "Carol von Stein",
        "dave",
    ]
