"""Walks through the tokens of a statement: optional words, names, groups in parentheses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.preflight.sql.tokens import Token

_ALIASES = {
    "character varying": "varchar", "character": "char", "int": "integer", "int4": "integer",
    "int8": "bigint", "int2": "smallint", "bool": "boolean", "decimal": "numeric",
    "timestamptz": "timestamp with time zone", "timestamp without time zone": "timestamp",
    "float8": "double precision", "float4": "real",
}  # fmt: skip
_ENDS_TYPE = frozenset(
    [
        "constraint",
        "not",
        "null",
        "default",
        "primary",
        "unique",
        "references",
        "check",
        "generated",
        "collate",
        "using",
        "deferrable",
        "initially",
        "storage",
        "compression",
        "auto_increment",
        "autoincrement",
        "comment",
        "on",
        "first",
        "after",
        "key",
        "as",
        "unsigned",
        "charset",
    ]
)


class Cursor:
    """A place among tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    @property
    def token(self) -> Token | None:
        """The next token, not taken."""
        return None if self.done else self.tokens[self.at]

    def word(self, ahead: int = 0) -> str:
        """The next word, not taken; empty where it is no word."""
        at = self.at + ahead
        if at < len(self.tokens) and self.tokens[at].kind == "word":
            return self.tokens[at].text
        return ""

    def take(self, *words: str) -> bool:
        """Takes these words, all of them or none."""
        if all(self.word(n) == word for n, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def any(self, *words: str) -> str:
        """Takes the next word where it is one of these, and says which."""
        word = self.word()
        if word in words:
            self.at += 1
            return word
        return ""

    def sign(self, sign: str) -> bool:
        """Takes a sign."""
        found = self.is_sign(sign)
        self.at += found
        return found

    def is_sign(self, sign: str) -> bool:
        """Whether the next token is this sign."""
        return (
            not self.done
            and self.tokens[self.at].kind == "sign"
            and (self.tokens[self.at].text == sign)
        )

    def exists(self) -> bool:
        """Takes ``IF [NOT] EXISTS``, and says whether it was there."""
        return self.take("if", "not", "exists") or self.take("if", "exists")

    def part(self) -> str:
        """One name without dots; empty where there is none."""
        if self.done or self.tokens[self.at].kind not in ("word", "name", "string"):
            return ""
        self.at += 1
        return self.tokens[self.at - 1].text

    def name(self) -> str:
        """A name with its schema (``public`` left out)."""
        parts = [self.part()]
        while parts[-1] and self.is_sign(".") and self.at + 1 < len(self.tokens):
            self.at += 1
            parts.append(self.part())
        parts = [part for part in parts if part]
        if len(parts) > 1 and parts[0] in ("public", "main", "dbo"):
            parts = parts[1:]
        return ".".join(parts)

    def names(self) -> list[str]:
        """Names with commas between them; ``*`` and ONLY left out."""
        found = []
        while True:
            self.take("only")
            name = self.name()
            if name:
                found.append(name)
            self.sign("*")
            if not self.sign(","):
                return found

    def group(self) -> list[Token]:
        """What stands in the parentheses that open here; empty where none do."""
        if not self.is_sign("("):
            return []
        begin, depth = self.at + 1, 0
        while not self.done:
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "sign" and token.text in "([":
                depth += 1
            elif token.kind == "sign" and token.text in ")]":
                depth -= 1
                if depth == 0:
                    return list(self.tokens[begin : self.at - 1])
        return list(self.tokens[begin:])

    def rest(self) -> list[Token]:
        """What is left, not taken."""
        return list(self.tokens[self.at :])

    def type(self) -> str:
        """A column's type, taken, in one spelling: ``varchar(32)``."""
        words: list[str] = []
        size = ""
        while not self.done:
            token = self.tokens[self.at]
            if token.kind == "word" and token.text in _ENDS_TYPE and words:
                break
            if token.kind in ("word", "name"):
                words.append(token.text)
                self.at += 1
            elif self.is_sign("("):
                size = "(" + "".join(t.text for t in self.group()) + ")"
            elif self.is_sign("[") or self.is_sign("]") or self.is_sign("."):
                words.append(token.text)
                self.at += 1
            elif token.kind == "number":
                self.at += 1
            else:
                break
        spelled = " ".join(words)
        return _ALIASES.get(spelled, spelled) + size


def words_of(tokens: Sequence[Token]) -> list[str]:
    """The words among tokens."""
    return [token.text for token in tokens if token.kind == "word"]


def parts(tokens: Sequence[Token], sign: str = ",") -> Iterator[list[Token]]:
    """Tokens cut at a sign that stands in no parentheses."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
            if token.text == sign and depth == 0:
                yield part
                part = []
                continue
        part.append(token)
    if part:
        yield part


def has(tokens: Sequence[Token], *words: str) -> bool:
    """Whether these words stand side by side, in no parentheses."""
    depth = 0
    flat: list[str] = []
    for token in tokens:
        if token.kind == "sign" and token.text in "()":
            depth += 1 if token.text == "(" else -1
        if depth == 0:
            flat.append(token.text if token.kind == "word" else "\0")
    size = len(words)
    return any(tuple(flat[n : n + size]) == words for n in range(len(flat) - size + 1))


def after(tokens: Sequence[Token], *words: str) -> Cursor | None:
    """The place after these words, wherever they stand."""
    size = len(words)
    for n in range(len(tokens) - size + 1):
        if all(
            tokens[n + k].kind == "word" and tokens[n + k].text == w for k, w in enumerate(words)
        ):
            cursor = Cursor(tokens)
            cursor.at = n + size
            return cursor
    return None
