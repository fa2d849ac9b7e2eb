"""Hands one message to one channel, or looks for it there, and always comes to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from runbook_tui.domain.messages.channels import Answered, Carrier, Channel, Outgoing
from runbook_tui.domain.messages.feed import FEED, FeedEntry

LONGEST_ATTEMPT = 90.0
"""Seconds after which an attempt is given up whatever the carrier does."""
_NO_ANSWER = Answered(outcome="unknown", words=f"no answer in {LONGEST_ATTEMPT:.0f} s")

Publish = Callable[[Sequence[FeedEntry]], None]
"""Writes the status feed. Raises an exception whose text is a safe sentence."""


class Handover:
    """The channels of a carrier, and the status feed."""

    def __init__(self, carrier: Carrier | None, publish: Publish | None) -> None:
        self._carrier = carrier
        self._publish = publish

    async def deliver(
        self, channel: Channel, outgoing: Outgoing, entries: Sequence[FeedEntry]
    ) -> Answered:
        """One attempt; `entries` are the whole feed. Raises nothing but that it is cancelled."""
        if channel.kind == FEED:
            return await self._write(entries)
        if self._carrier is None:
            return Answered(outcome="refused", words="the channel is not configured any more")
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                return await self._carrier.deliver(channel.name, outgoing)
        except TimeoutError:
            return _NO_ANSWER
        except Exception as error:  # noqa: BLE001 - it may be there, and the next one goes on
            return _fault(error)

    async def look(self, channel: Channel, outgoing: Outgoing) -> Answered | None:
        """Whether it is there; None where that cannot be asked. Raises nothing but that it is
        cancelled."""
        if self._carrier is None or channel.kind == FEED:
            return None
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                return await self._carrier.look(channel.name, outgoing)
        except TimeoutError:
            return _NO_ANSWER
        except Exception as error:  # noqa: BLE001 - nothing was seen, and that is all
            return _fault(error)

    async def _write(self, entries: Sequence[FeedEntry]) -> Answered:
        assert self._publish is not None
        try:
            await asyncio.to_thread(self._publish, entries)
        except Exception as error:  # noqa: BLE001 - a feed that cannot be written stops no run
            return Answered(outcome="failed", words=str(error) or type(error).__name__)
        return Answered(outcome="delivered", words=f"up to update {entries[-1].number}")


def _fault(error: Exception) -> Answered:
    words = f"the program could not do it ({type(error).__name__})"
    return Answered(outcome="unknown", words=words)
