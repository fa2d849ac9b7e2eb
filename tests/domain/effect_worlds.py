"""Whatever can be asked about side effects, sensible or not."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import Differs
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.systems.seen import Change

OCCASIONS = st.sampled_from(("before", "after", "now", "back"))
DIGESTS = st.sampled_from(("", "d1", "d2"))


def effect_commands(
    step: st.SearchStrategy[str], words: st.SearchStrategy[str]
) -> tuple[st.SearchStrategy[cmd.AnyCommand], ...]:
    """Commands about effects and ways back; numbers are mostly those of effects that there are."""
    number = st.one_of(st.integers(0, 4), st.integers())
    effect = st.builds(
        Effect,
        kind=st.sampled_from(("file", "flag", "webhook")),
        target=words,
        before=words,
        reversibility=st.sampled_from(("reversible", "compensable", "irreversible")),
        temporary=st.booleans(),
    )
    change = st.builds(Change, key=words, before=DIGESTS, after=DIGESTS, was=words, now=words)
    until = st.sampled_from((None, datetime(2030, 1, 1, tzinfo=UTC), datetime(2000, 1, 1)))  # noqa: DTZ001
    return (
        st.builds(ecmd.IntendEffects, step),
        st.builds(ecmd.AddEffect, effect, st.one_of(st.just(""), step)),
        st.builds(
            ecmd.ReportLook,
            number=number,
            occasion=OCCASIONS,
            digest=DIGESTS,
            holds=st.sampled_from((None, True, False)),
            words=words,
        ),
        st.builds(
            ecmd.ReportSurvey,
            survey=words,
            occasion=OCCASIONS,
            step=st.one_of(st.just(""), step),
            digest=DIGESTS,
            objects=st.integers(),
            words=words,
            changes=st.lists(change, max_size=3).map(tuple),
        ),
        st.builds(ecmd.SayEffect, number, st.booleans(), words),
        st.builds(
            ecmd.AnswerEffect,
            number=number,
            answer=st.sampled_from(("accepted", "ticket", "taken-back", "none")),
            reason=words,
            owner=words,
            until=until,
            ticket=words,
        ),
        st.builds(
            ecmd.BeginRollback,
            scope=st.sampled_from(("run", "phase", "effect")),
            of=st.one_of(st.sampled_from(("", "all", "1", "2")), words),
            reason=words,
            snapshots=st.sampled_from(("auto", "use", "avoid")),
        ),
        st.builds(
            ecmd.EndRollback,
            differs=st.lists(st.builds(Differs, where=words, key=words), max_size=2).map(tuple),
            compared=st.integers(),
        ),
        st.builds(ecmd.TurnForward, words),
    )
