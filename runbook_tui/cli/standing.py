"""Where a run stands, as a document for programs and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from runbook_tui.adapters.lease import Holder
from runbook_tui.cli.lines import time_json, time_text
from runbook_tui.cli.pinning import differs
from runbook_tui.cli.plain_view import head_text, next_word, word_of
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.rehearsal_words import rehearsals_text
from runbook_tui.domain.schedule.rehearsals import rehearsals, rehearsed
from runbook_tui.domain.state import (
    RunState,
    Status,
    current,
    is_locked,
    is_settled,
    outstanding,
    running_steps,
    under_way,
)
from runbook_tui.domain.text import safe_line

Processes = Mapping[str, tuple[int, ...]]
"""What interrupted commands left running on this machine, by step."""


def doubtful(state: RunState, holder: Holder | None) -> list[str]:
    """The steps of which nobody can say what their command is doing: it was interrupted, or is
    under way in a run that no program drives."""
    if state.is_over:
        return []
    left = [] if holder is not None else [*running_steps(state)]
    return [
        step.id
        for step in state.plan.steps
        if step.id in left or state.of(step.id).status is Status.UNKNOWN
    ]


def status_json(
    state: RunState, head: str, holder: Holder | None, left: Processes
) -> dict[str, Any]:
    """The whole state; docs/cli.md describes its shape."""
    pin = state.pin
    here = current(state) if not state.is_over else None
    return {
        "run": state.run,
        "runbook": {
            "id": state.plan.runbook.id,
            "title": state.plan.runbook.title,
            "version": state.plan.runbook.version,
            "digest": state.plan.digest,
            "source": pin.source if pin else None,
            "commit": pin.commit if pin else None,
            "dirty": pin.dirty if pin else False,
            "on_disk": differs(pin) if pin else "missing",
        },
        "mode": state.mode,
        "status": str(state.status),
        "reason": state.reason,
        "driver": {"name": state.driver, "here": holder},
        "driven": holder is not None,
        "interrupted": [] if holder is not None or state.is_over else [*running_steps(state)],
        "left_running": {step: list(pids) for step, pids in left.items()},
        "started": time_json(state.started),
        "ended": time_json(state.ended),
        "parameters": dict(state.parameters),
        "secrets": list(state.secrets),
        "current": _current(state, here),
        "counts": counts(state),
        "unknown": in_status(state, Status.UNKNOWN),
        "failed": in_status(state, Status.FAILED),
        "deferred": in_status(state, Status.DEFERRED),
        "load": state.load,
        "notes": state.notes,
        "redlines": state.redlines,
        "amended": state.amended,
        "steps": [_step(state, step) for step in state.plan.steps],
        "events": state.seq,
        "head": head,
    }


def counts(state: RunState) -> dict[str, int]:
    """Steps by their status, with ``total``, and ``settled`` for all a run has moved past."""
    found = {"total": len(state.plan.steps), "settled": 0}
    for status in Status:
        found[str(status)] = 0
    for step in state.plan.steps:
        found[str(state.of(step.id).status)] += 1
        found["settled"] += is_settled(state, step)
    return found


def in_status(state: RunState, status: Status) -> list[str]:
    """The steps of the runbook in a status, in order."""
    return [step.id for step in state.plan.steps if state.of(step.id).status is status]


def _current(state: RunState, step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "id": step.id,
        "title": step.title,
        "kind": step.kind,
        "status": str(state.of(step.id).status),
        "next": next_word(state, step),
        "outstanding": list(outstanding(state, step)),
    }


def _step(state: RunState, step: Step) -> dict[str, Any]:
    now = state.of(step.id)
    running = under_way(now)
    return {
        "id": step.id,
        "title": step.title,
        "phase": state.plan.phase_of[step.id].id,
        "kind": step.kind,
        "status": str(now.status),
        "word": word_of(state, step),
        "locked": is_locked(state, step),
        "running": running.purpose if running is not None else None,
        "started": time_json(now.started),
        "settled": time_json(now.settled),
        "by": now.settled_by or now.started_by,
        "reason": now.reason,
        "missing": list(now.missing),
        "observed": now.observed,
        "choice": now.choice,
        "go": now.go,
        "evidence": dict(now.evidence),
        "hosts": [msgspec.to_builtins(one) for one in now.hosts.values()],
        "approved_by": [name for name, _ in now.approvals],
        "attempts": now.attempts,
        "changed_since": now.changed_since,
        "rehearsed": _rehearsed(state, step),
    }


def _rehearsed(state: RunState, step: Step) -> dict[str, Any] | None:
    known = rehearsed(state, step)
    if known is None:
        return None
    return {
        "how": known.how,
        "times": known.times,
        "run": known.run or None,
        "at": f"{known.at:%Y-%m-%dT%H:%M:%SZ}" if known.at is not None else None,
        "load": known.load,
        "content": known.meaning,
    }


def status_text(state: RunState, holder: Holder | None, left: Processes) -> str:
    """Where a run stands, in a few lines."""
    lines = [head_text(state, driven=holder is not None)]
    lines.append(f"content {state.plan.digest[:12]}{_edited(state)}")
    if holder is not None:
        where = f" on {holder['terminal']}" if holder["terminal"] else ""
        who = safe_line(holder["name"])
        lines.append(f"open here: {who}, process {holder['pid']}{where}")
    elif not state.is_over:
        lines.append(f"no program on this machine drives it now: runbook-tui resume {state.run}")
    if state.reason:
        lines.append(f"{state.status}: {safe_line(state.reason)}")
    if state.ended is not None:
        lines.append(f"ended {time_text(state.ended)}")
    if state.load:
        lines.append(f"held under {safe_line(state.load)}")
    lines.extend(_rehearsal_lines(state))
    lines.extend(_now_lines(state, holder is not None))
    for word, status in (
        ("UNKNOWN", Status.UNKNOWN),
        ("failed", Status.FAILED),
        ("deferred", Status.DEFERRED),
    ):
        found = in_status(state, status)
        if found:
            lines.append(f"{word}: {', '.join(found)}")
    lines.extend(still_runs(step, pids) for step, pids in left.items() if pids)
    return "\n".join(lines)


def _rehearsal_lines(state: RunState) -> list[str]:
    known = rehearsals(state) if not state.is_over else None
    if known is None:
        return []
    return [f"{name:<10}{words}" for name, words in rehearsals_text(known)]


def still_runs(step: str, pids: Sequence[int]) -> str:
    """What an interrupted command left running, in words."""
    one = len(pids) == 1
    named = ", ".join(map(str, pids))
    return f"{step}: its process{'' if one else 'es'} {named} still run{'s' if one else ''} here"


def _now_lines(state: RunState, driven: bool) -> list[str]:
    if state.is_over:
        return []
    step = current(state)
    if step is None:
        ends = "close ends the run" if state.effects.rolling is None else "end-rollback ends it"
        return [f"now: every step is settled; {ends}"]
    word = word_of(state, step)
    if not driven and under_way(state.of(step.id)) is not None:
        return [
            f"now: {step.id}  {safe_line(step.title)}  (its command was under way when the program "
            "ended)",
            "  resume settles what became of it: where it changes something it is UNKNOWN",
        ]
    lines = [f"now: {step.id}  {safe_line(step.title)}  ({word}; next: {next_word(state, step)})"]
    left = outstanding(state, step)
    if left:
        lines.append(f"  outstanding: {safe_line('; '.join(left))}")
    return lines


def _edited(state: RunState) -> str:
    if state.pin is None or state.is_over:
        return ""
    return {"edited": ", edited on disk since", "missing": ", no longer on disk"}.get(
        differs(state.pin), ""
    )
