"""Formats in which every line is a setting: ini, .env, ``key = value``, and ``Key words``.

What they have in common is that a line can be read without the others, so nothing but the line
itself can make it unreadable; a reader goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.preflight.config.settings import (
    LONGEST_LINE,
    Include,
    Read,
    Setting,
    Trouble,
    unquoted,
    without_comment,
)

# Names are cut by what cannot be part of one, never tried from every place: lines are foreign.
_SECTION = re.compile(r"\s*\[([^\[\]]+)\]")
_INI_KEY = re.compile(r"\s*([^\s=:;#\[\]][^=:\n]{0,200}?)\s*[=:](.*)", re.DOTALL)
_FLAT_KEY = re.compile(r"\s*([A-Za-z_][\w.\-\[\]]{0,200})\s*=(.*)", re.DOTALL)
_PROPERTY = re.compile(r"\s*([^\s=:#!]{1,200})\s*[=:]\s*(.*)", re.DOTALL)
_ENV_KEY = re.compile(
    r"\s*(?:-\s+)?(?:export\s+|ENV\s+|(?:declare|typeset)\s+-x\s+)?([A-Za-z_]\w{0,200})=(.*)",
    re.DOTALL,
)
_GUC = re.compile(r"\s*([A-Za-z_][\w.$]{0,200})(?:\s*=\s*|\s+)(\S.*)", re.DOTALL)
_WORDS = re.compile(r"\s*([A-Za-z][\w-]{0,200})(?:\s*=\s*|\s+|$)(.*)", re.DOTALL)
_UNFINISHED = re.compile(r"[^\\]\\$|^\\$")


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Every line with its number, cut where it is longer than any hand writes."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line[:LONGEST_LINE].rstrip("\r")


def read_ini(text: str) -> Iterator[Read]:
    """INI as Python's configparser reads it: deeper lines go on with the value before them.

    Source: https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
    """
    section: tuple[str, ...] = ()
    indent = -1
    for number, line in lines_of(text):
        bare = line.strip()
        depth = len(line) - len(line.lstrip())
        if not bare or bare[0] in "#;":
            continue
        if 0 <= indent < depth:
            continue
        if match := _SECTION.match(line):
            section, indent = (match[1].strip(),), -1
        elif match := _INI_KEY.match(line):
            indent = depth
            value = unquoted(without_comment(match[2].strip(), ";#"))
            yield Setting((*section, match[1].strip()), value, number, nested=True)
        elif bare.startswith("["):
            yield Trouble(number, "a section without its closing bracket")
        else:
            indent = depth
            yield Setting((*section, bare), "", number)


def read_php(text: str) -> Iterator[Read]:
    """php.ini: sections, ``key = value``, ``;`` comments, no values over several lines but quoted.

    Source: https://www.php.net/manual/en/configuration.file.php
    """
    section: tuple[str, ...] = ()
    for number, line in lines_of(text):
        bare = line.strip()
        if not bare or bare[0] in ";#":
            continue
        if match := _SECTION.match(line):
            section = (match[1].strip(),)
        elif match := _FLAT_KEY.match(line):
            name = match[1]
            value = without_comment(match[2].strip(), ";", after_blank=False)
            # In a pool of php-fpm: php_admin_value[key] = value
            inner = re.match(r"php_(?:admin_)?(?:value|flag)\[([\w.\-]+)\]$", name)
            yield Setting((*section, inner[1] if inner else name), unquoted(value), number)


def read_env(text: str) -> Iterator[Read]:
    """``NAME=value`` and ``export NAME=value``; other lines of a script are nobody's setting."""
    for number, line in lines_of(text):
        if line.lstrip().startswith("#"):
            continue
        if match := _ENV_KEY.match(line):
            yield Setting((match[1],), unquoted(without_comment(match[2])), number)


def read_properties(text: str) -> Iterator[Read]:
    """``key = value`` or ``key: value`` with ``[sections]`` where there are any."""
    section: tuple[str, ...] = ()
    goes_on = False
    for number, line in lines_of(text):
        bare = line.strip()
        if goes_on or not bare or bare[0] in "#;!":
            goes_on = goes_on and bool(_UNFINISHED.search(line))
            continue
        goes_on = bool(_UNFINISHED.search(line))
        if match := _SECTION.match(line):
            section = (match[1].strip(),)
        elif match := _PROPERTY.match(line):
            value = unquoted(without_comment(match[2]))
            yield Setting((*section, unquoted(match[1])), value, number, nested=True)


def read_postgresql(text: str) -> Iterator[Read]:
    """postgresql.conf and postgresql.auto.conf. The equals sign may be left out.

    Source: https://www.postgresql.org/docs/current/config-setting.html
    """
    for number, line in lines_of(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        match = _GUC.match(line)
        if match is None:
            yield Trouble(number, "neither a comment nor a setting")
            continue
        name, value = match[1], unquoted(without_comment(match[2], after_blank=False))
        if name.lower() in ("include", "include_if_exists"):
            yield Include(value, number)
        elif name.lower() == "include_dir":
            yield Include(value.rstrip("/") + "/", number)
        else:
            yield Setting((name,), value, number)


def read_sshd(text: str) -> Iterator[Read]:
    """sshd_config and ssh_config: ``Key words``, and blocks that begin with Match or Host.

    Source: https://man.openbsd.org/sshd_config
    """
    block: tuple[str, ...] = ()
    for number, line in lines_of(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        match = _WORDS.match(line)
        if match is None:
            yield Trouble(number, "does not begin with a keyword")
            continue
        name, value = match[1], without_comment(match[2])
        if name.lower() in ("match", "host"):
            block = (f"{name} {value}".strip(),)
        elif name.lower() == "include":
            for pattern in value.split():
                yield Include(unquoted(pattern), number)
        else:
            yield Setting((*block, name), unquoted(value), number)


def read_words(text: str) -> Iterator[Read]:
    """``key words`` as in redis.conf: no sections, no comments behind a value.

    Source: https://redis.io/docs/latest/operate/oss_and_stack/management/config/
    """
    for number, line in lines_of(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        match = _WORDS.match(line)
        if match is None:
            yield Trouble(number, "does not begin with a keyword")
            continue
        name = match[1]
        value = " ".join(unquoted(word) for word in match[2].split())
        if name.lower() == "include":
            yield Include(value, number)
        else:
            yield Setting((name,), value, number)
