"""Files and folders: what is in them, who owns them, who may do what."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Files(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="files"):
    """Files and folders with all that is in them: content, owner, permissions. Keys are paths."""

    kind: ClassVar[EffectKind] = "file"

    paths: tuple[str, ...]
    """Files and folders, relative to the runbook's folder or absolute."""
