"""A draft held against the state of its run: what the lint says, and what of it was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runbook_tui.domain.every_command import every_command
from runbook_tui.domain.messages.lint import lint
from runbook_tui.domain.messages.remarks import Audience, Facts, Remark
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import CommandStep, GateStep, PreflightStep, WaitStep, WatchStep
from runbook_tui.domain.schedule.window import resolved
from runbook_tui.domain.state import RunState, is_settled

NEVER_OVERRULED = frozenset({"secret", "empty", "unreadable"})
"""What no reason makes fit to be sent."""
MOST_SAID = 200
"""Characters of what was said that an overruling keeps."""


@dataclass(frozen=True)
class Held:
    """One remark about a draft."""

    audience: Audience
    remark: Remark
    overruled: str | None
    """The reason, where somebody answers for it."""

    @property
    def blocks(self) -> bool:
        """Whether the draft cannot be sent so."""
        return self.remark.level == "block" and self.overruled is None

    @property
    def key(self) -> tuple[Audience, str, str]:
        """What an overruling is bound to."""
        return self.audience, self.remark.rule, said_of(self.remark)


def said_of(remark: Remark) -> str:
    """What was said, as an overruling names it; nothing of what is secret."""
    return "" if remark.rule == "secret" else " ".join(remark.said.split())[:MOST_SAID]


def held(
    state: RunState,
    update: Update,
    now: datetime,
    longest: Mapping[Audience, int] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> tuple[Held, ...]:
    """All that the lint says of a draft, by audience; what blocks first. `now` is aware."""
    found = []
    # Once for all readers: it looks through the whole runbook, and follows every key press.
    common = facts_for(state, update, "customers", now, None, secrets)
    for audience, text in update.texts.items():
        facts = replace(common, audience=audience, longest=(longest or {}).get(audience))
        for remark in lint(text, facts):
            key = (audience, remark.rule, said_of(remark))
            reason = update.overruled.get(key)
            answered = None if remark.rule in NEVER_OVERRULED else reason
            found.append(Held(audience, remark, answered))
    return tuple(sorted(found, key=lambda each: not each.blocks))


def facts_for(
    state: RunState,
    update: Update,
    audience: Audience,
    now: datetime,
    longest: int | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Facts:
    """What a text of an update is held against."""
    return Facts(
        kind=update.kind,
        audience=audience,
        now=now,
        window=window_of(state, now),
        going_on=going_on(state),
        internal=internal(state),
        run=state.run,
        longest=longest,
        secrets=secrets or {},
    )


def window_of(state: RunState, now: datetime) -> tuple[datetime, datetime] | None:
    """The approved window as it stands: opening and end, aware; None where there is none."""
    baseline, written = state.baseline, state.plan.runbook.window
    if baseline is not None and baseline.opens is not None and baseline.ends is not None:
        return baseline.opens, baseline.ends + timedelta(seconds=state.extended + state.stood)
    if written is None:
        return None
    try:
        open_window = resolved(written, now)
    except ValueError:
        return None
    return open_window.start, open_window.end


def going_on(state: RunState) -> bool:
    """Whether work or a watch is open: lists that people tick and messages are not meant."""
    working = CommandStep | GateStep | PreflightStep | WaitStep | WatchStep
    return any(isinstance(s, working) and not is_settled(state, s) for s in state.plan.steps)


def internal(state: RunState) -> tuple[str, ...]:
    """The names of machines that the runbook knows."""
    return tuple(sorted(set(_hosts(state))))


def _hosts(state: RunState) -> Iterator[str]:
    for listed in every_command(state.plan.runbook):
        command = listed.command
        for name in (command.host, *command.hosts):
            bare = substituted(name or "", state.parameters).rpartition("@")[2]
            bare = bare.strip("[]").rsplit(":", 1)[0] if bare.count(":") == 1 else bare.strip("[]")
            if bare.strip():
                yield bare
