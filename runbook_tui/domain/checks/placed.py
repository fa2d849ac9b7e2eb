"""A check with the parameters of a run in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import structs

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.parameters import env_name, substituted
from runbook_tui.domain.runbook_model import Command, Model

C = TypeVar("C", bound=CheckBase)
HOLDS_SECRETS = frozenset({"scratch"})
"""Fields that may name a secret; anywhere else it would be shown or logged."""


def placed(config: C, parameters: Mapping[str, str], secrets: Mapping[str, str]) -> C:
    """`config` with `parameters` in its texts, and secrets where they may stand: in `scratch`, and
    in the environment of commands.
    """
    found = _placed(config, parameters, secrets, "")
    assert isinstance(found, type(config))
    return found


def _placed(
    value: Any, parameters: Mapping[str, str], secrets: Mapping[str, str], name: str
) -> Any:
    if isinstance(value, str):
        known = {**parameters, **secrets} if name in HOLDS_SECRETS else parameters
        return substituted(value, known)
    if isinstance(value, Command):
        return _command(value, parameters, secrets)
    if isinstance(value, Model):
        return structs.replace(
            value,
            **{
                field: _placed(getattr(value, field), parameters, secrets, field)
                for field in value.__struct_fields__
                if field not in ("title", "timeout", "valid_for")
            },
        )
    if isinstance(value, tuple):
        return tuple(_placed(each, parameters, secrets, name) for each in value)
    if isinstance(value, dict):
        return {
            substituted(str(key), parameters): _placed(each, parameters, secrets, name)
            for key, each in value.items()
        }
    return value


def _command(
    command: Command, parameters: Mapping[str, str], secrets: Mapping[str, str]
) -> Command:
    """As `prepare` does: never spliced into shell text, secrets only into the environment of what
    names them."""
    named = {
        name
        for name in secrets
        if any(f"{{{{{name}}}}}" in value.replace(" ", "") for value in command.env.values())
        or env_name(name) in (command.shell or "")
    }
    values = {**parameters, **{name: secrets[name] for name in named}}
    env = {env_name(name): value for name, value in values.items()}
    env |= {name: substituted(text, values) for name, text in command.env.items()}
    return structs.replace(
        command,
        argv=tuple(substituted(part, parameters) for part in command.argv),
        cwd=substituted(command.cwd, parameters) if command.cwd else command.cwd,
        hosts=tuple(substituted(host, parameters) for host in command.hosts),
        env=env,
    )
