"""Acts on decision records: opens them, asks for what goes into one, says what became of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui import recording
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.records.events import Revisited
from runbook_tui.domain.records.state import Record
from runbook_tui.domain.records.until import date_ahead
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.state import current
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.recording import Wish
from runbook_tui.session import BrokenLogError, Recorded
from runbook_tui.tui.present.step_parts import words
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.records import Records
from runbook_tui.tui.screens.viewer import Viewer
from runbook_tui.tui.screens.write_record import WriteRecord
from runbook_tui.tui.sending import in_bounds

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer

HELP = (
    "What was decided in this run, and why: the question, the options with what follows from each",
    "and what it costs, the chosen one, evidence by its hash, what would change it, who was of",
    "another mind, whether it can be taken back, what the clocks said, and when to look again.",
    "What a decision step chose is a record by itself.",
    "",
    "✓ holds · ○ looked at again some day · ! due · – replaced, or taken back",
    "",
    "enter    Looks again: it holds, is looked at later, or another decision takes its place.",
    "a        Writes down a decision, whatever it is about.",
    "s        Adds to what a decision step chose: evidence, dissent, a date. Where it has not",
    "         chosen yet, it chooses.",
    "space    Reads on.   y or ctrl+c  Copies it.   esc  Back to the run.",
    "j k ↑ ↓  Move; page-up, page-down, home, end.",
)
NEXT_LOOK = "14d"


class RecordActs:
    """Everything about decision records that a person does on the screen."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer
        self._step: Step | None = None

    async def start(self, step: Step | None) -> None:
        """Opens the records; what is added there is of `step`, else of the current one."""
        state = self._host.driving.session.state
        self._step = step or current(state)
        known = state.records.chosen(self._step.id) if self._step is not None else None
        await self._host.ask(Records(self._host.driving, self, known.number if known else 0))

    def why_not(self, key: str, record: Record | None) -> str:
        """Why a key does nothing now; "" where it does something."""
        records = self._host.driving.session.state.records
        if key == "s":
            return "" if self._deciding(record) else "Neither this record nor the step is a choice."
        if record is None:
            return "There is no record yet: a makes one."
        if records.was_taken_back(record):
            return "It was taken back: there is nothing to look at."
        later = records.later(record)
        return f"Record {later} stands in its place." if later else ""

    async def help(self) -> None:
        """The keys of the records."""
        await self._host.ask(Viewer("Decision records", [Content(line) for line in HELP]))

    async def make(self) -> int:
        """Writes down a decision of its own; its number, 0 where nothing came of it."""
        return await self._write(WriteRecord("A decision", self._attempt))

    async def add(self, record: Record | None) -> int:
        """Adds to what a decision step chose, or chooses there; the record's number."""
        step = self._deciding(record)
        if step is None:
            return 0
        state = self._host.driving.session.state

        def say(text: str) -> str:
            return words(text, state.parameters)

        chose = state.of(step.id).choice
        body = [Content.styled(say(step.question), "bold")]
        for option in step.options:
            mark = "●" if option.id == chose else "○"
            after = f" → {say(option.consequence)}" if option.consequence else ""
            body.append(Content(f"{mark} {option.id}: {say(option.title)}{after}"))
        return await self._write(
            WriteRecord(
                f"Decision · {step.id}",
                self._attempt,
                body=Content("\n").join(body),
                begin=Wish(step=step.id),
                asks_question=False,
                asks_choice=chose is None,
            )
        )

    async def revisit(self, record: Record) -> int:
        """What became of a decision that is looked at again; the record to show then."""
        choices = [
            Choice("", "Leave it", "nothing is recorded"),
            Choice("kept", "It holds", "no more looks; asks why"),
            Choice("again", "It holds, look once more", "asks when and why"),
            Choice("moved", "Nobody can say yet", "asks when to look, and why"),
            Choice("changed", "Decide anew", "another record takes its place"),
        ]
        title = f"Record {record.number} · {safe_line(record.question, 60)}"
        asked = Content(f"Chosen: {safe_line(record.way.title)}\n{safe_text(record.reason)}")
        chosen = await self._host.ask(Choose(title, asked, choices))
        if not chosen:
            return 0
        if chosen == "changed":
            return await self._anew(record)
        until = ""
        if chosen in ("again", "moved"):
            answer = await self._until(title)
            if answer is None:
                return 0
            until = answer
        reason = await self._host.ask(
            Ask(title, "How do you know?", placeholder="Why", check=in_bounds)
        )
        if reason is None:
            return 0
        session, number = self._host.driving.session, record.number
        outcome: Revisited = "moved" if chosen == "moved" else "kept"
        problem = self._tried(lambda: recording.revisit(session, number, outcome, reason, until))
        if problem is not None:
            self._host.say(problem, bad=True)
        return number

    async def _anew(self, record: Record) -> int:
        begin = Wish(
            question=record.question,
            options=record.options,
            step=None if record.choice else record.step,
            replaces=record.number,
        )
        title = f"A decision in place of record {record.number}"
        return await self._write(WriteRecord(title, self._attempt, begin=begin))

    async def _until(self, title: str) -> str | None:
        clock = self._host.driving.session.clock

        def wrong(text: str) -> str | None:
            when = date_ahead(text, clock.now(), "the next look")
            return str(when) if isinstance(when, Refusal) else None

        ask = Ask(
            title, "When is it looked at again? A length from now, or a date.",
            initial=NEXT_LOOK, placeholder="14d or 2026-05-08", check=wrong,
        )  # fmt: skip
        return await self._host.ask(ask)

    async def _write(self, form: WriteRecord) -> int:
        records = self._host.driving.session.state.records
        if not await self._host.ask(form):
            return 0
        now = self._host.driving.session.state.records
        changed = [n for n, r in now.by_number.items() if records.by_number.get(n) is not r]
        return max(changed, default=0)

    def _deciding(self, record: Record | None) -> DecisionStep | None:
        """The decision step that is added to: the record's own, else the one the screen is at."""
        state = self._host.driving.session.state
        if record is not None and record.choice and state.records.holds(record):
            step = state.plan.by_id.get(record.step or "")
            return step if isinstance(step, DecisionStep) else None
        step = self._step
        return step if isinstance(step, DecisionStep) else None

    def _attempt(self, wish: Wish) -> str | None:
        session, read = self._host.driving.session, self._host.opening.read_evidence
        return self._tried(lambda: recording.record(session, wish, read))

    def _tried(self, work: Callable[[], tuple[Recorded, ...] | Refusal]) -> str | None:
        """Why nothing was recorded, where that is so; what was typed stays."""
        try:
            answer = work()
        except LogFailure as error:
            self._performer.storage_failed(error)
            return "Not recorded."
        except BrokenLogError as error:
            return safe_line(f"The log cannot be followed: {error}")
        return safe_text(str(answer)) if isinstance(answer, Refusal) else None
