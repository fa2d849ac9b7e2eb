"""Publishes a run's feed, one entry more each time, until it is killed or all are told.

python -m tests.adapters.feed_writer FOLDER RUN ENTRIES
"""

from __future__ import annotations

import sys
from pathlib import Path

from runbook_tui.adapters.status_feed import StatusFeed
from tests.formats import feed_entries as fe


def main() -> None:
    """Says each number once it is published."""
    folder, run, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    entries = [fe.entry(number, run=run) for number in range(1, count + 1)]
    feed = StatusFeed(folder, fe.TITLE, patience=60.0)
    for number in range(1, count + 1):
        feed.publish(entries[:number])
        print(number, flush=True)


if __name__ == "__main__":
    main()
