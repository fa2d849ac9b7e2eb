"""Acts in line mode: hands them over and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from runbook_tui.cli import logfile, values
from runbook_tui.cli.driving import Drive
from runbook_tui.cli.looping import Run
from runbook_tui.cli.plain_asking import SURE, Asking, Person
from runbook_tui.cli.plain_view import next_word, result_text, where_text
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.acts import ACTS, BEGINS, agreed, passes_return, why_not
from runbook_tui.domain.decide import amend_effects
from runbook_tui.domain.events import Purpose
from runbook_tui.domain.kept_findings import remedy_lines
from runbook_tui.domain.no_return import agreeing
from runbook_tui.domain.output import Stream
from runbook_tui.domain.preflight import open_lines
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.no_return_words import no_return_lines
from runbook_tui.domain.text import safe_text
from runbook_tui.opening import Driving, Edited, Opening


class Acts(Asking):
    """Does acts for a person. It decides nothing: the session does."""

    def __init__(
        self,
        driving: Driving,
        opening: Opening,
        person: Person,
        poll_seconds: float,
        trusted: Callable[[], bool],
        run: Run,
    ) -> None:
        super().__init__(driving.session, person)
        self._executor = driving.executor
        self._checking = driving.checking
        self._opening = opening
        self._trusted = trusted
        self._drive = Drive(driving, poll_seconds, run)
        self.message: Callable[[Step], None] = lambda _step: None
        """Opens the message of a step."""
        self.rollback: Callable[[str], None] = lambda _rest: None
        """Shows the way back, and begins it once it is agreed to."""

    def next(self, step: Step | None) -> None:
        """Whatever naturally comes next: the meaning of Enter."""
        tell = self._person.tell
        match next_word(self._session.state, step):
            case "nothing":
                tell("Nothing comes next here; list shows the steps, goto STEP goes to one.")
            case "settle-unknown":
                tell("Find out what the interrupted command did, then say: happened REASON")
                tell("or not-happened REASON.")
            case "gate":
                answer = self._person.ask("go or no-go? ") or ""
                word, _, rest = answer.strip().partition(" ")
                if word in ("go", "no-go"):
                    self.act(word, step, rest)
                else:
                    tell("not decided")
            case "evidence":
                self.act("attach", step, "")
            case "findings" if step is not None:
                for line in open_lines(self._session.state, step, self._session.clock.now()):
                    tell(line)
                tell("Answer each: remedy FINDING, waive FINDING, or mend it and check again.")
                tell("done takes the step as it is; a gate after it stays closed meanwhile.")
            case "message" if step is not None:
                self.message(step)
            case "approve":
                run = self._session.state.run
                name = step.id if step is not None else "STEP"
                tell("Another person approves, from a terminal of their own:")
                tell(f"  runbook-tui decide {run} {name} approve --as NAME")
            case name:
                self.act(name, step, "")

    def act(self, name: str, step: Step | None, rest: str) -> None:
        """One act of the registry, with what was typed after its word."""
        act = ACTS[name]
        if rest == "-" or rest.startswith("- "):
            step, rest = None, rest[1:].strip()
        if act.on_run:
            step = None
        elif step is None and act.asks != "text":
            self._person.tell("no step is left to do this on; goto STEP goes to one")
            return
        if act.id == "rollback":
            self.rollback(rest)
            return
        refusal = why_not(self._session.state, act, step, self._session.who.name)
        # A reason that is still to be asked for is no reason to refuse yet.
        if refusal is not None and not (act.asks == "maybe-reason" and not rest):
            self._not_now(act, refusal)
            return
        if step is not None and passes_return(
            self._session.state, act, step, self._session.who.name
        ):
            if not self._no_way_back(step):
                return
            act = agreed(act)
            if act.id not in BEGINS and not self.submit(agreeing(cmd.StartStep(step.id))):
                return
        if act.runs in ("check", "remedy") and step is not None:
            self._look(act, step, rest)
        elif act.runs in ("look", "end-rollback"):
            self._look_at_effects(act, step)
        elif act.runs and step is not None:
            self._run(act, step)
        elif act.asks == "file" and step is not None:
            self._attach(step, rest)
        else:
            self._submit_act(act, step, rest)

    def _no_way_back(self, step: Step) -> bool:
        """Says what a point of no return means, and asks whether it is to be passed."""
        state, reading = self._session.state, self._session.reading()
        self._person.tell(f"POINT OF NO RETURN: {step.id}")
        for line in no_return_lines(state, step, reading):
            self._person.tell(f"  {line}")
        return self.sure(f"start {step.id}, with no way back")

    def _submit_act(self, act: Act, step: Step | None, rest: str) -> None:
        answer = self._answer(act, step, rest)
        if answer is None:
            return
        if act.destructive and not self.sure(f"{act.label} {self._session.state.run}"):
            return
        self.submit(act.make(step.id if step is not None else "", answer))

    def _run(self, act: Act, step: Step) -> None:
        purposes: tuple[Purpose, ...] = {
            "run": ("run", "verify") if step.verify is not None else ("run",),
            "run-failed": ("run", "verify") if step.verify is not None else ("run",),
            "verify": ("verify",),
        }.get(act.runs, ())
        if not self._trusted():
            self._person.tell("not trusted: nothing was run")
            return
        if not all(self._shown(step, purpose) for purpose in purposes):
            return
        if purposes and not self.sure(f"{purposes[0]} {step.id}"):
            return
        self.changed = True
        answer = self._drive.act(act, step, self._show, self._interrupt)
        if isinstance(answer, Refusal):
            self.refused(answer)
        elif answer is not None:
            self._person.tell(f"{answer.purpose} {result_text(answer)}")

    def _look_at_effects(self, act: Act, step: Step | None) -> None:
        if not self._trusted():
            self._person.tell("not trusted: nothing was looked at")
            return
        self.changed = True
        answer = self._drive.act(act, step, self._show, self._interrupt)
        if isinstance(answer, Refusal):
            self.refused(answer)

    def looks(self, work: Awaitable[Refusal | None]) -> Refusal | None:
        """Has looks, until they end or are cancelled."""
        return self._drive.looks(work, self._interrupt)

    def _look(self, act: Act, step: Step, rest: str) -> None:
        """Runs checks, or applies a remedy that was shown and agreed to."""
        if not self._trusted():
            self._person.tell("not trusted: nothing was run")
            return
        if act.runs == "remedy":
            undo = act.id == "undo-remedy"
            rest = rest or self.ask("which finding: ") or ""
            if not rest:
                return
            meant = self._checking.meant(step.id, rest, undo=undo)
            if isinstance(meant, Refusal):
                self.refused(meant)
                return
            remedy = self._checking.remedy_of(step.id, *meant, undo=undo)
            if isinstance(remedy, Refusal):
                self.refused(remedy)
                return
            self._person.tell(f"{remedy.label}:")
            for line in remedy_lines(remedy, undo=undo):
                self._person.tell(f"  {line}")
            if not self.sure(f"{act.label.lower()} for {meant.fingerprint[:8]}"):
                return
            self._drive.agreed = remedy
        self.changed = True
        answer = self._drive.act(act, step, self._show, self._interrupt, rest)
        if isinstance(answer, Refusal):
            self.refused(answer)

    def _shown(self, step: Step, purpose: Purpose) -> bool:
        """Shows a command in full; false where it cannot run now."""
        ready = self._executor.prepared(step.id, purpose)
        command = self._executor.command_of(step.id, purpose)
        if isinstance(ready, Refusal) or command is None:
            if isinstance(ready, Refusal):
                self.refused(ready)
            return False
        if self._session.state.mode != "dry-run":
            for name in ready.missing_secrets:
                secret = {name: values.ask_secret(name)}
                logfile.never_write(secret)
                self._session.give_secrets(secret)
        line = safe_text(self._session.redactor.text(ready.line)).replace("\n", "\n  ")
        self._person.tell(f"{purpose}: $ {line}")
        self._person.tell(f"  {where_text(command, self._session.state.parameters)}")
        return True

    def _show(self, stream: Stream, lines: Sequence[str]) -> None:
        mark = "! " if stream == "err" else "| "
        for line in lines:
            self._person.tell(mark + line)

    async def _interrupt(self) -> bool:
        """Ctrl+C while something runs; whether it is to be cancelled."""
        answer = await self._person.answer(
            f"\nCancel it? Type {SURE} and Enter; anything else lets it go on. "
            "Ctrl+C again cancels it at once."
        )
        if (answer or "").strip() == SURE:
            return True
        self._person.tell("it goes on")
        return False

    def _attach(self, step: Step, rest: str) -> None:
        now = self._session.state.of(step.id)
        left = [name for name in step.evidence if name not in now.evidence]
        name, equals, path = rest.partition("=")
        if not equals:
            # One name left to attach: what was typed is the path.
            name, path = (left[0], rest) if len(left) == 1 else (rest, "")
        if not name:
            name = self.ask(f"name of the evidence ({', '.join(left) or 'any'}): ") or ""
        if name and not path:
            path = self.ask(f"file with {name!r} (a path): ") or ""
        if not name or not path:
            return
        try:
            content = self._opening.read_evidence(path.strip())
        except (OSError, ValueError) as error:
            self._person.tell(f"not attached: {error}")
            return
        answer = self._executor.attach(step.id, name.strip(), content)
        if isinstance(answer, Refusal):
            self.refused(answer)
        else:
            self.changed = True

    def amend(self, reason: str) -> None:
        """Shows what changed in the runbook on disk, and adopts it for a reason."""
        edited = self._opening.edited(self._session)
        if not isinstance(edited, Edited):
            self._person.tell(edited or "the runbook on disk is the one this run follows")
            return
        self._person.tell(f"to v{edited.plan.runbook.version}, content {edited.plan.digest[:12]}:")
        for change in edited.changes or ("nothing changes in meaning",):
            self._person.tell(f"  - {change}")
        effects = amend_effects(self._session.state, edited.plan)
        for effect in effects:
            self._person.tell(f"  {effect.step}: {effect.effect}")
        given = reason or self.ask("reason to adopt it: ")
        if given and self.sure(f"adopt it in {self._session.state.run}"):
            command = cmd.AmendRunbook(edited.pin, edited.plan, edited.changes, given)
            self.submit(command, dict(edited.files))
