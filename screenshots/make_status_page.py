"""Makes the pictures of the status page, in a real browser: needs Chromium.

`python screenshots/make_status_page.py`

Publishes the feed of a made-up upgrade and writes what a reader in Berlin sees as PNG into
this folder: just after a correction, and half an hour later, when an update is overdue.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from runbook_tui.adapters.status_feed import StatusFeed  # noqa: E402
from runbook_tui.domain.messages.feed import FeedEntry  # noqa: E402
from runbook_tui.domain.messages.remarks import Kind  # noqa: E402
from tests.browser.chromium import Server, browsing, reading  # noqa: E402

RUN = "20261124-190000-full-upgrade-4f2a"
BEGAN = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
AFFECTED = "Placing an order may fail for some seconds; trying again works."


def entry(number: int, kind: Kind, minute: int, state: str, text: str, fixes: int = 0) -> FeedEntry:
    """An update, `minute` minutes after the work began."""
    at = BEGAN + timedelta(minutes=minute)
    return FeedEntry(
        id=f"{RUN}/{number}",
        run=RUN,
        number=number,
        kind=kind,
        audience="customers",
        title=f"The order service: {state}",
        text=text,
        at=at,
        next_update=BEGAN if minute < 0 else at + timedelta(minutes=30),
        corrects=f"{RUN}/{fixes}" if fixes else "",
    )


ENTRIES = [
    entry(
        1,
        "announce",
        -4 * 24 * 60,
        "planned work",
        "We plan to work on the order service on 24 November 2026 between 19:00 and 22:00 UTC. "
        f"{AFFECTED}\n\nNext update: 24 November 2026, 19:00 UTC, or earlier if the plan changes.",
    ),
    entry(
        2,
        "start",
        2,
        "planned work in progress",
        f"We have begun the planned work on the order service. {AFFECTED}\n\n"
        "We expect it to be over between 20:40 and 21:20 UTC. Next update: 19:32 UTC, or earlier "
        "if something changes.",
    ),
    entry(
        3,
        "delay",
        31,
        "planned work takes longer",
        f"The planned work takes longer than we thought. {AFFECTED}\n\n"
        "We expect it to be over between 20:10 and 20:50 UTC. Next update: 20:01 UTC, or earlier "
        "if something changes.",
    ),
    entry(
        4,
        "delay",
        36,
        "planned work takes longer",
        "Correction to our update of 19:31 UTC: we expect the work to be over between 21:10 and "
        "21:50 UTC, an hour later than we wrote.\n\nNext update: 20:06 UTC, or earlier if "
        "something changes.",
        fixes=3,
    ),
]


def main() -> None:
    """Makes every picture."""
    pictures = {
        "wide-light": {"size": (900, 760), "scheme": "light", "minute": 40},
        "wide-dark": {"size": (900, 760), "scheme": "dark", "minute": 70},
        "narrow-light": {"size": (320, 1000), "scheme": "light", "minute": 40},
    }
    with tempfile.TemporaryDirectory(prefix="feed-") as name, browsing() as browser:
        folder = Path(name)
        StatusFeed(folder, "Status of the order service").publish(ENTRIES)
        with Server(folder) as server:
            for picture, given in pictures.items():
                now = BEGAN + timedelta(minutes=given.pop("minute"))  # type: ignore[arg-type]
                address = f"{server.address}/customers/"
                with reading(browser, address, at=now, zone="Europe/Berlin", **given) as reader:  # type: ignore[arg-type]
                    reader.wait(
                        "document.getElementById('page:as-of').textContent.startsWith('As of')"
                    )
                    file = HERE / f"status-page-{picture}.png"
                    reader.page.screenshot(path=file)
                    print(f"{file.name}: {file.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
