"""Carries sent updates to their channels, in the background: nobody waits for a channel.

What is to be done is read from the state of the run, so a program that takes it up goes on where
the last one ended. Each attempt is written down before it is made; one whose program died is
*unknown*, and is looked up where the channel can be asked and otherwise left to a person. No
attempt is made while another one may have arrived, so a message is there at most once, or the log
says how it may be there twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.channels import BY_HAND, Answered, Carrier, Channel, Outgoing
from runbook_tui.domain.messages.feed import FEED, FeedEntry, entries_of, entry_id
from runbook_tui.domain.messages.held import window_of
from runbook_tui.domain.messages.state import Delivery, Update
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.session import BrokenLogError, Session

DELAYS = (5.0, 15.0, 45.0, 120.0, 300.0)
"""Seconds before each further attempt; after the last one a person decides."""
LONGEST_PAUSE = 900.0
"""Seconds that a channel may ask to wait."""
LONGEST_ATTEMPT = 90.0
"""Seconds after which an attempt is given up whatever the carrier does."""
RECORD_AGAIN = 2.0
INTERRUPTED = "the program ended while it was handed over: it may be there"

Publish = Callable[[Sequence[FeedEntry]], None]
"""Writes the status feed. Raises an exception whose text is a safe sentence."""


class Delivering:
    """The deliveries of one session. Runs in the loop that owns the session."""

    def __init__(
        self,
        session: Session,
        carrier: Carrier | None = None,
        publish: Publish | None = None,
        *,
        feed_in_rehearsals: bool = False,
        delays: Sequence[float] = DELAYS,
        tell: Callable[[str], None] = lambda _words: None,
    ) -> None:
        """`tell` is given a sentence where something needs a person."""
        self._session = session
        self._carrier = carrier
        self._publish = publish
        self._delays = tuple(delays)
        self.tell = tell
        feed = Channel(
            name=FEED,
            kind=FEED,
            audience="customers",
            recipients="whoever reads the status page",
            rehearsal=feed_in_rehearsals,
        )
        own = (feed,) if publish is not None else ()
        self.channels: tuple[Channel, ...] = own + (carrier.channels if carrier else ())
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[tuple[int, str], float] = {}
        """The loop's time before which a delivery is not tried again."""
        self._tries: dict[tuple[int, str], int] = {}
        """Attempts that this program made since a person last had a say."""
        self._looked: set[tuple[int, str, int]] = set()
        self._stopping = False
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stop: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begins, in the running loop. What a program that died left under way becomes unknown.
        Raises what the log raises."""
        if self._task is not None:
            return
        self._settle_interrupted()
        self._stop = self._session.listen(lambda _news: self._news.set())
        self._task = asyncio.ensure_future(self._run())

    async def stop(self, patience: float = 0.0) -> None:
        """Begins nothing more, and waits up to `patience` seconds for what is being handed over.
        What has not ended by then is ended, and is unknown in the log."""
        self._stop()
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        self._stopping = True
        lanes = [lane for lane in self._lanes.values() if not lane.done()]
        if lanes and patience > 0:
            await asyncio.wait(lanes, timeout=patience)
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(task, *lanes, return_exceptions=True)

    def nudge(self) -> None:
        """Something is to be sent: look now."""
        self._news.set()

    @property
    def busy(self) -> bool:
        """Whether something is being handed over right now."""
        return any(not task.done() for task in self._lanes.values())

    async def drained(self) -> None:
        """Waits until nothing is left that the program does by itself now; retries that are to come
        later do not count."""
        while True:
            self._begin_lanes()
            lanes = [task for task in self._lanes.values() if not task.done()]
            if not lanes:
                return
            await asyncio.wait(lanes)

    def _settle_interrupted(self) -> None:
        for update in self._session.state.messages.updates.values():
            for name, each in update.deliveries.items():
                if each.status == "under-way":
                    feed = each.to.kind == FEED
                    self._session.submit(
                        cmd.EndDelivery(
                            update=update.number,
                            channel=name,
                            attempt=each.attempts,
                            # The feed is written whole: once more is the same.
                            outcome="failed" if feed else "unknown",
                            words="interrupted; it is written again" if feed else INTERRUPTED,
                        )
                    )

    async def _run(self) -> None:
        while True:
            self._news.clear()
            self._begin_lanes()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._pause())

    def _pause(self) -> float | None:
        """Seconds until something is to be tried again; None where nothing is."""
        now = time.monotonic()
        rests = self._not_before.items()
        ahead = [at - now for key, at in rests if at > now and self._is_open(key)]
        return max(0.01, min(ahead)) if ahead else None

    def _is_open(self, key: tuple[int, str]) -> bool:
        update = self._session.state.messages.updates.get(key[0])
        known = update.deliveries.get(key[1]) if update is not None else None
        return known is not None and known.status in ("failed", "unknown")

    def _begin_lanes(self) -> None:
        """One lane a channel, so that a slow one holds up no other, and each keeps its order."""
        for channel in self.channels:
            lane = self._lanes.get(channel.name)
            if (lane is None or lane.done()) and self._next(channel) is not None:
                task = asyncio.ensure_future(self._lane(channel))
                task.add_done_callback(lambda _task: self._news.set())
                self._lanes[channel.name] = task

    def _next(self, channel: Channel) -> tuple[Update, Delivery] | None:
        """What is to be done next on a channel, the oldest first. A later update does not wait for
        one that nobody knows about, nor for one that is given a rest."""
        now = time.monotonic()
        if channel.kind == BY_HAND:
            return None
        for update in self._session.state.messages.sent:
            known = update.deliveries.get(channel.name)
            if known is None:
                continue
            key = (update.number, channel.name)
            if known.status == "waiting":
                return update, known
            if self._not_before.get(key, 0.0) > now:
                continue
            if known.status == "failed" and self._tries.get(key, 0) <= len(self._delays):
                return update, known
            if known.status == "unknown" and (*key, known.attempts) not in self._looked:
                return update, known
        return None

    async def _lane(self, channel: Channel) -> None:
        while True:
            found = self._next(channel) if not self._stopping else None
            if found is None:
                return
            update, known = found
            if known.status == "unknown":
                await self._look(channel, update, known)
            elif not await self._attempt(channel, update, known):
                return

    async def _look(self, channel: Channel, update: Update, known: Delivery) -> None:
        """Asks the channel whether it has what may or may not have arrived."""
        key = (update.number, channel.name)
        outgoing = self._outgoing(channel, update, known, known.attempts)
        answer = await self._carrier.look(channel.name, outgoing) if self._carrier else None
        if answer is None or answer.outcome in ("delivered", "failed"):
            self._looked.add((*key, known.attempts))
        if answer is None:
            return
        if answer.outcome in ("delivered", "failed"):
            await self._record(update, channel, known.attempts, answer, 0.0, looked=True)
            return
        tries = self._tries.get(key, 0)
        if tries >= len(self._delays):
            self._looked.add((*key, known.attempts))
            return
        self._tries[key] = tries + 1
        self._not_before[key] = time.monotonic() + self._delays[tries]

    async def _attempt(self, channel: Channel, update: Update, known: Delivery) -> bool:
        """One attempt, written down before and after; whether the lane goes on."""
        key = (update.number, channel.name)
        try:
            begun = self._session.submit(cmd.BeginDelivery(update.number, channel.name))
        except (LogFailure, BrokenLogError) as error:
            # What cannot be written down is not done.
            self.tell(f"{channel.name} waits: {error}")
            self._not_before[key] = time.monotonic() + RECORD_AGAIN
            return False
        if isinstance(begun, Refusal):
            return False  # another program was faster
        if known.status == "waiting":
            self._tries.pop(key, None)
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        number = known.attempts + 1
        started = time.monotonic()
        answer = Answered(outcome="unknown", words="cancelled while it was handed over")
        try:
            answer = await self._hand_over(channel, update, known, number)
        finally:
            # Also where it is cancelled: the log is never left thinking that it is under way.
            took = time.monotonic() - started
            if answer.outcome == "failed" and tries <= len(self._delays):
                pause = max(self._delays[tries - 1], min(answer.retry_after or 0.0, LONGEST_PAUSE))
                self._not_before[key] = time.monotonic() + pause
            await self._record(update, channel, number, answer, took)
        return True

    async def _hand_over(
        self, channel: Channel, update: Update, known: Delivery, number: int
    ) -> Answered:
        if channel.kind == FEED:
            return await self._write_feed()
        if self._carrier is None:
            return Answered(outcome="refused", words="the channel is not configured any more")
        outgoing = self._outgoing(channel, update, known, number)
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                return await self._carrier.deliver(channel.name, outgoing)
        except TimeoutError:
            return Answered(outcome="unknown", words=f"no answer in {LONGEST_ATTEMPT:.0f} s")

    async def _write_feed(self) -> Answered:
        assert self._publish is not None
        entries = entries_of(self._session.state)
        try:
            await asyncio.to_thread(self._publish, entries)
        except Exception as error:  # noqa: BLE001 - a feed that cannot be written stops no run
            return Answered(outcome="failed", words=str(error) or type(error).__name__)
        return Answered(outcome="delivered", words=f"up to update {entries[-1].number}")

    def _outgoing(
        self, channel: Channel, update: Update, known: Delivery, attempt: int
    ) -> Outgoing:
        state = self._session.state
        assert update.sent is not None
        return Outgoing(
            entry=entry_id(state.run, update.number),
            run=state.run,
            kind=update.kind,
            audience=known.to.audience,
            title=update.title,
            text=update.texts[known.to.audience],
            attempt=attempt,
            at=update.sent.utc,
            corrects=entry_id(state.run, update.corrects) if update.corrects else "",
            thread=state.messages.thread(channel.name),
            window=window_of(state, update.sent.utc),
        )

    async def _record(
        self,
        update: Update,
        channel: Channel,
        attempt: int,
        answer: Answered,
        took: float,
        *,
        looked: bool = False,
    ) -> None:
        """Takes down what came of it, however often that has to be tried: it is a fact."""
        command = cmd.EndDelivery(
            update=update.number,
            channel=channel.name,
            attempt=attempt,
            outcome=answer.outcome,
            words=answer.words,
            seconds=took,
            reference=answer.reference,
            thread=answer.thread,
            doubtful=answer.doubtful,
            looked=looked,
        )
        while True:
            try:
                self._session.submit(command)
            except (LogFailure, BrokenLogError) as error:
                self.tell(f"{channel.name} answered, and the log cannot take it: {error}")
                await asyncio.sleep(RECORD_AGAIN)
                continue
            break
        if answer.outcome in ("refused", "unknown") and not looked:
            self.tell(f"update {update.number} on {channel.name}: {answer.outcome}, {answer.words}")
