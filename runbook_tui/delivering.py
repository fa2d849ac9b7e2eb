"""Carries sent updates to their channels, in the background: nobody waits for a channel.

What is to be done is read from the state of the run, so a program that takes it up goes on where
the last one ended. Each attempt is written down before it is made; one whose program died is
*unknown*, and is looked up where the channel can be asked and otherwise left to a person. No
attempt is made while another one may have arrived, so a message is there at most once, or the log
says how it may be there twice. That a channel has it not is believed only when nothing of ours can
be on its way there any more: a process that was started for an attempt outlives a killed program.

A channel that fails, or asks to wait, is left alone until then: what comes later waits, and the
order stays. It does not wait for what a person has to settle.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from msgspec import structs

from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.channels import BY_HAND, Answered, Carrier, Channel
from runbook_tui.domain.messages.feed import FEED, entries_of
from runbook_tui.domain.messages.lanes import is_left_behind, not_served, outgoing_of, owed
from runbook_tui.domain.messages.patience import Key, Patience
from runbook_tui.domain.messages.state import Delivery, Update
from runbook_tui.domain.moment import elapsed
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.handover import Handover, Publish
from runbook_tui.session import BrokenLogError, Session

DELAYS = (5.0, 15.0, 45.0, 120.0, 300.0)
"""Seconds before each further attempt; after the last one a person decides."""
IN_FLIGHT = 60.0
"""Seconds for which an attempt that nobody hears of any more may still be on its way: the longest
time limit of a channel."""
FRESH = 600.0
"""Seconds after which nothing is sent by itself any more: a text that promises the next word for a
time that is past does more harm than none. A person may still send it."""
APART = 0.5
"""Seconds between the beginnings of two attempts: each starts a process, and several at once leave
no processor for the person at the keyboard."""
RECORD_AGAIN = 2.0
"""Seconds until the log is tried again."""
INTERRUPTED = "the program ended while it was handed over: it may be there"


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
        in_flight: float = IN_FLIGHT,
        fresh: float = FRESH,
        apart: float = APART,
        record_again: float = RECORD_AGAIN,
        tell: Callable[[str], None] = lambda _words: None,
    ) -> None:
        """`tell` is given a sentence where something needs a person."""
        self._session = session
        self._handover = Handover(carrier, publish)
        self._patience = Patience(delays)
        self._in_flight = in_flight
        self._fresh = fresh
        self._apart = apart
        self._record_again = record_again
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
        self._log_rests = 0.0
        """When (by `time.monotonic`) the log is tried again; 0.0 where it works."""
        self._broken: set[str] = set()
        """Channels whose lane has met a fault of the program's own."""
        self._free_at = 0.0
        self._stopping = False
        self._news = asyncio.Event()
        self._first = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stop: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begins, in the running loop. What a program that died left under way becomes unknown.
        Raises what the log raises."""
        if self._task is not None:
            return
        self.settle_interrupted()
        self._stopping = False
        self._news, self._first = asyncio.Event(), asyncio.Lock()  # of this loop
        names = frozenset(channel.name for channel in self.channels)
        for number, name in not_served(self._session.state, names):
            self.tell(f"update {number} is not at {name}, which is not configured here: settle it")
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

    def settle_interrupted(self) -> None:
        """What a program that died left under way becomes unknown. Only for whoever drives: else
        another program may be at it. Raises what the log raises."""
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
            # Not wait_for: in 3.11 it loses a cancellation that comes together with news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._news.wait()

    def _pause(self) -> float | None:
        """Seconds until something is to be tried again; None where nothing is."""
        now = time.monotonic()
        found = (owed(self._session.state, channel) for channel in self.channels)
        keys = [(each.number, known.to.channel) for pairs in found for each, known in pairs]
        ahead = [self._patience.until(keys, now), self._log_rests - now]
        return min(
            (max(0.01, each) for each in ahead if each is not None and each > 0), default=None
        )

    def rest(self) -> float | None:
        """Seconds until something is done that the program does by itself: 0.0 where that is now,
        None where nothing is left but what a person decides."""
        if self.busy or any(self._next(channel) for channel in self.channels):
            return 0.0
        return self._pause()

    def _begin_lanes(self) -> None:
        """One lane a channel, so that a slow one holds up no other, and each keeps its order."""
        for channel in self.channels:
            lane = self._lanes.get(channel.name)
            if (lane is None or lane.done()) and self._next(channel) is not None:
                task = asyncio.ensure_future(self._lane(channel))
                task.add_done_callback(lambda _task: self._news.set())
                self._lanes[channel.name] = task

    def _next(self, channel: Channel) -> tuple[Update, Delivery] | None:
        """What is to be done next on a channel, the oldest first."""
        now = time.monotonic()
        if self._stopping or self._log_rests > now or channel.name in self._broken:
            return None
        for update, known in owed(self._session.state, channel):
            key = (update.number, channel.name)
            rests = self._patience.rests(key, now)
            if known.status != "unknown" and not self._is_fresh(update, known, now):
                continue  # a look does no harm, whenever it is
            if known.status == "waiting":
                return update, known
            if known.status == "unknown":
                if not rests and self._patience.may_look(key, known.attempts):
                    return update, known
            elif self._patience.may_try(key):
                return None if rests else (update, known)
        return None

    def _is_fresh(self, update: Update, known: Delivery, now: float) -> bool:
        """Whether it is not too late for the program to send it by itself."""
        if known.to.kind == FEED or update.sent is None:
            return True
        said = self._patience.age((update.number, known.to.channel), now)
        if said is not None:
            return said <= self._fresh
        since = known.at if known.status == "waiting" and known.at is not None else update.sent
        return elapsed(since, self._session.clock.now()) <= self._fresh

    def outlook(self, update: Update, name: str) -> str:
        """What the program does next by itself about a delivery, in words; "" where that is plain
        from how it stands."""
        known = update.deliveries[name]
        channel = next((each for each in self.channels if each.name == name), None)
        if known.status not in ("waiting", "failed", "unknown") or known.to.kind == BY_HAND:
            return ""
        if channel is None:
            return "not configured here: a settles it"
        key, now = (update.number, name), time.monotonic()
        fresh = self._is_fresh(update, known, now)
        if known.status == "unknown":
            looks = self._patience.may_look(key, known.attempts)
            then = "goes again by itself if it is not there" if fresh else "then it is yours: a"
            return f"being looked for; {then}" if looks else ""
        if not fresh:
            return "too old to go by itself: a sends it again, or gives it up"
        if known.status == "waiting":
            return ""
        behind = is_left_behind(self._session.state, channel, update)
        if behind or not self._patience.may_try(key):
            return "not tried again by itself: a"
        left = self._patience.left(key, now)
        return f"tried again in {left:.0f} s" if left >= 1 else "tried again now"

    async def _lane(self, channel: Channel) -> None:
        try:
            while (found := self._next(channel)) is not None:
                update, known = found
                if known.status == "unknown":
                    await self._look(channel, update, known)
                elif not await self._attempt(channel, update, known):
                    return
        except Exception as error:  # noqa: BLE001 - else it would be tried for ever, and unheard
            self._broken.add(channel.name)
            self.tell(f"{channel.name} is not served any more: {type(error).__name__}")

    async def _look(self, channel: Channel, update: Update, known: Delivery) -> None:
        """Asks the channel whether it has what may or may not have arrived."""
        key = (update.number, channel.name)
        await self._turn()
        outgoing = outgoing_of(self._session.state, update, known, known.attempts)
        answer = await self._handover.look(channel, outgoing)
        if answer is None:
            self._patience.look_no_more(key, known.attempts)
            return
        lost = elapsed(known.at, self._session.clock.now()) if known.at is not None else 0.0
        absent = answer.outcome == "failed" and lost >= self._in_flight
        if answer.outcome == "delivered" or absent:
            self._patience.look_no_more(key, known.attempts)
            # What was not there may come yet: whatever is done now, that is known.
            answer = structs.replace(answer, doubtful=absent)
            await self._record(update, channel, known.attempts, answer, 0.0, looked=True)
        elif not self._patience.look_again(key, known.attempts, time.monotonic()):
            self.tell(f"{channel.name} does not say whether it has update {update.number}: look")

    async def _attempt(self, channel: Channel, update: Update, known: Delivery) -> bool:
        """One attempt, written down before and after; whether the lane goes on."""
        key: Key = (update.number, channel.name)
        await self._turn()
        if self._stopping:
            return False
        try:
            begun = self._session.submit(cmd.BeginDelivery(update.number, channel.name))
        except (LogFailure, BrokenLogError) as error:
            # What cannot be written down is not done.
            self._log_fails(f"{channel.name} waits: {error}")
            return False
        if isinstance(begun, Refusal):
            return False  # another program was faster
        self._log_rests = 0.0
        tries = self._patience.begin(key, time.monotonic(), anew=known.status == "waiting")
        # Another program may have tried meanwhile.
        number = self._session.state.messages.updates[key[0]].deliveries[key[1]].attempts
        started = time.monotonic()
        answer = Answered(outcome="unknown", words="cancelled while it was handed over")
        try:
            state = self._session.state
            outgoing = outgoing_of(state, update, known, number)
            answer = await self._handover.deliver(channel, outgoing, entries_of(state))
        finally:
            # Also where it is cancelled: the log is never left thinking that it is under way.
            took = time.monotonic() - started
            again = answer.outcome != "failed" or self._patience.fail(
                key, time.monotonic(), answer.retry_after
            )
            await self._record(update, channel, number, answer, took)
        if not again:
            words = f"update {update.number} is not at {channel.name} after {tries} attempts"
            self.tell(f"{words}: send it again, or give it up")
        return True

    async def _turn(self) -> None:
        """Waits until an attempt may begin: the first at once, others a moment apart."""
        async with self._first:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, self._free_at - now))
            self._free_at = asyncio.get_running_loop().time() + self._apart

    def _log_fails(self, words: str) -> None:
        """Lets the log rest, and says so once until it works again."""
        if not self._log_rests:
            self.tell(words)
        self._log_rests = time.monotonic() + self._record_again

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
                break
            except (LogFailure, BrokenLogError) as error:
                self._log_fails(f"{channel.name} answered, and the log cannot take it: {error}")
                if self._stopping:
                    return  # it stays under way there, and is unknown to whoever goes on
            try:
                await asyncio.sleep(self._record_again)
            except asyncio.CancelledError:
                with contextlib.suppress(LogFailure, BrokenLogError):
                    self._session.submit(command)
                raise
        self._log_rests = 0.0
        self._tell_of(update, channel, answer, looked=looked)

    def _tell_of(self, update: Update, channel: Channel, answer: Answered, *, looked: bool) -> None:
        """Says what a person should know of what has just been recorded."""
        what, state = f"update {update.number} on {channel.name}", self._session.state
        now = state.messages.updates[update.number].deliveries[channel.name]
        if answer.outcome in ("refused", "unknown") and not looked:
            self.tell(f"{what}: {answer.outcome}, {answer.words}")
        elif answer.outcome == "delivered" and now.doubtful:
            self.tell(f"{what}: it is there, and may be there twice; look")
        elif answer.outcome == "failed" and is_left_behind(state, channel, update):
            self.tell(f"{what}: it is not there, and a later one is; send it again, or give it up")
