"""Parameters: how text names them, which values they take, and what a run starts with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from msgspec import structs

from runbook_tui.domain.regexes import LONGEST_MATCHED, compile_pattern
from runbook_tui.domain.runbook import Parameter, Runbook
from runbook_tui.domain.text import SHORTEST_SECRET, safe_line, safe_text
from runbook_tui.domain.units import DURATION_PATTERN

LONGEST_VALUE = 1_000
"""Characters in a value; a secret may have `LONGEST_SECRET`."""
LONGEST_SECRET = 32_000
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DURATION = re.compile(DURATION_PATTERN.removesuffix("$"))
# Only words: `{{.State.Running}}` and `{{json .}}` belong to other programs and stay as they are.
_REFERENCE = re.compile(r"\{\{[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*\}\}")


def env_name(name: str) -> str:
    """The environment variable of a parameter: ``env_name("target_dir") == "RB_TARGET_DIR"``."""
    return "RB_" + name.upper()


def parameter_names(text: str) -> tuple[str, ...]:
    """The names that `text` refers to as ``{{name}}``, in order, each once."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text)))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """`text` with every ``{{name}}`` replaced. What is put in is not looked at again.

    Raises KeyError with the name where `values` lacks it; lint refuses such a runbook before.
    """
    return _REFERENCE.sub(lambda match: values[match.group(1)], text)


def substituted(text: str, values: Mapping[str, str]) -> str:
    """`text` with the parameters that are known in place, and the others as they stand."""
    return _REFERENCE.sub(lambda match: values.get(match.group(1), match.group()), text)


def check_value(name: str, parameter: Parameter, value: str) -> str | None:
    """Why `value` is refused for the parameter, in one line that names it; None where it is fine.

    The value of a secret is never in the answer.
    """
    reason = _reason(parameter, value)
    return None if reason is None else f"{name}: {reason}"


def _reason(parameter: Parameter, value: str) -> str | None:
    kind = parameter.type
    shown = "the secret" if kind == "secret" else f"`{safe_line(value, 60)}`"
    if not value:
        return "a value is needed" if parameter.required else None
    longest = LONGEST_SECRET if kind == "secret" else LONGEST_VALUE
    if len(value) > longest:
        return f"has {len(value):,} characters, {longest:,} is the most"
    if kind == "secret" and len(value.strip()) < SHORTEST_SECRET:
        return f"is too short to be kept out of the log ({SHORTEST_SECRET} characters at least)"
    # A secret may have lines (a private key). All else must look as it is.
    if "\0" in value or (kind != "secret" and safe_text(value, keep_newlines=False) != value):
        return f"{shown} has line breaks, outer blanks or invisible characters in it"
    if kind == "choice":
        listed = ", ".join(parameter.choices)
        return None if value in parameter.choices else f"{shown} is not one of {listed}"
    if kind == "integer":
        return _integer_reason(parameter, value)
    if kind == "duration":
        match = _DURATION.fullmatch(value)
        return None if match else f"{shown} is no duration such as 90s, 5m or 1h30m"
    return _text_reason(parameter, value, shown)


def _integer_reason(parameter: Parameter, value: str) -> str | None:
    if not _INTEGER.fullmatch(value):
        return f"`{safe_line(value, 60)}` is no whole number"
    number = int(value)
    if parameter.min is not None and number < parameter.min:
        return f"{number} is below {parameter.min}"
    if parameter.max is not None and number > parameter.max:
        return f"{number} is above {parameter.max}"
    if number < 0 and (parameter.min is None or parameter.min >= 0):
        return f"{number} is negative, which a program could take for an option (set min to allow)"
    return None


def _text_reason(parameter: Parameter, value: str, shown: str) -> str | None:
    if parameter.pattern is not None:
        pattern = compile_pattern(parameter.pattern)
        if isinstance(pattern, str):
            return f"its pattern is broken: {pattern}"
        if len(value) > LONGEST_MATCHED:
            return f"has {len(value):,} characters; with a pattern {LONGEST_MATCHED} is the most"
        if not pattern.fullmatch(value):
            return f"{shown} does not match the pattern {parameter.pattern}"
    elif parameter.type != "secret" and value.startswith("-"):
        return f"{shown} begins with -, which a program could take for an option"
    return None


def resolve(runbook: Runbook, given: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The value of every parameter of the runbook, and why some were refused (empty: all fine).

    Defaults fill what is not given; an optional parameter without one is the empty text.
    Refused and missing parameters are absent from the values. Secrets are among the values: they
    belong in memory and in the environment of commands only.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for name in given:
        if name not in runbook.parameters:
            near = get_close_matches(name[:64], list(runbook.parameters), n=1)
            hint = f", did you mean {near[0]}?" if near else ""
            problems.append(f"{safe_line(name, 60)}: the runbook has no such parameter{hint}")
    for name, parameter in runbook.parameters.items():
        value = given.get(name)
        if value is None:
            value = parameter.default
        if value is None:
            if parameter.required:
                problems.append(f"{name}: a value is needed")
                continue
            value = ""
        problem = check_value(name, parameter, value)
        if problem is None:
            values[name] = value
        else:
            problems.append(problem)
    return values, tuple(problems)


def carried_over(
    runbook: Runbook, known: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """What a run's parameters become under an edited runbook.

    The plain values (new parameters by their defaults), the names of its secrets, and why some
    values do not fit it (empty: all fine). A value of a parameter that is gone is kept.
    """
    secrets = tuple(n for n, p in runbook.parameters.items() if p.type == "secret")
    plain = {n: p for n, p in runbook.parameters.items() if n not in secrets}
    kept = {name: value for name, value in known.items() if name not in secrets}
    given = {name: value for name, value in kept.items() if name in plain}
    values, problems = resolve(structs.replace(runbook, parameters=plain), given)
    return {**kept, **values}, secrets, problems
