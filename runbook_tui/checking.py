"""Runs the checks of a preflight step and takes down what they found; applies remedies.

Every result is recorded as it comes, whole as evidence, and short in the event. A check that was
cancelled leaves no result: the one before it stands, or it was not looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.checks.placed import placed
from runbook_tui.domain.decide_preflight import find_open
from runbook_tui.domain.findings import ASK_SOMEBODY, SEVERITIES, Remedy
from runbook_tui.domain.inspecting import Applied, Inspector, Looked, Surroundings, Wanted
from runbook_tui.domain.kept_findings import (
    KeptFinding,
    as_evidence,
    from_evidence,
    kept_finding,
    remedy_lines,
    sealed,
    told_apart,
    undo_can_be_trusted,
)
from runbook_tui.domain.preflight import checks_of
from runbook_tui.domain.preflight_events import CheckReported, Found
from runbook_tui.domain.rules import OPEN_TO_START, Refusal
from runbook_tui.domain.runbook import PreflightStep
from runbook_tui.domain.schedule.window import resolved
from runbook_tui.domain.text import safe_text
from runbook_tui.execution import Executor
from runbook_tui.session import Session

Tell = Callable[[str, str], None]
"""A check's name, and words about it."""


class Meant(NamedTuple):
    """A finding, by the check that found it and its fingerprint."""

    check: str
    fingerprint: str


