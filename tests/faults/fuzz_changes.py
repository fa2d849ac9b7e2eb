"""Changes that make good runbooks bad: in lines, values, keys, bytes and encodings."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.faults.fuzz_words import KEYS, SCALARS

Files = dict[str, bytes]
Change = Callable[[random.Random, bytes], bytes]


def _lines(change: Callable[[random.Random, list[bytes]], None]) -> Change:
    def apply(rng: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        change(rng, lines)
        return b"\n".join(lines)

    return apply


def _pick(rng: random.Random, lines: list[bytes]) -> int:
    return rng.randrange(len(lines))


def _delete(rng: random.Random, lines: list[bytes]) -> None:
    del lines[_pick(rng, lines)]
    if not lines:
        lines.append(b"")


def _duplicate(rng: random.Random, lines: list[bytes]) -> None:
    lines.insert(_pick(rng, lines), lines[_pick(rng, lines)])


def _swap(rng: random.Random, lines: list[bytes]) -> None:
    a, b = _pick(rng, lines), _pick(rng, lines)
    lines[a], lines[b] = lines[b], lines[a]


def _indent(rng: random.Random, lines: list[bytes]) -> None:
    n = _pick(rng, lines)
    lines[n] = rng.choice([b" ", b"  ", b"\t", b"- ", b"    "]) + lines[n]


def _dedent(rng: random.Random, lines: list[bytes]) -> None:
    n = _pick(rng, lines)
    lines[n] = lines[n][rng.randint(1, 4) :]


def _scalar(rng: random.Random, lines: list[bytes]) -> None:
    with_value = [n for n, line in enumerate(lines) if b": " in line]
    if with_value:
        n = rng.choice(with_value)
        key = lines[n].partition(b": ")[0]
        lines[n] = key + b": " + rng.choice(SCALARS).encode("utf-8", "surrogatepass")


def _key(rng: random.Random, lines: list[bytes]) -> None:
    with_key = [n for n, line in enumerate(lines) if b":" in line]
    if with_key:
        n = rng.choice(with_key)
        key, colon, value = lines[n].partition(b":")
        start = len(key) - len(key.lstrip(b" -"))
        name = rng.choice([rng.choice(KEYS), rng.choice(SCALARS)])
        lines[n] = key[:start] + name.encode("utf-8", "surrogatepass") + colon + value


def _borrow(rng: random.Random, lines: list[bytes]) -> None:
    """Gives a key the value that it has elsewhere: well-formed, and seldom right."""
    by_key: dict[bytes, list[int]] = {}
    for n, line in enumerate(lines):
        if b": " in line:
            by_key.setdefault(line.partition(b": ")[0].strip(b" -"), []).append(n)
    several = [places for places in by_key.values() if len(places) > 1]
    if several:
        a, b = rng.sample(rng.choice(several), 2)
        lines[a] = lines[a].partition(b": ")[0] + b": " + lines[b].partition(b": ")[2]


def _nest(rng: random.Random, lines: list[bytes]) -> None:
    piece, depth = rng.choice([b"[", b"{a: ", b"- ", b"? ", b"[[]"]), rng.choice([5, 39, 50, 3000])
    closing = {b"[": b"]", b"{a: ": b"}"}.get(piece, b"") * rng.choice([0, depth])
    lines.insert(_pick(rng, lines), b"k: " + piece * depth + closing)


def _alias(rng: random.Random, lines: list[bytes]) -> None:
    n = _pick(rng, lines)
    if b": " in lines[n]:
        key, _, value = lines[n].partition(b": ")
        lines[n] = key + b": &a " + value
    after = rng.randint(n, len(lines) - 1) if rng.random() < 0.8 else _pick(rng, lines)
    if b": " in lines[after]:
        lines[after] = lines[after].partition(b": ")[0] + b": *a"


def _bomb(rng: random.Random, lines: list[bytes]) -> None:
    wide = rng.randint(2, 12)
    bomb = [b"x0: &x0 [" + b",".join([b"x"] * wide) + b"]"]
    for n in range(rng.randint(1, 12)):
        bomb.append(b"x%d: &x%d [%s]" % (n + 1, n + 1, b",".join([b"*x%d" % n] * wide)))
    lines[0:0] = bomb


def _bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at + rng.randint(0, 8) :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _encode(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-8-sig"])
    return text.encode(encoding, "replace")


def _character(rng: random.Random, data: bytes) -> bytes:
    strange = ["\t", "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ufeff", "\r", "\x7f", "😀"]
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(strange).encode() + data[at:]


def _huge(rng: random.Random, data: bytes) -> bytes:
    if rng.random() < 0.8:  # the costly ones seldom
        return data * rng.randint(2, 4)
    piece = rng.choice([b"- a\n", b"# x\n", b"k: v\n", b"[", b"a: {", b" ", b'"', b"&a ", b"x"])
    return data + piece * (rng.choice([100_000, 1_200_000]) // len(piece))


LINES = (_delete, _duplicate, _swap, _indent, _dedent, _scalar, _key, _nest, _alias, _bomb)
CHANGES: tuple[Change, ...] = (
    *(_lines(change) for change in LINES),
    *(_lines(change) for change in (_scalar, _key, _delete, *[_borrow] * 4)),
    _bytes,
    _cut,
    _encode,
    _character,
)


def mutated(rng: random.Random, goods: list[Files]) -> Files:
    """A good runbook with one to four changes in one of its files."""
    files = dict(rng.choice(goods))
    name = rng.choice(sorted(files))
    data = files[name]
    for _ in range(rng.choice([1, 1, 1, 2, 3, 4])):
        change = _huge if rng.random() < 0.004 else rng.choice(CHANGES)
        data = change(rng, data)
    files[name] = data
    return files
