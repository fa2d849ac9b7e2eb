"""Whatever a text says, the status page shows it and never obeys it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from runbook_tui.formats.feed.entries import cleaned, paragraphs
from runbook_tui.formats.feed.page import page
from tests.browser.chromium import Server, reading
from tests.browser.conftest import Publish
from tests.formats import feed_entries as fe

ATTACK = (
    "<script>window.bad = 1</script><img src=x onerror='window.bad = 2'>"
    '<a href="javascript:window.bad = 3">x</a></p></article><style>*{display:none}</style>'
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'>"
)


def test_an_injected_text_stays_text(browser: Browser, server: Server, publish: Publish) -> None:
    hostile = fe.entry(2, text=ATTACK, title=ATTACK, id=f'"><b>{ATTACK}', corrects=ATTACK)
    publish([fe.entry(1), hostile])
    address = f"{server.address}/customers/"
    with reading(browser, address, at=hostile.at) as reader:
        reader.wait("document.getElementById('page:as-of').textContent.startsWith('As of')")
        # It came with the page; it comes once more when the page refreshes itself.
        for more in (2, 3):
            assert reader.page.evaluate("window.bad") is None
            assert reader.text(f"article:nth-last-of-type({2}) .text") == ATTACK
            assert reader.page.locator("article script, article img, article b").count() == 0
            publish([fe.entry(1), hostile, fe.entry(3, text=ATTACK)])
            reader.at(hostile.at + timedelta(minutes=more))
            reader.wait("document.querySelectorAll('article').length === 3")
        assert reader.violations() == []
        assert reader.complaints == []


def test_the_policy_stops_what_would_get_through(
    browser: Browser, server: Server, publish: Publish
) -> None:
    publish([fe.entry(1)])
    with reading(browser, f"{server.address}/customers/") as reader:
        reader.page.evaluate(
            "() => { const bad = document.createElement('script');"
            "bad.textContent = 'window.bad = 1'; document.body.append(bad); }"
        )
        assert reader.page.evaluate("window.bad") is None
        assert any("Content Security Policy" in line for line in reader.complaints)


@settings(max_examples=25)
@given(st.lists(fe.entries, min_size=1, max_size=4, unique_by=lambda each: cleaned(each).id))
def test_a_browser_reads_every_text_as_it_was(browser: Browser, entries: list) -> None:
    html = page(fe.feed(), entries)
    context = browser.new_context(java_script_enabled=False)
    try:
        one = context.new_page()
        one.set_content(html)
        articles = one.locator("article").all()
        assert len(articles) == len(entries)
        shown = {
            (
                each.locator("h3").text_content(),
                tuple(part.text_content() for part in each.locator(".text").all()),
            )
            for each in articles
        }
        clean = [cleaned(each) for each in entries]
        assert shown == {(each.title, paragraphs(each.text)) for each in clean}
    finally:
        context.close()
