"""Values for a runbook's parameters: from ``-p``, from the environment, or asked for.

A secret never comes from the command line: everybody on the machine sees it there (``ps``), and
the shell keeps it in its history.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from runbook_tui.cli.exits import StopError, bad_input
from runbook_tui.domain.parameters import check_value, env_name, resolve
from runbook_tui.domain.runbook import Parameter, Runbook
from runbook_tui.domain.text import SHORTEST_SECRET, safe_line

Ask = Callable[[str], str | None]
"""Asks a person; None where nobody answers."""


def given_values(runbook: Runbook, pairs: Iterable[str]) -> dict[str, str]:
    """The values of ``-p NAME=VALUE``. Raises StopError (2) where one is refused."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise bad_input(f"-p {safe_line(pair, 60)}: wants NAME=VALUE")
        parameter = runbook.parameters.get(name)
        if parameter is not None and parameter.type == "secret":
            raise bad_input(
                f"-p {name}: a secret on the command line is seen by everybody on this machine "
                "(ps) and stays in the shell's history",
                f"leave it out to be asked for it, or set {env_name(name)} in the environment",
            )
        found[name] = value
    _, problems = resolve(runbook, found)
    # What is merely missing is asked for later.
    wrong = [p for p in problems if p.split(":", 1)[0] in found or "no such parameter" in p]
    if wrong:
        raise bad_input("\n".join(wrong), "runbook-tui show RUNBOOK lists the parameters")
    return found


def for_rehearsals(runbook: Runbook) -> dict[str, str]:
    """The values that parameters have in a rehearsal where none is given, so that no default
    reaches what is live."""
    named = runbook.parameters.items()
    return {name: p.rehearsal for name, p in named if p.rehearsal is not None}


def take_secrets(names: Iterable[str]) -> dict[str, str]:
    """The secrets that the environment holds as ``RB_NAME``, and no longer holds afterwards:
    commands inherit the environment, and only those that name a secret are to have it."""
    found = {}
    for name in names:
        value = os.environ.pop(env_name(name), None)
        if value:
            found[name] = value
    return found


def secret_names(runbook: Runbook) -> tuple[str, ...]:
    """The parameters that are secrets."""
    return tuple(name for name, p in runbook.parameters.items() if p.type == "secret")


def ask_missing(runbook: Runbook, given: Mapping[str, str], ask: Ask) -> dict[str, str]:
    """`given`, and an answer for every parameter that has no value yet.

    Raises StopError (2) where nobody answers.
    """
    values = dict(given)
    for name, parameter in runbook.parameters.items():
        if name in values or parameter.default is not None or not parameter.required:
            continue
        if parameter.type == "secret":
            values[name] = ask_secret(name, parameter.description, parameter)
        else:
            values[name] = _ask_value(name, parameter, ask)
    return values


def _ask_value(name: str, parameter: Parameter, ask: Ask) -> str:
    words = [parameter.description or "", ", ".join(parameter.choices)]
    about = "; ".join(safe_line(word) for word in words if word)
    problem: str | None = None
    while True:
        if problem:
            about = problem
        answer = ask(f"{name}{f' ({about})' if about else ''}: ")
        if answer is None:
            raise bad_input(f"{name}: a value is needed", f"-p {name}=VALUE gives it")
        problem = check_value(name, parameter, answer.strip())
        if problem is None:
            return answer.strip()
        problem = problem.removeprefix(f"{name}: ")


def ask_secret(name: str, description: str = "", parameter: Parameter | None = None) -> str:
    """Asks for a secret, hidden. Raises StopError (2) where there is no terminal to hide it in,
    or no usable answer."""
    import sys
    from getpass import getpass

    if not sys.stdin.isatty():
        raise bad_input(
            f"{name}: this secret is not given, and there is no terminal to type it in hidden",
            f"set {env_name(name)} in the environment",
        )
    about = f" ({safe_line(description)})" if description else ""
    for _ in range(3):
        try:
            value = getpass(f"{name}{about}, hidden: ", stream=sys.stderr)
        except EOFError:
            break
        problem = check_value(name, parameter, value) if parameter is not None else None
        if problem is None and len(value) < SHORTEST_SECRET:
            problem = f"{name}: below {SHORTEST_SECRET} characters it cannot be kept out of the log"
        if problem is None:
            return value
        sys.stderr.write(safe_line(problem) + "\n")
    raise _no_secret(name)


def _no_secret(name: str) -> StopError:
    return bad_input(
        f"{name}: this secret is not given", f"set {env_name(name)} in the environment"
    )
