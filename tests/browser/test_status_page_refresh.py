"""The status page keeps itself fresh, and says when it cannot."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import NARROW, Reader, Server, reading
from tests.browser.conftest import Publish
from tests.formats import feed_entries as fe

STORY = fe.story()
MINUTE = timedelta(minutes=1)
AS_OF = "document.getElementById('page:as-of').textContent"
NEWS = "document.getElementById('page:news').textContent"
NOW = STORY[1].at + MINUTE


def first_look(reader: Reader, hour: str = "19:31") -> None:
    reader.wait(f"{AS_OF}.startsWith('As of {hour} UTC')")


def overwrite(page: Path, text: str) -> None:
    """Somebody else's words in the place of the page, a second later as web servers see it."""
    later = page.stat().st_mtime + 1
    page.write_text(text, encoding="utf-8")
    os.utime(page, (later, later))


def test_a_new_update_appears_and_is_announced_without_a_reload(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        reader.page.evaluate("window.before = true")
        assert len(reader.texts("article")) == 2
        publish(STORY[:3])
        reader.at(NOW + MINUTE)
        reader.wait("document.querySelectorAll('article').length === 3")
        assert reader.text(".now h2") == "In progress, takes longer"
        assert reader.page.title() == f"In progress, takes longer: {fe.TITLE}"
        assert reader.page.evaluate(NEWS) == (
            "New update. In progress, takes longer. The order service: planned work takes longer"
        )
        assert reader.page.evaluate("window.before") is True
        assert reader.violations() == []
        assert reader.complaints == []


def test_content_that_is_the_same_is_left_alone(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    address = f"{server.address}/customers/"
    with reading(browser, address, at=NOW, zone="America/New_York") as reader:
        first_look(reader)
        reader.page.evaluate("window.node = document.querySelector('article')")
        reader.at(NOW + MINUTE)
        first_look(reader, "19:32")
        assert reader.page.evaluate("window.node.isConnected") is True
        assert reader.page.evaluate(NEWS) == ""


def test_it_asks_once_a_minute(browser: Browser, server: Server, publish: Publish) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        for minute in (1, 2, 3):
            reader.at(NOW + minute * MINUTE - timedelta(seconds=1))
            reader.at(NOW + minute * MINUTE)
            first_look(reader, f"19:{31 + minute}")
    assert len(server.asked) == 5  # the page itself, its first look, and three more


def test_paused_it_stays_as_it_is_until_it_is_resumed(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        reader.page.get_by_role("button", name="Pause refreshing").click()
        assert reader.text("#page\\:as-of") == "Paused. As of 19:31 UTC."
        asked = len(server.asked)
        publish(STORY[:3])
        later = NOW + timedelta(minutes=40)
        reader.at(later)
        # The clock was seen to have moved: the update that was due by 20:00 UTC is missed.
        reader.wait("!document.querySelector('.overdue').hidden")
        assert "It may be there: this page was not refreshed since." in reader.text(".overdue")
        assert len(server.asked) == asked
        assert len(reader.texts("article")) == 2
        assert reader.violations() == []
        reader.page.get_by_role("button", name="Resume refreshing").click()
        reader.wait("document.querySelectorAll('article').length === 3")
        first_look(reader, "20:11")


def test_what_was_read_stays_where_it_is_and_focus_with_it(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:3])
    now = STORY[2].at + MINUTE
    with reading(browser, f"{server.address}/customers/", at=now, size=NARROW) as reader:
        first_look(reader, "20:01")
        link = f"document.getElementById('{fe.RUN}/2').querySelector('.meta a')"
        reader.page.evaluate(f"{link}.focus()")
        reader.page.evaluate(f"document.getElementById('{fe.RUN}/2').scrollIntoView()")
        top = f"Math.round(document.getElementById('{fe.RUN}/2').getBoundingClientRect().top)"
        before = reader.page.evaluate(top)
        scrolled = reader.page.evaluate("scrollY")
        assert scrolled > 100
        publish(STORY[:4])
        reader.at(now + MINUTE)
        reader.wait("document.querySelectorAll('article').length === 4")
        assert abs(reader.page.evaluate(top) - before) <= 1
        assert reader.page.evaluate("scrollY") > scrolled + 100
        assert reader.page.evaluate(f"document.activeElement === {link}")


def test_at_the_top_the_new_update_comes_into_sight(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:3])
    now = STORY[2].at + MINUTE
    with reading(browser, f"{server.address}/customers/", at=now) as reader:
        first_look(reader, "20:01")
        reader.page.get_by_role("button").focus()
        publish(STORY[:4])
        reader.at(now + MINUTE)
        reader.wait("document.querySelectorAll('article').length === 4")
        assert reader.page.evaluate("scrollY") == 0
        assert reader.page.evaluate("document.activeElement.id") == "page:pause"


def test_an_overdue_update_is_told_by_the_page_itself(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        assert reader.texts(".overdue") == []
        reader.at(STORY[1].at + fe.EVERY)
        reader.wait("!document.querySelector('.overdue').hidden")
        assert reader.texts(".overdue") == ["An update was due at 20:00 UTC and is not here yet."]
        assert reader.page.evaluate(NEWS) == "An update was due at 20:00 UTC."
        publish(STORY[:3])
        reader.at(STORY[1].at + fe.EVERY + MINUTE)
        reader.wait("document.querySelectorAll('article').length === 3")
        assert reader.texts(".overdue") == []


def test_after_the_last_word_nothing_is_overdue(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish([*STORY[:5], fe.entry(6, "post-watch", next_update=STORY[5].at + MINUTE)])
    late = STORY[-1].at + timedelta(days=2)
    with reading(browser, f"{server.address}/customers/", at=late) as reader:
        reader.wait(f"{AS_OF}.startsWith('As of')")
        assert reader.texts(".overdue") == []


def test_a_server_that_fails_is_told_and_so_is_its_return(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        server.broken = True
        reader.at(NOW + MINUTE)
        reader.wait(f"{AS_OF} === 'As of 19:31 UTC; could not refresh since.'")
        assert reader.page.evaluate(NEWS) == "This page could not be refreshed since 19:31 UTC."
        assert reader.violations() == []
        reader.at(NOW + timedelta(minutes=30))
        reader.wait("!document.querySelector('.overdue').hidden")
        assert "It may be there" in reader.text(".overdue")
        server.broken = False
        reader.at(NOW + timedelta(minutes=31))
        first_look(reader, "20:02")
        assert reader.texts(".overdue") == ["An update was due at 20:00 UTC and is not here yet."]


def test_another_page_in_its_place_changes_nothing(
    browser: Browser, server: Server, publish: Publish, tmp_path: Path
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        overwrite(tmp_path / "feed/customers/index.html", "<h1>Please log in</h1>")
        reader.at(NOW + MINUTE)
        reader.wait(f"{AS_OF}.endsWith('could not refresh since.')")
        assert len(reader.texts("article")) == 2


def test_a_page_of_another_form_is_loaded_as_a_whole(
    browser: Browser, server: Server, publish: Publish, tmp_path: Path
) -> None:
    publish(STORY[:2])
    page = tmp_path / "feed/customers/index.html"
    with reading(browser, f"{server.address}/customers/", at=NOW) as reader:
        first_look(reader)
        reader.page.evaluate("window.before = true")
        whole = page.read_text(encoding="utf-8")
        overwrite(page, whole.replace('data-form="', 'data-form="f'))
        with reader.page.expect_navigation():
            reader.at(NOW + MINUTE)
        assert reader.page.evaluate("window.before") is None


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("UTC", "20:00 UTC"),
        ("Europe/Berlin", "20:00 UTC (21:00 CET, your time)"),
        ("America/New_York", "20:00 UTC (15:00 GMT-5, your time)"),
        ("Asia/Tokyo", "20:00 UTC (Wed 25 November at 05:00 GMT+9, your time)"),
    ],
)
def test_the_reader_sees_his_own_time_beside_utc(
    browser: Browser, server: Server, publish: Publish, zone: str, told: str
) -> None:
    publish(STORY[:2])
    with reading(browser, f"{server.address}/customers/", at=NOW, zone=zone) as reader:
        assert reader.texts(".now dd")[1].replace(",", "") == told.replace(",", "")
