"""Free ports on loopback."""

from __future__ import annotations

import random
import socket

from runbook_tui.practice.layout import OUTSIDE, LabError

RANGE = range(20_000, 32_000)
"""Below Linux' ephemeral ports, so that no outgoing connection takes one between two starts."""
TRIES = 2000


def is_free(port: int) -> bool:
    """Whether nothing listens on the port on loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(count: int) -> list[int]:
    """So many different free ports. Raises LabError if there are none."""
    dice = random.SystemRandom()
    found: list[int] = []
    for _ in range(TRIES):
        port = dice.choice(RANGE)
        if port not in found and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise LabError(
        f"No free ports on 127.0.0.1 between {RANGE.start} and {RANGE.stop}. Nothing was changed.",
        OUTSIDE,
    )
