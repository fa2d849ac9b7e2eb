"""What an interface is given to open a run: plain data and a few ways to the outside.

The command line fills it in, so that the terminal interface never meets git, files or processes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runbook_tui.domain.events import Mode
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.plan import Plan

if TYPE_CHECKING:
    from runbook_tui.checking import Checking
    from runbook_tui.execution import Executor
    from runbook_tui.messaging import Messaging
    from runbook_tui.probing import Probing
    from runbook_tui.session import Clock, Session


class CannotOpenError(Exception):
    """The run cannot be opened: a sentence for the person, and what to do next."""

    def __init__(self, message: str, hint: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
        """The exit code that says so to scripts."""


@dataclass(frozen=True)
class Driving:
    """An opened run."""

    session: Session
    executor: Executor
    checking: Checking
    messaging: Messaging
    probing: Probing
    interrupted: tuple[str, ...] = ()
    """Steps whose command was under way when its program died."""


@dataclass(frozen=True)
class Edited:
    """The runbook on disk, where it is no longer the one the run follows."""

    pin: Pin
    plan: Plan
    changes: tuple[str, ...]
    """What changed in meaning, in words."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """To be committed with the amendment: its bytes, by their path in the log's tree."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How to open one run."""

    begin: Callable[[Mapping[str, str]], Driving]
    """Opens the log and starts or resumes the run, given every parameter, secrets included.
    Blocking; may be called in a thread. Raises CannotOpenError, LogFailure, BrokenLogError."""
    trusted: Callable[[str], bool]
    """Whether a runbook with this content hash was trusted before."""
    trust: Callable[[str, str], None]
    """Trusts a content hash; the second argument is its title."""
    check: Callable[[], tuple[str, ...]] = lambda: ()
    """What takes a while and can forbid the run before anything is asked; gives what is wrong and
    does not forbid it, a sentence each. Blocking, like `begin`. Raises CannotOpenError."""
    plan: Plan | None = None
    """The runbook, for a new run; None where the log holds it."""
    mode: Mode = "live"
    given: Mapping[str, str] = field(default_factory=dict)
    """Parameters given on the command line."""
    who: str = ""
    """The name to show until the run is open; "" where only git knows it."""
    clock: Clock
    edited: Callable[[Session], Edited | str | None] = lambda _: None
    """Looks at the runbook's file: None while it is the same; a sentence where it cannot be
    adopted (it is gone, or has errors). Quick, and never raises."""
    read_evidence: Callable[[str], bytes] = lambda _: b""
    """Reads a file that a person names as evidence. Raises OSError, ValueError if too large."""
    edit: Callable[[str, str], str] | None = None
    """Has the person's own editor change a text; the second argument is a name for its file. It
    has the terminal meanwhile. Raises CannotOpenError where that does not work."""
    close: Callable[[], None] = lambda: None
    """Gives back the lease. Always called at the end, harmless twice."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the interface behaves, from configuration and environment."""

    theme: str = "dark"
    """dark, light, colour-blind, high-contrast or none."""
    mouse: bool = True
    bell: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    """Act or action id to keys, comma-separated, overriding the defaults."""
    poll_seconds: float = 0.25
    """How often decisions of other terminals are looked for."""
    clip_folder: str = ""
    """Where a copied text is also written."""
