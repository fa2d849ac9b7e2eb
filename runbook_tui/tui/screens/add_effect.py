"""Asks for a side effect that nobody declared: what it is, what changed, who owns it, what takes it
back."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from runbook_tui.domain.effects.naming import KINDS
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.screens.dialog import Dialog, Words
from runbook_tui.tui.screens.fields import OneLine, refusal_of

NEVER = "never"
_FIELDS = (
    ("kind", "kind", "flag, webhook, file …"),
    ("target", "what", "its name, and where it is"),
    ("change", "changed", "off -> on"),
    ("owner", "owner", "who knows about it"),
    ("back", "way back", f"how it is taken back; {NEVER} where nothing does"),
)


class AddEffect(Dialog[Effect]):
    """Five short fields, of which two must be filled in."""

    BINDINGS = [  # noqa: RUF012
        Binding("ctrl+s", "record", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    DEFAULT_CSS = """
    AddEffect {
        & .field { height: 1; }
        & .name { width: 10; color: $quiet; }
        & .field Input, &.-low .field Input {
            width: 1fr; height: 1; border: none; padding: 0; margin: 0; background: $panel;
        }
        & .field Input:focus { border: none; background-tint: $foreground 8%; }
    }
    """

    def __init__(self, step: str) -> None:
        of = f" · {step}" if step else ""
        kinds = Content.styled(f"kinds: {', '.join(KINDS)}", "$quiet")
        keys = "enter next · ctrl+s record · esc cancel"
        super().__init__(f"A side effect that nobody declared{of}", kinds, keys)

    def fields(self) -> ComposeResult:
        for name, label, hint in _FIELDS:
            with Horizontal(classes="field"):
                yield Static(Content(label), classes="name")
                yield OneLine(
                    placeholder=hint,
                    id=f"a-{name}",
                    select_on_focus=False,
                    suggester=SuggestFromList(KINDS) if name == "kind" else None,
                )
        yield Words("", classes="problem", id="problem")

    def on_mount(self) -> None:
        self.query_one("#a-kind", Input).focus()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.say("")

    @on(OneLine.ManyLines)
    def _refuse(self, event: OneLine.ManyLines) -> None:
        self.say(refusal_of(event.lines))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        if event.input.id == f"a-{_FIELDS[-1][0]}":
            self.action_record()
        elif event.input.id != "a-kind" or self._kind() is not None:
            self.focus_next(Input)

    def _value(self, name: str) -> str:
        return safe_line(self.query_one(f"#a-{name}", Input).value).strip()

    def _kind(self) -> EffectKind | None:
        """The kind as typed, or as far as it was typed; says so where it is none."""
        typed = self._value("kind").lower()
        found = [kind for kind in KINDS if kind == typed]
        found = found or [kind for kind in KINDS if typed and kind.startswith(typed)]
        if len(found) == 1:
            return found[0]
        self.say("Which kind? One of those above; its beginning will do.")
        self.query_one("#a-kind", Input).focus()
        return None

    def action_record(self) -> None:
        """Gives the effect, where enough of it is said."""
        kind = self._kind()
        if kind is None:
            return
        target = self._value("target")
        if not target:
            self.say("What was changed, and where? A few words.")
            self.query_one("#a-target", Input).focus()
            return
        before, arrow, after = self._value("change").replace("→", "->").partition("->")
        back = self._value("back")
        irreversible = back.lower() == NEVER
        words = "" if irreversible else back
        self.dismiss(
            Effect(
                kind=kind,
                target=target,
                before=before.strip() if arrow else "",
                after=after.strip() if arrow else before.strip(),
                owner=self._value("owner"),
                reversibility="irreversible"
                if irreversible
                else ("compensable" if words else "reversible"),
                compensation=Compensation(text=words) if words else None,
            )
        )
