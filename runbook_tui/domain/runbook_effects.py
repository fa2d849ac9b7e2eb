"""What a runbook says of side effects: what each step leaves behind, and what takes it back."""

from __future__ import annotations

from typing import Literal

from runbook_tui.domain.runbook_model import Command, EffectKind, Model, Option, Verify
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.domain.units import Duration, Slug

Reversibility = Literal["reversible", "compensable", "irreversible"]
"""Put back as it was · made up for by something else · neither."""


class Compensation(Model, frozen=True, kw_only=True):
    """How to take back what a step did. It is not a restore: others wrote meanwhile.

    With `run` it is a command, with `options` a decision, else it is done by hand.
    """

    text: str
    run: Command | None = None
    options: tuple[Option, ...] = ()
    """Ways to take it back, where a person has to choose between them."""
    estimate: Duration | None = None


class Effect(Model, frozen=True, kw_only=True):
    """A side effect that a step leaves behind."""

    kind: EffectKind
    target: str
    before: str = ""
    after: str = ""
    snapshot: str | None = None
    """The snapshot that restores it; none where no snapshot does."""
    reversibility: Reversibility = "reversible"
    owner: str = ""
    compensation: Compensation | None = None
    probe: Verify | None = None
    """A read-only command that tells whether the effect is there. What it prints is how things
    stand, and is compared: it prints nothing that changes by itself."""
    at: SystemConfig | None = None
    """Where the program can see it by itself: a flag server, files, a partner's webhooks. Where it
    can also put it back, no compensation is needed."""
    temporary: bool = False
    """Only for the time of the run: what of it is there at the end should not be."""


class Snapshot(Model, frozen=True, kw_only=True):
    """What restores everything that it covers at once, and nothing else."""

    step: Slug | None = None
    """The step that takes it; none where it is taken elsewhere. It covers what came after."""
    text: str = ""
    """How it is restored, in words."""
    restore: Command | None = None
    verify: Verify | None = None
    """Whether it was restored and the service works with it."""
    loses: str = ""
    """What else goes back with it: `orders placed since`."""
    estimate: Duration | None = None
