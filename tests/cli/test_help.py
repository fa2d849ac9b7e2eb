"""Help is complete, has examples that work, and agrees with the documentation."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from runbook_tui.adapters.config import KEYS, TABLES
from runbook_tui.cli.root import COMMANDS, PROGRAM, cli
from runbook_tui.domain.acts import ACTS

from .conftest import Program

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
NAMES = sorted(COMMANDS)


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def examples(name: str) -> list[str]:
    lines = (command(name).epilog or "").splitlines()
    return [line.strip() for line in lines if f"{PROGRAM} " in line]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_an_example_that_its_options_understand(name: str) -> None:
    assert examples(name)
    for line in examples(name):
        words = shlex.split(re.split(r" [>|] ", line)[0])
        words = words[words.index(PROGRAM) + 1 :]
        assert words[0] == name
        command(name).make_context(name, words[1:])


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_is_documented(name: str) -> None:
    section = re.search(rf"^### {name}\n(.*?)(?=^##)", DOCUMENTED, re.M | re.S)
    assert section is not None, f"docs/cli.md has no section {name}"
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert any(option in section[1] for option in parameter.opts), parameter.opts
        else:
            assert str(parameter.metavar or parameter.name).strip("[].") in section[1]


def test_nothing_is_documented_that_is_not_there() -> None:
    commands = DOCUMENTED.split("## Commands")[1].split("## Line mode")[0]
    assert sorted(re.findall(r"^### (\w+)$", commands, re.M)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    text = command(name).help or ""
    assert text.split("\n\n")[0].replace("\n", " ").strip() == COMMANDS[name][1]


def test_every_act_is_documented() -> None:
    section = DOCUMENTED.split("### decide")[1].split("### intake")[0]
    assert {act for act in ACTS if f"`{act}`" not in section} == set()


def test_every_key_of_the_configuration_is_in_help_and_documentation(program: Program) -> None:
    text = program("--help").stdout
    for key in KEYS:
        assert key.variable in text
        assert f"`{key.name}` | `{key.variable}`" in DOCUMENTED
    for name, _ in TABLES:
        assert re.search(rf"^  {name} +\[{name}", text, re.M)
        assert f"`[{name}]` | `RUNBOOK_TUI_{name.upper()}_" in DOCUMENTED


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["decide", "--help"], ["demo", "-h"]])
def test_help_is_a_result(program: Program, arguments: list[str]) -> None:
    done = program(*arguments)
    assert done.stdout.startswith("Usage: runbook-tui")
    assert done.stderr == ""


def test_no_command_at_all_is_bad_usage_that_helps(program: Program) -> None:
    assert "Commands:" in program(code=2).stderr


def test_the_version_is_told(program: Program) -> None:
    assert re.fullmatch(r"runbook-tui \d+\.\d+\.\d+\n", program("--version").stdout)
