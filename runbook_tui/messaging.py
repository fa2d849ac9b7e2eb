"""The messages of a run: drafts filled in from its state, held against the rules, sent.

Every decision goes through the session; what was sent is carried on by `delivering`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runbook_tui.delivering import Delivering
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.audiences import audiences_of
from runbook_tui.domain.messages.cadence import (
    Due,
    due,
    is_late,
    is_rolling_back,
    messages_of,
)
from runbook_tui.domain.messages.channels import Channel
from runbook_tui.domain.messages.decide import approval_of
from runbook_tui.domain.messages.events import SentTo, UsedFact
from runbook_tui.domain.messages.facts import facts_of, stale, zone_for
from runbook_tui.domain.messages.feed import FEED
from runbook_tui.domain.messages.held import Held, going_on, held
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.renewing import renewed_text
from runbook_tui.domain.messages.said_times import said_time
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.templates import BUILT_IN, NO_NEWS, correction, title_of
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.domain.runbook_model import Approval
from runbook_tui.formats.message_templates import Filled, TemplateError, fill
from runbook_tui.session import Session

ORDER: tuple[Audience, ...] = ("customers", "executives", "internal")


@dataclass(frozen=True)
class Ready:
    """All that is shown before an update is sent."""

    update: Update
    title: str
    to: tuple[SentTo, ...]
    held: tuple[Held, ...]
    approval: Approval | None
    """What it needs; None where nobody has to agree."""
    why_nobody: str
    """Why it goes to nobody, where it does."""


@dataclass(frozen=True)
class Renewed:
    """A draft with the facts of now, beside what it says."""

    changed: Mapping[str, tuple[UsedFact, UsedFact]]
    """The facts as they were filled in and as they are, by name."""
    texts: Mapping[Audience, str]
    """What it would say."""
    facts: tuple[UsedFact, ...]
    by_hand: tuple[str, ...]
    """Facts that changed and whose words a hand has taken out of the text: look for yourself."""


class Messaging:
    """The messages of one session."""

    def __init__(
        self, session: Session, delivering: Delivering, warnings: tuple[str, ...] = ()
    ) -> None:
        """`warnings`: what is unwise about the channels, a sentence each."""
        self._session = session
        self.delivering = delivering
        self.warnings = warnings

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that this run sends to."""
        mode = self._session.state.mode
        known = self.delivering.channels
        if mode == "dry-run":
            return ()
        return tuple(c for c in known if mode == "live" or c.rehearsal)

    def audiences(self, step: str | None = None) -> tuple[Audience, ...]:
        """Who an update is written for: those that its step names, else those with a channel."""
        planned = self._session.state.plan.by_id.get(step or "")
        if isinstance(planned, MessageStep):
            return audiences_of(planned.audience)
        found = {c.audience for c in self.channels if c.kind != FEED}
        return tuple(each for each in ORDER if each in found) or ("customers",)

    def due(self) -> Due | None:
        """When the next update is due."""
        return due(self._session.state, self._session.reading())

    def tell_overdue(self, now: Moment) -> Due | None:
        """Takes down that the time of an update has passed, once. Raises what the log raises."""
        state = self._session.state
        late = due(state, self._session.reading(now))
        if late is None or late.left(now) > 0 or state.messages.told_overdue == late.at:
            return None
        told = self._session.submit(cmd.TellOverdue(late.at))
        return None if isinstance(told, Refusal) else late

    def natural_kind(self) -> Kind:
        """What there is to be told now, most likely."""
        state, reading = self._session.state, self._session.reading()
        told = {update.kind for update in state.messages.sent}
        if not going_on(state):
            return "post-watch" if "done" in told else "done"
        if is_rolling_back(state) and "rollback" not in told:
            return "rollback"
        if is_late(reading) and "delay" not in told:
            return "delay"
        if told & {"start", "progress", "delay", "rollback"}:
            return "progress"
        ahead = reading is not None and reading.begins_in > 0
        return "announce" if ahead and "announce" not in told else "start"

    def facts(self, kind: Kind) -> dict[str, UsedFact]:
        """The facts of now."""
        session = self._session
        now = session.clock.now()
        return facts_of(session.state, session.reading(now), now, kind)

    def template(
        self, kind: Kind, audience: Audience, step: str | None, *, no_news: bool = False
    ) -> str:
        """What a text begins with: the step's draft, the runbook's template, the built-in one."""
        state = self._session.state
        planned = state.plan.by_id.get(step or "")
        if isinstance(planned, MessageStep) and planned.draft:
            first, *_ = audiences_of(planned.audience)
            if audience == first:
                return planned.draft
        if no_news:
            return NO_NEWS[audience]
        own = messages_of(state).templates.get(kind, {}).get(audience)
        return own if own is not None else BUILT_IN[kind][audience]

    def propose(
        self,
        kind: Kind,
        *,
        step: str | None = None,
        no_news: bool = False,
        corrects: int = 0,
        update: int = 0,
        to: Sequence[Audience] = (),
    ) -> cmd.DraftUpdate | Refusal:
        """A draft from the templates and the facts of now; nothing is recorded by it. `to`: for
        whom, where it is not for those that the step or the channels name."""
        state = self._session.state
        texts: dict[Audience, str] = {}
        used: dict[str, UsedFact] = {}
        facts = self.facts(kind)
        corrected = state.messages.updates.get(corrects)
        usual = tuple(corrected.texts) if corrected is not None else self.audiences(step)
        for audience in to or usual:
            filled = self._fill(self.template(kind, audience, step, no_news=no_news), facts)
            if isinstance(filled, Refusal):
                return filled
            texts[audience] = filled.text
            used |= {fact.name: fact for fact in filled.used}
            if corrected is not None and corrected.sent is not None:
                at = said_time(corrected.sent.utc, zone_for(state), self._session.clock.now().utc)
                texts[audience] = correction(at) + filled.text
        return cmd.DraftUpdate(
            kind=kind,
            texts=texts,
            facts=tuple(used.values()),
            step=step,
            corrects=corrects,
            update=update,
        )

    def _fill(self, template: str, facts: Mapping[str, UsedFact]) -> Filled | Refusal:
        try:
            return fill(template, facts, self._session.state.parameters)
        except TemplateError as error:
            return Refusal(f"the template cannot be filled in: {error}", "amend the runbook")

    def keep(
        self, update: Update, texts: Mapping[Audience, str], facts: Sequence[UsedFact] | None = None
    ) -> Refusal | None:
        """Takes a draft down as it stands; nothing where it stands so already. Raises what the log
        raises."""
        command = cmd.DraftUpdate(
            kind=update.kind,
            texts=dict(texts),
            facts=update.facts if facts is None else tuple(facts),
            update=update.number,
            step=update.step,
            corrects=update.corrects,
        )
        if dict(texts) == dict(update.texts) and command.facts == update.facts:
            return None
        answer = self._session.submit(command)
        return answer if isinstance(answer, Refusal) and "nothing has" not in str(answer) else None

    def held(self, update: Update) -> tuple[Held, ...]:
        """What the rules say of a draft, secrets and channels included."""
        now = self._session.clock.now().utc
        secrets = self._session.all_secrets
        return held(self._session.state, update, now, self.longest(), secrets)

    def longest(self) -> dict[Audience, int]:
        """Characters that the narrowest channel of each audience takes."""
        found: dict[Audience, int] = {}
        for channel in self.channels:
            if channel.longest is not None:
                before = found.get(channel.audience, channel.longest)
                found[channel.audience] = min(before, channel.longest)
        return found

    def renewed(self, update: Update) -> Renewed | None:
        """The draft with the facts of now; None where they still hold. What a hand has changed
        stays: only the words of facts are put in anew."""
        facts = self.facts(update.kind)
        changed = stale(update.facts, facts, self._session.clock.now().utc)
        if not changed:
            return None
        texts: dict[Audience, str] = {}
        missed: dict[str, None] = {}
        for audience, text in update.texts.items():
            texts[audience], left = self._with_new_facts(update, audience, text, facts, changed)
            missed |= dict.fromkeys(left)
        used = tuple(facts.get(f.name, UsedFact(name=f.name, words="")) for f in update.facts)
        return Renewed(changed, texts, used, tuple(missed))

    def _with_new_facts(
        self,
        update: Update,
        audience: Audience,
        text: str,
        facts: Mapping[str, UsedFact],
        changed: Mapping[str, tuple[UsedFact, UsedFact]],
    ) -> tuple[str, list[str]]:
        before = {fact.name: fact for fact in update.facts}
        named: set[str] = set()
        for no_news in (False, True):
            template = self.template(update.kind, audience, update.step, no_news=no_news)
            was = self._fill(template, before)
            if isinstance(was, Refusal):
                named |= before.keys()
                continue
            named |= {fact.name for fact in was.used}
            # Untouched by any hand: filled in anew, with what the template says of it now.
            if was.text == text:
                anew = self._fill(template, facts)
                if isinstance(anew, Filled):
                    return anew.text, []
        text, missed = renewed_text(text, update.facts, changed)
        return text, [name for name in missed if name in named]

    def title(self, update: Update) -> str:
        """The one line above an update."""
        return title_of(self.facts(update.kind)["about"].words, update.kind)

    def ready(self, update: Update) -> Ready:
        """What would be sent, to whom."""
        state = self._session.state
        to = tuple(
            SentTo(channel=c.name, kind=c.kind, audience=c.audience, recipients=c.recipients)
            for c in self.channels
            if c.audience in update.texts or c.kind == FEED
        )
        first, pages = next(iter(update.texts)), f"the pages for {', '.join(update.texts)}"
        to = tuple(
            SentTo(channel=t.channel, kind=t.kind, audience=first, recipients=pages)
            if t.kind == FEED
            else t
            for t in to
        )
        why = ""
        if not to:
            why = {
                "dry-run": "a dry run tells nobody",
                "rehearsal": "no channel takes rehearsals",
            }.get(state.mode, "no channel is configured for these readers")
        return Ready(
            update=update,
            title=self.title(update),
            to=to,
            held=self.held(update),
            approval=approval_of(state, update),
            why_nobody=why,
        )

    def why_not(self, ready: Ready, unapproved: str = "") -> Refusal | None:
        """What keeps it from being sent as it was shown; None where nothing does."""
        now = self._session.state.messages.updates.get(ready.update.number)
        if now is None or now.digest != ready.update.digest:
            return Refusal("the text is another one by now", "read it again before it is sent")
        blocks = [each for each in self.held(now) if each.blocks]
        if blocks:
            first = blocks[0].remark
            return Refusal(f"{first.rule}: {first.why}", "change the text")
        return self._session.ask(self._sending(ready, unapproved))

    def _sending(self, ready: Ready, unapproved: str) -> cmd.SendUpdate:
        return cmd.SendUpdate(
            update=ready.update.number,
            digest=ready.update.digest,
            title=ready.title,
            channels=ready.to,
            longest=self.longest(),
            unapproved=unapproved,
        )

    def send(self, ready: Ready, unapproved: str = "") -> Refusal | None:
        """Sends what was shown. It is recorded before anything leaves; channels are served in the
        background. Raises what the log raises."""
        refusal = self.why_not(ready, unapproved)
        if refusal is not None:
            return refusal
        answer = self._session.submit(self._sending(ready, unapproved))
        if isinstance(answer, Refusal):
            return answer
        self.delivering.nudge()
        return None
