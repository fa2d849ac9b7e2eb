"""A session on a log in memory that can fail, race and be read by several terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from domain.play import CHECK, at, check, command, pin_of, plan_of, start_of

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import (
    CommitDraft,
    Identity,
    LostRaceError,
    StoredCommit,
)
from runbook_tui.domain.rules import Refusal
from runbook_tui.session import (
    Recorded,
    Session,
    Who,
    pinned_path,
)

ALICE = Identity("alice", "alice@example.com")
PLAN = plan_of(check("a"), check("b", needs=("a",)), command("c", mutates=True, verify=CHECK))


class Branch:
    """What all terminals share: commits in a row, and files."""

    def __init__(self) -> None:
        self.commits: list[StoredCommit] = []
        self.files: dict[str, bytes] = {}

    def add(self, message: str, author: Identity = ALICE) -> None:
        """A commit that some other program wrote."""
        parents = (self.commits[-1].id,) if self.commits else ()
        self.commits.append(
            StoredCommit(
                id=f"{len(self.commits) + 1:08x}{0:032x}",
                parents=parents,
                tree="0" * 40,
                message=message,
                author=author,
                committer=ALICE,
                author_time=0,
                committer_time=0,
            )
        )

    @property
    def head(self) -> str | None:
        return self.commits[-1].id if self.commits else None

    @property
    def bytes(self) -> bytes:
        return "".join(f"{c.author}{c.message}" for c in self.commits).encode()


class MemoryLog:
    """One terminal's view of a branch, with compare-and-swap. Keeps to the contract of the git
    log: `head` is what this view has seen; a race lost shows where the branch is."""

    id = "20260501-upgrade-k3f9"

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.head = branch.head
        self.before_append: Callable[[], None] = lambda: None
        """Something that happens between deciding and recording."""
        self.fails: Exception | None = None
        self.reading_fails: Exception | None = None

    def append(self, drafts: Sequence[CommitDraft], expected: str | None) -> tuple[str, ...]:
        self.before_append()
        if self.fails is not None:
            raise self.fails
        if self.branch.head != expected:
            self.head = self.branch.head
            raise LostRaceError
        ids = []
        for draft in drafts:
            self.branch.add(draft.message, draft.author)
            self.branch.files |= draft.files
            ids.append(self.branch.commits[-1].id)
        self.head = ids[-1]
        return tuple(ids)

    def moved(self) -> bool:
        return self.branch.head != self.head

    def current(self) -> str | None:
        self.head = self.branch.head
        return self.head

    def read(self, since: str | None = None) -> Iterator[StoredCommit]:
        self.current()
        if self.reading_fails is not None:
            raise self.reading_fails
        ids = [commit.id for commit in self.branch.commits]
        start = 0 if since is None else ids.index(since) + 1
        return iter(self.branch.commits[start:])

    def file(self, path: str, commit: str | None = None) -> bytes:
        return self.branch.files[path]


class Ticking:
    """A clock that goes on by a second each time it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Moment:
        self.seconds += 1
        return at(self.seconds)


def load_nothing(pin: Pin, read: Callable[[str], bytes]) -> Plan:
    raise AssertionError("nothing should be loaded")


def load_known(*known: Plan) -> Callable[[Pin, Callable[[str], bytes]], Plan]:
    def load(pin: Pin, read: Callable[[str], bytes]) -> Plan:
        # What is pinned is read from the log, never from where it came from.
        assert read("runbook.yaml") == pin.digest.encode()
        return {plan.digest: plan for plan in known}[pin.digest]

    return load


def files_of(plan: Plan) -> dict[str, bytes]:
    return {pinned_path(pin_of(plan), "runbook.yaml"): plan.digest.encode()}


def opened(
    branch: Branch,
    name: str = "alice",
    *known: Plan,
    plan: Plan | None = None,
    secrets: dict[str, str] | None = None,
) -> Session:
    """A terminal on the branch."""
    who = Who(name, ALICE)
    log = MemoryLog(branch)
    load = load_known(*known) if known else load_nothing
    return Session(log, Ticking(), who, load, plan=plan, secrets=secrets)


def started(branch: Branch, plan: Plan = PLAN, secrets: dict[str, str] | None = None) -> Session:
    """Alice's terminal, with the run begun."""
    session = opened(branch, plan=plan, secrets=secrets)
    answer = session.submit(start_of(plan, secrets=tuple(secrets or ())), files=files_of(plan))
    assert not isinstance(answer, Refusal), answer
    return session


def log_of(session: Session) -> MemoryLog:
    assert isinstance(session.log, MemoryLog)
    return session.log


def do(session: Session, command_: cmd.AnyCommand, by: str | None = None) -> tuple[Recorded, ...]:
    answer = session.submit(command_, by=by)
    assert not isinstance(answer, Refusal), answer
    return answer
