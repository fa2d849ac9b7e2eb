"""One command on many hosts: how each of them ended, and what that makes of the whole.

Every host ends in exactly one result, whatever happens. Some hosts well and some not is a state
of its own, *partial*; the ones that did not end well can be tried again, and only their results
are replaced then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Protocol, get_args

from runbook_tui.domain.output import Clean, Stream
from runbook_tui.domain.text import safe_line

HostOutcome = Literal[
    "ok", "failed", "timed-out", "unreachable", "lost", "cancelled", "not-started"
]
"""`unreachable`: no session there, so nothing ran. `lost`: the connection broke while it ran, and
how it ended there is not known. `not-started`: its turn never came, or the command did not begin.
"""
FleetOutcome = Literal["ok", "partial", "failed", "cancelled"]
OUTCOMES: tuple[HostOutcome, ...] = get_args(HostOutcome)

AT_ONCE = 32
"""Hosts under way at the same time. More is hardly faster and meets the limits of jump hosts."""
CONNECT_SECONDS = 15.0
MOST_NAMED = 3
"""Hosts that a summary names for an outcome."""
SUMMARY_LENGTH = 160


@dataclass(frozen=True)
class HostResult:
    """How the command ended on one host. Texts are as they came, but for lines that were cut:
    neither redacted nor safe for a terminal. `summary` is both."""

    host: str
    outcome: HostOutcome
    exit: int | None = None
    """Negative for a signal; None where it is not known."""
    seconds: float = 0.0
    """From the beginning of its turn, connecting included."""
    summary: str = ""
    out: str = ""
    err: str = ""
    cut: int = 0
    """How much of the output is not kept."""
    begun: bool = False
    """Whether the command began there, or may have: trying again runs it a second time."""
    may_run: bool = False
    """Whether something of it may still be running there."""


Judge = Callable[[int, str], str | None]
"""Given the exit code and standard output: why the host did not end well, or None."""


def by_exit(code: int, out: str) -> str | None:
    """The rule where nothing else is expected: zero is well. The last line says the rest."""
    return None if code == 0 else ""


@dataclass(frozen=True)
class FleetJob:
    """A command for many hosts. Secrets do not belong into it: it travels as a command line."""

    hosts: tuple[str, ...]
    """As `Fleet.hosts` gave them."""
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """All that is in the environment beside PATH, HOME, USER and LANG."""
    cwd: str = ""
    """On the host; relative to the account's home."""
    timeout: float = 300.0
    """Seconds for each host, from the moment it is connected."""
    mark: str = ""
    """Names the attempt: run, step and number. Found in the environment on the host."""
    connect_timeout: float = CONNECT_SECONDS
    at_once: int = AT_ONCE
    stop_after: int = 0
    """No other host is begun once so many did not end well; 0 for never."""
    clean: Clean = str
    """Takes secrets out of a line."""
    judge: Judge = by_exit


@dataclass(frozen=True)
class FleetResult:
    """How all of them ended, in the order of the hosts."""

    results: tuple[HostResult, ...]
    cancelled: bool = False
    """Whether it was ended before all hosts had their turn."""
    seconds: float = 0.0

    @property
    def state(self) -> FleetOutcome:
        """All well is ok, however it came about. No host at all is not."""
        well = sum(one.outcome == "ok" for one in self.results)
        if well and well == len(self.results):
            return "ok"
        if self.cancelled:
            return "cancelled"
        return "partial" if well else "failed"

    @property
    def counts(self) -> dict[HostOutcome, int]:
        """Hosts by outcome, without the outcomes that none has."""
        found = Counter(one.outcome for one in self.results)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    @property
    def failed_hosts(self) -> tuple[str, ...]:
        """The hosts to try again: all that did not end well."""
        return tuple(one.host for one in self.results if one.outcome != "ok")

    @property
    def unsure_hosts(self) -> tuple[str, ...]:
        """Of those, the ones where it may still run, or may have done its work: say so before
        it is tried again."""
        return tuple(
            one.host
            for one in self.results
            if one.outcome != "ok" and (one.may_run or one.outcome == "lost")
        )


