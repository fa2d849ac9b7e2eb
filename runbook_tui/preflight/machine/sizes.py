"""Sizes as runbooks write them and people read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s?([KMGTP]?)(i?B)?", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s?%")
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}


@dataclass(frozen=True)
class Need:
    """What has to be there: bytes, or a share of the whole."""

    text: str
    bytes: int = 0
    share: float | None = None
    """0 to 1; None where bytes are meant."""

    def of(self, whole: int) -> int:
        """The bytes that are meant, of `whole` bytes."""
        return self.bytes if self.share is None else int(whole * self.share)


def need(text: str) -> Need:
    """What a text asks for: ``500M``, ``20 GiB``, ``10%``; as coreutils has it, K to P are powers
    of 1024, and of 1000 where a B follows (``20GB``). Raises ValueError.
    """
    if share := _SHARE.fullmatch(text.strip()):
        if float(share[1]) > 100:
            raise ValueError(f"{text!r} is more than everything")
        return Need(text, share=float(share[1]) / 100)
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no size: write 500M, 20G or 10%")
    base = 1000 if (match[3] or "").upper() == "B" and match[2] else 1024
    return Need(text, int(float(match[1]) * base ** _POWERS[match[2].upper()]))


def shown(size: float) -> str:
    """Bytes for people: ``shown(20 * 1024**3) == "20 GiB"``; three figures."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 1000 or unit == "TiB":
            break
        size /= 1024
    return f"{size:.3g} {unit}" if abs(size) < 1000 else f"{size:,.0f} {unit}"
