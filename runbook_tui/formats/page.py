"""Lines of plain text, indented and wrapped: what `show` writes on."""

from __future__ import annotations

import re
import shlex
import textwrap

from runbook_tui.domain.runbook_model import Command

WIDTH = 100

_REFERENCE = re.compile(r"\{\{ *\w+ *\}\}")


def _quoted(word: str) -> str:
    """A word as a shell takes it; ``{{name}}`` alone is no reason for quotes."""
    bare = _REFERENCE.sub("x", word)
    return word if shlex.quote(bare) == bare else shlex.quote(word)


class Page:
    """Collects lines. An indent is a number of columns."""

    def __init__(self, width: int = WIDTH) -> None:
        self.width = width
        self.lines: list[str] = []

    def line(self, text: str = "", indent: int = 0) -> None:
        """One line as it is."""
        self.lines.append((" " * indent + text).rstrip())

    def wrap(self, text: str, indent: int = 0, lead: str = "") -> None:
        """A paragraph, wrapped; `lead` stands before its first line and the rest hangs under it."""
        self.lines.extend(
            textwrap.wrap(
                " ".join(text.split()),
                self.width,
                initial_indent=" " * indent + lead,
                subsequent_indent=" " * (indent + len(lead)),
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [(" " * indent + lead).rstrip()]
        )

    def markdown(self, text: str, indent: int) -> None:
        """Markdown as it was written, its long lines wrapped, blocks of code left alone."""
        code = False
        for line in text.rstrip("\n").split("\n"):
            fence = line.lstrip().startswith(("```", "~~~"))
            code = code != fence
            inner = len(line) - len(line.lstrip())
            if code or fence or len(line) + indent <= self.width:
                self.line(line, indent)
                continue
            bullet = line.lstrip()[:2] if line.lstrip()[:2] in ("- ", "* ", "+ ") else ""
            self.wrap(line.strip()[len(bullet) :], indent + inner, bullet)

    def command(self, command: Command, indent: int) -> None:
        """The command in full, so that it can be read and copied, and where it runs."""
        if command.argv:
            self._argv(command.argv, indent)
        elif command.shell is not None:
            # Not wrapped: in a shell a line break is not a blank.
            for number, line in enumerate(command.shell.rstrip("\n").split("\n")):
                self.line(line, indent) if number else self.line(f"$ {line}", indent)
                indent += 0 if number else 2
            indent -= 2
        where = [f"in {command.cwd}"] if command.cwd else []
        where += [f"on {command.where}"] if command.where else []
        where += [f"with {name}={shlex.quote(value)}" for name, value in command.env.items()]
        where.append(f"at most {command.timeout}")
        self.wrap(", ".join(where), indent + 2, "(")
        self.lines[-1] += ")"

    def _argv(self, argv: tuple[str, ...], indent: int) -> None:
        room = self.width - indent - 4
        lines = [""]
        for word in map(_quoted, argv):
            if lines[-1] and len(lines[-1]) + len(word) + 1 > room:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".lstrip()
        for number, line in enumerate(lines):
            more = " \\" if number < len(lines) - 1 else ""
            self.line(("  " if number else "$ ") + line + more, indent)
