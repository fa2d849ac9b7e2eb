"""The yardstick: a bare Textual application with header, footer and a list of 300 rows."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, OptionList


class BareApp(App[None]):
    """Nothing but what Textual brings."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield Header()
        yield OptionList(*(f"Step {n} of a list" for n in range(300)), markup=False)
        yield Footer()


if __name__ == "__main__":
    BareApp().run()
