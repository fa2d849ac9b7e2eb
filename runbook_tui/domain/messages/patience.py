"""How often a delivery is tried and looked for, and how long is waited in between.

Knows no clock: `now` is seconds of one that the caller keeps to.
"""

from __future__ import annotations

from collections.abc import Sequence

Key = tuple[int, str]
"""An update's number and a channel's name."""
LONGEST_PAUSE = 900.0
"""Seconds that a channel may ask to wait."""


class Patience:
    """What one program has tried so far. Another one begins anew, and knows what is in the log."""

    def __init__(self, delays: Sequence[float]) -> None:
        """`delays`: seconds before each further attempt; after the last one a person decides."""
        self._delays = tuple(delays)
        self._not_before: dict[Key, float] = {}
        self._tries: dict[Key, int] = {}
        self._anew: dict[Key, float] = {}
        self._looks: dict[tuple[int, str, int], int] = {}
        self._seen: set[tuple[int, str, int]] = set()

    def begin(self, key: Key, now: float, *, anew: bool) -> int:
        """Counts an attempt, from 1; `anew` where a person has told the program to go on."""
        self._tries[key] = 1 if anew else self._tries.get(key, 0) + 1
        if anew:
            self._anew[key] = now
        return self._tries[key]

    def fail(self, key: Key, now: float, asked: float | None) -> bool:
        """An attempt failed, and the channel asked to wait so many seconds; whether it is tried
        again."""
        tries = self._tries.get(key, 0)
        if tries > len(self._delays):
            return False
        pause = max(self._delays[tries - 1], min(asked or 0.0, LONGEST_PAUSE))
        self._not_before[key] = now + pause
        return True

    def age(self, key: Key, now: float) -> float | None:
        """Seconds since a person told this program to send it; None where none did."""
        return now - self._anew[key] if key in self._anew else None

    def left(self, key: Key, now: float) -> float:
        """Seconds until it is no longer too early; 0.0 where it is not."""
        return max(0.0, self._not_before.get(key, 0.0) - now)

    def may_try(self, key: Key) -> bool:
        """Whether what failed is tried again at all."""
        return self._tries.get(key, 0) <= len(self._delays)

    def rests(self, key: Key, now: float) -> bool:
        """Whether it is too early."""
        return self._not_before.get(key, 0.0) > now

    def may_look(self, key: Key, attempt: int) -> bool:
        """Whether a look may tell more of an attempt."""
        return (*key, attempt) not in self._seen

    def look_no_more(self, key: Key, attempt: int) -> None:
        """A look has told what there is to be told, or never will."""
        self._seen.add((*key, attempt))

    def look_again(self, key: Key, attempt: int, now: float) -> bool:
        """A look told nothing; whether there is another one."""
        looks = self._looks[*key, attempt] = self._looks.get((*key, attempt), 0) + 1
        if looks > len(self._delays):
            self.look_no_more(key, attempt)
            return False
        self._not_before[key] = now + self._delays[looks - 1]
        return True

    def until(self, keys: Sequence[Key], now: float) -> float | None:
        """Seconds until the first of these is no longer too early; None where none is."""
        ahead = [self._not_before[key] - now for key in keys if self.rests(key, now)]
        return min(ahead, default=None)
