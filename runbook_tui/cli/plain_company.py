"""What goes on in line mode while a person is asked: channels are served, others decide."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

from runbook_tui.cli.lines import decision_line
from runbook_tui.cli.looping import Loop
from runbook_tui.cli.message_serving import follow
from runbook_tui.cli.messages_text import short_lines
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.state import OPEN
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.text import safe_line
from runbook_tui.messaging import Messaging
from runbook_tui.session import BrokenLogError, Recorded, Session

PATIENCE = 12.0
"""Seconds that the end waits for channels: a little more than one usually has for an answer."""
BY_ITSELF = (mev.DeliveryBegun, mev.DeliveryEnded, mev.UpdateOverdue)
"""What programs take down by themselves: nobody has decided anything by it."""


class Person(Protocol):
    """See `runbook_tui.cli.plain.Person`."""

    @property
    def present(self) -> bool: ...
    @property
    def gone(self) -> bool: ...
    def tell(self, text: str = "") -> None: ...
    def later(self, text: str) -> None: ...
    def ask(self, question: str) -> str | None: ...


class Company:
    """Serves channels and follows other terminals whenever the loop runs: at prompts, and while
    commands do."""

    def __init__(
        self,
        loop: Loop,
        session: Session,
        messaging: Messaging,
        person: Person,
        poll_seconds: float,
    ) -> None:
        self._loop = loop
        self._session = session
        self._messaging = messaging
        self._person = person
        self._poll_seconds = poll_seconds
        self._following: asyncio.Task[None] | None = None
        self._decided = False
        self._unlisten = session.listen(self._recorded)

    def start(self) -> None:
        """Begins. What a run that is over still owes is left to `message`.

        Raises LogFailure where nobody is there to mend it.
        """
        self._tell_owing(driven=False)
        if self._session.state.is_over:
            return
        try:
            self._loop.run(self._begin())
        except (LogFailure, BrokenLogError) as error:
            if not self._person.present:
                raise
            self._person.tell(f"the channels are not served: {error}")

    async def _begin(self) -> None:
        delivering = self._messaging.delivering
        delivering.tell = lambda words: self._person.later(f"! {safe_line(words)}")
        delivering.start()
        self._following = asyncio.create_task(follow(self._session, self._poll_seconds))

    def stop(self, *, patience: float = PATIENCE) -> None:
        """Ends it, once the channels have answered or `patience` seconds are over: what is under
        way then becomes unknown. Raises KeyboardInterrupt, EndedBySignal."""
        try:
            if self._following is not None:
                owing = self._owing()
                if owing and patience:
                    self._person.tell(
                        f"The channels are served first ({safe_line(', '.join(owing))}); "
                        "Ctrl+C does not wait."
                    )
                self._loop.run(self._end(patience if owing else 0.0))
                self._tell_owing(driven=True)
        finally:
            self._unlisten()

    async def _end(self, patience: float) -> None:
        delivering = self._messaging.delivering
        try:
            if patience:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await delivering.drained()
        finally:
            if self._following is not None:
                self._following.cancel()
            await delivering.stop()

    def _tell_owing(self, *, driven: bool) -> None:
        """Drafts, and what of the sent ones is not where it should be."""
        now = self._session.clock.now()
        for line in short_lines(self._session.state, None, now, driven=driven):
            self._person.tell(line)

    def _owing(self) -> list[str]:
        names = {c.name for c in self._messaging.delivering.channels if c.kind != BY_HAND}
        messages = self._session.state.messages
        found = [
            name
            for update in messages.sent
            for name, each in update.deliveries.items()
            if name in names and each.status in OPEN - {"failed"}
        ]
        return list(dict.fromkeys(found))

    def ask(self, question: str) -> tuple[str | None, bool]:
        """The answer, and whether something was decided elsewhere while it was waited for: what
        Enter means is another thing then. Raises what the log raises."""
        self._decided = False
        line = self._person.ask(question)
        if line is not None:
            self._session.catch_up()
        return line, self._decided

    def _recorded(self, recorded: Sequence[Recorded]) -> None:
        for each in recorded:
            self._person.later(decision_line(each, short=True))
            self._decided = self._decided or not isinstance(each.entry.event, BY_ITSELF)
