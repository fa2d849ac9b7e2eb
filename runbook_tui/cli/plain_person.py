"""Whoever reads what line mode says and types the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from runbook_tui.cli import say
from runbook_tui.cli.looping import Loop
from runbook_tui.cli.plain_input import Lines

T = TypeVar("T")


class Person:
    """One person at a terminal, or a file of answers."""

    def __init__(self, lines: Lines, loop: Loop) -> None:
        self._lines = lines
        self._loop = loop
        self._asked = False
        self._kept: list[str] = []
        """What is said once no question is open: nothing is written into what somebody types."""
        self.gone = False

    @property
    def present(self) -> bool:
        """Whether somebody sits at a terminal, and can mend what went wrong and go on."""
        return self._lines.shown

    def tell(self, text: str = "") -> None:
        """Says something."""
        say.out(text)

    def later(self, text: str) -> None:
        """Says something as soon as no question is open."""
        if self._asked:
            self._kept.append(text)
        else:
            say.out(text)

    def ask(self, question: str) -> str | None:
        """The answer, or None where nobody answers any more. What was begun in the loop goes on
        meanwhile. Raises KeyboardInterrupt, EndedBySignal."""
        say.out(question, end="")
        self._asked = True
        try:
            return self._answered(self._loop.run(self._lines.next()))
        finally:
            self._say_kept()

    async def answer(self, question: str) -> str | None:
        """As `ask`, while a command goes on running."""
        say.out(question)
        return self._answered(await self._lines.next())

    def away(self, work: Callable[[], T]) -> T:
        """Does what has the terminal meanwhile, such as an editor. Raises what it raises."""
        self._asked = True
        try:
            # Ctrl+C is a key of whatever has the terminal.
            return self._loop.run(asyncio.to_thread(work), lambda: None)
        finally:
            self._say_kept()

    def _say_kept(self) -> None:
        self._asked = False
        kept, self._kept = self._kept, []
        for text in kept:
            say.out(text)

    def _answered(self, answer: str | None) -> str | None:
        if answer is None:
            self.gone = True
            say.out()
        elif not self._lines.shown:
            say.out(answer)  # so that what is printed reads as it would on a terminal
        return answer
