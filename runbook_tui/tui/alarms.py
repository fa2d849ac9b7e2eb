"""Deadlines are told before they pass: on the screen, by bell, by a desktop notification where the
terminal has one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runbook_tui.domain.events import AnyEvent, ClockJumped
from runbook_tui.domain.moment import length_text
from runbook_tui.domain.text import safe_line

if TYPE_CHECKING:
    from textual.app import App


def jumped(event: AnyEvent) -> str:
    """What a wall clock that jumped means for who reads the clocks; "" for any other event."""
    if not isinstance(event, ClockJumped):
        return ""
    way = "forward" if event.seconds > 0 else "back"
    return (
        f"The wall clock jumped {way} {length_text(abs(event.seconds))}: deadlines follow it, "
        "how long things take does not."
    )


def ring(app: App[Any], text: str) -> None:
    """The terminal's bell, and its desktop notification."""
    app.bell()
    escape = notification(text)
    if escape and not app.is_headless and app._driver is not None:
        app._driver.write(escape)


def notification(text: str, environment: Mapping[str, str] | None = None) -> str:
    """The escape that makes this terminal show `text` on the desktop; "" where none is known to.

    OSC 9 (iTerm2, WezTerm, Ghostty, ConEmu and Windows Terminal know it as something else or not
    at all, so only the first three), OSC 99 (kitty), OSC 777 (foot, rxvt). Inside tmux and screen
    nothing is sent: they would print it.
    """
    found = os.environ if environment is None else environment
    term, program = found.get("TERM", ""), found.get("TERM_PROGRAM", "")
    words = safe_line(text, 200).replace(";", ",")
    if found.get("TMUX") or term.startswith(("screen", "tmux")):
        return ""
    if term == "xterm-kitty":
        return f"\x1b]99;;{words}\x1b\\"
    if program in ("iTerm.app", "WezTerm", "ghostty"):
        return f"\x1b]9;{words}\x1b\\"
    if term.startswith(("foot", "rxvt")):
        return f"\x1b]777;notify;runbook-tui;{words}\x1b\\"
    return ""