@dataclass(frozen=True)
class Progress:
    """A run over hosts under way."""

    hosts: tuple[str, ...]
    begun: frozenset[str] = frozenset()
    results: Mapping[str, HostResult] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def running(self) -> tuple[str, ...]:
        """Hosts that have begun and not ended."""
        return tuple(h for h in self.hosts if h in self.begun and h not in self.results)

    @property
    def bad(self) -> int:
        """Hosts that did not end well so far."""
        return sum(one.outcome != "ok" for one in self.results.values())

    def begin(self, host: str) -> Progress:
        """Its turn has come. A host that is none of ours, or has ended, changes nothing."""
        if host not in self.hosts or host in self.results:
            return self
        return replace(self, begun=self.begun | {host})

    def end(self, result: HostResult) -> Progress:
        """It ended. The first result stays; one of a stranger changes nothing."""
        if result.host not in self.hosts or result.host in self.results:
            return self
        return replace(self, results=MappingProxyType({**self.results, result.host: result}))

    def close(self, seconds: float, *, cancelled: bool = False, why: str = "") -> FleetResult:
        """The end of it all. Who never reported is lost where it had begun, else not started."""
        results = tuple(self.results.get(h) or self._silent(h, why) for h in self.hosts)
        return FleetResult(results, cancelled, seconds)

    def _silent(self, host: str, why: str) -> HostResult:
        if host in self.begun:
            return HostResult(host, "lost", summary=why or "it never reported", begun=True)
        return HostResult(host, "not-started", summary=why or "its turn never came")


def merge(earlier: FleetResult, again: FleetResult) -> FleetResult:
    """What is known after some hosts were tried again.

    Only results that were not ok are replaced, and only by hosts that had their turn: one that
    was not started now keeps what is known of it, except that it says so if it never began.
    """
    new = {one.host: one for one in again.results}
    results = tuple(_later(one, new.get(one.host)) for one in earlier.results)
    return FleetResult(results, again.cancelled, earlier.seconds + again.seconds)


def _later(old: HostResult, new: HostResult | None) -> HostResult:
    if new is None or old.outcome == "ok":
        return old
    if new.outcome == "not-started" and old.begun:
        return old
    # What may have been left there by the first attempt is not gone because of the second.
    return replace(new, begun=new.begun or old.begun, may_run=new.may_run or old.may_run)


def batches(hosts: Sequence[str], size: int) -> tuple[tuple[str, ...], ...]:
    """Hosts in their order, `size` at a time."""
    size = max(1, size)
    return tuple(tuple(hosts[n : n + size]) for n in range(0, len(hosts), size))


def words(result: FleetResult) -> str:
    """One safe line: `48 of 50 hosts ok, 1 failed (web3: exit 2), 1 unreachable (web9)`."""
    if not result.results:
        return "no hosts"
    count = len(result.results)
    well = result.counts.get("ok", 0)
    parts = [f"{well} of {count} host{'s' if count != 1 else ''} ok"]
    for outcome, number in result.counts.items():
        if outcome == "ok":
            continue
        named = [_named(one) for one in result.results if one.outcome == outcome]
        more = [f"and {number - MOST_NAMED} more"] if number > MOST_NAMED else []
        names = ", ".join([*named[:MOST_NAMED], *more])
        parts.append(f"{number} {outcome.replace('-', ' ')} ({names})")
    return safe_line(", ".join(parts))


def _named(one: HostResult) -> str:
    if one.outcome == "failed" and one.exit:
        return f"{one.host}: {f'exit {one.exit}' if one.exit > 0 else f'signal {-one.exit}'}"
    return one.host


def report(result: FleetResult) -> str:
    """All that the hosts said, in their order, as it came: to be redacted and made safe as a
    whole before it is stored or shown. Lines of standard error say so."""
    parts = []
    for one in result.results:
        code = "" if one.exit is None else f", exit {one.exit}"
        left = ", something may still run there" if one.may_run else ""
        head = f"=== {one.host}: {one.outcome}{code} after {one.seconds:.1f} s{left}"
        parts.append(f"{head}\n" + (f"    {one.summary}\n" if one.summary else ""))
        parts.append(one.out)
        parts.extend(f"[stderr] {line}\n" for line in one.err.splitlines())
        if one.cut:
            parts.append(f"… {one.cut:,} bytes are not stored …\n")
    parts.append(f"=== {words(result)}\n")
    return "".join(parts)


class FleetError(Exception):
    """Why hosts cannot be named or reached at all; the message is one safe line."""


OnResult = Callable[[HostResult], None]
OnHostOutput = Callable[[str, Stream, Sequence[str]], None]
"""Host, stream, raw lines; never safe for a terminal as they are. Hosts come mixed: state that
goes across lines (a redactor) is one per host and stream."""
OnBegun = Callable[[str], None]


class FleetRunning(Protocol):
    """A command on many hosts under way."""

    async def run(
        self,
        job: FleetJob,
        on_result: OnResult,
        on_output: OnHostOutput,
        on_begun: OnBegun | None = None,
    ) -> FleetResult:
        """Runs it on all hosts and returns when all have ended. `on_result` is called once for
        each host, as it ends. Never raises for what a host does."""

    def cancel(self) -> None:
        """Ends it everywhere; `run` then returns as soon as the hosts have been told."""


class Fleet(Protocol):
    """An engine that runs commands on hosts."""

    async def hosts(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The hosts that entries stand for, each once. Raises FleetError."""

    def create(self) -> FleetRunning:
        """One run's handle."""
