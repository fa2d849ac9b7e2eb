"""A step's command on many hosts: one attempt, one result a host, one outcome for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from runbook_tui.domain.answer import expected, why_not
from runbook_tui.domain.commands import FinishCommand
from runbook_tui.domain.events import Outcome, Purpose
from runbook_tui.domain.fleet import (
    Fleet,
    FleetError,
    FleetJob,
    FleetResult,
    HostResult,
    Judge,
    by_exit,
    merge,
    report,
    words,
)
from runbook_tui.domain.host_events import HostEnded, hosts_ended, not_well
from runbook_tui.domain.output import Stream, as_lines, last_drawn
from runbook_tui.domain.prepare import Prepared
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import StepState
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.session import Session

FleetOf = Callable[[Path | None], Fleet]
"""The engine for a team's inventory; for None, hosts by their names over SSH."""
ShowLines = Callable[[Stream, Sequence[str]], None]
SUMMARY_LENGTH = 300


class HostRun:
    """One attempt on many hosts."""

    def __init__(self, session: Session, fleet_of: FleetOf, step: Step, ready: Prepared) -> None:
        self._session = session
        self._step = step
        self._ready = ready
        folder = Path(session.state.folder)
        self._fleet = fleet_of(folder / ready.inventory if ready.inventory else None)
        self._running = self._fleet.create()

    def cancel(self) -> None:
        """Ends it everywhere."""
        self._running.cancel()

    async def hosts(self, *, again: bool) -> tuple[str, ...] | Refusal:
        """The hosts that it would run on; with `again` those that did not end well."""
        try:
            named = await self._fleet.hosts(self._ready.hosts)
        except FleetError as error:
            return Refusal(str(error))
        if not again:
            return named
        kept = self._session.state.of(self._step.id).hosts
        left = set(not_well(kept.values()))
        return tuple(host for host in named if host in left or host not in kept)

    async def run(
        self, hosts: tuple[str, ...], purpose: Purpose, mark: str, show: ShowLines
    ) -> FleetResult:
        """Runs it, and shows what the hosts say, each line with its host."""
        redactors: dict[tuple[str, Stream], Redactor] = {}
        wide = max(map(len, hosts), default=0)

        def on_output(host: str, stream: Stream, lines: Sequence[str]) -> None:
            redactor = redactors.setdefault((host, stream), self._session.redactor)
            shown = [safe_text(last_drawn(redactor.line(line))) for line in lines]
            show(stream, [f"{safe_line(host):<{wide}} │ {line}" for line in shown])

        def on_result(one: HostResult) -> None:
            said = safe_line(self._session.redactor.text(one.summary))
            show("out", [f"{safe_line(one.host):<{wide}} ● {one.outcome}  {said}".rstrip()])

        job = FleetJob(
            hosts,
            self._ready.argv,
            self._ready.env,
            self._ready.cwd,
            self._ready.timeout,
            mark,
            at_once=self._ready.at_once,
            stop_after=self._ready.stop_after,
            clean=self._session.redactor.line,
            judge=self._judge(purpose),
        )
        return await self._running.run(job, on_result, on_output)

    def _judge(self, purpose: Purpose) -> Judge:
        if purpose == "run" or self._step.verify is None:
            return by_exit
        wanted = expected(self._step.verify.expect, self._session.state.parameters)
        return lambda code, out: why_not(wanted, code, out)


def finished(
    step: Step,
    purpose: Purpose,
    attempt: int,
    line: str,
    result: FleetResult,
    before: StepState,
    redactor: Redactor,
) -> tuple[FinishCommand, dict[str, bytes]]:
    """What is recorded of an attempt, with what its hosts said as evidence.

    The outcome is that of all hosts, those counted that were left alone because they ended well.
    """
    clean = replace(
        result,
        results=tuple(
            replace(one, summary=safe_line(redactor.text(one.summary))) for one in result.results
        ),
    )
    whole = clean
    if purpose == "run" and before.run is not None and before.hosts:
        earlier = FleetResult(tuple(_result(one) for one in before.hosts.values()))
        known = {one.host for one in earlier.results}
        fresh = tuple(one for one in clean.results if one.host not in known)
        whole = merge(replace(earlier, results=earlier.results + fresh), clean)
    path = f"evidence/{step.id}/{attempt:03d}-{purpose}.txt"
    text = f"$ {line}\n" + as_lines(redactor.text(report(result)))
    command = FinishCommand(
        step.id,
        purpose,
        attempt,
        _outcome(whole),
        None,
        round(result.seconds, 3),
        safe_line(redactor.text(words(whole)), SUMMARY_LENGTH),
        path,
        sum(one.cut for one in result.results),
        hosts_ended(clean),
    )
    return command, {path: safe_text(text).encode("utf-8", "replace")}


def _outcome(result: FleetResult) -> Outcome:
    return result.state


def _result(one: HostEnded) -> HostResult:
    return HostResult(one.host, one.outcome, one.exit, one.seconds, one.summary)
