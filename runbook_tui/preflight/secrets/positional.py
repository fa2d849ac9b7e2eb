"""Files whose lines have a secret in a fixed place: ``.pgpass``, ``.netrc``, ``.htpasswd``, shadow.

Sources: PostgreSQL "The Password File"; netrc(5); htpasswd(1); shadow(5); postconf(5),
smtp_sasl_password_maps; pppd(8); the users file of mosquitto_passwd(1).
"""

from __future__ import annotations

import re
from collections.abc import Callable

_Fields = Callable[[str], tuple[str, str] | None]
"""For a line: the name and the value in it."""


def _pgpass(line: str) -> tuple[str, str] | None:
    fields = re.split(r"(?<!\\):", line)
    return ("pgpass password", fields[4]) if len(fields) == 5 else None


def _colon(line: str) -> tuple[str, str] | None:
    fields = line.split(":")
    return ("password hash", fields[1]) if len(fields) > 1 and len(fields[1]) > 2 else None


def _sasl(line: str) -> tuple[str, str] | None:
    fields = line.split(None, 1)
    if len(fields) < 2 or ":" not in fields[1]:
        return None
    return "sasl password", fields[1].partition(":")[2].strip()


def _chap(line: str) -> tuple[str, str] | None:
    fields = line.split()
    return ("chap secret", fields[2].strip('"')) if len(fields) >= 3 else None


def _netrc(line: str) -> tuple[str, str] | None:
    found = re.search(r"\bpassword\s+(\S+)", line)
    return ("netrc password", found[1]) if found else None


_HINT = re.compile(
    r"(?:pass(?:wd|wd?)?|netrc|authinfo|ht(?:passwd|digest)[\w.-]*|shadow-?|secrets|passw(?:or)?d|pgpass\.conf)$"
)
"""How all of these names end."""
_BY_NAME: tuple[tuple[re.Pattern[str], _Fields], ...] = (
    (re.compile(r"(?:^|/)(?:\.pgpass|pgpass\.conf|pgpass)$"), _pgpass),
    (re.compile(r"(?:^|/)(?:\.netrc|_netrc|netrc|authinfo|\.authinfo)$"), _netrc),
    (re.compile(r"(?:^|/)\.?ht(?:passwd|digest)[\w.-]*$"), _colon),
    (re.compile(r"(?:^|/)g?shadow-?$"), _colon),
    (re.compile(r"(?:^|/)sasl_passw(?:or)?d$"), _sasl),
    (re.compile(r"(?:^|/)(?:chap|pap)-secrets$"), _chap),
)


def fields(path: str) -> _Fields | None:
    """What reads the lines of a file by its name; None where it is no such file."""
    if not _HINT.search(path):
        return None
    return next((read for name, read in _BY_NAME if name.search(path)), None)
