"""How a system is looked at: as a command, in a process of its own that may hang or be killed.

Its fields travel in the environment, one each (``RBS_URL``), so that parameters and secrets are
put in as for any other command, and no secret is ever among the arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.every import KINDS, SystemConfig

PREFIX = "RBS_"
MODULE = "runbook_tui.adapters.systems"
KEPT, BEFORE, OURS = f"{PREFIX}KEPT", f"{PREFIX}BEFORE", f"{PREFIX}OURS"
"""The folder with what was kept of earlier looks; the digests of the looks before and after."""
RESTORED, FAILED, NOT_ASKED, FOREIGN = 0, 1, 3, 4
"""Exit codes of the process: all is as before · not all could be put back · it could not be looked
at · something else stands there by now, and was left."""


def as_env(system: SystemBase) -> dict[str, str]:
    """The fields that are not at their defaults, one variable each; lists have a line an entry."""
    env = {f"{PREFIX}SYSTEM": system.tag}
    for field in msgspec.structs.fields(system):
        value = getattr(system, field.name)
        if value == field.default or value is None:
            continue
        name = PREFIX + field.name.upper()
        env[name] = "\n".join(map(str, value)) if isinstance(value, tuple) else _text(value)
    return env


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def from_env(environ: Mapping[str, str]) -> SystemConfig:
    """The config that `as_env` told, parameters put in. Raises msgspec.ValidationError."""
    given = {k.removeprefix(PREFIX).lower(): v for k, v in environ.items() if k.startswith(PREFIX)}
    data: dict[str, Any] = {"system": given.get("system", "")}
    lists = _LISTS.get(data["system"], frozenset())
    for name, value in given.items():
        if name in ("system", "kept", "before", "ours"):
            continue
        data[name.replace("_", "-")] = value.split("\n") if name in lists else value
    config: SystemConfig = msgspec.convert(data, SystemConfig, strict=False)
    return config


def look(system: SystemBase, python: str, kept: str = "") -> Command:
    """The command that looks at a system, and keeps what it sees in the folder `kept`."""
    env = as_env(system) | ({KEPT: kept} if kept else {})
    argv = (python, "-P", "-m", MODULE, "look")
    return Command(argv=argv, env=env, timeout=system.timeout)


def restore(system: SystemBase, python: str, kept: str, before: str, ours: str) -> Command:
    """The command that puts a system back as the look `before` saw it, where it stands as the look
    `ours` saw it."""
    env = as_env(system) | {KEPT: kept, BEFORE: before, OURS: ours}
    argv = (python, "-P", "-m", MODULE, "restore")
    return Command(argv=argv, env=env, timeout=system.timeout)


def _lists_of(kind: type[SystemBase]) -> frozenset[str]:
    return frozenset(
        field.name for field in msgspec.structs.fields(kind) if "tuple" in str(field.type)
    )


_LISTS: Mapping[str, frozenset[str]] = {
    str(kind.__struct_config__.tag): _lists_of(kind) for kind in KINDS
}
