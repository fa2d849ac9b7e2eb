"""The real program in a real pseudo-terminal: what reaches it, byte by byte."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.terminal import CTRL_Q, END, PROGRAM, Terminal

from .runbooks import SMALL
from .test_themes import coloured

pytestmark = pytest.mark.e2e


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **more,
    }


@pytest.mark.parametrize("bare", [True, False])
def test_no_color_means_no_colour_at_all(tmp_path: Path, bare: bool) -> None:
    book = tmp_path / "runbook.yaml"
    book.write_text(SMALL)
    env = environment(tmp_path, **({"NO_COLOR": "1"} if bare else {}))
    command = [*PROGRAM, "run", str(book), "--as", "alice"]
    with Terminal(command, columns=80, rows=24, env=env) as terminal:
        terminal.wait_for("Trust orders-upgrade")
        terminal.send(END)
        terminal.wait_for("t trust this runbook")
        terminal.send("t")
        terminal.wait_for("enter start")
        # A key right after a screen has gone is taken as meant for that screen.
        end = time.monotonic() + 20
        while "All acts" not in terminal.text:
            assert time.monotonic() < end, terminal.text
            terminal.send("x")
            terminal.read(0.3)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        found = coloured(bytes(terminal.raw))
    assert bool(found) is not bare, found[:5]
