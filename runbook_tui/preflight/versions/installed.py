"""Learns which version is installed, by the one way that the runbook gives."""

from __future__ import annotations

import json
import re
from typing import Any

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.checks.installed import WAYS, InstalledVersion
from runbook_tui.domain.redact import redact
from runbook_tui.domain.regexes import LONGEST_MATCHED, compile_pattern
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.versions import packages
from runbook_tui.preflight.versions.seen import NotKnownError, Seen

MOST = 1024**2
"""Bytes that are read of a file or an answer."""
MOST_LINES = 10_000
_SHOWN = 160
# The first thing that looks like a version: numbers with dots between, and what hangs on them.
# Each part begins with something that the one before cannot match, so it does not backtrack.
_LOOKS_LIKE_ONE = re.compile(
    r"(?<![A-Za-z0-9.])v?(\d+(?:\.\d+)+(?:[-+~]?[A-Za-z0-9]\w*)?(?:[.+~-]\w+)*)"
)
_WHOLE = re.compile(r"v?\d[\w.+~:-]{0,127}")


def installed_version(target: Target[CheckBase], wanted: InstalledVersion) -> Seen:
    """The installed version. Raises NotKnownError, NotInstalledError."""
    if len(wanted.ways) != 1:
        given = ", ".join(wanted.ways) or "nothing"
        raise NotKnownError(
            f"`installed` needs exactly one of {', '.join(WAYS)}; it has {given}", "no-one-way"
        )
    tools = target.tools
    if wanted.dpkg is not None:
        return _taken(packages.dpkg(tools, wanted.dpkg), wanted)
    if wanted.rpm is not None:
        return _taken(packages.rpm(tools, wanted.rpm), wanted)
    if wanted.pip is not None:
        python = wanted.python
        if "/" in python:
            python = str(target.path(python))
        return _taken(packages.pip(tools, python, wanted.pip), wanted)
    if wanted.npm is not None:
        folder = target.path(wanted.npm_folder) if wanted.npm_folder is not None else None
        return _taken(packages.npm(tools, folder, wanted.npm), wanted)
    if wanted.version is not None:
        return _taken(Seen(wanted.version, "as given", wanted.version), wanted)
    text, place = _read(target, wanted)
    return _in_text(text, place, wanted, target)


def _taken(seen: Seen, wanted: InstalledVersion) -> Seen:
    """What a package manager says is the version, unless a pattern takes a part of it."""
    if wanted.pattern is None:
        return seen
    found = _by_pattern(seen.version, wanted.pattern)
    if found is None:
        raise NotKnownError(f"{safe_line(seen.version, _SHOWN)} does not match the pattern")
    return Seen(found[0], seen.place, seen.said)


def _read(target: Target[CheckBase], wanted: InstalledVersion) -> tuple[str, str]:
    if wanted.command is not None:
        return _of_command(target, wanted.command)
    if wanted.file is not None:
        path = target.path(wanted.file)
        place = safe_line(wanted.file, _SHOWN)
        try:
            if not path.is_file():
                raise NotKnownError(f"{place}: there is no such file")
            with path.open("rb") as file:
                content = file.read(MOST)
        except OSError as error:
            raise NotKnownError(f"{place}: {error.strerror}") from error
        return content.decode("utf-8", "replace"), place
    assert wanted.url is not None
    place = safe_line(redact(wanted.url, target.secrets), _SHOWN)
    reply = target.network.get(wanted.url)
    if reply.status != 200:
        why = safe_line(reply.trouble, _SHOWN) or f"answered {reply.status}"
        raise NotKnownError(f"{place}: {why}")
    return reply.body[:MOST].decode("utf-8", "replace"), place


def _of_command(target: Target[CheckBase], command: Command) -> tuple[str, str]:
    if command.where:
        raise NotKnownError(f"the command is for the host {safe_line(command.where, 80)}, not here")
    argv = ["/bin/sh", "-c", command.shell] if command.shell is not None else [*command.argv]
    if not argv:
        raise NotKnownError("the command is empty")
    place = safe_line(redact(command.shell or " ".join(argv), target.secrets), 80)
    cwd = target.path(command.cwd) if command.cwd is not None else target.folder
    answer = target.tools.run(argv, cwd=cwd, env=command.env, limit=seconds(command.timeout))
    if answer.exit is None:
        raise NotKnownError(safe_line(answer.trouble, _SHOWN), "tool-missing")
    if answer.exit != 0:
        said = answer.err.decode("utf-8", "replace")[:2_000]
        why = safe_line(redact(said, target.secrets), _SHOWN)
        raise NotKnownError(f"{place}: ended with {answer.exit}: {why}")
    # Some print their version to the error stream: java -version, nginx -v.
    return (answer.out if answer.out.strip() else answer.err)[:MOST].decode(
        "utf-8", "replace"
    ), place


def _in_text(text: str, place: str, wanted: InstalledVersion, target: Target[CheckBase]) -> Seen:
    if wanted.pointer is not None:
        text = _pointed(text, wanted.pointer, place)
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        found = (
            _by_pattern(line, wanted.pattern)
            if wanted.pattern is not None
            else _looks_like_one(line)
        )
        if found is not None:
            said = safe_line(redact(line[:2_000].strip(), target.secrets), _SHOWN)
            return Seen(found[0], place, said, 0 if wanted.pointer is not None else number)
    what = "matches the pattern" if wanted.pattern is not None else "looks like a version"
    raise NotKnownError(f"{place}: nothing there {what}")


def _by_pattern(line: str, pattern: str) -> tuple[str] | None:
    compiled = compile_pattern(pattern)
    if isinstance(compiled, str):
        raise NotKnownError(f"the pattern is refused: {compiled}")
    if compiled.groups < 1:
        raise NotKnownError("the pattern has no group that would be the version")
    match = compiled.search(line[:LONGEST_MATCHED])
    return (match[1],) if match is not None and match[1] else None


def _looks_like_one(line: str) -> tuple[str] | None:
    line = line[:LONGEST_MATCHED]
    if _WHOLE.fullmatch(line.strip()):
        return (line.strip(),)
    match = _LOOKS_LIKE_ONE.search(line)
    return (match[1],) if match is not None else None


def _pointed(text: str, pointer: str, place: str) -> str:
    """What a JSON pointer points at (RFC 6901), as text."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise NotKnownError(f"{place}: this is no JSON") from None
    if pointer and not pointer.startswith("/"):
        raise NotKnownError(f"{safe_line(pointer, 80)!r} is no JSON pointer: it begins with no /")
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"\d{1,9}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NotKnownError(f"{place}: there is nothing at {safe_line(pointer, 80)}")
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise NotKnownError(f"{place}: what is at {safe_line(pointer, 80)} is no text")
    return str(value)
