"""Jobs that leave their work to a timer where systemd runs: which timer that is."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONG_ENOUGH = 5
"""Letters from which on a word within another says that both are about the same."""


def timer_for(guard: str, timers: Iterable[str]) -> str:
    """The timer with the purpose of a job: by the first word of its file or its command, or by one
    within the other (``man-db`` and ``man-db.timer``, ``sessionclean`` and
    ``phpsessionclean.timer``); empty where there is none.
    """
    words = {_first_word(name) for name in guard.split()} - {""}
    for timer in timers:
        stem = timer.removesuffix(".timer")
        if _first_word(stem) in words:
            return timer
        if any(len(word) >= LONG_ENOUGH and word in stem for word in words):
            return timer
    return ""


def _first_word(name: str) -> str:
    return re.split(r"[-_.@]", name, maxsplit=1)[0]
