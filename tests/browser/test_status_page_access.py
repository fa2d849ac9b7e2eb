"""The status page for everybody: axe in every state, width and colour, with and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from runbook_tui.domain.messages.feed import FeedEntry
from tests.browser.chromium import NARROW, WIDE, Reader, Server, reading
from tests.browser.conftest import Publish
from tests.formats import feed_entries as fe

STORY = fe.story()
LONG = "https://status.example.org/" + "averylongpath" * 12
STATES: dict[str, list[FeedEntry]] = {
    "announced": STORY[:1],
    "in-progress": [*STORY[:1], fe.entry(2, "start", text=f"Look at {LONG}", title=LONG)],
    "overdue": STORY[:3],
    "corrected": STORY[:4],
    "finished": STORY,
    "rehearsal": [fe.entry(1, "rollback", rehearsal=True)],
    "two-runs": [*STORY[:3], fe.entry(1, "start", run="another", at=STORY[2].at)],
}
SAYS = {
    "announced": "Planned",
    "in-progress": "In progress",
    "overdue": "In progress, takes longer",
    "corrected": "In progress",
    "finished": "Finished",
    "rehearsal": "Returning to what was before",
    "two-runs": "In progress, takes longer",
}


def settled(reader: Reader) -> None:
    """The page has asked its server once."""
    reader.wait("document.getElementById('page:as-of').textContent.startsWith('As of')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scripting", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(
    browser: Browser,
    server: Server,
    publish: Publish,
    state: str,
    scripting: bool,
    size: tuple[int, int],
    scheme: str,
) -> None:
    entries = STATES[state]
    publish(entries)
    now = entries[-1].at + timedelta(minutes=45 if state == "overdue" else 5)
    address = f"{server.address}/customers/"
    with reading(
        browser, address, size=size, scheme=scheme, scripting=scripting, at=now, zone="Asia/Tokyo"
    ) as reader:
        if scripting:
            settled(reader)
            if state == "overdue":
                reader.wait("!document.querySelector('.overdue').hidden")
        assert SAYS[state] in reader.texts(".now h2")
        assert reader.page.title().endswith(f": {fe.TITLE}")
        assert reader.violations() == []
        # Reflow, WCAG 1.4.10: nothing is to be scrolled sideways.
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert reader.complaints == []


def test_axe_can_find_something(browser: Browser, server: Server, publish: Publish) -> None:
    publish(STORY)
    with reading(browser, f"{server.address}/customers/") as reader:
        reader.page.evaluate("document.body.append(document.createElement('button'))")
        assert any(line.startswith("button-name") for line in reader.violations())


def test_without_scripting_everything_is_there_to_read(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY)
    address = f"{server.address}/customers/"
    with reading(browser, address, scripting=False) as reader:
        assert len(reader.texts("article")) == len(STORY)
        assert "neither refreshes itself" in reader.text("header")
        assert reader.texts("button") == []
        assert server.asked == ["/customers/"]
        publish([*STORY, fe.entry(7, title="One more")])
        reader.page.get_by_role("link", name="Reload").click()
        reader.page.wait_for_load_state()
        assert reader.text("article h3") == "One more"


def test_the_keyboard_reaches_the_button_and_sees_where_it_is(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY)
    with reading(browser, f"{server.address}/customers/") as reader:
        reader.page.keyboard.press("Tab")
        button = reader.page.get_by_role("button", name="Pause refreshing")
        assert button.evaluate("node => node === document.activeElement")
        assert button.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
        reader.page.keyboard.press("Space")
        assert reader.page.get_by_role("button", name="Resume refreshing").is_visible()


def test_corrections_are_links_in_both_directions(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY)
    with reading(browser, f"{server.address}/customers/") as reader:
        reader.page.get_by_role("link", name="the update of 20:30 UTC").click()
        assert reader.page.url.endswith(f"#{fe.RUN}/4")
        target = "document.querySelector(':target')"
        assert reader.page.evaluate(f"{target}.querySelector('.note').innerText") == (
            "Corrects the update of 20:00 UTC."
        )
        reader.page.get_by_role("link", name="the update of 20:00 UTC").click()
        assert reader.page.evaluate(f"{target}.id") == f"{fe.RUN}/3"


def test_nothing_moves_for_whoever_asked_for_that(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY[:2])
    now = STORY[1].at
    names = {}
    for motion in ("reduce", "no-preference"):
        publish(STORY[:2])
        with reading(
            browser, f"{server.address}/customers/", at=now, reduced_motion=motion
        ) as reader:
            reader.page.evaluate("document.querySelector('article').classList.add('new')")
            style = "getComputedStyle(document.querySelector('article')).animationName"
            names[motion] = reader.page.evaluate(style)
    assert names == {"reduce": "none", "no-preference": "arrive"}


def test_in_print_there_is_black_on_white_and_nothing_to_press(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish(STORY)
    with reading(browser, f"{server.address}/customers/", scheme="dark") as reader:
        reader.page.emulate_media(media="print", color_scheme="dark")
        assert reader.texts("button") == []
        style = "getComputedStyle(document.querySelector('article'))"
        assert reader.page.evaluate(f"{style}.color") == "rgb(0, 0, 0)"
        assert reader.page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
        assert reader.page.pdf()[:5] == b"%PDF-"
