"""A real browser that reads a status page from a real server, both on loopback."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
MISSING = None if shutil.which(CHROMIUM) else f"{CHROMIUM} is not installed"
"""Why there can be no browser."""
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update "
    # Whatever a page wants, nothing but this machine is reached.
    "--host-resolver-rules=MAP|*|~NOTFOUND,EXCLUDE|127.0.0.1"
)
WIDE, NARROW = (1100, 900), (320, 640)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser with a profile of its own, which goes away with it."""
    with sync_playwright() as playwright:
        arguments = [each.replace("|", " ") for each in FLAGS.split()]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Server:
    """Serves a folder. `broken` makes it answer with HTTP 503."""

    def __init__(self, folder: Path) -> None:
        self.broken = False
        self.asked: list[str] = []
        outer = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                if outer.broken:
                    self.send_error(503)
                    return
                super().do_GET()

            def log_message(self, *_words: Any) -> None:
                pass

        handler = functools.partial(Handler, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Reader:
    """Somebody with a page open."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser wrote to its console, among it what the page's policy forbade."""

    def violations(self) -> list[str]:
        """What axe has against the page, in lines."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        return [
            f"{each['id']}: {each['help']}: {node['html']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def at(self, moment: datetime) -> None:
        """Moves the page's clock."""
        self.page.clock.set_fixed_time(moment)

    def wait(self, condition: str) -> None:
        """Until a JavaScript expression is true; raises an error of playwright after 20 seconds.

        Not by `wait_for_function`, which needs `eval` in the page: the page's policy forbids that.
        """
        self.page.evaluate(
            "() => new Promise((resolve, reject) => { let left = 1000; const look = () => {"
            f"if ({condition}) resolve(); else if (left--) setTimeout(look, 20);"
            "else reject(new Error('never')); }; look(); })"
        )

    def text(self, selector: str) -> str:
        """The words in the first element."""
        return self.page.locator(selector).first.inner_text()

    def texts(self, selector: str) -> Sequence[str]:
        """The words in each element that is seen; fixed blanks are blanks."""
        found = [each for each in self.page.locator(selector).all() if each.is_visible()]
        return [each.inner_text().replace("\xa0", " ") for each in found]


@contextmanager
def reading(
    browser: Browser,
    address: str,
    *,
    size: tuple[int, int] = WIDE,
    scheme: str = "light",
    scripting: bool = True,
    zone: str = "UTC",
    at: datetime | None = None,
    **more: Any,
) -> Iterator[Reader]:
    """Opens a page. `at`: what its clock says until `Reader.at` moves it; timers run as ever.

    Without scripting the page is read in and laid out as by a browser without scripts; they are
    allowed again only after that, since axe is one.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        timezone_id=zone,
        **more,
    )
    try:
        page = context.new_page()
        reader = Reader(context, page)
        page.on("console", lambda message: reader.complaints.append(message.text))
        page.on("pageerror", lambda error: reader.complaints.append(str(error)))
        if at is not None:
            page.clock.set_fixed_time(at)
        if scripting:
            page.goto(address)
        else:
            session = context.new_cdp_session(page)
            session.send("Emulation.setScriptExecutionDisabled", {"value": True})
            page.goto(address)
            session.send("Emulation.setScriptExecutionDisabled", {"value": False})
        yield reader
    finally:
        context.close()
