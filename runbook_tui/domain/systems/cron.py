"""Jobs of cron: tables, and folders of scripts."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Cron(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="cron"):
    """Cron's jobs: /etc/crontab, /etc/anacrontab, /etc/cron.d, /etc/cron.hourly to cron.yearly,
    users' own crontabs.

    Every job is an object of its own, `/etc/cron.d/app: 0 3 * * * root /opt/push`, with the
    settings that hold for it; and every file, by its path, is another: its owner, its permissions
    and what else stands in it. Scripts of cron.daily and the like are the latter only. Put back
    together they are byte for byte what they were. Where other users' crontabs may not be read,
    only the own one is seen, as `crontab -l`.
    """

    kind: ClassVar[EffectKind] = "cron"

    root: str = "/"
    """Where the machine's file tree begins; another one than `/` for a chroot or an image."""
