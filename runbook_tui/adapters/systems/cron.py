"""Cron's jobs: lines of tables, and scripts in folders."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.adapters.systems.base import Kept, NotAskedError, NotPutBackError, Objects
from runbook_tui.adapters.systems.cron_tables import Table, table, with_job, without_job
from runbook_tui.adapters.systems.placing import held, write
from runbook_tui.domain.systems.cron import Cron
from runbook_tui.domain.systems.seen import Value, digest_of
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.cron.places import PERIODS, kind_of, passed_over

OWN = "crontab -l"
"""The key of the own crontab, where those of others may not be read."""
LARGEST = 1024**2
"""Bytes of a table that is read."""
_TABLES = ("etc/crontab", "etc/anacrontab")
_FOLDERS = ("etc/cron.d", *(f"etc/cron.{period}" for period in PERIODS))
_SPOOLS = ("var/spool/cron/crontabs", "var/spool/cron/tabs", "var/spool/cron")
_ENCODING = ("utf-8", "surrogateescape")
_PLAIN = {"LC_ALL": "C"}


class CronJobs:
    """The jobs of a machine."""

    def __init__(self, config: Cron) -> None:
        self._root = Path(config.root)
        self._limit = seconds(config.timeout) * 0.8

    def look(self, kept: Kept) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for path in self._paths():
            key = "/" + str(path.relative_to(self._root))
            try:
                seen = self._file(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise NotAskedError(f"{path}: {error.strerror}") from error
            found |= _objects(key, seen, kept)
        if self._spool_is_closed():
            text = self._own()
            if text is not None:
                found |= _objects(OWN, ({}, text.encode(*_ENCODING)), kept)
        return found

    def _paths(self) -> Iterator[Path]:
        yield from (self._root / name for name in _TABLES)
        for name in (*_FOLDERS, *_SPOOLS):
            try:
                entries = sorted((self._root / name).iterdir())
            except (FileNotFoundError, NotADirectoryError):
                continue
            except PermissionError as error:
                if name in _SPOOLS:
                    continue
                raise NotAskedError(f"{self._root / name}: {error.strerror}") from error
            yield from (path for path in entries if not _is_folder(path))

    def _spool_is_closed(self) -> bool:
        """Whether this machine's users' tables are there, but not for us to read."""
        spools = [path for name in _SPOOLS if (path := self._root / name).is_dir()]
        closed = any(not os.access(path, os.R_OK | os.X_OK) for path in spools)
        return str(self._root) == "/" and closed

    def _file(self, path: Path) -> tuple[dict[str, object], bytes]:
        status = path.lstat()
        value: dict[str, object] = {
            "mode": f"{stat.S_IMODE(status.st_mode):04o}",
            "owner": status.st_uid,
            "group": status.st_gid,
        }
        if stat.S_ISLNK(status.st_mode):
            return {"to": str(path.readlink())}, b""
        if not stat.S_ISREG(status.st_mode):
            raise NotAskedError(f"{path}: it is no file, and cron does not read it")
        if status.st_size > LARGEST:
            raise NotAskedError(f"{path}: more than {LARGEST:,} bytes")
        return value, path.read_bytes()

    def _own(self) -> str | None:
        answer = LocalTools().run(["crontab", "-l"], env=_PLAIN, limit=self._limit)
        if answer.exit == 0:
            return answer.out.decode(*_ENCODING)
        if b"no crontab for" in answer.err:
            return None
        said = answer.trouble or answer.err.decode("utf-8", "replace")
        raise NotAskedError(f"crontab -l: {safe_line(said, 200)}")

    def line(self, key: str, value: Value) -> str:
        if "times" in value:
            count = len(value["times"])
            settings = ", ".join(sorted({name for each in value["times"] for name in each}))
            return (f"{count} times" if count > 1 else "a job") + (
                f", under {settings}" if settings else ""
            )
        if "to" in value:
            return f"link to {value['to']}"
        who = f"{value['mode']} {value['owner']}:{value['group']}" if "mode" in value else "own"
        over = passed_over(PurePosixPath(key), kind_of(PurePosixPath(key)) or "unsure")
        return (
            who
            + (f", {over}" if over else "")
            + (f", sha256 {value['sha256'][:12]}" if "sha256" in value else ", a table")
        )

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """A table that is not there comes back first, with its jobs; else the jobs come first."""
        self._wanted = wanted
        return sorted(keys, key=lambda key: (_is_file(key) == self._is_there(key), key))

    _wanted: Mapping[str, Any] = {}

    def _is_there(self, key: str) -> bool:
        return self._text(_path(key)) is not None

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        name = _path(key)
        content = self._text(name)
        if (there := _at(key, name, self._status(name), content)) == wanted:
            return f"already as before: {key}"
        if there != now:
            raise NotPutBackError("somebody has changed it this very moment")
        if _is_file(key):
            return self._put_file(key, wanted, content, kept)
        if content is None:
            raise NotPutBackError(f"{name} is gone, and what else stood in it is not known")
        whole = name in self._wanted
        if whole and wanted and now and len(wanted["times"]) == len(now["times"]):
            return f"the settings for {key} come back with its file"
        job = key.removeprefix(f"{name}: ")
        text = _edited(content.decode(*_ENCODING), job, wanted, now)
        made = table(text)
        if not whole and made.jobs.get(job) != wanted:
            raise NotPutBackError("settings above it are others than before: by hand, then")
        exact = _kept(kept, digest_of(["cron", name, made.digest]))
        self._write(name, exact if exact is not None else text.encode(*_ENCODING), None)
        return f"removed {key}" if wanted is None else f"put back {key}"

    def _put_file(self, key: str, wanted: Value | None, content: bytes | None, kept: Kept) -> str:
        if wanted is None:
            if content is not None and "rest" in self._status_value(key, content):
                left = table(content.decode(*_ENCODING)).jobs
                if left:
                    raise NotPutBackError("jobs that somebody else has put into it are left in it")
            self._remove(key)
            return f"removed {key}"
        if "to" in wanted:
            raise NotPutBackError("it was a link: a system of `files` puts those back")
        if "sha256" in wanted:
            self._write(key, kept.content_of(wanted["sha256"]), wanted)
            return f"put back {key}: {self.line(key, wanted)}"
        jobs = {
            each.removeprefix(f"{key}: "): value
            for each, value in self._wanted.items()
            if each.startswith(f"{key}: ")
        }
        here = table(content.decode(*_ENCODING)).jobs if content is not None else jobs
        if _counts(here) != _counts(jobs):
            raise NotPutBackError("jobs in it are others than before: it is to be edited by hand")
        name = digest_of(["cron", key, Table(dict(jobs), wanted["rest"]).digest])
        self._write(key, kept.content_of(name), wanted)
        return f"put back {key}: {self.line(key, wanted)}"

    def _status_value(self, key: str, content: bytes) -> Value:
        return _at(key, key, self._status(key), content) or {}

    def _status(self, name: str) -> dict[str, object]:
        if name == OWN:
            return {}
        try:
            return self._file(self._root / name.lstrip("/"))[0]
        except OSError:
            return {}

    def _text(self, name: str) -> bytes | None:
        try:
            if name == OWN:
                own = self._own()
                return None if own is None else own.encode(*_ENCODING)
            return self._file(self._root / name.lstrip("/"))[1]
        except OSError:
            return None

    def _write(self, name: str, content: bytes, wanted: Value | None) -> None:
        """Replaces a table. Cron sees it by the time of its folder, which a new name there sets."""
        if name == OWN:
            self._own_as("-", content)
            return
        path = self._root / name.lstrip("/")
        value = wanted or self._status(name)
        try:
            with held(str(path), str(path.parent.resolve())) as folder:
                write(
                    folder,
                    path.name,
                    content,
                    mode=int(str(value["mode"]), 8),
                    owner=int(str(value["owner"])),
                    group=int(str(value["group"])),
                    xattrs={},
                )
        except OSError as error:
            raise NotPutBackError(f"{path}: {error.strerror}") from error

    def _remove(self, name: str) -> None:
        if name == OWN:
            self._own_as("-r", b"")
            return
        path = self._root / name.lstrip("/")
        try:
            with held(str(path), str(path.parent.resolve())) as folder:
                os.unlink(path.name, dir_fd=folder)
        except OSError as error:
            raise NotPutBackError(f"{path}: {error.strerror}") from error

    def _own_as(self, how: str, content: bytes) -> None:
        answer = LocalTools().run(["crontab", how], env=_PLAIN, stdin=content, limit=self._limit)
        if answer.exit != 0:
            said = answer.trouble or answer.err.decode("utf-8", "replace")
            raise NotPutBackError(f"crontab {how}: {safe_line(said, 200)}")


def _objects(key: str, seen: tuple[dict[str, object], bytes], kept: Kept) -> dict[str, Value]:
    """A file and its jobs."""
    status, content = seen
    value = _at(key, key, status, content) or {}
    found: dict[str, Value] = {key: value}
    if "sha256" in value:
        kept.content(value["sha256"], content)
    elif "rest" in value:
        read = table(content.decode(*_ENCODING))
        kept.content(digest_of(["cron", key, read.digest]), content)
        found |= {f"{key}: {line}": job for line, job in read.jobs.items()}
    return found


def _at(key: str, name: str, status: dict[str, object], content: bytes | None) -> Value | None:
    """The object of a key, in a file with this content."""
    if content is None:
        return None
    if "to" in status:
        return status if key == name else None
    if kind_of(PurePosixPath(name)) == "periodic":
        return {**status, "sha256": hashlib.sha256(content).hexdigest()}
    read = table(content.decode(*_ENCODING))
    if key == name:
        return {**status, "rest": read.rest}
    return read.jobs.get(key.removeprefix(f"{name}: "))


def _edited(text: str, job: str, wanted: Value | None, now: Value | None) -> str:
    have = len(now["times"]) if now else 0
    want = len(wanted["times"]) if wanted else 0
    for _ in range(have - want):
        text = without_job(text, job)
    for _ in range(want - have):
        assert wanted is not None
        text = with_job(text, wanted)
    return text


def _counts(jobs: Mapping[str, Value]) -> dict[str, int]:
    return {job: len(value["times"]) for job, value in jobs.items()}


def _kept(kept: Kept, name: str) -> bytes | None:
    try:
        return kept.content_of(name)
    except NotPutBackError:
        return None


def _path(key: str) -> str:
    return key.split(": ", 1)[0]


def _is_file(key: str) -> bool:
    return ": " not in key


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
