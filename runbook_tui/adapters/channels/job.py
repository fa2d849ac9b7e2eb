"""What the process of an attempt is told, and how: one JSON document through its stdin."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from runbook_tui.domain.messages.channels import Outgoing

Act = Literal["deliver", "look"]
GROUP = "runbook_tui.channels"
"""The entry points that bring kinds of channels."""
WRITTEN = b"written"
"""What the process notes before anything of a message may leave."""


class Job(Struct, frozen=True, kw_only=True):
    """One attempt or one look."""

    act: Act
    kind: str
    settings: dict[str, str]
    """Address and token among them."""
    secrets: dict[str, str]
    """What may be in no word of the answer, by its name."""
    outgoing: Outgoing
    longest: int | None
    until: float
    """By when it has to be over, on the clock of `time.monotonic`, which all processes of a machine
    share."""

    def __repr__(self) -> str:
        return f"Job({self.act} {self.kind})"


class Nothing(Struct, frozen=True, tag="nothing"):
    """A channel of this kind cannot be asked."""
