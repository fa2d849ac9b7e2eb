"""Keys: one table behind bindings, key bar, help and palette. Keys can be changed by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """One thing a key does. `act` names an act of the registry; else it is the screen's own."""

    id: str
    keys: str
    label: str
    help: str
    act: bool = False
    shown: str = ""
    """The key as people write it."""

    @property
    def text(self) -> str:
        return self.shown or self.keys.split(",")[0]


KEYS = (
    Key("next", "enter", "next", "Do what naturally comes next in this step."),
    Key("tick", "space", "tick", "Tick the next item of the checklist.", act=True),
    Key("run", "r", "run", "Run the step's command, after showing it in full.", act=True),
    Key("verify", "v", "verify", "Run the step's read-only verification.", act=True),
    Key("observe", "o", "observe", "Write down an observed value.", act=True),
    Key("attach", "a", "attach", "Attach evidence: a text or a file.", act=True),
    Key("done", "d", "done", "The step has everything it asks for.", act=True),
    Key("note", "n", "note", "Leave a note, at any moment.", act=True),
    Key("redline", "e", "redline", "Write down what should change in the runbook.", act=True),
    Key("skip", "s", "skip", "Skip the step; always asks why.", act=True),
    Key("take-back", "z", "take back", "Take back the step's last decision.", act=True),
    Key("time", "t", "time", "The clocks in words; more time, a pause, an answer to a deadline."),
    Key("acts", "x", "all acts", "Everything that can be done with this step, and why not."),
    Key("output", "f", "full output", "The whole stored output of the step's last command."),
    Key("preflight", "p", "findings", "What the checks found: open, waive, fix, look again."),
    Key("message", "c", "messages", "What people are told: write, send, see what arrived."),
    Key(
        "no-news",
        "full_stop",
        "no news",
        "Tell people that there is nothing new; shows it, asks.",
        shown=".",
    ),
    Key("ledger", "l", "ledger", "Side effects: what is there, look again, answer, roll back."),
    Key("records", "D", "records", "Decision records: what was decided and why; look again."),
    Key("current", "g", "go to current", "Back to the current step."),
    Key("search", "slash", "search", "Find a step or a decision.", shown="/"),
    Key("amend", "m", "amend", "Adopt the runbook as it was edited on disk."),
    Key("copy", "ctrl+c", "copy", "Copy the selection, else the step's command.", shown="^c"),
    Key("help", "question_mark,f1", "help", "All keys.", shown="?"),
    Key("palette", "ctrl+p", "palette", "Every action by name.", shown="^p"),
    Key("pane", "tab", "next pane", "The next pane."),
    Key("pane-back", "shift+tab", "pane before", "The pane before."),
    Key("quit", "ctrl+q", "quit", "Leave; the run stays where it stands.", shown="^q"),
)
BY_ID = {key.id: key for key in KEYS}
ITEM_KEYS = tuple(Binding(str(n), f"item({n})", show=False) for n in range(1, 10))
"""Digits that turn a checklist item over."""

OWN_KEYS = frozenset({"ctrl+b", "ctrl+a"})
"""Keys that tmux and screen take for themselves by default; never bound here."""


def bindings() -> list[BindingType]:
    """The bindings of the run screen; their ids are what the configuration changes keys by."""
    found: list[BindingType] = [
        Binding(
            key.keys,
            f"act('{key.id}')" if key.act else key.id.replace("-", "_"),
            key.label,
            show=False,
            id=key.id,
        )
        for key in KEYS
        if key.id not in ("palette", "quit")
    ]
    return [*found, *ITEM_KEYS]


def key_text(key_id: str, changed: Mapping[str, str]) -> str:
    """How the key of an action is written now."""
    if key_id in changed:
        return changed[key_id].split(",")[0]
    return BY_ID[key_id].text
