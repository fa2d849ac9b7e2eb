"""What an act is: something that a person can do, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from runbook_tui.domain import commands as cmd

Asks = Literal[
    "nothing", "reason", "maybe-reason", "text", "value", "item", "option", "file", "length",
    "check", "finding", "waiver",
]  # fmt: skip
"""What a person is asked for: a reason (always), a reason or nothing, words, an observed value,
a checklist item, an option, a piece of evidence, a length of time with a reason (``10m the copy is
slow``), a check or nothing for all, a finding, a finding with how long it is waived, who owns that
and why (``a1b2c3d4 7d bob: the vendor has confirmed it``)."""

Runs = Literal["", "run", "run-failed", "verify", "wait", "check", "remedy", "look", "end-rollback"]
"""Acts that start something outside; `Executor` carries them out."""


@dataclass(frozen=True)
class Act:
    """One act. `make` is given the step's id ("" for the run) and what was asked for."""

    id: str
    label: str
    """Imperative, for menus: ``Skip this step``."""
    help: str
    make: Callable[[str, str], cmd.AnyCommand]
    asks: Asks = "nothing"
    on_run: bool = False
    """About the run as a whole, not about a step."""
    runs: Runs = ""
    destructive: bool = False
    """Asks for a confirmation of its own."""
