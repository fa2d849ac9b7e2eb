"""A deadline that comes near rings, in a real terminal: its bell, and its desktop notification
where the terminal is known to have one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.site import RUNBOOK, Site, open_run
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_OSC = re.compile(rb"\x1b\](\d+;[^\x07\x1b]*)(?:\x07|\x1b\\)")
NOTHING_KNOWN = {"TERM_PROGRAM": "", "TMUX": "", "KITTY_WINDOW_ID": ""}
"""Most terminals; no variable of the one that the tests are run in."""


def ending(site: Site, minutes: float) -> None:
    """A runbook whose window ends so soon."""
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(minutes=minutes)
    window = f'window: {{start: "{start:%Y-%m-%dT%H:%M:%SZ}", end: "{end:%Y-%m-%dT%H:%M:%SZ}"}}'
    site.write(RUNBOOK.replace("phases:\n", f"{window}\nphases:\n", 1))


def bells(terminal: Terminal) -> int:
    """How often it rang; a BEL that only ends a title or the like is none."""
    return _OSC.sub(b"", bytes(terminal.raw)).count(b"\x07")


def notifications(terminal: Terminal) -> list[bytes]:
    """What it was told to show on the desktop."""
    return [
        text
        for text in _OSC.findall(bytes(terminal.raw))
        if text.startswith((b"9;", b"99;", b"777;"))
    ]


def rung(site: Site, env: dict[str, str]) -> Terminal:
    """The run in such a terminal, once the deadline was told."""
    terminal = site.open(env={**NOTHING_KNOWN, **env})
    open_run(terminal)
    terminal.wait_for("window ends")
    terminal.wait(lambda: bells(terminal), "the bell")
    return terminal


def several_seconds(terminal: Terminal) -> None:
    """Waits until the clock in the header has gone on three times."""
    seen = set()

    def gone_on() -> bool:
        seen.update(re.findall(r"\d\d:\d\d:\d\dZ", terminal.line(0)))
        return len(seen) > 3

    terminal.wait(gone_on, "the clock to go on")


def test_it_rings_once_for_a_deadline_and_says_which(site: Site) -> None:
    ending(site, 4)
    with rung(site, {}) as terminal:
        assert re.search(r"window ends \d\d:\d\dZ · 0[34]:\d\d left", terminal.text)
        several_seconds(terminal)
        assert bells(terminal) == 1
        assert notifications(terminal) == []


@pytest.mark.parametrize(
    ("env", "begins"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, b"9;window ends "),
        ({"TERM_PROGRAM": "iTerm.app"}, b"9;window ends "),
        ({"TERM": "xterm-kitty"}, b"99;;window ends "),
        ({"TERM": "foot"}, b"777;notify;runbook-tui;window ends "),
    ],
)
def test_a_terminal_with_notifications_is_asked_for_one(
    site: Site, env: dict[str, str], begins: bytes
) -> None:
    ending(site, 4)
    with rung(site, env) as terminal:
        terminal.wait(lambda: notifications(terminal), "the notification")
        several_seconds(terminal)
        found = notifications(terminal)
        assert len(found) == 1
        assert found[0].startswith(begins)
        assert b";" not in found[0].removeprefix(begins)


@pytest.mark.parametrize(
    "env",
    [
        {"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"},
        {"TERM_PROGRAM": "tmux", "TERM": "screen-256color"},
        {"TERM_PROGRAM": "WezTerm", "TERM": "screen"},
    ],
)
def test_inside_tmux_and_screen_it_only_rings(site: Site, env: dict[str, str]) -> None:
    ending(site, 4)
    with rung(site, env) as terminal:
        several_seconds(terminal)
        assert bells(terminal) == 1
        assert notifications(terminal) == []


def test_a_deadline_that_is_far_does_not_ring(site: Site) -> None:
    ending(site, 90)
    with site.open(env=NOTHING_KNOWN) as terminal:
        open_run(terminal)
        several_seconds(terminal)
        assert bells(terminal) == 0


def test_it_can_be_told_not_to(site: Site) -> None:
    ending(site, 4)
    with site.open(env={**NOTHING_KNOWN, "RUNBOOK_TUI_BELL": "no"}) as terminal:
        open_run(terminal)
        terminal.wait_for("window ends")
        several_seconds(terminal)
        assert bells(terminal) == 0