class Checking:
    """The checks of one session. Every decision goes through the session."""

    def __init__(self, session: Session, executor: Executor, inspector: Inspector) -> None:
        self._session = session
        self._executor = executor
        self._inspector = inspector
        self._seen_here: set[str] = set()
        """The evidence that this program made itself, by its seal."""

    async def run(
        self,
        step_id: str,
        names: Sequence[str] = (),
        tell: Tell = lambda _name, _words: None,
        ended: Tell = lambda _name, _trouble: None,
    ) -> Refusal | None:
        """Runs the checks of a step, or those named, and records each as it ends.

        `tell`: how far a check is. `ended`: that it has ended, and why it was not recorded, which
        is empty where it was.

        Raises what the log raises: what was recorded until then stays.
        """
        session = self._session
        for name in names or ("",):
            refusal = session.ask(cmd.BeginChecks(step_id, name))
            if refusal is not None:
                return refusal
        if self._executor.is_running(step_id):
            return Refusal(f"something of {step_id} is running already")
        if session.state.of(step_id).status in OPEN_TO_START:
            begun = session.submit(cmd.BeginChecks(step_id))
            if isinstance(begun, Refusal):
                return begun
        step = session.state.plan.by_id[step_id]
        assert isinstance(step, PreflightStep)
        wanted = self._wanted(tuple(names) or checks_of(session.state, step))
        if session.state.mode == "dry-run":
            return self._shown(step_id, wanted)
        failed: list[BaseException] = []

        def done(looked: Looked) -> None:
            try:
                refused = self._record(step_id, looked)
            except Exception as error:  # noqa: BLE001 - raised again below, once all has ended
                failed.append(error)
                return
            ended(looked.name, f"{looked.name} was not recorded: {refused}" if refused else "")

        task = asyncio.ensure_future(self._inspector.look(wanted, self._surroundings(), done, tell))
        with self._executor.busy(step_id, task.cancel):
            try:
                await task
            except asyncio.CancelledError:
                if not task.cancelled():
                    raise
                return Refusal("the checks were cancelled", "what had ended by then is recorded")
        if failed:
            raise failed[0]
        return None

    def _wanted(self, names: Sequence[str]) -> list[Wanted]:
        state = self._session.state
        checks = state.plan.runbook.checks
        return [
            Wanted(name, placed(checks[name], state.parameters, self._session.secrets))
            for name in names
        ]

    def _surroundings(self) -> Surroundings:
        state, now = self._session.state, self._session.clock.now().utc
        window, plan = None, state.baseline
        if plan is not None and plan.opens is not None and plan.ends is not None:
            window = (plan.opens, plan.ends + timedelta(seconds=state.extended + state.stood))
        elif state.plan.runbook.window is not None:
            as_written = resolved(state.plan.runbook.window, now)
            window = (as_written.start, as_written.end)
        return Surroundings(state.folder, now, window, self._session.secrets)

    def _shown(self, step_id: str, wanted: Sequence[Wanted]) -> Refusal | None:
        """A dry run says what would be looked at, and looks at nothing."""
        for each in wanted:
            command = cmd.ReportCheck(
                step_id, each.name, each.config.title or each.name, "", 0.0, False, (), 0, "", True
            )
            answer = self._session.submit(command)
            if isinstance(answer, Refusal):
                return answer
        return None

    def _record(self, step_id: str, looked: Looked) -> Refusal | None:
        session = self._session
        result = looked.result
        kept = told_apart([kept_finding(each, session.redactor) for each in result.findings])
        kept.sort(key=lambda each: SEVERITIES.index(each.finding.severity))
        # By the number of the event to come no two results share a path.
        path = f"evidence/{step_id}/{looked.name}-{session.state.seq + 1}.json"
        asks = tuple(_found(each) for each in kept if each.finding.severity in ASK_SOMEBODY)
        content = as_evidence(kept)
        seal = sealed(content)
        command = cmd.ReportCheck(
            step_id,
            looked.name,
            safe_text(result.title),
            looked.digest,
            result.seconds,
            result.ran,
            asks,
            len(kept) - len(asks),
            path,
            seal=seal,
        )
        answer = session.submit(command, files={path: content})
        if isinstance(answer, Refusal):
            return answer
        self._seen_here.add(seal)
        return None

    def findings(self, step_id: str, check: str) -> tuple[KeptFinding, ...]:
        """All that a check found last, as the log keeps it; nothing where that is not what was
        recorded. Raises what the log raises."""
        kept = self._session.state.of(step_id).checks.get(check)
        if kept is None or not kept.evidence:
            return ()
        return self._read(kept.evidence, kept.seal)

    def _read(self, path: str, seal: str, commit: str | None = None) -> tuple[KeptFinding, ...]:
        try:
            content = self._session.log.file(path, commit)
        except FileNotFoundError:
            return ()
        return from_evidence(content) if sealed(content) == seal else ()

    async def remedy(
        self,
        step_id: str,
        check: str,
        fingerprint: str,
        number: int = 0,
        *,
        undo: bool = False,
        shown: Remedy | None = None,
    ) -> Applied | Refusal:
        """Applies a remedy of a finding, intent first; then the check should run again. `shown`:
        what the person agreed to; no other is applied.

        What another program recorded is looked at here first: the log may say what it likes, only
        what this program's own check proposes is done. Raises what the log raises.
        """
        chosen = self.remedy_of(step_id, check, fingerprint, number, undo=undo)
        if isinstance(chosen, Refusal):
            return chosen
        if self._session.state.mode == "dry-run":
            return Refusal("a dry run changes nothing")
        agreed, kept = shown or chosen, self._session.state.of(step_id).checks.get(check)
        if not undo and kept is not None and kept.seal not in self._seen_here:
            refused = await self.run(step_id, (check,))
            if refused is not None:
                return refused
            chosen = self.remedy_of(step_id, check, fingerprint, number)
        if chosen != agreed:
            return Refusal("the check proposes something else by now", "look at it again first")
        begun = self._session.submit(
            cmd.BeginRemedy(
                step_id,
                check,
                fingerprint,
                chosen.label,
                chosen.effect,
                chosen.target,
                "\n".join(remedy_lines(chosen, undo=undo)),
                "" if undo else "\n".join(remedy_lines(chosen, undo=True)),
                undo,
            )
        )
        if isinstance(begun, Refusal):
            return begun
        applied = await self._inspector.apply(chosen, undo=undo)
        ended = self._session.submit(
            cmd.EndRemedy(step_id, check, fingerprint, applied.outcome, applied.summary, undo)
        )
        return ended if isinstance(ended, Refusal) else applied

    def meant(self, step_id: str, reference: str, *, undo: bool = False) -> Meant | Refusal:
        """The finding that a person means: one that stands, or one whose remedy is taken back."""
        reference = reference.strip().lower()
        state = self._session.state
        if not undo:
            found = find_open(state, state.plan.by_id[step_id], reference, None)
            return (
                found if isinstance(found, Refusal) else Meant(found.check, found.found.fingerprint)
            )
        keys = [k for k in state.of(step_id).remedies if reference and k[1].startswith(reference)]
        if len(keys) != 1:
            return Refusal(f"{reference or 'nothing'} names no single finding with a remedy")
        return Meant(*keys[0])

    def remedy_of(
        self, step_id: str, check: str, fingerprint: str, number: int = 0, *, undo: bool = False
    ) -> Remedy | Refusal:
        """A remedy of a finding as it was found last, or why there is none; with `undo` the one
        that was applied, by what was written down of it then."""
        if undo:
            return self._applied(step_id, check, fingerprint)
        for kept in self.findings(step_id, check):
            if kept.fingerprint == fingerprint and number < len(kept.finding.remedies):
                return kept.finding.remedies[number]
        return Refusal("the finding has no remedy that the program can apply", "do it by hand")

    def _applied(self, step_id: str, check: str, fingerprint: str) -> Remedy | Refusal:
        done = self._session.state.of(step_id).remedies.get((check, fingerprint))
        clean = self._session.redactor.text
        for kept, ours in self._earlier(step_id, check) if done is not None else ():
            for remedy in kept.finding.remedies if kept.fingerprint == fingerprint else ():
                back = safe_text(clean("\n".join(remedy_lines(remedy, undo=True))))
                if done is None or (remedy.label, back) != (done.label, done.compensation):
                    continue
                if ours or undo_can_be_trusted(remedy):
                    return remedy
                return Refusal(
                    "what takes it back is a command that only the log knows",
                    f"read it, and do it by hand: {back}",
                )
        return Refusal("the log has nothing that takes it back", "do it by hand")

    def _earlier(self, step_id: str, check: str) -> Iterator[tuple[KeptFinding, bool]]:
        """All that a check has found, newest first: what was cured is in an older result. With
        each, whether it was found by this program, and not only read."""
        for recorded in reversed(self._session.entries):
            event = recorded.entry.event
            if isinstance(event, CheckReported) and (event.step, event.check) == (step_id, check):
                for kept in self._read(event.evidence, event.seal, recorded.commit):
                    yield kept, event.seal in self._seen_here


def _found(kept: KeptFinding) -> Found:
    finding = kept.finding
    first = finding.evidence[0] if finding.evidence else None
    place = f"{first.place}:{first.line}" if first and first.line else first.place if first else ""
    return Found(
        fingerprint=kept.fingerprint,
        digest=kept.digest,
        severity=finding.severity,
        key=finding.key,
        title=finding.title,
        subject=finding.subject,
        place=place,
        places=kept.places,
        remedy=finding.remedies[0].label if finding.remedies else "",
    )
