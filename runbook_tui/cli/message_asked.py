"""What was asked of `message` on the command line, and what of it makes no sense."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from runbook_tui.cli.begin import read_evidence
from runbook_tui.cli.exits import bad_input
from runbook_tui.domain.messages.lint import LONGEST
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.text import safe_line

STDIN = "-"
SHORTEST_DIGEST = 8
TAKES: dict[str, tuple[str, ...]] = {
    "": (),
    "draft": ("kind", "step", "to", "files"),
    "no-news": (),
    "edit": ("to", "files"),
    "renew": (),
    "correct": (),
    "withdraw": ("reason",),
    "overrule": ("to", "said", "reason"),
    "approve": ("note", "digest"),
    "send": ("digest", "unapproved", "reason"),
    "settle": ("became", "reason"),
    "text": (),
}
"""The actions, and the options that each takes."""
ON_RUN = frozenset({"draft", "no-news"})
"""Actions that make an update, and name none."""
ABOUT = {"overrule": "RULE", "settle": "CHANNEL", "text": "AUDIENCE"}
"""What an action is about, beside its update."""
OPTION = {"files": "text-file", "digest": "text", "unapproved": "without-approval"}
"""Options whose name is another one than here."""


@dataclass(frozen=True)
class Meant:
    """The words after the run. `update` is 0 where none is named."""

    update: int
    action: str
    about: str


def meant(words: tuple[str, str, str]) -> Meant:
    """What the words after the run mean: ``2``, ``2 approve``, ``draft``, ``2 settle chat``.

    Raises StopError (2).
    """
    first, action, about = words
    if first in ON_RUN:
        if action:
            raise bad_input(f"{first} makes an update: it takes nothing more than options")
        return Meant(0, first, "")
    if not first:
        return Meant(0, "", "")
    if not first.isdecimal() or len(first) > 6 or int(first) == 0:
        known = ", ".join(sorted(ON_RUN))
        raise bad_input(
            f"{safe_line(first, 40)!r} is no number of an update",
            f"without one: {known}; runbook-tui message RUN lists the updates",
        )
    if action not in TAKES or action in ON_RUN:
        known = ", ".join(name for name in TAKES if name and name not in ON_RUN)
        raise bad_input(f"no such action: {safe_line(action, 40)!r}", f"known: {known}")
    wanted = ABOUT.get(action, "")
    if wanted and not about:
        raise bad_input(f"{action} needs {wanted}")
    if about and not wanted:
        raise bad_input(f"{action} takes nothing after it: {safe_line(about, 40)!r}")
    return Meant(int(first), action, about)


@dataclass(frozen=True)
class Asked:
    """The options."""

    kind: Kind | None = None
    step: str | None = None
    to: tuple[Audience, ...] = ()
    files: tuple[Path, ...] = ()
    note: str | None = None
    digest: str | None = None
    reason: str | None = None
    said: str | None = None
    unapproved: bool = False
    became: str | None = None

    def refuse_nonsense(self, action: str, as_json: bool) -> None:
        """Raises StopError (2) where an option makes no sense, or one is missing."""
        for field in fields(self):
            if getattr(self, field.name) and field.name not in TAKES[action]:
                name = "what became of it" if field.name == "became" else (
                    f"--{OPTION.get(field.name, field.name)}"
                )  # fmt: skip
                what = action or "a look at messages"
                raise bad_input(f"{name} makes no sense with {what}")
        if as_json and action == "text":
            raise bad_input("--json makes no sense with text: it prints the text alone")
        if self.digest is not None and len(self.digest.strip()) < SHORTEST_DIGEST:
            raise bad_input(f"--text wants at least {SHORTEST_DIGEST} digits of the text's digest")
        if self.files and len(self.files) != len(self.to):
            raise bad_input("--text-file wants a --to for each file: --to customers --text-file F")
        if len(set(self.to)) != len(self.to):
            raise bad_input("--to names the same readers twice")
        if action == "settle" and self.became is None:
            raise bad_input("settle needs one of --arrived, --by-hand, --again, --give-up")
        if action == "overrule" and len(self.to) != 1:
            raise bad_input("overrule needs --to: in whose text")
        if action == "draft" and self.kind is None and self.step is None:
            raise bad_input("draft needs --kind, or --step for what a message step tells")
        if action == "send" and bool(self.unapproved) != bool(self.reason):
            raise bad_input("--without-approval and --reason belong together")

    def texts(self) -> dict[Audience, str]:
        """The texts from files, by audience. Raises StopError (2)."""
        if [str(path) for path in self.files].count(STDIN) > 1:
            raise bad_input("--text-file - can be given once")
        return {to: _read(path) for to, path in zip(self.to, self.files, strict=False)}


def _read(path: Path) -> str:
    name = "stdin" if str(path) == STDIN else str(path)
    try:
        # A character has at most four bytes.
        most = 4 * LONGEST + 1
        data = sys.stdin.buffer.read(most) if name == "stdin" else read_evidence(str(path))
        text = data.decode().rstrip("\n")
    except UnicodeDecodeError:
        raise bad_input(f"{name}: is not UTF-8") from None
    except OSError as error:
        raise bad_input(f"{name}: {error.strerror or error}") from None
    except ValueError as error:
        raise bad_input(str(error)) from None
    if len(text) > LONGEST:
        raise bad_input(f"{name}: a message has at most {LONGEST:,} characters")
    return text
