"""Reads flags from files of many formats, and edits one so that nothing else changes.

An edit is tried and read again: only one after which exactly that flag is otherwise is taken.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from runbook_tui.adapters.systems.base import NotAskedError, NotPutBackError
from runbook_tui.domain.regexes import LONGEST_MATCHED, compile_pattern
from runbook_tui.formats.documents import scalars
from runbook_tui.preflight.config.json_reader import read_json
from runbook_tui.preflight.config.line_readers import read_env, read_ini, read_properties
from runbook_tui.preflight.config.settings import Read, Setting, Trouble
from runbook_tui.preflight.config.toml_reader import read_toml
from runbook_tui.preflight.config.yaml_reader import read_yaml
from runbook_tui.preflight.ports import BadDocumentError


class Flag(NamedTuple):
    """A flag as a file has it."""

    value: str
    """As it is written, without quotes; of JSON and TOML as JSON, so that "true" is not true."""
    line: int
    """From 1; no part of what is compared."""


Flags = dict[str, Flag]
Reader = Callable[[str], Flags]


def reader(name: str, pattern: str) -> Reader:
    """What reads a file of this name. Raises NotAskedError where nothing does."""
    if pattern:
        return _by_pattern(name, pattern)
    end = name.rsplit("/", 1)[-1].lower()
    for ends, read in _READERS.items():
        if end.endswith(ends):
            return lambda text: _flags(name, read(text), _typed(end, text))
    if end.startswith(".env"):
        return lambda text: _flags(name, read_env(text), {})
    raise NotAskedError(f"{name}: what is no YAML, JSON, TOML, INI or .env needs a `pattern`")


def _yaml(text: str) -> Iterator[Read]:
    return read_yaml(text, _scalars)


def _scalars(text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    from runbook_tui.formats.problem import RunbookError

    try:
        yield from scalars(text)
    except RunbookError as error:
        raise BadDocumentError(str(error)) from error


_READERS: dict[str, Callable[[str], Iterator[Read]]] = {
    ".yaml": _yaml, ".yml": _yaml, ".json": read_json, ".toml": read_toml, ".ini": read_ini,
    ".cfg": read_ini, ".conf": read_properties, ".properties": read_properties, ".env": read_env,
}  # fmt: skip


def _flags(name: str, found: Iterator[Read], typed: dict[tuple[str, ...], str]) -> Flags:
    flags: Flags = {}
    for each in found:
        if isinstance(each, Trouble):
            raise NotAskedError(f"{name}:{each.line}: {each.why}")
        if isinstance(each, Setting):
            key = ".".join(each.path)
            count = 2
            while key in flags:  # another document of the file, or written twice
                key = f"{'.'.join(each.path)} ({count})"
                count += 1
            flags[key] = Flag(typed.get(each.path, each.value), each.line)
    return flags


def _typed(end: str, text: str) -> dict[tuple[str, ...], str]:
    """Values by path with their types, as far as the format tells them."""
    try:
        if end.endswith(".json"):
            document = json.loads(text)
        elif end.endswith(".toml"):
            document = tomllib.loads(text)
        else:
            return {}
    except (ValueError, RecursionError):  # JSON with comments, or what its reader will name
        return {}
    return dict(_leaves((), document))


def _leaves(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves((*path, str(number)), inner)
    else:
        yield path, json.dumps(value, ensure_ascii=False, default=str)


def _by_pattern(name: str, pattern: str) -> Reader:
    compiled = compile_pattern(pattern)
    if isinstance(compiled, str):
        raise NotAskedError(f"the pattern is refused: {compiled}")
    if not {"name", "value"} <= compiled.groupindex.keys():
        raise NotAskedError("the pattern needs the groups `name` and `value`: (?P<name>…)")

    def read(text: str) -> Flags:
        found: Flags = {}
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > LONGEST_MATCHED:
                continue
            for match in compiled.finditer(line):
                key = str(match["name"])
                if key in found:
                    raise NotAskedError(f"{name}:{number}: the flag is there twice")
                found[key] = Flag(str(match["value"]), number)
        return found

    return read


def edited(text: str, read: Reader, key: str, wanted: str | None, as_it_was: str) -> str:
    """`text` with one flag as wanted (None: not there) and all else as it is. `as_it_was`: its
    line and those around it as they were, see `context`. Raises NotPutBackError."""
    there = _values(read(text))
    goal = {name: value for name, value in there.items() if name != key}
    if wanted is not None:
        goal[key] = wanted
    for candidate in _candidates(text, read, key, wanted, as_it_was):
        try:
            if _values(read(candidate)) == goal and _as_strict(text, candidate):
                return candidate
        except NotAskedError:
            continue
    raise NotPutBackError("no edit of its line alone does it: it is to be edited by hand")


def _values(flags: Flags) -> dict[str, str]:
    return {name: flag.value for name, flag in flags.items()}


def _as_strict(text: str, candidate: str) -> bool:
    """JSON stays JSON: the reader of ours lets a comma too many pass."""
    try:
        json.loads(text)
    except ValueError:
        return True
    try:
        json.loads(candidate)
    except ValueError:
        return False
    return True


def context(text: str, line: int) -> str:
    """A line with its neighbours, for finding its place again."""
    lines = text.split("\n")
    around = [lines[at] if 0 <= at < len(lines) else None for at in (line - 2, line - 1, line)]
    return json.dumps(around)


def _candidates(
    text: str, read: Reader, key: str, wanted: str | None, as_it_was: str
) -> Iterator[str]:
    lines = text.split("\n")
    before, its, after = json.loads(as_it_was) if as_it_was else (None, None, None)
    flag = read(text).get(key)
    if flag is None:
        if its is not None:
            yield from _put_in(lines, before, its, after)
        return
    at = flag.line - 1
    if wanted is None:
        yield "\n".join([*lines[:at], *lines[at + 1 :]])
        if at and lines[at - 1].rstrip().endswith(","):
            shorter = lines[at - 1].rstrip()[:-1]
            yield "\n".join([*lines[: at - 1], shorter, *lines[at + 1 :]])
        return
    if its is not None:
        for line in (its, its.rstrip().removesuffix(","), its.rstrip() + ","):
            yield "\n".join([*lines[:at], line, *lines[at + 1 :]])
    line = lines[at]
    for old in _written(flag.value):
        place = line.rfind(old)
        while place >= 0:
            for new in _written(wanted):
                there = line[:place] + new + line[place + len(old) :]
                yield "\n".join([*lines[:at], there, *lines[at + 1 :]])
            place = line.rfind(old, 0, place)


def _put_in(lines: list[str], before: str | None, its: str, after: str | None) -> Iterator[str]:
    """The line where its neighbours still stand; a comma before it as JSON wants it."""
    for at in range(len(lines) + 1):
        above = lines[at - 1] if at else None
        below = lines[at] if at < len(lines) else None
        if above == before or below == after or (above is not None and f"{above}," == before):
            for comma in ("", ","):
                head = [*lines[: at - 1], lines[at - 1] + comma] if at else []
                yield "\n".join([*head, its, *lines[at:]])


def _written(value: str) -> list[str]:
    """The ways a value may be written, most certain first."""
    plain = value
    try:
        read = json.loads(value)
        if isinstance(read, str):
            plain = read
    except ValueError:
        pass
    ways = [value, json.dumps(plain, ensure_ascii=False), f"'{plain}'", plain]
    return list(dict.fromkeys([*ways, *(way.title() for way in ways), *map(str.upper, ways)]))
