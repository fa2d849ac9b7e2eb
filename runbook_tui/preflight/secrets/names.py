"""Names behind which a secret stands: ``db_password``, ``apiKey``; not ``password_file``."""

from __future__ import annotations

import re

WORD = (
    r"pass(?:word|wort|wd|phrase|code)?|pwd|pswd|pw|secret|token|credentials?|community|cookie|psk"
    r"|masterauth|salt|(?:api|access|auth|authentication|secret|private|encryption|encrypt|crypt|cipher|signing|sign"
    r"|shared|account|master|license|des|hmac|session|cookie|security|hash|admin)[_.-]?key"
)
"""How such a name ends."""
RIGHT = r"""(?:[_-]?\d+)?["'\])}]*\s*"""
_KEY = re.compile(rf"(?i)({WORD})(?:[_-]?\d{{1,3}}\b)?(?![A-Za-z0-9_-])(?!\.\w)")
_LONGEST = 64
_NAME = re.compile(r"[A-Za-z0-9_.-]")
# What may stand before `pass`, `pw`, `pwd` without a mark between; `bypass` has none of them.
_GLUED = re.compile(
    r"(?i)(?:db|sql|root|bind|user|admin|ftp|sftp|require|my|sudo|smtp|imap|ssh|ldap|auth|key|store|"
    r"http|proxy|mail|login|new|old|srv|server|client|repl|monitor|rpc|web|api|olc|rootdn|pg|mysql"
    r"|nick|oper|link|remote|ssl|tls|cert|default|test)$"
)
_PASSES = (
    "by", "com", "tres", "sur", "over", "under", "multi", "single", "one", "two", "three", "first",
    "second", "low", "high", "band", "im", "all", "no", "un", "last", "next", "back", "final",
)  # fmt: skip
# Names that end like one and hold none: nginx's *_pass, Postgres' passcommand, HTTP cookies.
_OTHERS = re.compile(
    r"(?i)(?:^|[_.-])(?:proxy_pass|fastcgi_pass|uwsgi_pass|scgi_pass|grpc_pass|memcached_pass|no_pass"
    r"|by_?pass|com_?pass|http_cookie|set-cookie|get_cookie|clear_?pass|first_?pass|multi_?pass"
    r"|one_?pass|two_?pass|use_first_pass|try_first_pass|max_?pass|need_?pass|ask_?pass|csrf_?token"
    r"|cancellation_?token|next_?token|page_?token|continuation_?token|eof_?token|public_?key"
    r"|has_?password|no_?password|is_?secret|use_?password|show_?password|forgot_?password"
    r"|reset_?password|change_?password|lost_?password|require_?password|allow_?password"
    r"|enable_?cookie|use_?cookie|use_?token|use_?salt|of_?pass|plain_?password)\d*$"
)
_SHORT = frozenset({"pass", "pw", "pwd", "token", "salt", "cookie", "community", "psk"})


def in_line(text: str) -> list[tuple[int, int]]:
    """Where the names of a line begin and end, from left to right."""
    found = []
    for match in _KEY.finditer(text):
        begin = match.start()
        word = match.group(1).lower()
        least = max(0, begin - _LONGEST)
        left = begin
        while left > least and _NAME.match(text[left - 1]):
            left -= 1
        before = text[left:begin]
        if text.startswith("::", max(left - 2, 0)) and left >= 2:
            continue  # a module's name
        if before and not _stands_apart(before, match.group(1), word):
            continue
        name = text[left : match.end()]
        if _OTHERS.search(name):
            continue
        found.append((left, match.end()))
    return found


def _stands_apart(before: str, written: str, word: str) -> bool:
    last = before[-1]
    if not last.isalpha() or (last.islower() and written[0].isupper()):
        return True
    if last.isupper() and written[:1].isupper() and written[1:2].islower():
        return True  # SNMPCommunity
    low = before.lower()
    if word == "pass":
        return not low.endswith(_PASSES)
    if word not in _SHORT:
        # `somepassword`: glued together, the longer words are still what they say.
        return not low.endswith(("no", "has", "un", "non"))
    return _GLUED.search(before) is not None
