"""Which objects of a system a config is about."""

from __future__ import annotations

from fnmatch import fnmatchcase

from runbook_tui.domain.systems.base import SystemBase


def about(config: SystemBase, key: str) -> bool:
    """Whether the object with this key is among those that the config is about. A key such as
    ``/etc/cron.d/app: 0 3 * * * …`` is of a part: whoever names the whole names it as well."""
    if config.only and key not in config.only and _whole(key) not in config.only:
        return False
    return not any(fnmatchcase(key, pattern) for pattern in config.ignore)


def _whole(key: str) -> str:
    return key.split(": ", 1)[0]
