"""Colours: readable in every theme, none at all under NO_COLOR, and never the only carrier."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from textual.color import Color
from textual.theme import Theme

from runbook_tui.tui.present import marks
from runbook_tui.tui.theme import THEMES

TRUE_COLOUR = [name for name in THEMES if name not in ("terminal", "none")]
READABLE = 4.5
"""WCAG 2, AA, for text."""


def luminance(colour: Color) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio."""
    dark, light = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))))
    return (light + 0.05) / (dark + 0.05)


def colour(theme: Theme, name: str) -> str:
    found = theme.variables.get(name) or getattr(theme, name)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("name", TRUE_COLOUR)
def test_text_is_readable_in_every_theme(name: str) -> None:
    theme = THEMES[name]
    texts = ("foreground", "quiet", "success", "warning", "error", "accent")
    pairs = [(text, back) for text in texts for back in ("background", "panel", "surface")]
    pairs += [("block-cursor-foreground", "block-cursor-background")]
    poor = {
        (text, back): round(contrast(colour(theme, text), colour(theme, back)), 2)
        for text, back in pairs
        if contrast(colour(theme, text), colour(theme, back)) < READABLE
    }
    for badge in ("live", "rehearsal", "dry"):
        if contrast("#ffffff", colour(theme, badge)) < READABLE:
            poor["white", badge] = round(contrast("#ffffff", colour(theme, badge)), 2)
    assert not poor


def test_no_two_statuses_look_alike_without_colour() -> None:
    found = [m for m in vars(marks).values() if isinstance(m, marks.Mark)]
    found += list(marks._MARKS.values())
    for one, other in combinations(set(found), 2):
        assert (one.glyph, one.word) != (other.glyph, other.word)
    assert all(mark.word for mark in found)


SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def coloured(raw: bytes) -> list[bytes]:
    """Every SGR sequence that sets a colour."""
    found = []
    for match in SGR.finditer(raw):
        codes = [int(c) for c in re.split(rb"[;:]", match.group(1)) if c]
        if any(30 <= c <= 38 or 40 <= c <= 48 or 90 <= c <= 97 or 100 <= c <= 107 for c in codes):
            found.append(match.group())
    return found
