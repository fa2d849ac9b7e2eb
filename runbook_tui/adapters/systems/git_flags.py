"""Feature flags in the files of a git work tree."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.flag_reading import Flags, Reader, context, edited, reader
from runbook_tui.adapters.systems.placing import replace_content
from runbook_tui.domain.redact import redact
from runbook_tui.domain.systems.flag_files import GitFlags
from runbook_tui.domain.systems.seen import Value, digest_of
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds

LARGEST = 4 * 1024**2
"""Bytes of a file that is read."""
_PLAIN = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
_ENCODING = ("utf-8", "surrogateescape")
# A repository's own configuration must not start anything while it is looked at.
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


class GitFlagFiles(InOrder):
    """Files of one work tree."""

    def __init__(self, config: GitFlags) -> None:
        self._config = config
        self._folder = Path(config.repository)
        self._limit = seconds(config.timeout) * 0.8

    def look(self, kept: Kept) -> dict[str, Value]:
        if self._git("rev-parse", "--is-inside-work-tree").strip() != b"true":
            raise NotAskedError(f"{self._folder} is no work tree: a bare repository has no files")
        branch = self._branch()
        found: dict[str, Value] = {}
        for name in self._config.files:
            read = reader(name, self._config.pattern)
            text = self._text(name)
            here = read(text)
            committed = self._committed(name, read)
            for flag in sorted({*here, *committed}):
                if not self._is_flag(flag):
                    continue
                value: dict[str, object] = {"branch": branch}
                if flag in here:
                    value["value"] = here[flag].value
                    kept.content(_name(name, flag, here[flag].value), _bytes(text, here, flag))
                if flag in committed:
                    value["head"] = committed[flag].value
                found[f"{name}: {flag}"] = value
        return found

    def _is_flag(self, name: str) -> bool:
        names = self._config.names
        return not names or any(fnmatchcase(name, pattern) for pattern in names)

    def _text(self, name: str) -> str:
        path = self._folder / name
        try:
            if path.stat().st_size > LARGEST:
                raise NotAskedError(f"{name}: more than {LARGEST:,} bytes")
            return path.read_bytes().decode(*_ENCODING)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise NotAskedError(f"{name}: {error.strerror}") from error

    def _branch(self) -> str:
        found = LocalTools().run(
            ["git", *_QUIET, "-C", str(self._folder), "symbolic-ref", "--quiet", "--short", "HEAD"],
            env=_PLAIN,
            limit=self._limit,
        )
        return found.out.decode(*_ENCODING).strip() if found.exit == 0 else "(no branch)"

    def _committed(self, name: str, read: Reader) -> Flags:
        if not self._git("rev-list", "--max-count=1", "--all", "HEAD", "--", may_fail=True):
            return {}  # nothing is committed yet
        entry = self._git("ls-tree", "-z", "HEAD", "--", name).split(b"\0")[0]
        if not entry:
            return {}
        kind, blob = entry.split(b"\t")[0].split()[1:3]
        if kind != b"blob":
            raise NotAskedError(f"{name}: no file in HEAD")
        return read(self._git("cat-file", "blob", blob.decode()).decode(*_ENCODING))

    def _git(self, *arguments: str, may_fail: bool = False) -> bytes:
        argv = ["git", *_QUIET, "-C", str(self._folder), *arguments]
        answer = LocalTools().run(argv, env=_PLAIN, limit=self._limit)
        if answer.exit != 0 or answer.cut:
            if may_fail and answer.exit is not None:
                return b""
            said = answer.trouble or answer.err.decode("utf-8", "replace").strip().split("\n")[0]
            raise NotAskedError(f"{self._folder}: {safe_line(redact(said), 200)}")
        return answer.out

    def line(self, key: str, value: Value) -> str:
        name = key.split(": ", 1)[1].rsplit(".", 1)[-1]
        here, head = (_shown(name, value.get(which)) for which in ("value", "head"))
        state = "committed" if here == head else f"not committed: HEAD has {head}"
        return f"{here} on {value['branch']}, {state}"

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        name, flag = key.split(": ", 1)
        value = (wanted or {}).get("value")
        read = reader(name, self._config.pattern)
        text = self._text(name)
        there = read(text).get(flag)
        if (there.value if there else None) != (now or {}).get("value"):
            raise NotPutBackError("somebody has changed it this very moment")
        if value == (now or {}).get("value"):
            raise NotPutBackError(_by_hand(wanted, now))
        as_it_was = ""
        if value is not None:
            as_it_was = kept.content_of(_name(name, flag, value)).decode(*_ENCODING)
        if not text:
            raise NotPutBackError(f"{name} is gone: `git restore {name}` brings it back")
        changed = edited(text, read, flag, value, as_it_was)
        replace_content(self._folder / name, changed.encode(*_ENCODING))
        last = flag.rsplit(".", 1)[-1]
        done = f"put back {key}: {_shown(last, value)} in the work tree"
        same = (now or {}).get("head") == value
        return done if same else f"{done}; still to be committed"


def _by_hand(wanted: Value | None, now: Value | None) -> str:
    if wanted and now and wanted["branch"] != now["branch"]:
        return f"another branch is checked out: {now['branch']}, before {wanted['branch']}"
    return "its value is as before, but not what is committed: commits are a person's to make"


def _name(file: str, flag: str, value: object) -> str:
    return digest_of(["git-flags", file, flag, value])


def _bytes(text: str, flags: Flags, flag: str) -> bytes:
    return context(text, flags[flag].line).encode(*_ENCODING)


def _shown(name: str, value: object) -> str:
    """A value for people; what a name calls a secret is none for the log."""
    if value is None:
        return "nothing"
    return redact(f"{name}={value}").removeprefix(f"{name}=")
