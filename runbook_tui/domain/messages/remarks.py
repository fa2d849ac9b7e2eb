"""What the lint of a message has to say, and what it has to know for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runbook_tui.domain.messages.kinds import CLOSING as CLOSING
from runbook_tui.domain.messages.kinds import LAST as LAST
from runbook_tui.domain.messages.kinds import Audience as Audience
from runbook_tui.domain.messages.kinds import Kind as Kind
from runbook_tui.domain.messages.kinds import Level as Level


@dataclass(frozen=True)
class Remark:
    """One thing that is wrong with a text. `start` and `end` are characters of it, from 0; both are
    0 where something is missing."""

    rule: str
    level: Level
    why: str
    start: int = 0
    end: int = 0
    said: str = ""
    """What was said, which an overruling is bound to: said otherwise, it is asked anew."""


@dataclass(frozen=True)
class Facts:
    """What a text is held against."""

    kind: Kind
    audience: Audience
    now: datetime
    """Aware. Raises ValueError where it is not."""
    window: tuple[datetime, datetime] | None = None
    """What was approved; aware."""
    going_on: bool = True
    """Whether steps or watches are open."""
    reviewed: bool = False
    """Whether the review has said what the cause was."""
    internal: tuple[str, ...] = ()
    """Names of machines and domains that are not said outside."""
    run: str = ""
    """The run's own name: no time is read out of it, though it ends in ``8am``."""
    longest: int | None = None
    """Characters that the channel takes."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("a message is held against a time with its zone")

    @property
    def outside(self) -> bool:
        """Whether it is read by people who do not know the machines."""
        return self.audience != "internal"
