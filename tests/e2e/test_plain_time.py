"""Line mode in a real terminal: a deadline rings, is asked about, and is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.site import RUNBOOK, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_window_that_is_over_rings_once_and_is_answered_by_time(site: Site) -> None:
    now = datetime.now(UTC)
    start, end = ((now - timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%MZ") for m in (300, 5))
    window = f'window: {{start: "{start}", end: "{end}"}}\n'
    site.write(RUNBOOK.replace("phases:\n", f"{window}phases:\n"))
    plain = ("run", str(site.book), "--plain", "--as", "alice")
    with site.open(*plain, columns=80, rows=24) as terminal:
        terminal.wait_for("enter = start >")
        assert "! window over since" in terminal.text
        assert "The window is over: go on, extend or abort?" in terminal.text
        assert terminal.raw.count(b"\a") == 1
        terminal.send("note - still here\r")
        terminal.wait(lambda: terminal.text.count("enter = start >") == 2, "the next prompt")
        assert terminal.raw.count(b"\a") == 1
        terminal.send("time\r")
        terminal.wait_for("Enter for none:")
        assert "1. overrun" in terminal.text
        terminal.send("1 the service owner knows\r")
        terminal.wait_for("goes on past  the window's end")
        terminal.send("quit\r")
        terminal.wait_for("The run stays open")
        assert terminal.wait_end() == 0
