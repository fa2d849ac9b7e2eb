"""Units of systemd."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Units(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="units"):
    """Units by name: enabled, masked or not, what wants them, started or not, their files and
    drop-ins.

    Put back are enabling, masking and starting. A unit file or drop-in that is other than before
    is not: name it under a system of `files`, whose way back goes first.
    """

    kind: ClassVar[EffectKind] = "unit"

    units: tuple[str, ...] = ()
    """Names of units, `*` for any text (`dten-*.service`); all that have files where none is.
    An instance of a template (`worker@1.service`) is seen where it is enabled, or named."""
    root: str = ""
    """The file tree of another machine: then nothing of it is started or stopped."""
    user: bool = False
    """Whether they are the user's own units, not the machine's."""
