"""Shell text, cut into commands and words: enough to see what is called with which names.

No shell: nothing is expanded but variables that are set once in the file, to a plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_LINE = 2_000
MOST_LINES = 40
"""Lines that go on in the next one."""
_SET = re.compile(
    r"\s*(?:(?:export|readonly|local|declare)\s+)?([A-Za-z_]\w{0,60})="
    r"(?:\"([^\"$`\\]{1,200})\"|'([^']{1,200})'|([\w.@:/-]{1,200}))\s*(?:;.*|#.*)?"
)
_ANY_SET = re.compile(r"(?:^|[\s;])(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w{0,60})\+?=")
_FOR = re.compile(r"\s*for\s+([A-Za-z_]\w{0,60})\s+in\s+([\w.@: \"'-]{1,500}?)\s*(?:;.*|\n|$)")
_READS = re.compile(r"\b(?:read|for)\s+(?:-\w+\s+)*([A-Za-z_]\w{0,60})")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,60})\}|([A-Za-z_]\w{0,60}))")
_OPERATORS = ("||", "&&", ";;", "|&", "$(", "|", "&", ";", "(", ")", "`")


@dataclass(frozen=True)
class Command:
    """Words of one command, and what it is followed by."""

    words: tuple[str, ...]
    then: str


@dataclass(frozen=True)
class Logical:
    """A line with those that it goes on in: their numbers and texts."""

    lines: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        """Everything in one."""
        whole = " ".join(text.rstrip().removesuffix("\\") for _, text in self.lines)
        return whole[: LONGEST_LINE * 2]


@dataclass
class Variables:
    """Variables that are set to plain texts, with the lines where."""

    values: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def expand(self, word: str) -> list[tuple[str, int]]:
        """The texts that a word stands for, with the line that says so (0: the word itself)."""
        match = _VARIABLE.search(word)
        if match is None:
            return [(word, 0)]
        values = self.values.get(match[1] or match[2])
        if values is None:
            return [(word, 0)]
        before, after = word[: match.start()], word[match.end() :]
        if _VARIABLE.search(after):
            return [(word, 0)]
        return [(before + value + after, line) for value, line in values]


def logical_lines(text: str) -> Iterator[Logical]:
    """The lines of a text; one that ends with a backslash and those after it are one."""
    held: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        held.append((number, line[:LONGEST_LINE]))
        if line.endswith("\\") and len(held) < MOST_LINES and not line.lstrip().startswith("#"):
            continue
        yield Logical(tuple(held))
        held = []
    if held:
        yield Logical(tuple(held))


def variables(text: str) -> Variables:
    """Variables that the text sets once only, to a plain text or to the words of a loop."""
    found: dict[str, list[tuple[tuple[str, int], ...]]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = line[:LONGEST_LINE]
        if line.lstrip().startswith("#"):
            continue
        plain, loop = _SET.fullmatch(line), _FOR.match(line)
        if plain is not None:
            value = plain[2] or plain[3] or plain[4]
            found.setdefault(plain[1], []).append(((value, number),))
        elif loop is not None:
            words = [(word.strip("\"'"), number) for word in loop[2].split()]
            found.setdefault(loop[1], []).append(tuple(words))
        else:
            # Set in a way that is not followed: then what it holds is not known.
            for name in _ANY_SET.findall(line) + _READS.findall(line):
                found.setdefault(name, []).extend([(), ()])
    return Variables({name: sets[0] for name, sets in found.items() if len(sets) == 1 and sets[0]})


def commands(text: str) -> list[Command]:
    """The commands of a line; a quoted text is one word."""
    found: list[Command] = []
    words: list[str] = []
    word, quote, position, begun = "", "", 0, False
    while position < len(text):
        letter = text[position]
        position += 1
        if quote:
            if letter == quote:
                quote = ""
            elif letter == "\\" and quote == '"' and position < len(text):
                word += text[position]
                position += 1
            else:
                word += letter
            continue
        if letter in "\"'":
            quote, begun = letter, True
        elif letter == "\\" and position < len(text):
            word, begun = word + text[position], True
            position += 1
        elif letter in " \t":
            if begun or word:
                words.append(word)
            word, begun = "", False
        elif letter == "#" and not word and not begun:
            break
        elif operator := next((o for o in _OPERATORS if text.startswith(o, position - 1)), ""):
            position += len(operator) - 1
            if begun or word:
                words.append(word)
            word, begun = "", False
            if operator == "&" and words and words[-1].endswith(">"):
                continue  # `2>&1`
            if words:
                found.append(Command(tuple(words), operator))
            words = []
        else:
            word += letter
    if begun or word:
        words.append(word)
    if words:
        found.append(Command(tuple(words), ""))
    return found
