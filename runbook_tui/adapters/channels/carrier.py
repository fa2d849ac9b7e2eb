"""Hands messages to the channels of the configuration: one attempt, or one look, at a time.

Each is done by a process of its own (`deliver`), which is ended at the channel's time limit. What
comes back is held to be foreign: it is cleaned of secrets and of what a terminal would obey.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence

import msgspec

from runbook_tui.adapters.channels.config import ChannelConfig
from runbook_tui.adapters.channels.job import WRITTEN, Act, Job, Nothing
from runbook_tui.adapters.channels.secret import in_settings, secrets_of
from runbook_tui.adapters.config import PREFIX
from runbook_tui.adapters.process.asking import Said, ask, own_module
from runbook_tui.domain.messages.channels import BY_HAND, Answered, Channel, Outgoing
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.text import safe_line

DELIVER = "runbook_tui.adapters.channels.deliver"
MARGIN_SHARE = 0.15
"""Of the limit, but no more than `MOST_MARGIN` seconds: by how much the process gives up earlier
than it is ended, so that it can still say how far it came."""
MOST_MARGIN = 0.6
LONGEST_WORDS = 200
LONGEST_ID = 200


class Channels:
    """The channels of the configuration; a `Carrier`."""

    def __init__(
        self, configured: Sequence[ChannelConfig], environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment`: what the processes are given, proxies and certificates among it; this
        program's own by default. Its variables of this program are never passed on."""
        self._configured = {each.channel.name: each for each in configured}
        self._environment = environment
        self._redactor = Redactor(secrets_of(configured))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All that are configured, in the order of the configuration."""
        return tuple(each.channel for each in self._configured.values())

    async def deliver(self, channel: str, outgoing: Outgoing) -> Answered:
        """Hands a message over, once; see `Carrier`."""
        configured = self._configured.get(channel)
        if configured is None:
            return Answered(outcome="refused", words="no such channel is configured")
        if configured.channel.kind == BY_HAND:
            words = "the program does not send here: copy the text and say that it is out"
            return Answered(outcome="refused", words=words)
        answered = await self._attempt("deliver", configured, outgoing)
        if answered is None:
            answered = Answered(outcome="unknown", words="it did not say what came of it")
        return answered

    async def look(self, channel: str, outgoing: Outgoing) -> Answered | None:
        """Whether the channel has the update; see `Carrier`."""
        configured = self._configured.get(channel)
        # Apprise's services take messages and show none.
        if configured is None or configured.channel.kind in (BY_HAND, "apprise"):
            return None
        answered = await self._attempt("look", configured, outgoing)
        if answered is not None and answered.outcome == "refused":
            # Only `deliver` refuses; of a look it says that nothing could be seen.
            answered = msgspec.structs.replace(answered, outcome="unknown")
        return answered

    async def _attempt(
        self, act: Act, configured: ChannelConfig, outgoing: Outgoing
    ) -> Answered | None:
        begin = time.monotonic()
        limit = configured.timeout
        settings = {key: value.reveal() for key, value in configured.settings.items()}
        job = Job(
            act=act,
            kind=configured.channel.kind,
            settings=settings,
            secrets=in_settings(configured.channel.kind, settings),
            outgoing=outgoing,
            longest=configured.channel.longest,
            until=begin + limit - min(MOST_MARGIN, limit * MARGIN_SHARE),
        )
        said = await ask(
            own_module(DELIVER), msgspec.json.encode(job), limit=limit, env=self._given()
        )
        if said.line:
            with contextlib.suppress(msgspec.DecodeError):
                if msgspec.json.decode(said.line) == _NOTHING:
                    return None
                return self._clean(msgspec.json.decode(said.line, type=Answered))
        return _without_answer(act, said, limit)

    def _given(self) -> dict[str, str]:
        given = os.environ if self._environment is None else self._environment
        # A library of a channel that warns of its own future is no reason to tell nobody.
        return {
            name: value
            for name, value in given.items()
            if not name.startswith(PREFIX) and name != "PYTHONWARNINGS"
        }

    def _clean(self, answered: Answered) -> Answered:
        return msgspec.structs.replace(
            answered,
            words=safe_line(self._redactor.text(answered.words), LONGEST_WORDS) or "no words",
            reference=self._identifier(answered.reference),
            thread=self._identifier(answered.thread),
        )

    def _identifier(self, given: str) -> str:
        """An identifier of the channel, which is kept and used again only as it is."""
        cleaned = safe_line(self._redactor.text(given))
        return given if cleaned == given and len(given) <= LONGEST_ID else ""


_NOTHING = msgspec.to_builtins(Nothing())


def _without_answer(act: Act, said: Said, limit: float) -> Answered:
    if act == "look":
        return Answered(outcome="unknown", words=f"no answer within {limit:g} s")
    if said.trouble:
        return Answered(outcome="failed", words=said.trouble)
    sent = WRITTEN in said.notes
    if said.overdue:
        words = f"{'sent, and no answer' if sent else 'no connection'} within {limit:g} s"
    else:
        words = f"its process ended without an answer (code {said.code})"
    return Answered(outcome="unknown" if sent else "failed", words=words)
