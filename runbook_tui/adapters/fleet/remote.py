"""What is sent to a host, and how its answer is told from what its login shell prints.

The host's `sshd` gives the command to the account's shell, which may read `.bashrc` and print
anything. So the shell only starts ``/bin/sh``, that one clears the environment, and the next one
prints a marker on both streams; what came before it is dropped. The scripts are constant: all
that belongs to the job travels as their arguments, quoted once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runbook_tui.domain.output import Stream

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MARK_VARIABLE = "RUNBOOK_TUI_ATTEMPT"
HOST_VARIABLE = "RUNBOOK_TUI_HOST_RUN"
"""Holds a word that no other command has: what left the process group is found by it."""
LONGEST_COMMAND = 120_000
"""Bytes. Linux takes no argument above 131,072 (MAX_ARG_STRLEN), and this one is one."""
NOISE_KEPT = 2_000
"""Bytes kept of what came before the marker: it says why there was none."""

# Written apart, so that a shell that prints what it runs (`set -x`) does not print the marker.
CLEAR = (
    f"PATH={PATH}; export PATH;"
    ' exec env -i HOME="${HOME:-/}" USER="${USER:-$LOGNAME}" LOGNAME="${LOGNAME:-$USER}"'
    ' SHELL=/bin/sh LANG=C.UTF-8 "$@"'
)
# Waits for a word before it begins: a login shell that hangs until we are gone begins nothing.
_ENTER = (
    'm=$1$2 d=$3; shift 3; if [ -n "$d" ]; then cd "$d" 2>/dev/null'
    ' || { printf "%s cwd 0\\n" "$m"; exit 126; }; fi;'
    ' printf "%s\\n" "$m" >&2; printf "%s at %s\\n" "$m" "$$";'
    ' read -r go && [ "$go" = go ] && exec "$@" </dev/null; exit 126'
)
GO = b"go\n"
# Ends the process group (0 for none), and what left it but carries the word: TERM, a while, KILL.
# Says whether anything is left.
END = (
    "w=$1 g=$2 n=$3;"
    ' strays() { grep -lsF "$w" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; };'
    ' hit() { [ "$g" = 0 ] || kill -"$1" -- -"$g" 2>/dev/null || kill -"$1" "$g" 2>/dev/null;'
    ' for p in $(strays); do kill -"$1" "$p" 2>/dev/null; done; };'
    # The dead whom nobody has buried yet (a container without an init) do not count.
    ' kin() { [ "$g" != 0 ] || return 1; if [ -r /proc/self/stat ];'
    ' then grep -qs ") [^ZX] [0-9]* $g " /proc/[0-9]*/stat;'
    ' else kill -0 -- -"$g" 2>/dev/null || kill -0 "$g" 2>/dev/null; fi; };'
    ' left() { kin || [ -n "$(strays)" ]; };'
    ' rest() { while [ "$n" -gt 0 ] && left; do sleep 0.1 2>/dev/null || sleep 1;'
    " n=$((n-1)); done; };"
    " hit TERM; rest; hit KILL; n=20; rest;"
    " if left; then echo left; else echo gone; fi"
)
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}\Z")
_PID = re.compile(rb"[1-9][0-9]{0,9}\Z")
_FOR_SHELLS = {"'": "'\\''", "\\": "'\\\\'", "!": "'\\!'"}


def quoted(word: str) -> str:
    """A word as bash, dash, zsh, fish and csh read it back. (fish takes backslashes inside single
    quotes, csh exclamation marks; csh alone cannot read a line end.)"""
    if _PLAIN.match(word):
        return word
    return "'" + "".join(_FOR_SHELLS.get(letter, letter) for letter in word) + "'"


def run_line(
    argv: tuple[str, ...], env: Mapping[str, str], cwd: str, mark: str, marker: Marker
) -> str:
    """The command line that runs `argv` on a host. Raises ValueError where it cannot be one."""
    checked(argv, env)
    given = {"PATH": PATH, **env, MARK_VARIABLE: mark, HOST_VARIABLE: marker.tag}
    assignments = [f"{name}={value}" for name, value in given.items()]
    inner = ["/bin/sh", "-c", _ENTER, "sh", marker.first, marker.second, folder(cwd), *argv]
    words = ["exec", "/bin/sh", "-c", CLEAR, "sh", *assignments, *inner]
    if any("\0" in word for word in words):
        raise ValueError("there is a NUL in the command")
    line = " ".join(map(quoted, words))
    if len(line.encode("utf-8", "surrogateescape")) > LONGEST_COMMAND:
        raise ValueError(f"the command has more than {LONGEST_COMMAND:,} bytes")
    return line


def checked(argv: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Raises ValueError where a command cannot be sent as it is."""
    if not argv or not argv[0] or argv[0].startswith("-"):
        raise ValueError("there is no program to run")
    for name in env:
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is no name of a variable")


def folder(cwd: str) -> str:
    """With a path before it neither `-` nor CDPATH makes it another folder."""
    return cwd if not cwd or cwd.startswith("/") else f"./{cwd}"


def end_line(marker: Marker, group: int, grace: float) -> str:
    """The command line that ends what `run_line` started. Says ``gone`` or ``left``."""
    words = [marker.tag, str(group), str(max(1, round(grace * 10)))]
    return " ".join(map(quoted, ["exec", "/bin/sh", "-c", END, "sh", *words]))


@dataclass(frozen=True)
class Marker:
    """A word nobody else prints, in two parts."""

    first: str
    second: str

    @property
    def word(self) -> str:
        """Both parts."""
        return self.first + self.second

    @property
    def tag(self) -> str:
        """Another word, which stands in the command line as it is."""
        return self.second + self.first


@dataclass
class Entrance:
    """Drops what a login shell prints before the marker."""

    marker: Marker
    pid: int = 0
    """The command's process and process group there; 0 while it has not begun."""
    no_folder: bool = False
    _open: dict[Stream, bool] = field(default_factory=lambda: {"out": False, "err": False})
    _before: dict[Stream, bytes] = field(default_factory=lambda: {"out": b"", "err": b""})

    def feed(self, stream: Stream, chunk: bytes) -> bytes:
        """What of `chunk` is the command's."""
        if self._open[stream]:
            return chunk
        before = self._before[stream] + chunk
        word = self.marker.word.encode()
        at = before.find(word)
        end = before.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            # Long enough for a marker that has come in part, whatever else has come.
            self._before[stream] = before[-NOISE_KEPT:]
            return b""
        self._open[stream] = True
        self._before[stream] = b""
        said = before[at + len(word) : end].split()
        if said[:1] == [b"at"] and len(said) == 2 and _PID.match(said[1]):
            self.pid = int(said[1])
        self.no_folder |= said[:1] == [b"cwd"]
        return before[end + 1 :]

    @property
    def noise(self) -> str:
        """The last line of each stream where no marker came."""
        lasts = (
            text.decode("utf-8", "replace").rstrip().rpartition("\n")[2].strip()
            for text in self._before.values()
        )
        return ", ".join(last for last in lasts if last)
