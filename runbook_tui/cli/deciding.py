"""One decision without a person at the keyboard: what `decide` and `note` do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from runbook_tui.adapters.process import LocalProcesses
from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.begin import read_evidence
from runbook_tui.cli.driving import WHOLE_RUN, Drive
from runbook_tui.cli.exits import StopError, bad_input
from runbook_tui.cli.holding import have_due, holding
from runbook_tui.cli.lines import decision_json, decision_line
from runbook_tui.cli.message_serving import serve_left
from runbook_tui.cli.plain_words import item_of, option_of
from runbook_tui.cli.runs import find_run
from runbook_tui.domain.act import Act
from runbook_tui.domain.acts import ACTS, BEGINS, agreed, why_not
from runbook_tui.domain.output import Stream
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import Result
from runbook_tui.execution import Executor
from runbook_tui.session import Recorded, Session

_OPTION_FOR = {
    "value": "observed",
    "item": "item",
    "option": "option",
    "file": "file",
    "length": "length",
    "finding": "finding",
    "waiver": "finding",
}


_ALSO: dict[str, tuple[str, ...]] = {"waiver": ("until", "owner"), "check": ("check",)}
"""What else may be given with what an act asks for."""


@dataclass(frozen=True)
class Asked:
    """What was given for an act on the command line."""

    reason: str = ""
    observed: str | None = None
    item: str | None = None
    option: str | None = None
    file: str | None = None
    length: str | None = None
    check: str | None = None
    finding: str | None = None
    until: str | None = None
    owner: str | None = None
    agreed: bool = False
    """That there is no way back past a point of no return."""

    def refuse_nonsense(self, act: Act) -> None:
        """Raises StopError (2) where something the act needs is missing, or makes no sense."""
        if self.agreed and act.id not in BEGINS:
            raise bad_input(
                f"--no-way-back makes no sense with {act.id}", "start the step with it first"
            )
        wanted = _OPTION_FOR.get(act.asks)
        for field in fields(self):
            given = getattr(self, field.name)
            if given and field.name not in (wanted, "reason", "agreed", *_ALSO.get(act.asks, ())):
                raise bad_input(f"--{field.name} makes no sense with {act.id}")
        if wanted is not None and getattr(self, wanted) is None:
            raise bad_input(f"{act.id} needs --{wanted}")
        for name in ("until", "owner", "reason") if act.asks == "waiver" else ():
            if not getattr(self, name):
                raise bad_input(f"{act.id} needs --{name}")
        takes_reason = act.asks in (
            "reason", "maybe-reason", "text", "option", "length", "waiver",
        )  # fmt: skip
        if self.reason and not takes_reason:
            raise bad_input(f"{act.id} takes no reason", "leave a note as well, if it is needed")


def decide_here(
    *, run: str, step: str, action: str, asked: Asked, log: str | None, name: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Decides, and prints what was recorded; gives the exit code.

    Raises StopError, LogFailure, BrokenLogError, EndedBySignal.
    """
    act = ACTS[action]
    asked.refuse_nonsense(act)
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    who = wiring.person(repo, name)
    session = wiring.open_session(repo, found, who)
    target = None if step == WHOLE_RUN else step
    _check_target(act, target, session)
    before = len(session.entries)
    here = _Here(session, as_json)
    answer = here.decide(act, session.state.plan.by_id[target] if target else None, asked)
    by_here = [r for r in session.entries[before:] if r.entry.by == who.name]
    return here.report(answer, by_here)


def _check_target(act: Act, target: str | None, session: Session) -> None:
    if act.on_run and target is not None:
        raise bad_input(f"{act.id} is about the whole run: give {WHOLE_RUN} as the step")
    if target is None:
        if not act.on_run and act.asks != "text":
            raise bad_input(f"{act.id} is about a step: give its id")
    elif target not in session.state.plan.by_id:
        raise bad_input(
            f"the runbook has no step {target!r}", f"runbook-tui status {session.state.run} --json"
        )


