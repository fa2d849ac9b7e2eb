"""Markdown of a runbook's instructions as Content: text only, no links that act, no markup."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from markdown_it.token import Token


def warm() -> None:
    """Imports the parser. It takes a while, so it is done beside the first paint."""
    import markdown_it  # noqa: F401


@lru_cache(maxsize=256)
def _parse(text: str) -> tuple[Token, ...]:
    from markdown_it import MarkdownIt

    return tuple(MarkdownIt("commonmark", {"html": False}).parse(text))


def markdown(text: str) -> Content:
    """`text`, which is safe already, laid out; as it is while the parser is not imported yet."""
    if "markdown_it" not in sys.modules:
        return Content(text.strip())
    return _Writer().write(_parse(text))


class _Writer:
    """Walks block tokens and gathers Content line by line."""

    def __init__(self) -> None:
        self._blocks: list[Content] = []
        self._lists: list[int | None] = []
        self._bullet = ""

    def write(self, tokens: tuple[Token, ...]) -> Content:
        heading = False
        for token in tokens:
            match token.type:
                case "bullet_list_open":
                    self._lists.append(None)
                case "ordered_list_open":
                    self._lists.append(int(token.attrs.get("start", 1)))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._bullet = self._next_bullet()
                case "heading_open":
                    heading = True
                case "heading_close":
                    heading = False
                case "inline":
                    self._add(_inline(token, heading))
                case "fence" | "code_block":
                    code = Content(token.content.rstrip("\n"))
                    self._add(code.stylize("$accent"))
                case "html_block":
                    self._add(Content(token.content.rstrip("\n")))
                case "hr":
                    self._add(Content("───").stylize("$quiet"))
        return Content("\n").join(self._blocks)

    def _next_bullet(self) -> str:
        number = self._lists[-1]
        if number is None:
            return "• "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _add(self, content: Content) -> None:
        depth = max(0, len(self._lists) - 1)
        indent = "  " * depth
        if self._bullet:
            self._blocks.append(Content(indent + self._bullet) + content)
            self._bullet = ""
        elif self._lists:
            self._blocks.append(Content(indent + "  ") + content)
        else:
            if self._blocks:
                self._blocks.append(Content(""))
            self._blocks.append(content)


def _inline(token: Token, heading: bool) -> Content:
    parts: list[tuple[str, str]] = []
    strong = emphasis = 0
    href = ""
    for child in token.children or ():
        style = " ".join(
            word for word, on in (("bold", strong or heading), ("italic", emphasis)) if on
        )
        match child.type:
            case "strong_open":
                strong += 1
            case "strong_close":
                strong -= 1
            case "em_open":
                emphasis += 1
            case "em_close":
                emphasis -= 1
            case "code_inline":
                parts.append((child.content, "$accent"))
            case "softbreak" | "hardbreak":
                parts.append(("\n" if child.type == "hardbreak" else " ", ""))
            case "link_open":
                href = str(child.attrs.get("href", ""))
            case "link_close":
                if href:
                    parts.append((f" <{href}>", "$quiet"))
                href = ""
            case "image":
                parts.append((child.content, style))
            case _:
                parts.append((child.content, style))
    return Content.assemble(*parts)
