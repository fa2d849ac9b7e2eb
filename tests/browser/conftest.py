"""One browser for each module of tests: its loop must not be open while others have theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from runbook_tui.adapters.status_feed import StatusFeed
from runbook_tui.domain.messages.feed import FeedEntry
from tests.browser.chromium import MISSING, Server, browsing
from tests.formats.feed_entries import TITLE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if MISSING:
        pytest.skip(MISSING)
    with browsing() as one:
        yield one


Publish = Callable[[Sequence[FeedEntry]], None]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    return StatusFeed(tmp_path / "feed", TITLE).publish


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "feed").mkdir()
    with Server(tmp_path / "feed") as one:
        yield one