class _Here:
    """Decides in this program, once."""

    def __init__(self, session: Session, as_json: bool) -> None:
        self._session = session
        self._as_json = as_json
        self._interrupted = False
        self._imperfect = False

    def decide(self, act: Act, step: Step | None, asked: Asked) -> Refusal | Result | None:
        """A refusal; the result of the last command that ran; None where there is neither."""
        if act.runs and (step is not None or act.on_run):
            return self._run(act, step, asked)
        if act.asks == "file" and step is not None:
            return self._attach(step, asked.file or "")
        answer = self._answer(act, step, asked)
        act = agreed(act) if asked.agreed else act
        command = act.make(step.id if step is not None else "", answer)
        done = self._session.submit(command)
        if isinstance(done, Refusal):
            return done
        have_due(self._session)
        return None

    def _answer(self, act: Act, step: Step | None, asked: Asked) -> str:
        if act.asks == "item" and step is not None:
            if not step.checklist:
                raise bad_input(f"{step.id} has no items to tick")
            key = item_of(act, self._session.state, step, asked.item or "")
            if key is None:
                items = "; ".join(i.text for i in step.checklist)
                raise bad_input(f"{step.id} has no single item {asked.item!r}", f"items: {items}")
            return key
        if act.asks == "option" and step is not None:
            return option_of(step, f"{asked.option} {asked.reason}")
        if act.asks == "length":
            return f"{asked.length} {asked.reason}"
        if act.asks == "waiver":
            return f"{asked.finding} {asked.until} {asked.owner}: {asked.reason}"
        return asked.observed or asked.reason

    def _attach(self, step: Step, given: str) -> Refusal | None:
        name, equals, path = given.partition("=")
        if not equals or not name.strip() or not path:
            raise bad_input("--file wants NAME=PATH")
        try:
            content = read_evidence(path)
        except OSError as error:
            raise bad_input(f"{path}: {error.strerror or error}") from None
        except ValueError as error:
            raise bad_input(str(error)) from None
        executor = Executor(self._session, LocalProcesses())
        done = executor.attach(step.id, name.strip(), content)
        return done if isinstance(done, Refusal) else None

    def _run(self, act: Act, step: Step | None, asked: Asked) -> Refusal | Result | None:
        session = self._session
        refusal = why_not(session.state, act, step, session.who.name)
        if refusal is not None and act.runs in ("look", "end-rollback"):
            return refusal
        with holding(session) as opened:
            drive = Drive(opened, wiring.configuration().poll_seconds)
            about = (asked.check if act.asks == "check" else asked.finding) or ""
            answer = drive.act(act, step, _show, _cancel, about)
            self._interrupted = drive.interrupted
        if act.runs == "end-rollback" and answer is None:
            self._imperfect = bool(session.state.effects.rollbacks[-1].differs)
        serve_left(session, opened.messaging)
        return answer

    def report(self, answer: Refusal | Result | None, recorded: Sequence[Recorded]) -> int:
        """Prints what was recorded; gives the exit code."""
        refusal = answer if isinstance(answer, Refusal) else None
        if self._as_json:
            document: dict[str, Any] = {
                "run": self._session.state.run,
                "recorded": [decision_json(each) for each in recorded],
                "outcome": answer.outcome if isinstance(answer, Result) else None,
                "refused": {"reason": refusal.reason, "hint": refusal.hint} if refusal else None,
            }
            say.json_out(document)
        else:
            for each in recorded:
                say.out(decision_line(each))
        if refusal is not None:
            raise _refused(refusal)
        if self._interrupted:
            return exits.INTERRUPTED
        worked = not isinstance(answer, Result) or answer.outcome == "ok"
        if self._imperfect:
            return exits.NO
        return exits.FINE if worked else exits.NO


def _refused(refusal: Refusal) -> StopError:
    return exits.refused(refusal)


def _show(stream: Stream, lines: Sequence[str]) -> None:
    for line in lines:
        say.err(line)


async def _cancel() -> bool:
    """Ctrl+C in a script means it."""
    say.err("interrupted: ending the command")
    return True
