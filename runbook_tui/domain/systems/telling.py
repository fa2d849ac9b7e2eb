"""What a config of a system looks at, in one line for people; parameters are not put in."""

from __future__ import annotations

from msgspec.structs import fields

from runbook_tui.domain.systems.base import SystemBase

_NOT_TOLD = frozenset({"timeout"})


def system_text(system: SystemBase) -> str:
    """``unleash: order-events; url https://flags.example.com; token {{flag_token}}``."""
    parts = [", ".join(system.only)] if system.only else []
    for field in fields(system):
        value = getattr(system, field.name)
        if field.name in _NOT_TOLD or field.name == "only" or value == field.default:
            continue
        name = field.encode_name
        if isinstance(value, bool):
            parts.append(name if value else f"not {name}")
        elif value:
            parts.append(f"{name} {', '.join(value) if isinstance(value, tuple) else value}")
    return f"{system.tag}: {'; '.join(parts)}" if parts else system.tag
