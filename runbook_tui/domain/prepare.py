"""A step's command made ready: parameters in place, nothing ever parsed as shell.

Parameters replace ``{{name}}`` inside single arguments and environment values. Shell text is
passed to the shell as the runbook wrote it; parameters reach it as ``$RB_NAME``. Secrets go into
the environment only, and only of commands that name them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from runbook_tui.domain.parameters import env_name, parameter_names, substitute
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.units import seconds


@dataclass(frozen=True)
class Prepared:
    """What to start. `line` is the command as people see it."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    """To add to the environment."""
    cwd: str
    """Relative to the runbook's folder; empty for that folder itself."""
    timeout: float
    """Seconds."""
    host: str
    line: str
    hosts: tuple[str, ...] = ()
    """Where it runs on many; `host` then says so in words."""
    inventory: str = ""
    at_once: int = 32
    stop_after: int = 0
    missing_secrets: tuple[str, ...] = ()
    """Secrets the command wants and this session was not given."""


def secrets_of(command: Command, secrets: frozenset[str]) -> frozenset[str]:
    """The secret parameters that a command names."""
    named = {name for value in command.env.values() for name in parameter_names(value)}
    if command.shell is not None:
        named |= {name for name in secrets if re.search(rf"\b{env_name(name)}\b", command.shell)}
    return frozenset(named & secrets)


def prepare(
    command: Command,
    parameters: Mapping[str, str],
    secret_names: frozenset[str],
    secrets: Mapping[str, str],
) -> Prepared:
    """The command with `parameters` and the wanted `secrets` in place."""
    wanted = secrets_of(command, secret_names)
    values = {**parameters, **{name: secrets[name] for name in wanted if name in secrets}}
    env = {env_name(name): value for name, value in values.items()}
    missing = tuple(sorted(name for name in wanted if name not in secrets))
    # A command with a secret missing is shown, and not started: any text will do in its place.
    values |= dict.fromkeys(missing, "")
    env |= {name: substitute(value, values) for name, value in command.env.items()}
    hosts = tuple(substitute(each, parameters) for each in command.hosts)
    host = substitute(command.host, parameters) if command.host else ""
    if hosts:
        host = substitute(command.where, parameters)
    if command.shell is not None:
        argv: tuple[str, ...] = ("/bin/sh", "-c", command.shell)
        line = command.shell.strip()
    else:
        argv = tuple(substitute(part, parameters) for part in command.argv)
        line = shlex.join(argv)
    return Prepared(
        argv=argv,
        env=env,
        cwd=substitute(command.cwd, parameters) if command.cwd else "",
        timeout=seconds(command.timeout),
        host=host,
        line=line,
        hosts=hosts,
        inventory=command.inventory or "",
        at_once=command.at_once,
        stop_after=command.stop_after,
        missing_secrets=missing,
    )


def over_ssh(prepared: Prepared) -> tuple[str, ...]:
    """The argv that runs a prepared command on its host.

    Environment values that the command was given travel inside the remote command line, quoted;
    that is why a secret is never sent to a host (the caller refuses it).
    """
    words = []
    if prepared.cwd:
        # With a path before it neither `-` nor CDPATH makes it another folder.
        folder = prepared.cwd if prepared.cwd.startswith("/") else f"./{prepared.cwd}"
        words.append(f"cd {shlex.quote(folder)} &&")
    assignments = [shlex.quote(f"{name}={value}") for name, value in prepared.env.items()]
    words.append("exec env " + " ".join([*assignments, shlex.join(prepared.argv)]))
    # `--` keeps a host name that starts with a dash from being read as an option.
    return (
        "ssh",
        "-o",
        "BatchMode=yes",
        "-o",
        "ConnectTimeout=15",
        "--",
        prepared.host,
        " ".join(words),
    )
