"""Units of systemd, by systemctl and their files.

Sources: systemctl(1), systemd.unit(5) (where units' files and drop-ins are).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from runbook_tui.adapters.systems.asked import asked, done, limit
from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.units import Units

_SYSTEM = (
    "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system",
    "usr/lib/systemd/system", "lib/systemd/system",
)  # fmt: skip
_USER = (
    "etc/systemd/user", "run/systemd/user", "usr/local/lib/systemd/user", "usr/lib/systemd/user",
)  # fmt: skip
_WANTS = (".wants", ".requires", ".upholds")
_ENABLED = {"enabled": (), "enabled-runtime": ("--runtime",)}
_MASKED = {"masked": (), "masked-runtime": ("--runtime",)}
AT_ONCE = 200
"""Units in one question: their names must fit among the arguments of a program."""


class SystemdUnits(InOrder):
    """The units of a machine, or of a file tree."""

    def __init__(self, config: Units) -> None:
        self._config = config
        self._limit = limit(config)
        root = Path(config.root or "/")
        if config.user:
            own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
            self._folders = (own / "systemd/user", *(root / name for name in _USER))
        else:
            self._folders = tuple(root / name for name in _SYSTEM)

    def look(self, kept: Kept) -> dict[str, Value]:
        if self._config.root and not any(folder.is_dir() for folder in self._folders):
            raise NotAskedError(f"{self._config.root}: there are no units of systemd")
        if not self._config.root:
            self._running()
        return self._look(self._config.units)

    def _running(self) -> None:
        try:
            asked(self._systemctl("show", "--property=Version"), self._limit)
        except NotAskedError as error:
            if Path("/run/systemd/system").is_dir():
                raise
            raise NotAskedError(f"systemd does not run on this machine ({error})") from error

    def _look(self, names: Iterable[str]) -> dict[str, Value]:
        states = self._states()
        links = self._links()
        # Another name of a unit is seen with it, and is none of its own.
        others = {other for each in links.values() for other in each}
        found: dict[str, dict[str, object]] = {}
        plain = {name for name in names if "*" not in name}
        for name in sorted({*states, *links, *plain} - others):
            if not _is_about(name, self._config.units or ()):
                continue
            files = self._files(name)
            if name not in states and name not in links and not files:
                continue
            state = states.get(name) or ("enabled" if name in links else "disabled")
            if "@." in name and state not in _MASKED:
                state = "template"  # else it changes with its instances, which are seen themselves
            value: dict[str, object] = {"state": state}
            found[name] = value | ({"files": files} if files else {})
            if name in links:
                found[name]["links"] = sorted(links[name])
        if not self._config.root:
            for name, active in self._active(sorted(found)):
                if name in found:
                    found[name]["active"] = active
        return dict(found)

    def _systemctl(self, *arguments: str) -> list[str]:
        where = [f"--root={Path(self._config.root).resolve()}"] if self._config.root else []
        return ["systemctl", *(["--user"] if self._config.user else []), *where, *arguments]

    def _states(self) -> dict[str, str]:
        argv = self._systemctl("list-unit-files", "--no-pager", "--no-legend", "--plain", "--full")
        rows = (line.split() for line in asked(argv, self._limit).splitlines())
        return {row[0]: row[1] for row in rows if len(row) > 1}

    def _active(self, names: list[str]) -> Iterator[tuple[str, str]]:
        # A template itself is never started: nothing can be asked of it.
        names = [name for name in names if "@." not in name]
        for begin in range(0, len(names), AT_ONCE):
            argv = self._systemctl("show", "--property=Id,Names,ActiveState", "--")
            text = asked([*argv, *names[begin : begin + AT_ONCE]], self._limit)
            for block in text.split("\n\n"):
                said = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
                for name in {said.get("Id", ""), *said.get("Names", "").split()}:
                    yield name, said.get("ActiveState", "unknown")

    def _links(self) -> dict[str, set[str]]:
        """What wants a unit, by the links that enabling it makes; and its other names."""
        found: dict[str, set[str]] = {}
        for folder in self._folders[:2]:  # enabling writes below /etc and /run only
            for path in _entries(folder):
                if path.suffix in _WANTS and path.is_dir():
                    for link in _entries(path):
                        if link.is_symlink():
                            found.setdefault(link.name, set()).add(path.name)
                elif path.is_symlink() and (name := path.readlink().name) not in (
                    "null",
                    path.name,
                ):
                    found.setdefault(name, set()).add(path.name)
        return found

    def _files(self, name: str) -> dict[str, str]:
        """The unit's file that counts, and all drop-ins, by path: digests. Links to nothing, which
        mask a unit, are no files."""
        found: dict[str, str] = {}
        names = [name]
        if "@" in name and (template := _template(name)) != name:
            names.append(template)
        for each in names:
            for folder in self._folders:
                # A link in another machine's tree leads to a file of this one.
                led_out = self._config.root and (folder / each).is_symlink()
                if (
                    not led_out
                    and (folder / each).is_file()
                    and not any(Path(key).name in names for key in found)
                ):
                    found[self._shown(folder / each)] = _digest(folder / each)
                for path in _entries(folder / f"{each}.d"):
                    if path.suffix == ".conf" and path.is_file():
                        found.setdefault(self._shown(path), _digest(path))
        return found

    def _shown(self, path: Path) -> str:
        root = self._config.root
        return (
            "/" + str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)
        )

    def line(self, key: str, value: Value) -> str:
        wants = ", ".join(value.get("links", ()))
        dropins = sum(path.endswith(".conf") for path in value.get("files", ()))
        parts = [value["state"] + (f" by {wants}" if wants else "")]
        parts += [value["active"]] if "active" in value else []
        parts += [f"{dropins} drop-ins"] if dropins else []
        return ", ".join(parts)

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        if not self._config.root:  # its files may have been put back just before
            done(self._systemctl("daemon-reload"), self._limit)
        there = self._look([key]).get(key)
        if there == wanted:
            return f"already as before: {key}"
        did = list(self._act(key, wanted, there or {}))
        if wanted is None and key not in self._look(self._config.units):
            return f"put back {key}: {', '.join(did)}"
        if wanted is None:
            raise NotPutBackError(f"{_words(did)}its file is still there: a system of `files`")
        if (there or {}).get("files") != wanted.get("files"):
            raise NotPutBackError(f"{_words(did)}its files are others: a system of `files`")
        return f"put back {key}: {', '.join(did) or 'nothing to do'}"

    def _act(self, name: str, wanted: Value | None, now: Value) -> Iterator[str]:
        """Does what brings a unit back, and says each thing that it did."""
        before, state = (wanted or {}).get("state", "disabled"), now.get("state")
        active = (wanted or {}).get("active", "inactive")
        if now.get("active") == "active" and active in ("inactive", "failed"):
            yield self._do("stop", name)
        if state in _MASKED and before != state:
            yield self._do("unmask", *_MASKED[state], name)
            state = self._look([name]).get(name, {}).get("state")
        links = (wanted or {}).get("links", [])
        if now.get("links", []) != links:
            # What enabling makes stands in the unit's file: that is what is followed.
            if now.get("links"):
                yield self._do("disable", name)
            if links:
                yield self._do("enable", *_ENABLED.get(before, ()), name)
        if before in _MASKED and state != before:
            yield self._do("mask", *_MASKED[before], name)
        if active == "active" and now.get("active") in ("inactive", "failed"):
            yield self._do("start", name)

    def _do(self, verb: str, *arguments: str) -> str:
        done(self._systemctl(verb, "--quiet", *arguments), self._limit)
        return verb


def _words(did: list[str]) -> str:
    return f"{', '.join(did)}, but " if did else ""


def _is_about(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _template(name: str) -> str:
    front, _, rest = name.partition("@")
    return f"{front}@{rest[rest.rfind('.') :]}"


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise NotAskedError(f"{path}: {error.strerror}") from error


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise NotAskedError(f"{folder}: {error.strerror}") from error
