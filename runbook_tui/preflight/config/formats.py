"""Which format a file is written in: by its name, by what it looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from runbook_tui.preflight.config import line_readers
from runbook_tui.preflight.config.json_reader import read_json
from runbook_tui.preflight.config.matrix import Format, KeyMatrix
from runbook_tui.preflight.config.nginx_reader import read_nginx
from runbook_tui.preflight.config.settings import Read
from runbook_tui.preflight.config.toml_reader import read_toml
from runbook_tui.preflight.config.yaml_reader import Scalars, read_yaml

_COPIES = frozenset(
    {".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".erb", ".dist", ".sample"}
    | {".example", ".in", ".bak", ".orig", ".old", ".new", ".default", ".dpkg-dist", ".dpkg-old"}
    | {".dpkg-new", ".rpmnew", ".rpmsave", ".ucf-dist"}
)
"""Endings that say that it is a copy or a template of the file before them."""
_BY_ENDING: dict[str, Format] = {
    ".ini": "ini", ".cfg": "ini", ".cnf": "ini", ".service": "ini", ".socket": "ini",
    ".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "env",
    ".properties": "properties",
}  # fmt: skip
_GUESSED = frozenset({".conf", ".config", ".cf"})
"""Endings of configuration that say nothing about the format."""
_BY_NAME: dict[str, Format] = {
    "environment": "env", "Dockerfile": "env", "Containerfile": "env", "sshd_config": "sshd",
    "ssh_config": "sshd", "nginx.conf": "nginx", "redis.conf": "words",
    "postgresql.conf": "postgresql", "postgresql.auto.conf": "postgresql", "php.ini": "php",
}  # fmt: skip
_BLOCK = re.compile(r"^[^#\n]{0,300}\{[ \t]*(?:#[^\n]*)?$|^[^#\n=]{1,300};[ \t]*$", re.MULTILINE)
_HEAD = re.compile(r"^\s{0,40}\[[\w .:\"/-]{1,100}\]\s*$", re.MULTILINE)
_EQUALS = re.compile(r"^[ \t]{0,40}[\w.-]{1,100}[ \t]*=", re.MULTILINE)
LOOKED_AT = 16_000
"""Letters by which a format is guessed."""


def plain_name(name: str) -> str:
    """The file's name without the endings of copies and templates."""
    while (ending := PurePosixPath(name).suffix) in _COPIES:
        name = name[: -len(ending)]
    return name


def is_own(matrix: KeyMatrix, path: str) -> bool:
    """Whether a file is the product's own, by the end of its path (with ``/``)."""
    parts = path.split("/")
    plain = [*parts[:-1], plain_name(parts[-1])]
    return any(
        _ends_with(each, pattern.split("/")) for pattern in matrix.files for each in (parts, plain)
    )


def _ends_with(parts: list[str], patterns: list[str]) -> bool:
    """Whether the last parts of a path match the patterns, each its own."""
    last = parts[-len(patterns) :]
    return len(last) == len(patterns) and all(map(fnmatchcase, last, patterns))


def by_name(name: str) -> Format | None:
    """The format that a file's name says; None where it says nothing."""
    plain = plain_name(name)
    if plain == ".env" or plain.startswith(".env.") or plain.endswith(".sh"):
        return "env"
    return _BY_NAME.get(plain) or _BY_ENDING.get(PurePosixPath(plain).suffix.lower())


def is_configuration(matrix: KeyMatrix, name: str) -> bool:
    """Whether a file is configuration by its name; scripts are where variables can hold keys."""
    ending = PurePosixPath(plain_name(name)).suffix
    if ending == ".sh":
        return bool(matrix.env)
    return by_name(name) is not None or ending in _GUESSED


def guessed(text: str) -> Format:
    """What a text looks like."""
    head = text[:LOOKED_AT]
    if head.lstrip()[:1] == "{" and '"' in head:
        return "json"
    if len(_BLOCK.findall(head)) >= 2:
        return "nginx"
    if _HEAD.search(head):
        return "ini"
    return "properties" if _EQUALS.search(head) else "words"


def reader_of(form: Format, scalars: Scalars) -> Callable[[str], Iterator[Read]]:
    """What reads a format. `scalars`: reads YAML."""
    readers: dict[Format, Callable[[str], Iterator[Read]]] = {
        "ini": line_readers.read_ini,
        "php": line_readers.read_php,
        "env": line_readers.read_env,
        "properties": line_readers.read_properties,
        "postgresql": line_readers.read_postgresql,
        "sshd": line_readers.read_sshd,
        "words": line_readers.read_words,
        "nginx": read_nginx,
        "json": read_json,
        "toml": read_toml,
        "yaml": lambda text: read_yaml(text, scalars),
    }
    return readers[form]
