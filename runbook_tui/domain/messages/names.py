"""Names and addresses of machines that are not said to people outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from runbook_tui.domain.messages.remarks import Facts, Remark

_WHY = "Names and addresses of machines help an attacker, and nobody else who reads this"
_DOMAIN = re.compile(
    r"(?i)(?<![\w.@-])(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}"
    r"(?:internal|local|localdomain|lan|corp|intra(?:net)?|private|home\.arpa|svc|cluster\.local)"
    r"(?![\w-])(?::\d{2,5})?"
)
"""Names below what is never in the public name system (RFC 6762 and 8375, ICANN's `internal`)."""
_NUMBERED = re.compile(
    r"(?i)(?<![\w.@/-])(?:db|app|web|api|redis|pg|postgres|mysql|mongo|kafka|es|elastic|lb|node|srv|host"
    r"|vm|worker|proxy|cache|queue|mq|bastion|jump|gw|fw|nas|backup|prod|stag(?:e|ing)|k8s)"
    r"(?:-?[a-z]{2,12}){0,2}-?\d{1,4}(?:\.[a-z0-9-]{1,40}){0,4}(?![\w-])(?::\d{2,5})?"
)
_LOCALHOST = re.compile(r"(?i)(?<![\w.-])localhost(?![\w-])(?::\d{2,5})?")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?::\d{2,5})?(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?i)(?<![\w:.])\[?([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?:%\w+)?\]?(?![\w:])")
_VERSION_BEFORE = re.compile(r"(?i)\b(?:version|release|v|build)\s?$")
_PATH = re.compile(
    r"(?<![\w/.:-])/(?:etc|var|opt|usr|srv|home|root|tmp|mnt|run|proc|dev)/[\w./-]{1,200}"
    r"|(?<!\w)[A-Za-z]:\\[\w\\. -]{2,200}|(?<![\\\w])\\\\[\w.-]{2,60}\\[\w$\\.-]{1,100}"
)


def internal_names(text: str, facts: Facts) -> Iterator[Remark]:
    """Machines that a text names: those known to be inside, and what looks like one."""
    if not facts.outside:
        return
    taken: list[tuple[int, int]] = []
    for start, end in _found(text, facts):
        if any(start < e and s < end for s, e in taken):
            continue
        taken.append((start, end))
        yield Remark("internal-name", "block", _WHY, start, end, text[start:end])


def _found(text: str, facts: Facts) -> Iterator[tuple[int, int]]:
    for name in sorted(facts.internal, key=len, reverse=True):
        if name.strip():
            known = re.compile(rf"(?i)(?<![\w-]){re.escape(name.strip())}(?![\w-])(?::\d{{2,5}})?")
            yield from (each.span() for each in known.finditer(text))
    for pattern in (_DOMAIN, _LOCALHOST, _PATH, _NUMBERED):
        yield from (each.span() for each in pattern.finditer(text))
    for each in _IPV4.finditer(text):
        address = re.split("[/:]", each.group())[0]
        version = _VERSION_BEFORE.search(text, max(0, each.start() - 12), each.start())
        if version is None and _is_address(address):
            yield each.span()
    for each in _IPV6.finditer(text):
        whole = "::" in each[1] or each[1].count(":") == 7
        if whole and any(c.isalnum() for c in each[1]) and _is_address(each[1]):
            yield each.span()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
