"""Files and folders: what is in them, who owns them, who may do what."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Files(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="files"):
    """Files and folders with all that is in them: content, owner, permissions, access lists and
    other extended attributes, where links point to. Keys are paths.

    Times and SELinux labels are not compared. Links are seen as links and never followed below a
    path that is named. A file over 64 MiB, or past 1 GiB altogether, is seen but cannot be put
    back; neither can sockets, pipes and devices. More than 50,000 files are refused.
    """

    kind: ClassVar[EffectKind] = "file"

    paths: tuple[str, ...]
    """Files and folders, relative to the runbook's folder or absolute."""
