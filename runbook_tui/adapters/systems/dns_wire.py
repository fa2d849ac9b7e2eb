"""Questions to a name server and its answers, as bytes.

Sources: RFC 1035 (messages), 3596 (AAAA), 2782 (SRV), 8659 (CAA), 6891 (EDNS), 3597 (types that
are not known). What has no form of its own here is shown as RFC 3597 has it.
"""

from __future__ import annotations

import ipaddress
import secrets
import struct
from collections.abc import Callable
from typing import NamedTuple

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "NAPTR": 35, "DS": 43, "SSHFP": 44, "DNSKEY": 48, "TLSA": 52, "SVCB": 64, "HTTPS": 65,
    "CAA": 257,
}  # fmt: skip
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_NAMES = {number: name for name, number in TYPES.items()}
_MOST = 1232
"""Bytes of an answer over UDP that no network cuts in pieces."""


class BadAnswerError(Exception):
    """What came is no answer to the question."""


class Answer(NamedTuple):
    """What a server says: its code, and the records without times, sorted, each once."""

    code: str
    records: tuple[str, ...]
    cut: bool
    """Whether there is more, which TCP has."""


def type_number(name: str) -> int | None:
    """The number of a record type, such as 1 for A and 65280 for TYPE65280."""
    if name in TYPES:
        return TYPES[name]
    number = name.removeprefix("TYPE")
    known = name.startswith("TYPE") and number.isascii() and number.isdigit()
    return int(number) if known and len(number) < 6 and 0 < int(number) < 65536 else None


def question(name: str, kind: int) -> bytes:
    """A question for records, recursion asked for. Raises ValueError where it is no name."""
    labels = name.rstrip(".").split(".") if name.rstrip(".") else []
    wire = b""
    for label in labels:
        try:
            part = label.encode("ascii")
        except UnicodeEncodeError:
            part = label.encode("idna")
        if not 0 < len(part) < 64:
            raise ValueError(f"{name} is no name: its parts have 1 to 63 letters")
        wire += bytes([len(part)]) + part
    if len(wire) > 254:
        raise ValueError(f"{name} is no name: it is longer than 253 letters")
    head = struct.pack("!HHHHHH", secrets.randbits(16), 0x0100, 1, 0, 0, 1)
    more = struct.pack("!BHHIH", 0, 41, _MOST, 0, 0)  # EDNS: what we can take
    return head + wire + b"\0" + struct.pack("!HH", kind, 1) + more


def answer(message: bytes, asked: bytes) -> Answer:
    """What a message answers to a question. Raises BadAnswerError."""
    try:
        return _answer(message, asked)
    except (struct.error, IndexError, ValueError) as error:
        raise BadAnswerError("the answer cannot be read") from error


def _answer(message: bytes, asked: bytes) -> Answer:
    number, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", message)
    if number != struct.unpack_from("!H", asked)[0] or not flags & 0x8000:
        raise BadAnswerError("what came is no answer to the question")
    name, at = _name(asked, 12)
    at = 12
    code = CODES.get(flags & 15, f"code {flags & 15}")
    if questions:
        same, at = _name(message, 12)
        if same != name or message[at : at + 4] != asked[_name(asked, 12)[1] :][:4]:
            raise BadAnswerError("what came answers another question")
        at += 4
    records = set()
    for _ in range(answers):
        owner, at = _name(message, at)
        kind, _, _, length = struct.unpack_from("!HHIH", message, at)
        at += 10
        if at + length > len(message):
            raise BadAnswerError("the answer is cut off")
        says = _DATA.get(kind, _raw)(message, at, length)
        shown = _NAMES.get(kind, f"TYPE{kind}")
        records.add(f"{shown} {says}" if owner == name else f"{owner} {shown} {says}")
        at += length
    return Answer(code, tuple(sorted(records)), bool(flags & 0x0200))


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name in small letters, and where it ends. Where it points back, that is followed."""
    labels: list[str] = []
    end = 0
    lowest = len(message)
    while length := message[at]:
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
            if at >= lowest:  # only ever back: else it could go round for ever
                raise ValueError("a name points to itself")
            lowest = at
            continue
        if length > 63 or len(labels) > 127:
            raise ValueError("no name")
        if at + 1 + length > len(message):
            raise ValueError("cut off")
        labels.append(_plain(message[at + 1 : at + 1 + length]).lower())
        at += 1 + length
    return ".".join(labels) + ".", end or at + 1


def _plain(part: bytes) -> str:
    return "".join(
        chr(byte) if 0x21 <= byte < 0x7F and byte not in b'.\\"' else f"\\{byte:03d}"
        for byte in part
    )


def _texts(message: bytes, at: int, length: int) -> str:
    end, found = at + length, []
    while at < end:
        size = message[at]
        part = message[at + 1 : at + 1 + size]
        found.append(
            '"' + "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03d}"
                          for b in part) + '"'
        )  # fmt: skip
        at += 1 + size
    return " ".join(found)


def _soa(message: bytes, at: int, length: int) -> str:
    first, at = _name(message, at)
    second, at = _name(message, at)
    return f"{first} {second} {' '.join(map(str, struct.unpack_from('!IIIII', message, at)))}"


def _srv(message: bytes, at: int, length: int) -> str:
    priority, weight, port = struct.unpack_from("!HHH", message, at)
    return f"{priority} {weight} {port} {_name(message, at + 6)[0]}"


def _mx(message: bytes, at: int, length: int) -> str:
    return f"{struct.unpack_from('!H', message, at)[0]} {_name(message, at + 2)[0]}"


def _caa(message: bytes, at: int, length: int) -> str:
    size = message[at + 1]
    tag = _plain(message[at + 2 : at + 2 + size])
    value = message[at + 2 + size : at + length]
    return f'{message[at]} {tag} "{value.decode("ascii", "backslashreplace")}"'


def _address(message: bytes, at: int, length: int) -> str:
    return str(ipaddress.ip_address(message[at : at + length]))


def _one_name(message: bytes, at: int, length: int) -> str:
    return _name(message, at)[0]


def _raw(message: bytes, at: int, length: int) -> str:
    return f"\\# {length} {message[at : at + length].hex()}"


_DATA: dict[int, Callable[[bytes, int, int], str]] = {
    TYPES["A"]: _address, TYPES["AAAA"]: _address, TYPES["CNAME"]: _one_name,
    TYPES["NS"]: _one_name, TYPES["PTR"]: _one_name, TYPES["MX"]: _mx, TYPES["TXT"]: _texts,
    TYPES["SOA"]: _soa, TYPES["SRV"]: _srv, TYPES["CAA"]: _caa,
}  # fmt: skip
