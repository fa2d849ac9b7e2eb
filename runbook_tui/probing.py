"""Looks at side effects round the steps that make them, and takes down what was seen.

Nothing is assumed: what cannot be looked at is recorded as not seen, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from runbook_tui.domain.answer import expected, why_not
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.due import (
    Due,
    after_step,
    at_the_end,
    before_step,
    due,
    unsurveyed_after,
    unsurveyed_before,
)
from runbook_tui.domain.effects.events import Differs, Occasion
from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.state import EffectState, Surveyed
from runbook_tui.domain.evidence import output_text
from runbook_tui.domain.job import Ended
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.domain.state import RunState
from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.seen import Change, Seen, changes, digest_of
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.execution import Executor
from runbook_tui.session import Session

AT_ONCE = 4
"""Looks under way at the same time."""
LONGEST_WORDS = 160
MOST_DIFFERS = 50
CANNOT_BE_ASKED = 2
"""From this exit code on a probe says that it could not find out, as grep and diff do."""


@dataclass(frozen=True)
class Looked:
    """What one look came to."""

    digest: str = ""
    holds: bool | None = None
    words: str = ""
    content: bytes = b""
    """To be kept as evidence; redacted."""
    seen: Seen | None = None

    @property
    def known(self) -> bool:
        """Whether it saw anything."""
        return bool(self.digest) or self.holds is not None


class Probing:
    """The looks of one session. Every decision goes through the session."""

    def __init__(self, session: Session, executor: Executor, python: str, kept: str) -> None:
        """`python` runs the systems' own process; `kept` is this run's folder of what was seen,
        for putting it back: on this machine only, never in the log."""
        self._session = session
        self._executor = executor
        self._python = python
        self._kept = kept
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._asked = 0
        executor.around = self

    # --- round a step's command: what the executor calls

    async def before(self, step_id: str) -> Refusal | None:
        """Puts the effects of a step on the ledger and looks how things stand, before it acts."""
        session = self._session
        if session.ask(ecmd.IntendEffects(step_id)) is None:
            session.submit(ecmd.IntendEffects(step_id))
        await self._look(before_step(session.state, step_id))
        step = session.state.plan.by_id[step_id]
        surveyed = session.state.effects.before.get(step_id)
        if step.mutates and not surveyed and not self._is_way_back(step_id):
            await self._survey("before", step_id)
        return None

    async def after(self, step_id: str) -> None:
        """Looks what it left behind, declared or not."""
        await self._look(after_step(self._session.state, step_id))
        if self._session.state.effects.before.get(step_id) and not self._is_way_back(step_id):
            await self._find_undeclared(step_id)

    def _is_way_back(self, step_id: str) -> bool:
        return self._session.state.effects.rollback_of(step_id) is not None

    def wanted(self, step_id: str) -> Sequence[Command]:
        """The commands that would be asked round the step: their secrets are needed too."""
        state = self._session.state
        step = state.plan.by_id[step_id]
        effects: list[Effect] = list(step.effects)
        taken = (*state.effects.taken_by(step_id), *state.effects.covered_by(step_id))
        effects += [each.effect for each in taken]
        surveys = state.plan.runbook.surveys.values() if step.mutates else ()
        return [
            *(command for effect in effects if (command := self._command(effect)) is not None),
            *(asking.look(survey, self._python) for survey in surveys),
        ]

    def put_back(self, number: int) -> Command | Refusal:
        """The command that puts an effect back by itself."""
        known = self._session.state.effects.ledger[number]
        at, before, after = known.effect.at, known.before, known.after
        if at is None:
            return Refusal(f"nothing knows how to put effect {number} back")
        if before is None or not before.digest:
            return Refusal(
                f"nobody looked at effect {number} before its step acted: what was there is not "
                "known",
                "put it back by hand, and look at it again",
            )
        ours, last = after.digest if after is not None else "", known.last
        kept = known.kept or (before.digest, ours)
        if last is not None and last.digest in known.ours and last.digest != ours:
            kept = (kept[0], last.digest)  # how a later effect of this run left it
        if not kept[1]:
            return Refusal(
                f"nobody could look at effect {number} since its step acted", "look at it first"
            )
        return asking.restore(at, self._python, self._kept, *kept)

    # --- looks that a person asks for, or that are due

    async def look(self, numbers: Iterable[int], occasion: Occasion = "now") -> None:
        """Looks at effects by their numbers."""
        await self._look([Due(number, occasion) for number in numbers])

    async def look_at_step(self, step_id: str) -> None:
        """Looks at all that a step left, or takes back."""
        state = self._session.state
        if self._is_way_back(step_id):
            acted = state.of(step_id).run is not None or state.of(step_id).ticked
            dues = after_step(state, step_id) if acted else before_step(state, step_id)
        else:
            known = state.effects.of_step(step_id)
            dues = tuple(Due(e.number, "now") for e in known if e.can_be_seen and e.begun)
        await self._look(dues)

    async def catch_up(self) -> None:
        """Has the looks that are due. Cheap where none is."""
        await self._look(self._due())
        for step_id in unsurveyed_before(self._session.state):
            await self._survey("before", step_id)
        for step_id in unsurveyed_after(self._session.state):
            if not self._executor.is_running(step_id):
                await self._find_undeclared(step_id)

    def behind(self) -> frozenset[str]:
        """Names of the looks that `catch_up` would have now."""
        state = self._session.state
        after = [s for s in unsurveyed_after(state) if not self._executor.is_running(s)]
        return frozenset(
            [f"{each.occasion} {each.number}" for each in self._due()]
            + [f"before {step_id}" for step_id in unsurveyed_before(state)]
            + [f"after {step_id}" for step_id in after]
        )

    def _due(self) -> tuple[Due, ...]:
        """Without those of steps whose command is run just now: whoever runs it looks round it."""
        effects = self._session.state.effects
        busy: set[int] = set()
        for step_id in self._executor.running:
            every = (effects.of_step(step_id), effects.taken_by(step_id))
            busy |= {e.number for each in (*every, effects.covered_by(step_id)) for e in each}
        return tuple(each for each in due(self._session.state) if each.number not in busy)

    async def look_at_all(self) -> None:
        """Looks at everything that may be there, also of steps under way: before a way back is
        planned."""
        ledger = self._session.state.effects.ledger
        await self.look(e.number for e in ledger.values() if e.begun and e.can_be_seen)
        for step_id in unsurveyed_after(self._session.state, under_way=True):
            if not self._executor.is_running(step_id):
                await self._find_undeclared(step_id)

    # --- the end of a way back

    async def end_rollback(self) -> Refusal | None:
        """Looks at everything once more, compares it with before, and ends the way back."""
        session = self._session
        refusal = session.ask(ecmd.EndRollback())
        if refusal is not None:
            return refusal
        rolling = session.state.effects.rolling
        assert rolling is not None
        await self._look(at_the_end(session.state))
        differs: list[Differs] = []
        compared = 0
        if rolling.scope == "run":
            compared, differs = await self._compared()
        answer = session.submit(
            ecmd.EndRollback(differs=tuple(differs[:MOST_DIFFERS]), compared=compared)
        )
        return answer if isinstance(answer, Refusal) else None

    async def _compared(self) -> tuple[int, list[Differs]]:
        """How many looks of before all of it were compared with looks of now, and what differs."""
        found: list[Differs] = []
        compared = 0
        firsts: dict[int, EffectState] = dict(self._session.state.effects.ledger)
        for each in firsts.values():
            if each.before is None or not each.before.digest or each.last is None:
                continue
            if each.last.digest:
                compared += 1
                if each.presence != "not-there":
                    where, name = f"#{each.number}", name_of(each)
                    found.append(Differs(where, name, each.before.words, each.last.words))
        for name, first in self._session.state.effects.first.items():
            now = await self._survey_one(name, "back", "")
            before = self._kept_survey(first)
            if now is None or before is None:
                continue
            compared += 1
            found += [Differs(name, c.key, c.was, c.now) for c in changes(before, now)]
        return compared, found

    # --- how a look is had

    async def _look(self, dues: Sequence[Due]) -> None:
        effects = {each.number: self._session.state.effects.ledger[each.number] for each in dues}
        looks = [self._look_at(effects[each.number].effect) for each in dues]
        for each, looked in zip(dues, await asyncio.gather(*looks), strict=True):
            self._record(each, looked)

    def _record(self, each: Due, looked: Looked) -> None:
        session = self._session
        last = session.state.effects.ledger[each.number].last
        if not looked.known and last is not None and not last.known and last.words == looked.words:
            return  # it is said already
        path, files = "", {}
        if looked.content:
            path = f"evidence/effects/{each.number}-{each.occasion}-{session.state.seq + 1}.txt"
            files = {path: looked.content}
        session.submit(
            ecmd.ReportLook(
                number=each.number,
                occasion=each.occasion,
                digest=looked.digest,
                holds=looked.holds,
                words=looked.words,
                evidence=path,
            ),
            files=files,
        )

    def _command(self, effect: Effect) -> Command | None:
        if effect.probe is not None and effect.at is None:
            return effect.probe
        return asking.look(effect.at, self._python, self._kept) if effect.at is not None else None

    async def _look_at(self, effect: Effect) -> Looked:
        """By the system that it is in, and by the runbook's probe, where it has either."""
        looked = Looked()
        if effect.at is not None:
            looked = await self._seen(asking.look(effect.at, self._python, self._kept))
        if effect.probe is None:
            return looked
        asked = await self._probed(effect.probe)
        if effect.at is None:
            return asked
        return Looked(
            looked.digest, asked.holds, looked.words or asked.words, looked.content, looked.seen
        )

    async def _probed(self, probe: Verify) -> Looked:
        asked = await self._ask(probe)
        if isinstance(asked, Looked):
            return asked
        line, ended = asked
        redactor = self._session.redactor
        content = output_text(line, ended, redactor)
        answer = safe_text(redactor.text(ended.output.answer)).strip()
        code = ended.exit if ended.exit is not None else -1
        expect = expected(probe.expect, self._session.state.parameters)
        if code != expect.exit and not 0 <= code < CANNOT_BE_ASKED:
            return Looked(words=self._last(ended) or f"exit {code}", content=content)
        holds = why_not(expect, code, ended.output.answer) is None
        words = safe_line(answer.split("\n")[-1], LONGEST_WORDS) or f"exit {code}"
        return Looked(digest_of([code, answer]), holds, words, content)

    async def _seen(self, command: Command) -> Looked:
        asked = await self._ask(command)
        if isinstance(asked, Looked):
            return asked
        _, ended = asked
        if ended.exit != 0:
            return Looked(words=self._last(ended) or f"exit {ended.exit}")
        try:
            seen = msgspec.json.decode(ended.output.answer, type=Seen)
        except msgspec.DecodeError:
            return Looked(words="what it answered cannot be read")
        redactor = self._session.redactor
        lines = {k: safe_line(redactor.text(line)) for k, line in seen.lines.items()}
        clean = Seen(seen.objects, lines)
        words = "; ".join(f"{key}: {line}" for key, line in list(lines.items())[:3]) or "absent"
        if len(lines) > 3:
            words = f"{len(lines):,} objects: {words}"
        content = msgspec.json.format(msgspec.json.encode(clean), indent=1) + b"\n"
        return Looked(seen.digest, None, safe_line(words, LONGEST_WORDS), content, clean)

    async def _ask(self, command: Command) -> tuple[str, Ended] | Looked:
        self._asked += 1
        async with self._gate:
            ended = await self._executor.ask(command, f"look {self._asked}")
        if isinstance(ended, Refusal):
            return Looked(words=str(ended))
        line, how = ended
        if how.how != "exited":
            return Looked(words=how.trouble or f"the look {how.how}")
        return line, how

    def _last(self, ended: Ended) -> str:
        text = self._session.redactor.text(ended.output.last_line)
        return safe_line(text, LONGEST_WORDS)

    # --- surveys

    async def _survey(self, occasion: Occasion, step_id: str) -> None:
        for name in self._session.state.plan.runbook.surveys:
            await self._survey_one(name, occasion, step_id)

    async def _survey_one(
        self, name: str, occasion: Occasion, step_id: str, first: Surveyed | None = None
    ) -> Seen | None:
        """Takes a survey; compared with `first`, what nobody declared goes onto the ledger with
        it: one is never in the log without the other."""
        session = self._session
        system = session.state.plan.runbook.surveys.get(name)
        if system is None:
            return None
        looked = await self._seen(asking.look(system, self._python, self._kept))
        path = ""
        files: dict[str, bytes] = {}
        changed: tuple[Change, ...] = ()
        if looked.seen is not None:
            path = f"evidence/surveys/{name}-{occasion}-{session.state.seq + 1}.json"
            files = {path: looked.content}
            before = self._kept_survey(first) if first is not None else None
            changed = changes(before, looked.seen) if before is not None else ()
        session.submit(
            ecmd.ReportSurvey(
                survey=name,
                occasion=occasion,
                step=step_id,
                digest=looked.digest,
                objects=len(looked.seen.objects) if looked.seen is not None else 0,
                words=looked.words if looked.seen is None else "",
                evidence=path,
                changes=changed,
                kept=(first.digest if first is not None else "", looked.digest),
            ),
            files=files,
        )
        return looked.seen

    async def _find_undeclared(self, step_id: str) -> None:
        """Compares each survey with how it was before the step, and puts on the ledger what the
        step changed and nobody declared."""
        firsts: Mapping[str, Surveyed] = self._session.state.effects.before.get(step_id, {})
        for name, first in firsts.items():
            await self._survey_one(name, "after", step_id, first)

    def _kept_survey(self, taken: Surveyed) -> Seen | None:
        """What a survey saw, as the log has it."""
        try:
            return msgspec.json.decode(self._session.log.file(taken.evidence), type=Seen)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def unknown(state: RunState) -> tuple[EffectState, ...]:
    """Effects that somebody has to look at."""
    return tuple(e for e in state.effects.ledger.values() if e.presence == "unknown")
