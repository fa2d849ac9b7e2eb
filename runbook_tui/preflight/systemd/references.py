"""Who names units: scripts, jobs, configuration, playbooks, and units themselves.

Documentation is left out: what it says is done by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from runbook_tui.preflight.cron.places import kind_of
from runbook_tui.preflight.cron.tables import Line, table
from runbook_tui.preflight.ports import BadDocumentError, Documents
from runbook_tui.preflight.systemd.calls import TOOLS, Call, Strength, calls
from runbook_tui.preflight.systemd.shell_lines import (
    Command,
    Logical,
    Variables,
    commands,
    logical_lines,
    variables,
)
from runbook_tui.preflight.systemd.unit_files import is_unit, settings

LARGEST = 1024**2
"""Bytes of a file that are read."""
LONGEST_LINE = 2_000
DEEPEST = 3
"""Quotes in quotes that are looked into: ``sh -c "ssh host 'systemctl …'"``."""
NEEDS = ("Requires", "Requisite", "BindsTo", "Upholds", "OnFailure", "OnSuccess", "Unit", "Also")
ORDERS = (
    "After", "Before", "Wants", "PartOf", "Conflicts", "PropagatesReloadTo",
    "ReloadPropagatedFrom", "PropagatesStopTo", "StopPropagatedFrom", "JoinsNamespaceOf",
    "WantedBy", "RequiredBy", "UpheldBy", "Sockets", "Service",
)  # fmt: skip
_SKIPPED = (
    ".md", ".rst", ".txt", ".html", ".htm", ".adoc", ".svg", ".css", ".po", ".mo", ".map", ".lock",
    ".sum", ".csv", ".tsv", ".tex", ".pdf", ".list", ".md5sums",
)  # fmt: skip
_SKIPPED_NAMES = re.compile(
    r"(?i)(?:readme|release.?notes|changelog|changes|news|copying|licen[cs]e|authors|manifest|sha\d+sums?)(?:\..*)?"
    r"|.*\.[1-9](?:\.gz)?"
)
_SHELL = (".sh", ".bash", ".ksh", ".zsh", ".dash", ".ash", ".envrc", ".bats")
_MAINTAINER = re.compile(r"(?:.*\.)?(?:pre|post)(?:inst|rm)|config\.sh|Makefile|.*\.mk")
HINT = re.compile(
    rb"systemctl|invoke-rc\.d|deb-systemd|init\.d/|journalctl|chkconfig|update-rc\.d|rc-service"
    rb"|\bservice\b|systemd|SYSTEMD_WANTS"
)
_TOOL = re.compile(
    rf"(?<![\w.-])(?:{'|'.join(map(re.escape, TOOLS))})(?=[\s\"',])|/init\.d/[\w.-]+"
)
_ARGUMENTS = re.compile(r"[\"']\s{0,3},\s{0,3}[\"']")
_ENDS = re.compile(r"[\"'`;|&)<>\]}]")
_PATTERNS = (
    # D-Bus activation, udev, Puppet, Chef.
    re.compile(r"^\s{0,20}SystemdService\s{0,5}=\s{0,5}([\w@.\\:-]{1,200})"),
    re.compile(r"SYSTEMD_(?:USER_)?WANTS\}?\s{0,3}\+?=\s{0,3}\"([\w@.\\:-]{1,200})\""),
    re.compile(r"^\s{0,40}service\s{0,3}\{\s{0,3}[\"']([\w@.\\:-]{1,200})[\"']\s{0,3}:"),
    re.compile(r"^\s{0,40}(?:service|systemd_unit)\s{1,5}[\"']([\w@.\\:-]{1,200})[\"']\s{1,5}do\b"),
)
_MODULES = frozenset({
    "systemd", "systemd_service", "service", "sysvinit", "ansible.builtin.systemd",
    "ansible.builtin.systemd_service", "ansible.builtin.service", "ansible.builtin.sysvinit",
    "ansible.legacy.systemd", "ansible.legacy.service",
})  # fmt: skip
_PAIR = re.compile(r"(\w{1,20})=(?:\"([^\"]{0,200})\"|'([^']{0,200})'|(\S{1,200}))")
_ENOUGH = frozenset({"true", ":", "/bin/true", "exit", "echo", "return", "/usr/bin/true"})


@dataclass(frozen=True)
class Reference:
    """A name of a unit, as it is written, and the line."""

    name: str
    strength: Strength
    how: str
    """``systemctl restart``, ``Requires=``, …"""
    line: int
    text: str
    ignored: bool = False
    """Whether it does not matter to the script if it fails."""
    elsewhere: str = ""
    set_at: int = 0
    """The line that puts the name into a variable; 0 where it stands in the line itself."""


def wanted(path: PurePosixPath) -> bool:
    """Whether a file may name units in a way that counts."""
    if path.suffix.lower() in _SKIPPED or _SKIPPED_NAMES.fullmatch(path.name):
        return False
    return "/share/doc/" not in f"/{path}"


def references(
    path: PurePosixPath, content: str, own: Sequence[Sequence[str]], documents: Documents
) -> Iterator[Reference | None]:
    """Every name in a file; None now and then. `path`: as it stands in its tree."""
    if is_unit(path.name) or (path.suffix == ".conf" and is_unit(path.parent.name[:-2])):
        yield from _unit(path, content, own)
        return
    kind = kind_of(path)
    if kind in ("system", "user", "unsure"):
        for line in table(content, kind):
            yield None
            if isinstance(line, Line):
                yield from _shell_line(Logical(((line.number, line.command),)), Variables(), own)
        return
    if _is_shell(path, content):
        known = variables(content)
        for logical in logical_lines(content):
            yield None
            yield from _shell_line(logical, known, own)
        return
    if path.suffix.lower() in (".yml", ".yaml"):
        yield from _playbook(content, documents)
    yield from _other(content, own)


def _is_shell(path: PurePosixPath, content: str) -> bool:
    if path.suffix.lower() in _SHELL or _MAINTAINER.fullmatch(path.name):
        return True
    first = content[:120].split("\n", 1)[0]
    if first.startswith("#!"):
        return re.search(r"\b(?:ba|da|k|z|a)?sh\b", first) is not None
    return kind_of(path) in ("periodic", "at") or path.parent.name == "init.d"


def _shell_line(
    logical: Logical, known: Variables, own: Sequence[Sequence[str]]
) -> Iterator[Reference]:
    text = logical.text
    if text.lstrip().startswith("#"):
        return
    for call, ignored in _calls(commands(text), own, 0):
        for name, set_at in known.expand(call.name):
            # The line of several in which the name stands, so that it can be changed there.
            number, line = next(
                ((n, each) for n, each in logical.lines if call.name in each), logical.lines[0]
            )
            yield Reference(
                name, call.strength, call.verb, number, line, ignored, call.elsewhere, set_at
            )


def _calls(
    found: Sequence[Command], own: Sequence[Sequence[str]], depth: int
) -> Iterator[tuple[Call, bool]]:
    for command, following in zip_longest(found, found[1:]):
        after = following.words[0] if following is not None else ""
        ignored = command.then == "||" and after in _ENOUGH
        for call in calls(command.words, own):
            yield call, ignored
        for word in command.words:
            if " " in word and depth < DEEPEST and command.words[0] not in ("echo", "printf"):
                remote = command.words[0].rpartition("/")[2] == "ssh"
                for call, inner in _calls(commands(word), own, depth + 1):
                    elsewhere = call.elsewhere or ("by ssh" if remote else "")
                    yield Call(call.name, call.verb, call.strength, elsewhere), ignored or inner


def _unit(
    path: PurePosixPath, content: str, own: Sequence[Sequence[str]]
) -> Iterator[Reference | None]:
    if is_unit(path.name):
        yield Reference(path.name, "brings", "its own file", 0, "")
    for setting in settings(content, Path(path)):
        yield None
        shown = f"{setting.key}={setting.value}"
        if setting.key.startswith("Exec"):
            for call, ignored in _calls(commands(setting.value), own, 0):
                ignored = ignored or setting.value.startswith("-")
                yield Reference(
                    call.name,
                    call.strength,
                    call.verb,
                    setting.line,
                    shown,
                    ignored,
                    call.elsewhere,
                )
        strength: Strength = "needs" if setting.key in NEEDS else "orders"
        if setting.key in NEEDS + ORDERS:
            for name in setting.value.split():
                yield Reference(name, strength, f"{setting.key}=", setting.line, shown)


def _other(content: str, own: Sequence[Sequence[str]]) -> Iterator[Reference | None]:
    starts = [re.escape(command[0]) for command in own if command]
    mine = re.compile(rf"(?<![\w.-])(?:{'|'.join(starts)})(?=[\s\"',])") if starts else None
    for number, line in enumerate(content.split("\n"), 1):
        yield None
        line = line[:LONGEST_LINE]
        if line.lstrip().startswith(("#", "//", "--", ";")):
            continue
        whole = _ARGUMENTS.sub(" ", line)
        for pattern in (_TOOL, mine):
            seen = 0
            for match in pattern.finditer(whole) if pattern is not None else ():
                if match.start() < seen:
                    continue  # within the words of the one before
                rest = _ENDS.split(whole[match.start() :], maxsplit=1)[0]
                words, seen = rest.split(), match.start() + len(rest)
                prose = whole[: match.start()].split()[-1:]
                if match[0] == "service" and (
                    len(words) != 3 or (prose and prose[0][-1].isalpha() and prose[0] != "sudo")
                ):
                    continue  # "the service to start first"
                if " #" in whole[: match.start()]:
                    break
                for call in calls(words, own):
                    yield Reference(
                        call.name, call.strength, call.verb, number, line, False, call.elsewhere
                    )
        for pattern in _PATTERNS:
            if named := pattern.search(line):
                yield Reference(named[1], "needs", "named", number, line)


def _playbook(content: str, documents: Documents) -> Iterator[Reference]:
    """The modules of Ansible that manage services."""
    lines = content.split("\n")
    tasks: dict[tuple[str, ...], dict[str, tuple[str, int]]] = {}
    try:
        for path, text, line in documents.scalars(content):
            if len(path) > 1 and path[-2] in _MODULES:
                tasks.setdefault(path[:-1], {})[path[-1]] = (text, line)
            elif path and path[-1] in _MODULES and "=" in text:
                pairs = {m[1]: (m[2] or m[3] or m[4], line) for m in _PAIR.finditer(text)}
                tasks.setdefault(path, {}).update(pairs)
    except BadDocumentError:
        return  # the lines themselves are looked at all the same
    for path, task in tasks.items():
        if "name" not in task or not {"state", "enabled", "masked"} & task.keys():
            continue
        name, line = task["name"]
        state = task.get("state", ("enabled", 0))[0]
        text = lines[line - 1][:LONGEST_LINE] if 0 < line <= len(lines) else ""
        yield Reference(name, "acts", f"{path[-1]}: {state}", line, text)
