"""Looks at what changes by itself: other terminals, the runbook's file, the clocks."""

from __future__ import annotations

from typing import Protocol

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages.words import owed_words
from runbook_tui.domain.moment import JUMP_SECONDS
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.records.words import due_line
from runbook_tui.opening import Driving, Edited, Opening, Settings
from runbook_tui.session import BrokenLogError
from runbook_tui.tui.keys import key_text
from runbook_tui.tui.performing import Performer
from runbook_tui.tui.present.effect_counts import undeclared_words


class Watched(Protocol):
    """What the lookout needs from the screen."""

    opening: Opening
    settings: Settings
    performer: Performer

    @property
    def driving(self) -> Driving: ...
    def show_banner(self, text: str) -> None: ...


class Lookout:
    """Called by timers; each look is quick and never raises."""

    def __init__(self, screen: Watched) -> None:
        self._screen = screen
        self._jump = 0.0
        self._trouble = ""
        self._file_words = ""
        self._key = key_text("ledger", screen.settings.keys)
        self._records_key = key_text("records", screen.settings.keys)
        self._asked, self._found = -1, ""
        """The decision up to which it was asked what nobody declared, and what that is."""
        self.deadline = ""
        """The question that a deadline asks since it has passed."""
        self.edited: Edited | None = None
        """The runbook on disk, where it differs and could be adopted."""

    def elsewhere(self) -> None:
        """Decisions of other terminals."""
        session = self._screen.driving.session
        try:
            if session.behind():
                session.catch_up()
            # A command may have ended while nothing could be stored.
            self._screen.driving.executor.record_unrecorded()
            self._trouble = ""
        except LogFailure as error:
            self._trouble = f"The log cannot be read: {error.message} {error.hint}"
        except BrokenLogError as error:
            self._trouble = f"The log cannot be followed: {error}"
        self._say()

    def file(self) -> None:
        """Whether the runbook was edited on disk. The run follows the pinned one all the same."""
        session = self._screen.driving.session
        if session.state.is_over:
            self.edited, self._file_words = None, ""
            self._say()
            return
        found = self._screen.opening.edited(session)
        self.edited = found if isinstance(found, Edited) else None
        if isinstance(found, Edited):
            count = len(found.changes)
            what = f"{count} change{'' if count == 1 else 's'} in meaning" if count else "wording"
            self._file_words = (
                f"The runbook was edited on disk ({what}); this run follows it as pinned. "
                "m shows and adopts."
            )
        else:
            self._file_words = found or ""
        self._say()

    def clock(self) -> None:
        """Notices a wall clock that moved on its own, and logs it."""
        jump = self._screen.driving.session.clock_jump()
        tried, self._jump = self._jump, jump
        # What could not be stored is said once; the next decision stores it.
        if jump and abs(jump - tried) > JUMP_SECONDS:
            self._screen.performer.submit(cmd.RecordClockJump(jump))

    def _say(self) -> None:
        owed = owed_words(self._screen.driving.session.state.messages)
        messages = f"? {owed}: c shows it" if owed else ""
        self._screen.show_banner(
            self._trouble
            or self.deadline
            or messages
            or self._looks()
            or self._undeclared()
            or self._file_words
            or self._due()
        )

    def _looks(self) -> str:
        """Looks at side effects that take a while."""
        lasting = self._screen.performer.seeing.lasting
        return f"◐ {lasting} · x has a way to end it" if lasting else ""

    def _due(self) -> str:
        """A decision that somebody wanted to look at again by now."""
        session = self._screen.driving.session
        records = session.state.records
        line = due_line(records, session.clock.now().utc) if records.waiting else ""
        return f"! {self._records_key}: {line}" if line else ""

    def _undeclared(self) -> str:
        """What the run has changed and nobody declared, while nobody answers for it."""
        state = self._screen.driving.session.state
        if state.seq != self._asked:
            self._asked, self._found = state.seq, undeclared_words(state)
        return f"{self._found}  {self._key} shows it" if self._found else ""
