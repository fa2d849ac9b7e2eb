"""Every action by name. What cannot be done now is listed too, and says why when chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.keys import KEYS

if TYPE_CHECKING:
    from runbook_tui.tui.screens.run import RunScreen

_HERE_ALREADY = "palette"


@dataclass(frozen=True)
class Action:
    """One thing to do."""

    label: str
    words: str
    do: Callable[[], object]
    also: str = ""
    """Another name it is found by: its id, as the command line and the configuration write it."""


class RunCommands(Provider):
    """Acts of the registry and actions of the run screen."""

    def all(self) -> Iterator[Action]:
        """Every action, in the order of keys and acts."""
        from runbook_tui.tui.screens.run import RunScreen

        screen = self.screen
        if not isinstance(screen, RunScreen):
            yield from _of_screen(screen)
            return
        if screen.driving_or_none is not None:
            for step in screen.driving.executor.running:
                yield Action(
                    f"Cancel what is running: {step}",
                    "Asks first; the command gets TERM, a grace, then KILL.",
                    partial(_cancel, screen, step),
                    "cancel",
                )
            if screen.performer.seeing.busy:
                words = screen.performer.seeing.progress
                yield Action("End the looks under way", words, screen.performer.seeing.cancel)
        for key in KEYS:
            # Acts come below, with why they cannot be done now.
            if key.act or key.id == _HERE_ALREADY:
                continue
            name = key.id.replace("-", "_")
            do = getattr(screen, f"action_{name}", None) or getattr(self.app, f"action_{name}")
            yield Action(key.label.capitalize(), key.help, do, f"{key.id} {_MORE.get(key.id, '')}")
        if screen.driving_or_none is None:
            return
        session = screen.driving.session
        for act in ACTS.values():
            refusal = why_not(
                session.state, act, None if act.on_run else screen.selected, session.who.name
            )
            words = f"not now: {refusal.reason}" if refusal is not None else act.help
            yield Action(act.label, words, partial(screen.action_act, act.id), act.id)

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for action in self.all():
            yield DiscoveryHit(action.label, action.do, help=_literally(action.words))

    async def search(self, query: str) -> Hits:
        """What matches by its label or by its id."""
        matcher = self.matcher(query)
        for action in self.all():
            score = matcher.match(action.label)
            shown = matcher.highlight(action.label)
            if score <= 0:
                score = matcher.match(action.also)
                shown = Content.assemble(action.label, (f"  {action.also.strip()}", "$quiet"))
            if score > 0:
                yield Hit(score, shown, action.do, text=action.label, help=_literally(action.words))


_MORE = {"quit": "leave exit"}
"""Other words for it."""


def _cancel(screen: RunScreen, step_id: str) -> None:
    step = screen.driving.session.state.plan.by_id[step_id]
    screen._do("cancel", lambda: screen.performer.cancel(step))


def _literally(words: str) -> str:
    """Words for the palette, which reads a `str` as markup: a refusal quotes foreign text."""
    return cast("str", Content(safe_line(words)))


_MESSAGES = {
    "edit": "Write", "outside": "Write in your editor", "send": "Send", "overrule": "Overrule",
    "refresh": "New facts", "new": "New update", "no_news": "No news", "correct": "Correct",
    "withdraw": "Withdraw", "answer": "Answer for a channel", "copy": "Copy the text",
}  # fmt: skip


_LEDGER = {
    "look": "Look again", "look_at_all": "Look at all", "answer": "Answer for it",
    "say_how": "Say how it is", "roll_back": "Roll back", "add": "Add one by hand",
    "end_looks": "End the looks",
}  # fmt: skip
_RECORDS = {
    "revisit": "Look at it again", "make": "Write down a decision", "add": "Add to a choice",
    "copy": "Copy the record",
}  # fmt: skip
_ROLLBACK = {"begin": "Begin the rollback", "look": "Look again", "end_looks": "End the looks"}


def _of_screen(screen: object) -> Iterator[Action]:
    """The actions of a screen over the run screen, while it is in front."""
    from runbook_tui.tui.screens.ledger import Ledger
    from runbook_tui.tui.screens.messages import Messages
    from runbook_tui.tui.screens.records import Records
    from runbook_tui.tui.screens.rollback import Rollback

    for kind, of, actions in (
        (Messages, "message", _MESSAGES),
        (Ledger, "effect", _LEDGER),
        (Records, "record", _RECORDS),
        (Rollback, "rollback", _ROLLBACK),
    ):
        if isinstance(screen, kind):
            for name, label in actions.items():
                do = getattr(screen, f"action_{name}")
                yield Action(label, (do.__doc__ or "").strip(), do, f"{of} {name}")
