"""Drafts from the command line: made, changed, answered for, given up."""

from __future__ import annotations

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.begin import edit
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.message_asked import STDIN
from runbook_tui.cli.message_telling import Telling
from runbook_tui.cli.messages_text import stale_lines
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import MessageStep
from runbook_tui.domain.text import safe_line


class Writing:
    """Acts on a draft."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._session = telling.session
        self._messaging = telling.messaging
        self._asked = telling.asked

    def new(self) -> int:
        """A new update; the exit code."""
        asked = self._asked
        if self._telling.what.action == "no-news":
            return self._proposed("progress", no_news=True)
        planned = self._session.state.plan.by_id.get(asked.step or "")
        if asked.step is not None and not isinstance(planned, MessageStep):
            raise bad_input(f"the runbook has no message step {safe_line(asked.step, 64)!r}")
        kind = asked.kind or (planned.update if isinstance(planned, MessageStep) else "progress")
        if asked.files:
            return self._made(cmd.DraftUpdate(kind=kind, texts=asked.texts(), step=asked.step))
        return self._proposed(kind)

    def do(self, update: Update) -> int:
        """One act; the exit code."""
        match self._telling.what.action:
            case "edit":
                return self._edit(update)
            case "renew":
                return self._renew(update)
            case "correct":
                return self._correct(update)
            case "overrule":
                return self._overrule(update)
            case _:
                words = self._asked.reason or ""
                return self._telling.decided(cmd.WithdrawUpdate(update.number, words))

    def _proposed(self, kind: Kind, *, no_news: bool = False, corrects: int = 0) -> int:
        asked = self._asked
        proposed = self._messaging.propose(
            kind, step=asked.step, no_news=no_news, corrects=corrects, to=asked.to
        )
        if isinstance(proposed, Refusal):
            self._telling.refuse(proposed)
        return self._made(proposed)

    def _made(self, command: cmd.DraftUpdate) -> int:
        event = self._telling.submit(command)[-1].entry.event
        assert isinstance(event, mev.UpdateDrafted)
        return self._kept(event.update)

    def _kept(self, number: int) -> int:
        """A draft was taken down: it is shown whole, with what stands against it."""
        if self._telling.as_json:
            return self._telling.report(number)
        say.out(self._telling.lines(self._session.state.messages.updates[number]))
        return exits.FINE

    def _refuse_what_is_none(self, update: Update) -> None:
        if not update.is_draft or self._session.state.is_over:
            # Whatever would be decided about it: the words are those of the rules.
            refusal = self._session.ask(cmd.WithdrawUpdate(update.number))
            if refusal is not None:
                self._telling.refuse(refusal)

    def _edit(self, update: Update) -> int:
        self._refuse_what_is_none(update)
        if self._asked.files:
            return self._keep(update, {**update.texts, **self._asked.texts()})
        if not wiring.interactive():
            raise bad_input(
                "there is no terminal for an editor",
                f"give the text: --to AUDIENCE --text-file FILE, or {STDIN} for stdin",
            )
        texts = dict(update.texts)
        for audience in self._asked.to or tuple(texts):
            texts[audience] = edit(texts.get(audience, ""), f"update-{update.number}-{audience}")
        self._session.catch_up()
        if self._session.state.messages.updates[update.number].digest != update.digest:
            words = "somebody else has changed it meanwhile"
            self._telling.refuse(Refusal(words, "look at it, then edit it again"))
        return self._keep(update, texts)

    def _keep(
        self,
        update: Update,
        texts: dict[Audience, str],
        facts: tuple[UsedFact, ...] | None = None,
    ) -> int:
        before = len(self._session.entries)
        refusal = self._messaging.keep(update, texts, facts)
        if refusal is not None:
            self._telling.refuse(refusal)
        if len(self._session.entries) == before:
            say.err("nothing has changed")
        return self._kept(update.number)

    def _renew(self, update: Update) -> int:
        self._refuse_what_is_none(update)
        renewed = self._messaging.renewed(update)
        if renewed is None:
            say.err("every fact in it still holds")
            return self._kept(update.number)
        for line in stale_lines(renewed):
            say.err(line)
        return self._keep(update, dict(renewed.texts), renewed.facts)

    def _correct(self, update: Update) -> int:
        if update.sent is None:
            words = f"update {update.number} was not sent: there is nothing to correct"
            self._telling.refuse(Refusal(words, "a draft is edited"))
        return self._proposed(update.kind, corrects=update.number)

    def _overrule(self, update: Update) -> int:
        self._refuse_what_is_none(update)
        rule, (audience,) = self._telling.what.about, self._asked.to
        said = " ".join((self._asked.said or "").split())
        known = dict.fromkeys(
            each.key
            for each in self._messaging.held(update)
            if each.audience == audience and each.remark.rule == rule and each.overruled is None
        )
        keys = [key for key in known if not said or key[2] == said]
        if len(keys) > 1:
            words = "; ".join(f"“{safe_line(key[2], 60)}”" for key in keys)
            raise bad_input(f"{rule} is about more than one thing: {words}", "say which: --said")
        key = keys[0] if keys else (audience, safe_line(rule, 64), said)
        reason = self._asked.reason or ""
        return self._telling.decided(cmd.OverruleRemark(update.number, *key, reason))
