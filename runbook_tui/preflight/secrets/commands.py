"""Secrets in command lines, SQL, URLs and headers: those behind no name, or behind a short one."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

PATTERNS = (
    r"://[^\s/:@\x22'<>\[]*:[^\s/@\x22'<>]+@",
    r"\b(?:curl|sshpass|mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin|redis-cli"
    r"|smbclient|snmpget|snmpwalk|snmpset|snmpbulkwalk|ldapsearch|ldapadd|ldapmodify|ldapdelete"
    r"|htpasswd|openssl)\s(?:.*\s)?[\x22']?-|\bchpasswd\b|\brabbitmqctl\s",
    r"(?i)identified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?['\x22]",
    r"(?i)authorization['\x22]?\s*[:=]\s*['\x22]?(?:basic|bearer|token)\s",
)
"""What ripgrep looks for; the rules below look closer."""


class Passed(NamedTuple):
    """A value in a command: how it is called, where it is."""

    kind: str
    name: str
    value: str
    begin: int
    end: int


# A word as a shell takes it, and what may stand between a program and its option.
_V = r"""(?:"([^"\n]{1,300})"|'([^'\n]{1,300})'|([^\s"'`;&|<>()]{1,300}))"""
_ARGS = r"\s(?:[^|;&\n]{0,300}?\s)?"
_MYSQL = r"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin)"
_HEADER = r"(?i)\bauthorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
_RULES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, name, re.compile(pattern))
    for kind, name, pattern in (
        (
            "url-password",
            "password in URL",
            r"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}://[^\s/:@\"'<>\[]{0,80}"
            r":([^\s/@\"'<>]{1,200})@(?=[\w\[$%{])",
        ),
        ("password", "sshpass -p", rf"\bsshpass{_ARGS}-p\s{{0,4}}{_V}"),
        (
            "password",
            "mysql -p",  # glued to its value; and no `find -group mysql -print`
            rf"(?<!-group )(?<!-user )(?<!-g )(?<!-u ){_MYSQL}{_ARGS}-p(?!rint|ort|rotocol|ath)"
            r"(?:\"([^\"\n]{1,100})\"|'([^'\n]{1,100})'|([^\s\"'`;&|<>()-][^\s\"'`;&|<>()]{0,100}))",
        ),
        (
            "password",
            "curl -u",
            r"\bcurl\s(?:[^|;\n]{0,300}?\s)?(?:-u\s{0,4}|--(?:proxy-)?user[= ]\s{0,4})"
            r"(?:\"[^\"\n:$]{0,80}:([^\"\n]{1,200})\"|'[^'\n:]{0,80}:([^'\n]{1,200})'"
            r"|[^\s\"'`:;|]{1,80}:([^\s\"'`;|]{1,200}))",
        ),
        ("password", "redis-cli -a", rf"\bredis-cli{_ARGS}-a\s{{1,4}}{_V}"),
        ("password", "ldap -w", rf"\bldap(?:search|add|modify|delete){_ARGS}-w\s{{0,4}}{_V}"),
        ("password", "snmp -c", rf"\bsnmp(?:get|walk|bulkwalk|set){_ARGS}-c\s{{0,4}}{_V}"),
        (
            "password",
            "smbclient -U",
            rf"\bsmbclient{_ARGS}-U\s{{0,4}}[\"']?[^\s%\"']{{1,60}}%([^\s\"'`;&|]{{1,200}})",
        ),
        (
            "password",
            "openssl pass:",
            r"-pass(?:in|out)?\s{1,4}[\"']?pass:([^\s\"'`;&|]{1,200})",
        ),
        (
            "password",
            "htpasswd -b",
            r"\bhtpasswd\s(?:-\w{1,8}\s{1,4}){0,3}-\w{0,6}b\w{0,6}\s(?:-\w{1,8}\s{1,4}){0,3}"
            rf"\S{{1,200}}\s{{1,4}}\S{{1,80}}\s{{1,4}}{_V}",
        ),
        (
            "password",
            "chpasswd",
            r"\becho\s{1,4}[\"']?[\w.-]{1,40}:([^\s\"'|]{1,200})[\"']?\s{0,4}\|[^|]{0,40}chpasswd",
        ),
        (
            "password",
            "rabbitmqctl",
            r"\brabbitmqctl\s[^|;&\n]{0,60}(?:add_user|change_password)\s{1,4}"
            rf"\S{{1,80}}\s{{1,4}}{_V}",
        ),
        (
            "password",
            "IDENTIFIED BY",
            r"(?i)\bidentified\s{1,4}(?:with\s{1,4}\S{1,60}\s{1,4})?(?:by|as)\s{1,4}"
            r"(?:password\s{1,4})?(?:'([^'\n]{1,200})'|\"([^\"\n]{1,200})\")",
        ),
        (
            "token",
            "Authorization",
            rf"{_HEADER}(?:bearer|token)\s{{1,4}}([A-Za-z0-9._~+/=-]{{8,600}})",
        ),
        (
            "password",
            "Authorization: Basic",
            rf"{_HEADER}basic\s{{1,4}}([A-Za-z0-9+/=]{{6,400}})",
        ),
    )
)
_LOOKS = re.compile(
    r"(?i)://|\bcurl|sshpass|mysql|mariadb|redis-cli|\bldap|\bsnmp|smbclient|pass(?:in|out)?\s|htpasswd"
    r"|chpasswd|rabbitmqctl|identified|authorization"
)


def in_line(text: str) -> Iterator[Passed]:
    """The values of a line, of every rule."""
    if not _LOOKS.search(text):
        return
    for kind, name, pattern in _RULES:
        for match in pattern.finditer(text):
            group = next(n for n in range(1, (match.lastindex or 1) + 1) if match[n] is not None)
            value = match[group]
            if name == "Authorization: Basic":
                decoded = _decoded(value)
                if ":" not in decoded:
                    continue
            yield Passed(kind, name, value, match.start(group), match.end(group))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
