"""From what was typed to the things it names: configuration, repository, person, run, session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.adapters import places
from runbook_tui.adapters.config import CHANNELS_PREFIX, Config, ConfigError, read_config
from runbook_tui.cli.exits import StopError, bad_input

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.adapters.lease import Holder, Lease
    from runbook_tui.adapters.trust import TrustStore
    from runbook_tui.domain.state import RunState
    from runbook_tui.opening import Settings
    from runbook_tui.session import Session, Who

LONGEST_NAME = 80


@cache
def configuration() -> Config:
    """The configuration of this user. Raises StopError (2) where it cannot be used."""
    try:
        found = read_config(places.config_file(), os.environ)
    except ConfigError as error:
        raise bad_input(str(error)) from None
    for variable in [name for name in os.environ if name.startswith(CHANNELS_PREFIX)]:
        del os.environ[variable]  # no command of a runbook inherits the tokens of channels
    return found


def settings() -> Settings:
    """What the configuration says of the full screen. Raises as `configuration`."""
    from runbook_tui.opening import Settings

    config = configuration()
    return Settings(
        theme=config.theme,
        mouse=config.mouse,
        bell=config.bell,
        keys=config.keys,
        poll_seconds=config.poll_seconds,
        clip_folder=str(places.state_folder() / "copied"),
    )


def log_path(given: str | None) -> Path | None:
    """The repository that was named, by --log, environment or configuration; None for the
    default one."""
    named = given or configuration().log
    return Path(named).expanduser() if named else None


def refuse_missing_log(given: str | None) -> None:
    """Raises StopError (2) where a log is named and nothing is there: a look that costs nothing,
    for before git is imported."""
    path = log_path(given)
    if path is not None and not path.exists():
        raise _no_log(path, f"{path} is not there.")


def _no_log(path: Path, message: str) -> StopError:
    return bad_input(message, f"make one: git init --bare {path}")


def repository(given: str | None) -> Repository:
    """The log repository. The default one is made where it is missing, a named one is not: a
    mistyped name must not swallow decisions.

    Raises StopError (2) where a named one is none, LogFailure.
    """
    from runbook_tui.adapters.gitlog import NotARepository, Repository

    path = log_path(given)
    if path is None:
        return Repository.create(places.default_log())
    try:
        return Repository.open(path)
    except NotARepository as error:
        if not path.exists():
            raise _no_log(path, error.message) from None
        raise bad_input(error.message, error.hint) from None


def existing_repository(given: str | None) -> Repository | None:
    """The log repository to read from; None where it is the default one and not there yet."""
    if log_path(given) is None and not places.default_log().exists():
        return None
    return repository(given)


def person(repo: Repository, given: str | None) -> Who:
    """Who decides: --as, the environment, the configuration, else git's own name for the user.

    Raises StopError (2) for a name that nobody can have.
    """
    from runbook_tui.domain.record import Who

    committer = repo.identity()
    return Who(given_name(given) or _checked(committer.name), committer)


def given_name(given: str | None) -> str:
    """The name from --as, the environment or the configuration; "" where none of them has one.
    Raises StopError (2) for a name that nobody can have."""
    name = given if given is not None else configuration().name
    return "" if name is None else _checked(name.strip())


def _checked(name: str) -> str:
    from runbook_tui.domain.text import safe_line

    if not name or len(name) > LONGEST_NAME or safe_line(name) != name or set(name) & set("<>"):
        raise bad_input(
            f"{safe_line(name, 40)!r} cannot sign decisions",
            f"a name has 1 to {LONGEST_NAME} letters, without < and >: --as NAME",
        )
    return name


def open_session(repo: Repository, run: str, who: Who | None = None) -> Session:
    """A session on a run that exists; to read only where nobody is given.

    Raises LogFailure, BrokenLogError.
    """
    from runbook_tui.adapters.clock import SystemClock
    from runbook_tui.cli.pinning import load_pinned
    from runbook_tui.domain.record import Identity
    from runbook_tui.session import Session, Who

    reader = Who("", Identity("", ""))
    return Session(repo.run(run), SystemClock(), who or reader, load_pinned)


def lease(run: str, who: Who) -> Lease:
    """The lease of a run, not taken yet."""
    from runbook_tui.adapters.lease import Lease

    return Lease(lease_folder(), run, who.name)


def lease_folder() -> Path:
    """Where leases are."""
    return places.state_folder() / "leases"


def driver_here(run: str) -> Holder | None:
    """The program on this machine that drives a run now, if any."""
    from runbook_tui.adapters.lease import holder_of

    try:
        return holder_of(lease_folder(), run)
    except OSError:
        return None


def left_running(state: RunState, steps: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The processes on this machine that the last commands of `steps` left running, by step."""
    found = {}
    for step in steps:
        from runbook_tui.adapters.process import marked
        from runbook_tui.execution import left_running as left

        found[step] = left(state, step, marked)
    return found


def trust_store() -> TrustStore:
    """The runbooks this user trusts."""
    from runbook_tui.adapters.trust import TrustStore

    return TrustStore(places.state_folder() / "trusted")


def interactive() -> bool:
    """Whether a person can be asked: stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
