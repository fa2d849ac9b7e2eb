"""Asks for a side effect that nobody declared: what it is, what changed, who owns it, what takes it
back."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.effects.naming import KINDS
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.tui.screens.form import Field, Form

NEVER = "never"
_FIELDS = (
    ("kind", "kind", "flag, webhook, file …"),
    ("target", "what", "its name, and where it is"),
    ("change", "changed", "off -> on"),
    ("owner", "owner", "who knows about it"),
    ("back", "way back", f"how it is taken back; {NEVER} where nothing does"),
)


class AddEffect(Form[Effect]):
    """Five short fields, of which two must be filled in."""

    def __init__(self, step: str) -> None:
        of = f" · {step}" if step else ""
        kinds = Content.styled(f"kinds: {', '.join(KINDS)}", "$quiet")
        keys = "enter next · ctrl+s record · esc cancel"
        super().__init__(f"A side effect that nobody declared{of}", kinds, keys)

    def asked(self) -> tuple[Field, ...]:
        """What there is to say."""
        return _FIELDS

    def words_of(self, name: str) -> tuple[str, ...]:
        """The kinds."""
        return KINDS if name == "kind" else ()

    def may_leave(self, name: str) -> bool:
        """Not before the kind is one."""
        return name != "kind" or self._kind() is not None

    def _kind(self) -> EffectKind | None:
        """The kind as typed, or as far as it was typed; says so where it is none."""
        typed = self.value("kind").lower()
        found = [kind for kind in KINDS if kind == typed]
        found = found or [kind for kind in KINDS if typed and kind.startswith(typed)]
        if len(found) == 1:
            return found[0]
        self.back_to("kind", "Which kind? One of those above; its beginning will do.")
        return None

    def action_record(self) -> None:
        """Gives the effect, where enough of it is said."""
        kind = self._kind()
        if kind is None:
            return
        target = self.value("target")
        if not target:
            self.back_to("target", "What was changed, and where? A few words.")
            return
        before, arrow, after = self.value("change").replace("→", "->").partition("->")
        back = self.value("back")
        irreversible = back.lower() == NEVER
        words = "" if irreversible else back
        self.dismiss(
            Effect(
                kind=kind,
                target=target,
                before=before.strip() if arrow else "",
                after=after.strip() if arrow else before.strip(),
                owner=self.value("owner"),
                reversibility="irreversible"
                if irreversible
                else ("compensable" if words else "reversible"),
                compensation=Compensation(text=words) if words else None,
            )
        )
