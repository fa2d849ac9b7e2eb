"""The endpoints of a line: URLs, addresses, ``user@host:path``, arguments of commands, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from runbook_tui.preflight.hosts import names
from runbook_tui.preflight.scan.formats import Format

Use = Literal["url", "push", "webhook", "address", "setting", "command"]


class Endpoint(NamedTuple):
    """One endpoint as it is written: `begin` and `end` are where the host stands in the line."""

    host: str
    """As written."""
    port: int | None
    use: Use
    begin: int
    end: int
    written_port: bool = False
    """Whether ``:port`` follows the host in the line."""


class Computed(NamedTuple):
    """An address that is put together when the program runs."""

    at: int


_COMMANDS = (
    "sftp|scp|ssh|rsync|ftp|lftp|ncftpput|ncftpget|tftp|nc|ncat|netcat|telnet|curl|wget|ping|nslookup"
    "|dig|ssh-keyscan|ssh-copy-id|mount|smbclient|psql|pg_dump|pg_restore|mysql|mysqldump|mariadb"
    "|redis-cli|mongo|mongosh|ldapsearch|swaks|s_client|rclone|http|openssl"
)
_KEYS = (
    "host(?:name|s|names)?|servers?|server[_-]?name|relayhost|smarthost|addr(?:ess(?:es)?)?|endpoints?"
    "|urls?|uris?|peers?|upstreams?|brokers?|proxy|gateway|remote|nameservers?|smtp|sftp|ftp|mx|imap"
    "|ldap|ntp|primary|replica|nodes?|target|registry|mirror|webhook|callback|dsn|pool|domain|realm"
    "|syslog|loghost|forward|ip"
)
PATTERNS = (
    r"://[^/\s\x22'<>]",
    r"\b\d\d?\d?\.\d\d?\d?\.\d\d?\d?\.\d\d?\d?\b",
    r"\w@\[?[\w-][\w.-]*\]?:[^\s]",
    rf"\b(?:{_COMMANDS})\s.*\w\.[a-z][a-z]",
    r"\b(?:sftp|scp|ssh|rsync|ftp|telnet)\s.*\w@\w",
    rf"(?i)(?:{_KEYS})['\x22\])}}]*\s*(?:=>?|:|,|\s)\s*['\x22\[<(]*[\w-]+\.[\w.-]*\w",
    r"(?i)(?:host|hostname|relayhost|smarthost)['\x22\])}]*\s*(?:=>?|:)\s*['\x22\[]*[a-z]",
    r"[a-z0-9]\.[a-z][a-z]+:[0-9][0-9]",
    r"\[[0-9a-fA-F]*:[0-9a-fA-F:.]+\]",
)
"""What ripgrep looks for."""
_URL = re.compile(r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,30})://([^\s/\"'<>`|\\)}?#]{0,300})")
_HOST_PORT = re.compile(r"^(\[[0-9a-fA-F:.%\w]{2,60}\]|[^:\[\]\s]{1,253})(?::(\d{1,5}))?$")
_NOT_SCHEMES = frozenset(
    str.split(
        "file data urn cid jar chrome resource unix http+unix about res view-source php phar zip"
        " classpath package vscode asset app blob javascript git+file glob local socket"
    )
)
_PUSHED_BY = frozenset(str.split("sftp scp ftp ftps rsync smtp smtps submission ssh tftp webdav"))
_PORTS = {
    "http": 80, "https": 443, "ftp": 21, "sftp": 22, "ssh": 22, "scp": 22, "smtp": 25, "smtps": 465,
    "ldap": 389, "ldaps": 636, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306,
    "redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "imap": 143,
    "imaps": 993, "mqtt": 1883, "mqtts": 8883, "nats": 4222, "ws": 80, "wss": 443, "rsync": 873,
    "kafka": 9092, "git": 9418, "ftps": 990,
}  # fmt: skip
_ORACLE = re.compile(r"(?i)jdbc:[a-z:]{3,40}@(?://)?([\w.-]{1,253}):(\d{2,5})")
_V4 = re.compile(
    r"(?<![\w.-])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::(\d{1,5}))?(?![\w-]|\.\w)(/\d)?"
)
_V6 = re.compile(r"\[([0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,45})\](?::(\d{1,5}))?")
_REMOTE = re.compile(r"(?<![\w.@/:-])([\w.$\{\}-]{1,64})@([\w-][\w.-]{0,252}):(?=[^\s:])(?!//)")
_COMMAND = re.compile(rf"(?<![\w./-])(?:/[\w/.-]{{1,60}}/)?({_COMMANDS})\s+(.{{1,1000}})")
_WORD = re.compile(r"[^\s\"'`;|&<>(){}]{1,300}")
_ARGUMENT = re.compile(
    r"^(?:[\w.$-]{1,64}@)?([\w-][\w.-]{0,252})(?::(\d{1,5})?(?=$|/|:|[~\w]).{0,300}|/.{0,300})?$"
)
_SETTING = re.compile(
    r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z])|(?<=db)|(?<=smtp)|(?<=mail)|(?<=ftp)|(?<=log)|(?<=ldap))"
    rf"(?i:{_KEYS})\d{{0,2}}([\"'\])}}]{{0,3}})\s{{0,20}}(=>|:=|=|:|,|\s)\s{{0,20}}"
    r"([\"'\[<(]{0,2})([\w-][\w.-]{0,252})(?::(\d{1,5}))?(?=$|[\s\"'\],;>)/#}:])"
)
_BEFORE = re.compile(r"[\w.-]{0,40}$")
_ONE_LABEL = re.compile(r"(?i)(?:host|hostname|relayhost|smarthost)$")
_HOST_PORT_TEXT = re.compile(
    r"(?<![\w.@/-])([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}):(\d{2,5})(?![\w.:])"
)
_MACHINE = re.compile(r"\d|-|^(?:db|mail|smtp|sftp|ldap|proxy|cache|redis|mysql|postgres)")
_PUSH_NAME = re.compile(
    r"(?i)sftp|\bftp|ftp_|scp|rsync|smtp|relayhost|smarthost|mail[_-]?(?:host|server)"
)
_WEBHOOK = re.compile(r"(?i)web[_-]?hook|/hooks?\b|callback[_-]?ur[li]|hook[_-]?url")
_HOOK = re.compile("[Hh]ook|HOOK|[Cc]allback|CALLBACK")
_VERSION = re.compile(
    r"(?i)(?:version|release|\bver\b|\bv|[=<>~!^]=|since|revision|\boid\b)[\s:\"'=]{0,4}$"
)
# Without a port: OIDs and versions begin with 0, 1 and 2, networks end with 0, broadcasts with 255.
_NOBODY = re.compile(r"(?!1\.[01]\.[01]\.1$)(?:[012]\..*|.*\.(?:0|255))$")
_DYNAMIC = re.compile(r"[$%{}*<>@\[\]!+]")
_PLAIN_WORDS = frozenset(
    str.split(
        "true false yes no none null nil any all auto default off on local host hostname server"
        " string str empty undefined self this socket unix tcp udp inet name ip address url uri"
        " new var const the a is in of for and or not required optional disabled enabled dhcp"
        " static dns value key"
    )
)


def in_line(text: str, format_: Format) -> Iterator[Endpoint | Computed]:
    """The endpoints of a line from every rule; the same place only once."""
    taken: list[tuple[int, int]] = []
    hook = _HOOK.search(text) is not None and _WEBHOOK.search(text) is not None
    for found in _all(text, format_, hook):
        if isinstance(found, Computed):
            yield found
        elif not any(begin < found.end and found.begin < end for begin, end in taken):
            taken.append((found.begin, found.end))
            if names.is_host(found.host) and not names.is_nobody(found.host):
                yield found


def _all(text: str, format_: Format, hook: bool) -> Iterator[Endpoint | Computed]:
    if "://" in text:
        yield from _urls(text, hook)
    for match in _ORACLE.finditer(text):
        yield Endpoint(match[1], int(match[2]), "url", match.start(1), match.end(1), True)
    if "@" in text:
        for match in _REMOTE.finditer(text):
            if names.is_likely(match[2], strong=True) or _ftp_before(text[: match.start()]):
                yield Endpoint(match[2], 22, "push", match.start(2), match.end(2))
    if format_ in ("shell", "conf", "yaml", "code"):
        yield from _arguments(text, format_)
    yield from _settings(text, format_)
    for match in _V6.finditer(text):
        if names.address(match[1]) is not None:
            yield Endpoint(
                match[1], _port(match[2]), "address", match.start(1), match.end(1), bool(match[2])
            )
    for match in _V4.finditer(text):
        if match[3] or _VERSION.search(text[max(0, match.start() - 24) : match.start()]):
            continue
        if format_ == "code" and text[match.start() - 1 : match.start()] not in (
            "'",
            '"',
            "@",
            "/",
        ):
            continue
        if match[2] is None and _NOBODY.match(match[1]):
            continue
        begin, end = match.span(1)
        yield Endpoint(match[1], _port(match[2]), "address", begin, end, match[2] is not None)
    for match in _HOST_PORT_TEXT.finditer(text):
        if names.is_likely(match[1]) and (format_ != "code" or _in_quotes(text, match.start())):
            yield Endpoint(match[1], _port(match[2]), "address", match.start(1), match.end(1), True)


def _urls(text: str, hook: bool) -> Iterator[Endpoint | Computed]:
    for match in _URL.finditer(text):
        scheme = match[1].lower().rpartition("+")[0].rpartition("+")[2] or match[1].lower()
        if match[1].lower() in _NOT_SCHEMES or scheme in _NOT_SCHEMES:
            continue
        at = match.start(2)
        for part in match[2].split(","):
            begin, authority = at, part
            at += len(part) + 1
            inside = authority.rpartition("@")[2]
            begin += len(authority) - len(inside)
            inside = inside.rstrip(".:;")
            found = _HOST_PORT.match(inside)
            if not inside:
                continue
            if found is None or _DYNAMIC.search(found[1].strip("[]")):
                if _DYNAMIC.search(inside):
                    yield Computed(begin)
                continue
            port = _port(found[2]) or _PORTS.get(scheme)
            use: Use = "webhook" if hook else "push" if scheme in _PUSHED_BY else "url"
            host = found[1].strip("[]")
            begin += len(found[1]) != len(host)
            yield Endpoint(host, port, use, begin, begin + len(host), found[2] is not None)


def _arguments(text: str, format_: Format) -> Iterator[Endpoint]:
    for match in _COMMAND.finditer(text):
        if format_ == "code" and not _in_quotes(text, match.start(1)):
            continue
        command = match[1]
        use: Use = (
            "push"
            if command in ("sftp", "scp", "rsync", "ftp", "lftp", "ncftpput", "swaks")
            else "command"
        )
        for word in _WORD.finditer(match[2]):
            argument = _ARGUMENT.match(word.group())
            if argument is None:
                continue
            host = argument[1]
            certain = command in ("sftp", "ssh") and "@" in word.group().partition(host)[0]
            if names.address(host) is None and not certain and not names.is_likely(host):
                continue
            begin = match.start(2) + word.start() + argument.start(1)
            port = _port(argument[2]) or (22 if command in ("sftp", "scp", "ssh") else None)
            yield Endpoint(host, port, use, begin, begin + len(host), argument[2] is not None)


def _settings(text: str, format_: Format) -> Iterator[Endpoint]:
    if format_ in ("code", "json", "xml", "sql") and '"' not in text and "'" not in text:
        return
    for match in _SETTING.finditer(text):
        closing, sign, opening, host, port = match.groups()
        before = _BEFORE.search(text[max(0, match.start() - 40) : match.start()])
        name = text[match.start() : match.start(2)].rstrip("\"'])} \t")
        key = (before.group() if before else "") + name
        name_at = match.start() - (len(before.group()) if before else 0)
        quoted = '"' in opening or "'" in opening
        if format_ in ("code", "json", "xml", "sql") and not quoted:
            continue
        if format_ == "code" and sign == "," and not closing:
            continue
        if sign.isspace() and (format_ != "conf" or text[:name_at].strip()):
            continue
        if names.is_likely(host, strong=True):
            if _VERSION.search(key):
                continue
        elif not (
            sign in ("=", ":", "=>") and _ONE_LABEL.search(key) and format_ != "code"
            and re.fullmatch(r"[a-z][a-z0-9-]{1,62}", host) and host not in _PLAIN_WORDS
            and _MACHINE.search(host)
        ):  # fmt: skip
            continue
        use: Use = "push" if _PUSH_NAME.search(key) else "setting"
        yield Endpoint(host, _port(port), use, match.start(4), match.end(4), port is not None)


def _port(text: str | None) -> int | None:
    return int(text) if text and 0 < int(text) < 65536 else None


def _in_quotes(text: str, at: int) -> bool:
    before = text[:at]
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1 or before.count("`") % 2 == 1


def _ftp_before(before: str) -> bool:
    return re.search(r"\b(?:sftp|scp|rsync|ssh)\b", before) is not None
