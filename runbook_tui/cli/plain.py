"""Line mode: the same decisions as the full screen, in lines that a screen reader, a log or a
dumb terminal can take. No colours, nothing moves; it also works with a pipe as its input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runbook_tui.cli import exits, say
from runbook_tui.cli.lines import day, decision_line
from runbook_tui.cli.looping import Loop
from runbook_tui.cli.plain_acts import Acts
from runbook_tui.cli.plain_company import Company
from runbook_tui.cli.plain_effects import Effects
from runbook_tui.cli.plain_input import Lines
from runbook_tui.cli.plain_messages import Messages
from runbook_tui.cli.plain_person import Person
from runbook_tui.cli.plain_records import Records
from runbook_tui.cli.plain_time import Clocks
from runbook_tui.cli.plain_view import StepText, head_text, list_text, next_word
from runbook_tui.cli.plain_words import OWN, Said, help_text, parse, unknown
from runbook_tui.cli.standing import still_runs
from runbook_tui.cli.trusting import ask_to_trust
from runbook_tui.cli.values import ask_missing
from runbook_tui.domain.acts import ACTS
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import current, outstanding
from runbook_tui.opening import Driving, Edited, Opening
from runbook_tui.session import Recorded

LOG_SHOWN = 20
"""Decisions shown by `log` without a number."""


def run_plain(opening: Opening, poll_seconds: float, lines: Lines | None = None) -> int:
    """Opens the run and talks until the person leaves; gives the exit code.

    Raises StopError, CannotOpenError, LogFailure, BrokenLogError where it cannot be opened.
    """
    with Loop() as loop:
        person = Person(lines or Lines(), loop)
        given = dict(opening.given)
        for told in opening.check():
            say.err(told)
        if opening.plan is not None:
            if not _trusted(opening, opening.plan, person):
                raise exits.the_answer_is_no("not trusted: nothing was started")
            given = ask_missing(opening.plan.runbook, given, person.ask)
        driving = opening.begin(given)
        return Conversation(opening, driving, person, poll_seconds, loop).talk()


def _trusted(opening: Opening, plan: Plan, person: Person) -> bool:
    if opening.trusted(plan.digest):
        return True
    if not ask_to_trust(plan, person.tell, person.ask):
        return False
    opening.trust(plan.digest, f"{plan.runbook.id} v{plan.runbook.version}")
    return True


class Conversation:
    """A run, driven line by line."""

    def __init__(
        self,
        opening: Opening,
        driving: Driving,
        person: Person,
        poll_seconds: float,
        loop: Loop,
    ) -> None:
        self._opening = opening
        self._session = driving.session
        self._executor = driving.executor
        self._interrupted = driving.interrupted
        self._person = person
        self._acts = Acts(
            driving,
            opening,
            person,
            poll_seconds,
            trusted=lambda: _trusted(opening, self._session.state.plan, person),
            run=loop.run,
        )
        messaging = driving.messaging
        self._company = Company(loop, self._session, messaging, person, poll_seconds)
        self._messages = Messages(
            self._session, messaging, person, self._acts, self._company, opening.edit
        )
        self._acts.message = self._messages.of_step
        self._effects = Effects(
            driving,
            person,
            self._acts,
            trusted=lambda: _trusted(opening, self._session.state.plan, person),
            is_trusted=lambda: opening.trusted(self._session.state.plan.digest),
        )
        self._acts.rollback = self._effects.roll_back
        self._acts.left_over = self._effects.left_over
        self._records = Records(self._session, person, self._acts)
        self._clocks = Clocks(self._session, person, self._acts, messaging)
        self._chosen: str | None = None
        """The step that was gone to; None follows the current one."""
        self._shown: tuple[str, str] | None = None
        self._edit_told: object = None

    def talk(self) -> int:
        """Talks until the person leaves; gives the exit code."""
        tell = self._person.tell
        tell(head_text(self._session.state))
        if self._session.state.is_over:
            tell("This run is over: it is opened for reading, and takes nothing but notes.")
        for step_id in self._interrupted:
            tell(f"interrupted: a command of {step_id} was under way when its program ended")
            left = self._executor.left_running(step_id)
            if left:
                tell(f"  {still_runs(step_id, left)}: wait for it or end it before you go on")
        tell("Enter does what comes next; help lists the words; quit leaves the run open.")
        stop = self._session.listen(self._recorded)
        try:
            self._company.start()
            while self._turn():
                pass
        except BaseException:
            self._company.stop(patience=0.0)  # whoever ends it like that is not kept
            raise
        else:
            self._company.stop()
        finally:
            stop()
        return exits.FINE

    def _turn(self) -> bool:
        """One line typed and done; false where the person leaves."""
        try:
            self._executor.record_unrecorded()
            self._session.catch_up()
            self._look_at_edits()
            self._effects.catch_up()
            step = self._step()
            self._present(step)
            name = f"{step.id}: " if step is not None else ""
            comes = next_word(self._session.state, step)
            self._clocks.tell()
            self._records.remind()
            line, news = self._company.ask(f"{name}enter = {comes} > ")
            if line is None:
                return self._leave()
            said = parse(line)
            if said.word == "quit":
                return self._leave()
            if news and not said.word:
                self._person.tell("That was decided meanwhile. Enter again does what comes now.")
                return True
            self._do(said, step)
        except LogFailure as error:
            if not self._person.present:
                raise  # nobody is there to mend it: a script must hear of it
            self._person.tell(f"{error.message}\n  {error.unharmed}\n  {error.hint}")
        if self._person.gone:
            return self._leave()
        return True

    def _do(self, said: Said, step: Step | None) -> None:
        looks: dict[str, Callable[[], None]] = {
            "list": lambda: self._person.tell(list_text(self._session.state)),
            "show": lambda: self._show(said.rest, step),
            "goto": lambda: self._go_to(said.rest),
            "back": self._back,
            "time": lambda: self._clocks.show(step),
            "log": lambda: self._log(said.rest),
            "amend": lambda: self._acts.amend(said.rest),
            "effects": lambda: self._effects.open(step, said.rest),
            "records": lambda: self._records.open(step, said.rest),
            "message": lambda: self._messages.open(step, said.rest),
            "help": lambda: self._person.tell(help_text()),
        }
        assert set(looks) == set(OWN) - {"quit"}
        if not said.word:
            self._acts.next(step)
        elif said.word in looks:
            looks[said.word]()
        elif said.word in ACTS:
            self._acts.act(said.word, step, said.rest)
        else:
            self._person.tell(unknown(said.word))

    def _leave(self) -> bool:
        state = self._session.state
        if not state.is_over:
            self._person.tell(f"The run stays open. Go on with: runbook-tui resume {state.run}")
        return False

    def _step(self) -> Step | None:
        state = self._session.state
        if self._chosen is not None:
            step = state.plan.by_id.get(self._chosen)
            if step is not None:
                return step
            self._chosen = None
        return current(state)

    def _present(self, step: Step | None) -> None:
        """The step whole where it is another one than before; else what has changed in it."""
        state = self._session.state
        if step is None:
            shown = ("", state.status)
            if shown != self._shown and not state.is_over:
                ends = "close ends the run"
                if state.effects.rolling is not None:
                    ends = "end-rollback looks once more, and ends the rollback"
                self._person.tell(f"\nEvery step is settled: {ends}.")
            self._shown = ("", state.status)
            return
        status = str(state.of(step.id).status)
        if self._shown is None or self._shown[0] != step.id:
            self._person.tell(f"\n{StepText(state, step, self._executor)}")
        elif self._acts.changed:
            left = outstanding(state, step)
            self._person.tell(f"{step.id} is {status}; outstanding: {'; '.join(left) or 'nothing'}")
        self._acts.changed = False
        self._shown = (step.id, status)

    def _recorded(self, recorded: Sequence[Recorded]) -> None:
        for each in recorded:
            # A settled step that was gone to is done with.
            step = getattr(each.entry.event, "step", None)
            if step == self._chosen and step is not None:
                now = self._session.state.of(step)
                self._chosen = None if now.settled is not None else self._chosen

    def _look_at_edits(self) -> None:
        edited = self._opening.edited(self._session)
        told = edited.pin.digest if isinstance(edited, Edited) else edited
        if told == self._edit_told:
            return
        self._edit_told = told
        if isinstance(edited, Edited):
            count = len(edited.changes)
            self._person.tell(
                f"The runbook on disk was edited ({count} change{'' if count == 1 else 's'} in "
                "meaning). This run does not follow it; amend shows and adopts it."
            )
        elif edited is not None:
            self._person.tell(f"{edited}. This run goes on with what it is pinned to.")

    def _show(self, name: str, step: Step | None) -> None:
        state = self._session.state
        shown = state.plan.by_id.get(name) if name else step
        if shown is None:
            self._person.tell(f"the runbook has no step {name!r}" if name else "no step is left")
            return
        self._person.tell(str(StepText(state, shown, self._executor)))

    def _go_to(self, name: str) -> None:
        if name not in self._session.state.plan.by_id:
            self._person.tell(f"the runbook has no step {name!r}; list shows them")
            return
        self._chosen = name
        self._shown = None

    def _back(self) -> None:
        self._chosen = None
        self._shown = None

    def _log(self, rest: str) -> None:
        count = int(rest) if rest.isdecimal() and len(rest) < 6 else LOG_SHOWN
        last = ""
        for recorded in self._session.entries[-count:] if count else ():
            if last and day(recorded.entry) != last:
                self._person.tell(day(recorded.entry))
            last = day(recorded.entry)
            self._person.tell(decision_line(recorded))
