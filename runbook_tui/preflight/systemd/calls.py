"""Calls that name units: systemctl, service, invoke-rc.d, journalctl and their relatives.

Sources: systemctl(1), service(8), invoke-rc.d(8), deb-systemd-invoke(1p), deb-systemd-helper(1p),
update-rc.d(8), journalctl(1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Literal

Strength = Literal["acts", "asks", "needs", "orders", "brings"]
"""`acts`: fails where the unit is not there. `asks`: gets a wrong answer. `needs`: a unit that does
not start without it. `orders`: goes on without it. `brings`: its file."""

ACTS = frozenset({
    "start", "stop", "restart", "reload", "try-restart", "reload-or-restart",
    "reload-or-try-restart", "condrestart", "try-reload-or-restart", "condreload",
    "force-reload", "kill", "isolate", "enable", "reenable", "preset", "freeze", "thaw",
    "clean", "set-property", "edit", "revert", "add-wants", "add-requires",
})  # fmt: skip
ASKS = frozenset({
    "is-active", "is-enabled", "is-failed", "status", "show", "cat", "list-dependencies",
    "disable", "mask", "unmask", "reset-failed",
})  # fmt: skip
"""What does not fail where the unit is not there, or says something else than is meant."""
_VALUED = frozenset({
    "-H", "--host", "-M", "--machine", "-t", "--type", "-p", "--property", "-P", "-n",
    "--lines", "-o", "--output", "-s", "--signal", "--root", "--state", "--job-mode",
    "--kill-who", "--kill-whom", "--what", "--preset-mode", "--when", "--since", "--until",
    "-S", "-U", "--image", "--timestamp",
})  # fmt: skip
_ELSEWHERE = frozenset({
    "ssh", "docker", "podman", "kubectl", "chroot", "nsenter", "machinectl", "lxc", "vagrant",
    "ansible", "pct", "virsh",
})  # fmt: skip
_SAID = frozenset({
    ":", "echo", "printf", "logger", "log", "info", "warn", "error", "die", "print", "cat", "grep",
})  # fmt: skip
_VERBS = frozenset({
    "start", "stop", "restart", "reload", "force-reload", "try-restart", "condrestart", "status",
    "force-stop", "graceful", "configtest", "rotate",
})  # fmt: skip
TOOLS = (
    "systemctl", "service", "invoke-rc.d", "deb-systemd-invoke", "deb-systemd-helper",
    "journalctl", "update-rc.d", "rc-service", "chkconfig",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A name in a call. `elsewhere`: on another machine, or of a user's own manager."""

    name: str
    verb: str
    strength: Strength
    elsewhere: str = ""


def calls(words: Sequence[str], own: Sequence[Sequence[str]] = ()) -> Iterator[Call]:
    """The names in one command. `own`: commands of the team's own, word by word."""
    if not words or _base(words[0]) in _SAID:
        return
    elsewhere = ""
    for position, word in enumerate(words):
        base = _base(word)
        if base in _ELSEWHERE:
            elsewhere = f"by {base}"
        rest = words[position + 1 :]
        for command in own:
            count = len(command)
            if (base, *words[position + 1 : position + count]) == (_base(command[0]), *command[1:]):
                for name in rest[count - 1 :]:
                    if not name.startswith(("-", ">", "<")) and not name[:1].isdigit():
                        yield Call(name, " ".join(command[1:]) or base, "acts", elsewhere)
                return
        if "/init.d/" in word and not word.endswith("/") and rest and rest[0] in _VERBS:
            yield Call(base, rest[0], _strength(rest[0]), elsewhere)
            return
        if base in TOOLS:
            for call in _tool(base, rest):
                yield Call(call.name, call.verb, call.strength, call.elsewhere or elsewhere)
            return


def _base(word: str) -> str:
    return PurePosixPath(word.lstrip("-@:+!")).name if "/" in word else word.lstrip("-@:+!")


def _strength(verb: str) -> Strength:
    return "asks" if verb in ASKS else "acts"


def _tool(tool: str, rest: Sequence[str]) -> Iterator[Call]:
    names, options = _names(rest)
    if tool == "systemctl":
        yield from _systemctl(names, options)
    elif tool == "journalctl":
        yield from _journalctl(rest)
    elif tool in ("service", "invoke-rc.d", "rc-service"):
        if len(names) > 1 and names[1] in _VERBS:
            yield Call(names[0], names[1], _strength(names[1]))
    elif tool == "deb-systemd-invoke":
        for name in names[1:]:
            yield Call(name, names[0], _strength(names[0]))
    elif tool == "deb-systemd-helper":
        if names and names[0] in ACTS | ASKS:
            for name in names[1:]:
                yield Call(name, names[0], "asks")
    elif tool == "update-rc.d" and len(names) > 1:
        strength: Strength = "acts" if names[1] in ("defaults", "enable") else "orders"
        yield Call(names[0], f"update-rc.d {names[1]}", strength)
    elif tool == "chkconfig" and len(names) > 1 and names[1] in ("on", "off"):
        yield Call(names[0], names[1], "acts")


def _names(rest: Sequence[str]) -> tuple[list[str], list[str]]:
    """What are no options and no redirections, and what are options."""
    names: list[str] = []
    options: list[str] = []
    skip = False
    for word in rest:
        if skip:
            options.append(word)
            skip = False
        elif word.startswith(("-", "+")) and word != "-.mount":
            options.append(word)
            skip = word in _VALUED
        elif word.lstrip("012&").startswith((">", "<")):
            skip = word.endswith((">", "<"))
        elif word in ("then", "do", "fi", "done", "}", "]", "]]"):
            break
        elif word:
            names.append(word)
    return names, options


def _systemctl(names: Sequence[str], options: Sequence[str]) -> Iterator[Call]:
    if not names or names[0] not in ACTS | ASKS:
        return
    elsewhere = ""
    if {"--user", "--global"} & set(options):
        elsewhere = "of a user's own manager"
    if any(option.startswith(("-H", "--host", "-M", "--machine", "--root")) for option in options):
        elsewhere = "on another machine"
    verb, found = names[0], list(names[1:])
    if verb in ("set-property", "kill"):
        found = found[: None if verb == "kill" else 1]
    for name in found:
        if name.startswith("/"):
            continue  # the file itself, which it brings along
        yield Call(name, verb, _strength(verb), elsewhere)


def _journalctl(rest: Sequence[str]) -> Iterator[Call]:
    for word, following in zip_longest(rest, rest[1:], fillvalue=""):
        name = ""
        if word in ("-u", "--unit"):
            name = following
        elif word.startswith("--unit="):
            name = word.partition("=")[2]
        elif word.startswith("-u") and len(word) > 2:
            name = word[2:]
        if name:
            yield Call(name, "journalctl -u", "asks")
