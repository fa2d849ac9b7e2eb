"""What is a host's name, and what only looks like one: a file, a version, a module of a program."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

KEPT = 4096
"""Hosts of which is kept what they are: the same ones come again and again."""
LABEL = r"[^\W_](?:[\w-]{0,61}\w)?"
HOST = re.compile(rf"^{LABEL}(?:\.{LABEL}){{0,10}}\.?$")
_V4 = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")
# Not the whole of IANA's list: those of more than two letters that machines are found under, and
# those reserved for inside (RFC 6762 appendix G, RFC 2606, ICANN's .internal).
_TOP = frozenset(
    str.split(
        "com net org edu gov mil int info biz aero coop arpa dev app cloud online site tech xyz"
        " blog wiki systems services network solutions company digital hosting agency academy"
        " software technology group global international bank health care internal intranet intern"
        " local lan localdomain corp home private priv domain svc cluster consul prod stage"
        " staging test example invalid onion"
    )
)
# Country codes that more often end a file's name, a method or a module. A URL still has them.
_FILES = frozenset(
    str.split(
        "py sh pl rb js md so ps cc rs am mk vi st ml id in is at do no to my me io ai tv la sc"
        " ms pm cf ph lc la ac gz bz hr as im sl mo ng pw ws"
    )
)
_COUNTRIES = frozenset(
    str.split(
        "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo"
        " br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk"
        " dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq"
        " gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh"
        " ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn"
        " mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg"
        " ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so"
        " sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy"
        " uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
    )
)
"""IANA's root zone, two letters."""
_STRONG_FILES = frozenset(str.split("py sh pl rb js md so ps cc rs am mk ml pm cf gz bz"))
_DOCUMENTATION = (
    "example.com", "example.net", "example.org", "w3.org", "www.w3.org", "json-schema.org",
    "schemas.xmlsoap.org", "schemas.microsoft.com", "schemas.openxmlformats.org", "purl.org",
    "domain.tld", "xmlns.com", "xmlns.jcp.org", "xmlns.oracle.com", "java.sun.com", "relaxng.org",
    "docbook.org",
    "oasis-open.org", "ns.adobe.com", "opensource.org", "creativecommons.org", "gnu.org",
    "spdx.org", "fsf.org", "apache.org", "dublincore.org", "rddl.org", "hibernate.org",
    "springframework.org", "mozilla.org/MPL", "inkscape.org", "sodipodi.sourceforge.net",
    "php.net", "debian.org", "rfc-editor.org", "ietf.org", "iana.org", "semver.org",
    "editorconfig.org", "yaml.org", "schema.org", "freedesktop.org", "wikipedia.org",
    "stackoverflow.com", "readthedocs.io", "readthedocs.org", "bugs.launchpad.net",
)  # fmt: skip
_RANGES = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
"""RFC 5737, RFC 3849, RFC 9637."""


@lru_cache(KEPT)
def address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as; None where it is a name."""
    if ":" not in host and not host[:1].isdigit():
        return None
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


@lru_cache(KEPT)
def is_host(host: str) -> bool:
    """Whether it can be a host's name or an address at all."""
    if _V4.match(host):
        return address(host) is not None
    return len(host) <= 253 and (HOST.match(host) is not None or address(host) is not None)


@lru_cache(KEPT)
def is_likely(host: str, *, strong: bool = False) -> bool:
    """Whether a dotted name is a host's and no file's. `strong`: what stands before it says so."""
    if address(host) is not None:
        return True
    labels = host.rstrip(".").lower().split(".")
    if len(labels) < 2 or not is_host(host):
        return False
    last = labels[-1]
    if last in _TOP or last.startswith("xn--"):
        return True
    if not (len(last) == 2 and last.isalpha()):
        return False
    return last in _COUNTRIES and last not in (_STRONG_FILES if strong else _FILES)


@lru_cache(KEPT)
def is_documentation(host: str) -> bool:
    """Whether it stands for nothing that is talked to: RFC 2606 and 5737, licences, name spaces.

    The top level ``.example`` is not among it: whole companies live there, in exercises.
    """
    if (found := address(host)) is not None:
        return any(found in network for network in _RANGES if network.version == found.version)
    low = host.lower().rstrip(".")
    return any(low == each or low.endswith("." + each) for each in _DOCUMENTATION)


@lru_cache(KEPT)
def is_here(host: str) -> bool:
    """Whether it means this machine, or no particular one."""
    low = host.lower().rstrip(".")
    if low in (
        "localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "ip6-loopback",
    ) or low.endswith(".localhost"):
        return True
    found = address(low)
    return found is not None and (found.is_loopback or found.is_unspecified)


@lru_cache(KEPT)
def is_nobody(host: str) -> bool:
    """Whether an address is one that nobody connects to: a mask, broadcast, multicast."""
    found = address(host)
    if found is None:
        return False
    return found.is_multicast or str(found).startswith("255.") or found.is_reserved


def is_internal(host: str) -> bool:
    """Whether it can only be reached from inside: a private range, or a name without a dot."""
    if (found := address(host)) is not None:
        return found.is_private or found.is_link_local
    low = host.lower().rstrip(".")
    return "." not in low or low.endswith(
        (
            ".internal",
            ".intranet",
            ".local",
            ".lan",
            ".corp",
            ".home",
            ".private",
            ".svc",
            ".cluster.local",
        )
    )


@lru_cache(KEPT)
def plain(host: str) -> str:
    """A host in small letters, one beyond ASCII in punycode, so that look-alikes are told apart."""
    host = host.strip("[]").rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ".".join(
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
            for label in host.split(".")
        )
