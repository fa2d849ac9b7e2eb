"""Units of systemd."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Units(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="units"):
    """Units by name: enabled, masked or not, started or not, their files and drop-ins.

    Put back are enabling, masking and starting. A unit file that was changed is not: name it
    under a system of `files` as well, and that one first.
    """

    kind: ClassVar[EffectKind] = "unit"

    units: tuple[str, ...] = ()
    """Names of units, `*` for any text (`dten-*.service`); all unit files where none is."""
    root: str = ""
    """The file tree of another machine: then only what is enabled and masked is looked at."""
    user: bool = False
    """Whether they are the user's own units, not the machine's."""
