"""A scripted person: reads the screen, presses what it offers, never looks behind it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.e2e.terminal import CTRL_S, DOWN, END, ENTER, ESCAPE, PAGE_DOWN, SPACE, Terminal

PACE = 0.3
"""Seconds between two presses of one key: a key that repeats faster is taken as held down."""
DIALOG_PACE = 0.35
"""A dialog that confirms takes no key sooner than this after it opened."""
READING = 0.15
"""Seconds to read what a dialog shows before writing it down."""
ALSO = {"tick item": SPACE, "done": "d"}
"""Keys that do the same as enter and open no dialog, by what enter says it would do."""
_CLOCKS = re.compile(r"[\d▁-█][\d:hmsZ]*|(?:over|under) 1 %|green|yellow|red|in +\w+")
"""What changes on the screen by itself."""

_OPEN = re.compile(
    r"^ +\S (?:INHIBITOR|UNKNOWN|high|warning) .*(?:f fixes it|open|waiver lapsed)\s*$"
)
"""A finding that nobody has answered, as the list of findings shows it."""
_ASKED = ("Until when?", "Who sees to it", "Why is it all right")
"""Questions that come one after the other, each in a dialog like the one before."""
CHOICE_PACE = 0.8
"""A list that enter may have opened takes no enter sooner than this: it could be held down."""


@dataclass
class Person:
    """Drives a run to its end in a terminal, or until told to stop."""

    terminal: Terminal
    values: Mapping[str, str] = field(default_factory=dict)
    """What to answer, by step id: an observed value or the words of a reason."""
    secret: str = "a-secret-of-the-tests"
    default: str = "seen and noted"
    stop_at: str = ""
    """Nothing is pressed while this is on the screen."""
    seen: set[str] = field(default_factory=set)
    """Every commit that the screen has shown as recorded."""
    _last: tuple[str, float] = ("", 0.0)
    _dialog_gone: float = 0.0

    def look(self) -> str:
        """The screen now; remembers the commits on it."""
        self.terminal.drain()
        text = self.terminal.text
        for line in text.splitlines():
            match = re.search(r"^\W*\d\d:\d\d:\d\dZ .*\s([0-9a-f]{7})\W*$", line)
            if match:
                self.seen.add(match.group(1))
        return text

    def press(self, key: str) -> None:
        """Presses a key, not faster than a hand that means it."""
        before, when = self._last
        self._rest_until(max(when + PACE if before == key else 0.0, self._dialog_gone + PACE))
        self._last = (key, time.monotonic())
        self.terminal.send(key)

    def _rest_until(self, moment: float) -> None:
        while (rest := moment - time.monotonic()) > 0 and not self.terminal.ended():
            self.terminal.read(rest)

    def pause(self, seconds: float) -> None:
        """Reads the screen for a moment, as a person does before answering a dialog."""
        self._rest_until(time.monotonic() + seconds)

    def value(self, text: str) -> str:
        """What to type into a dialog that asks for words."""
        return self.values.get(self.step_id(text), self.default)

    def words(self, text: str) -> str:
        """The same, for a dialog that may hold an answer already."""
        return "" if "Until when?" in text or "Who sees to it" in text else self.value(text)

    def step_id(self, text: str) -> str:
        """The step that a dialog or the step pane names."""
        match = re.search(
            r"(?:Run|Verify|Observe|Decide|Gate|Evidence|UNKNOWN|Retry|Done) · "
            r"([a-z0-9_-]+)",
            text,
        )
        return match.group(1) if match else ""

    def act(self) -> bool:
        """One press, whatever the screen calls for; false where the run is over."""
        text = self.look()
        bar = next((line for line in reversed(text.splitlines()) if line.strip()), "")
        if self.stop_at and self.stop_at in text:
            return True
        if "t trust this runbook" in text:
            self.press("t")
        elif "Read to the end, then trust" in text or "page-down or j to read on" in text:
            self.press(END)
        elif "ctrl+s start the run" in text:
            self._fill(text)
        elif " CLOSED " in text:
            return False
        elif "enter, n or esc cancel" in text:
            self._dialog("enter, n or esc cancel", "y")
        elif "enter understood" in text:
            self._dialog("enter understood", ENTER)
        elif "page-down reads on" in text:
            self.press(PAGE_DOWN)
        elif "enter record" in text:
            self._answer(next((q for q in _ASKED if q in text), "enter record"), ENTER)
        elif "ctrl+s record" in text:
            self._answer("ctrl+s record", CTRL_S)
        elif "enter open  f fix" in text:
            self._findings(text)
        elif "e edit" in text and "s send" in text:
            self._message(text)
        elif "▸ Look again" in text:
            self._dialog("▸ Look again", "g", CHOICE_PACE)
        elif "enter choose" in text:
            self._choose(text)
        elif (does := re.search(r"\benter (\S+(?: \S+)*)", bar)) and not _busy(text):
            self._step(text, does.group(1))
        elif "close the run: enter" in text:
            self.press(ENTER)
        else:
            self.terminal.read(0.1)
            return True
        self._settle(text)
        return True

    def _step(self, text: str, does: str) -> None:
        """What enter offers: by enter, or by the act's own key where enter was the last one."""
        again = self._last[0] == ENTER and time.monotonic() - self._last[1] < PACE
        key = ALSO.get(does, ENTER) if again else ENTER
        if again and key == ENTER:
            # While the hand rests the screen may answer: what it was about to press is done then.
            self._rest_until(self._last[1] + PACE)
            if _CLOCKS.sub("", self.look()) != _CLOCKS.sub("", text):
                return
        self.press(key)

    def _findings(self, text: str) -> None:
        """The cursor is on what has to be answered next: fixed where the program can, else waived;
        the answers to what it asks are those of any dialog."""
        if " so far" in text:
            self.terminal.read(0.1)
        elif " to read" in text or "nothing left to answer" in text:
            self.press(ESCAPE)
        else:
            first = next(line for line in text.splitlines() if _OPEN.search(line))
            self.press("f" if "f fixes it" in first else "w")

    def _message(self, text: str) -> None:
        """A draft is sent, with the facts of now; what is sent is left alone."""
        here = next((line for line in text.splitlines() if re.search(r"✎ \d", line)), "")
        if not here:
            self.press(ESCAPE)
        else:
            self.press("u" if "STALE" in here else "s")

    def choice(self, text: str) -> int:
        """Which row of a list to take."""
        return 0

    def _choose(self, text: str) -> None:
        for _ in range(self.choice(text)):
            self.terminal.send(DOWN)
        self._dialog("enter choose", ENTER, CHOICE_PACE)

    def _settle(self, before: str) -> None:
        """Waits until the screen has answered, at most a moment: some presses change nothing."""
        still = _CLOCKS.sub("", before)
        end = time.monotonic() + 3.0
        while _CLOCKS.sub("", self.look()) == still and not self.terminal.ended():
            if time.monotonic() > end:
                return
            self.terminal.read(0.05)

    def _fill(self, text: str) -> None:
        if "typed hidden" in text:
            self.terminal.send(self.secret)
            self.pause(0.2)
        self.press(CTRL_S)

    def _dialog(self, mark: str, key: str, pace: float = DIALOG_PACE) -> None:
        self.pause(pace)
        self.press(key)
        # On a busy machine a press can reach the dialog before its moment of rest is over; a
        # person who sees it still there presses again.
        for _ in range(5):
            end = time.monotonic() + 2.0
            while mark in self.look() and time.monotonic() < end and not self.terminal.ended():
                self.terminal.read(0.05)
            if mark not in self.look() or self.terminal.ended():
                break
            self.press(key)
        self._gone(mark)

    def _gone(self, mark: str) -> None:
        """Waits for a dialog to go away. It stays where it was answered wrongly."""
        end = time.monotonic() + 30.0
        while mark in self.look() and not self.terminal.ended():
            assert time.monotonic() < end, f"it stays; the screen:\n{self.terminal.text}"
            self.terminal.read(0.05)
        self._dialog_gone = time.monotonic()

    def _answer(self, mark: str, key: str) -> None:
        self.pause(DIALOG_PACE)
        # Read what it says once it stands still, not what its first frame said.
        text = self.look()
        if mark not in text:  # An enter that was late to be seen has answered it.
            return
        self.terminal.send(self.words(text))
        self.pause(0.1)
        self.press(key)
        self._gone(mark)

    def drive_until_killed(self, seconds: float = 120.0) -> bool:
        """Until the run is over (true) or the program has gone (false)."""
        end = time.monotonic() + seconds
        while self.act():
            if self.terminal.ended():
                self.look()
                return False
            assert time.monotonic() < end, f"not finished; the screen:\n{self.terminal.text}"
        return True

    def drive(self, seconds: float = 240.0) -> None:
        """To the end of the run. Raises AssertionError where it is not reached in time."""
        end = time.monotonic() + seconds
        while self.act():
            assert not self.terminal.ended(), f"it ended; the screen:\n{self.terminal.text}"
            assert time.monotonic() < end, f"not finished; the screen:\n{self.terminal.text}"


def _busy(text: str) -> bool:
    """Whether the clock line says that something runs."""
    return "running" in text.splitlines()[1]
