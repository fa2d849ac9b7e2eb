"""Which version of a package is installed, as the package managers tell: dpkg, rpm, pip, npm.

They are asked in a fixed locale and for their own fields; nothing of theirs is changed, and npm is
kept from the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Answer, Tools
from runbook_tui.preflight.versions.seen import NotInstalledError, NotKnownError, Seen

_DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?")
"""deb-control(5); anything else would be a pattern to dpkg-query."""
_NAME = re.compile(r"@?[A-Za-z0-9_][A-Za-z0-9_.+/-]*")
_LIMIT = 60.0
_ENGLISH = {"LC_ALL": "C.UTF-8"}
_PIP = """\
import sys
del sys.path[0]  # the folder that it was started in
from importlib import metadata
try:
    print(metadata.version(sys.argv[1]))
except metadata.PackageNotFoundError:
    sys.exit(3)
"""
_ABSENT = 3


def dpkg(tools: Tools, name: str) -> Seen:
    """The version that dpkg has installed; not what is only configured or half removed."""
    _name(name, _DEBIAN_NAME)
    shown = r"${db:Status-Abbrev}\t${Version}\n"
    argv = ["dpkg-query", "--show", f"--showformat={shown}", name]
    answer = _run(tools, argv)
    if answer.exit == 1 and b"no packages found" in answer.err:
        raise NotInstalledError(f"dpkg knows no package {name}")
    rows = [line.split("\t") for line in _out(argv, answer).splitlines() if "\t" in line]
    # The second letter is the state (dpkg-query(1)): n not installed, c configuration files only.
    here = [row for row in rows if row[0][1:2] not in ("n", "c")]
    if not here:
        raise NotInstalledError(f"{name} is not installed; dpkg only remembers it")
    for state, version in here:
        if state[1:2] != "i" or state[2:3].strip():
            raise NotKnownError(
                f"{name} {version} is not wholly installed: dpkg says {state.strip()!r}",
                "half-installed",
            )
    return _one(name, {version for _state, version in here}, f"dpkg-query {name}")


def rpm(tools: Tools, name: str) -> Seen:
    """The version that rpm has installed."""
    _name(name, _NAME)
    form = r"%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n"
    argv = ["rpm", "--query", "--queryformat", form, "--", name]
    answer = _run(tools, argv)
    if answer.exit == 1 and b"is not installed" in answer.out:
        raise NotInstalledError(f"rpm knows no installed package {name}")
    return _one(name, set(_out(argv, answer).split()), f"rpm -q {name}")


def pip(tools: Tools, python: str, name: str) -> Seen:
    """The version of a distribution that a Python would import.

    Asked of that Python's own importlib.metadata, as pip itself does: it needs no pip there.
    """
    _name(name, _NAME)
    argv = [python, "-c", _PIP, name]
    answer = _run(tools, argv)
    if answer.exit == _ABSENT:
        raise NotInstalledError(f"{python} has no distribution {name}")
    return _one(name, set(_out(argv, answer).split()), f"{python}: {name}")


def npm(tools: Tools, folder: Path | None, name: str) -> Seen:
    """The version of a package in a project's folder, or among the global ones."""
    _name(name, _NAME)
    where = ["--global"] if folder is None else []
    argv = ["npm", "ls", "--json", "--depth=0", "--offline", *where, "--", name]
    answer = _run(tools, argv, cwd=folder)
    try:  # it exits 1 for what it finds amiss and for what is absent, with its answer all the same
        said = json.loads(answer.out)
    except ValueError:
        _out(argv, answer)
        raise NotKnownError("npm ls did not answer in JSON") from None
    entry = _get(_get(said, "dependencies"), name)
    if not isinstance(entry, dict) or entry.get("missing"):
        if error := _get(said, "error"):
            raise NotKnownError(f"npm ls: {safe_line(str(_get(error, 'summary')), 160)}")
        raise NotInstalledError(f"npm has no package {name} in {folder or 'its global folder'}")
    return _one(name, {str(entry.get("version", ""))} - {""}, f"npm ls {name}")


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _name(name: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(name):
        raise NotKnownError(f"{safe_line(name, 60)!r} is no name of a package")


def _run(tools: Tools, argv: Sequence[str], cwd: Path | None = None) -> Answer:
    if cwd is not None and not cwd.is_dir():
        raise NotKnownError(f"{safe_line(str(cwd), 160)} is no folder")
    answer = tools.run(argv, cwd=cwd, env=_ENGLISH, limit=_LIMIT)
    if answer.exit is None:
        raise NotKnownError(answer.trouble, "tool-missing")
    return answer


def _out(argv: Sequence[str], answer: Answer) -> str:
    if answer.exit != 0:
        why = safe_line(answer.err.decode("utf-8", "replace"), 160)
        raise NotKnownError(f"{argv[0]} ended with {answer.exit}: {why}")
    return answer.out.decode("utf-8", "replace")


def _one(name: str, versions: set[str], place: str) -> Seen:
    if len(versions) != 1:
        listed = safe_line(", ".join(sorted(versions)), 160) or "none"
        raise NotKnownError(f"{name}: not one version but {listed}", "several-versions")
    version = versions.pop()
    return Seen(version, place, version)
