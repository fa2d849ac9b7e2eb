"""What a runbook says of messages: what they are about, who agrees to them, how often they come."""

from __future__ import annotations

from runbook_tui.domain.messages.kinds import Audience, Kind
from runbook_tui.domain.runbook_model import Approval, Model
from runbook_tui.domain.units import Duration, Zone


class Messages(Model, frozen=True, kw_only=True):
    """Messages of a run. Where they go is the configuration's: addresses of channels are secret."""

    about: str = ""
    """What the reader calls it: `the order service`. The runbook's title where it is not given."""
    affected: str = ""
    """What it means for the reader: `Placing an order may fail for some seconds; trying again
    works.`"""
    zone: Zone | None = None
    """Times are said in this zone, and in UTC. The window's zone where it is not given."""
    every: Duration = "30m"
    """How often people are told how it goes."""
    delayed: Duration | None = None
    """The same while it is late: the forecast ends after the window."""
    rolling_back: Duration | None = None
    """The same once it was decided to roll back."""
    first: Duration = "5m"
    """How soon after the work began people are told so."""
    warn: Duration = "5m"
    """How long before an update is due to warn."""
    approval: Approval | None = None
    """Another person must agree to what is told people outside."""
    templates: dict[Kind, dict[Audience, str]] = {}
    """Templates of one's own: Jinja, with parameters and facts of the run."""
