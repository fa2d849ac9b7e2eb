"""Colours. Meaning is never carried by colour alone: each status has its glyph and its word."""

from __future__ import annotations

from textual.theme import Theme

QUIET = "$quiet"
"""The style of what matters less; an explicit colour, since dim text vanishes on some terminals."""

_DARK = Theme(
    name="runbook-dark",
    dark=True,
    primary="#5fa8d3",
    secondary="#8fa3bf",
    accent="#7cc4f5",
    success="#6cc788",
    warning="#e8b44f",
    error="#f0716c",
    foreground="#e6e6e6",
    background="#12151a",
    surface="#12151a",
    panel="#1d232c",
    variables={
        "quiet": "#98a2b3",
        "badge": "#ffffff",
        "live": "#c62f2b",
        "rehearsal": "#8a5cc2",
        "dry": "#4b5563",
        "border": "#3a4656",
        "block-cursor-background": "#2b4a66",
        "block-cursor-foreground": "#ffffff",
    },
)
_LIGHT = Theme(
    name="runbook-light",
    dark=False,
    primary="#1f5f8b",
    secondary="#4a5a70",
    accent="#0b5cad",
    success="#1b7a3d",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1a1a1a",
    background="#fbfbfa",
    surface="#fbfbfa",
    panel="#eceff3",
    variables={
        "quiet": "#5b6472",
        "badge": "#ffffff",
        "live": "#b3261e",
        "rehearsal": "#6b3fa0",
        "dry": "#5b6472",
        "border": "#a9b3c0",
        "block-cursor-background": "#cfe3f7",
        "block-cursor-foreground": "#101010",
    },
)
# Okabe and Ito's palette (2008), told apart with any of the common colour vision deficiencies.
_COLOUR_BLIND = Theme(
    name="runbook-colour-blind",
    dark=True,
    primary="#56b4e9",
    secondary="#999999",
    accent="#56b4e9",
    success="#56b4e9",
    warning="#f0e442",
    error="#e69f00",
    foreground="#eeeeee",
    background="#101010",
    surface="#101010",
    panel="#202020",
    variables={
        "quiet": "#aaaaaa",
        "badge": "#ffffff",
        "live": "#a84300",
        "rehearsal": "#0072b2",
        "dry": "#555555",
        "border": "#555555",
        "block-cursor-background": "#004a73",
        "block-cursor-foreground": "#ffffff",
    },
)
_HIGH_CONTRAST = Theme(
    name="runbook-high-contrast",
    dark=True,
    primary="#ffffff",
    secondary="#ffffff",
    accent="#00ffff",
    success="#00ff66",
    warning="#ffff00",
    error="#ff8080",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    variables={
        "quiet": "#e0e0e0",
        "badge": "#ffffff",
        "live": "#d00000",
        "rehearsal": "#7a00cc",
        "dry": "#444444",
        "border": "#ffffff",
        "block-cursor-background": "#ffffff",
        "block-cursor-foreground": "#000000",
    },
)
# Only the terminal's own sixteen colours. What Textual's own style sheets ask of such a theme is
# named here, too: without it they do not load.
_TERMINAL = Theme(
    name="runbook-terminal",
    dark=True,
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "quiet": "ansi_default",
        "badge": "ansi_bright_white",
        "live": "ansi_red",
        "rehearsal": "ansi_magenta",
        "dry": "ansi_bright_black",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_bright_white",
    },
)
# No colour at all: the cursor is reversed, the badge is bold.
_NONE = Theme(
    name="runbook-none",
    dark=True,
    ansi=True,
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    success="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        **dict.fromkeys(
            (*_TERMINAL.variables, "scrollbar", "scrollbar-hover", "scrollbar-active",
             "scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active",
             "scrollbar-corner-color", "block-hover-background", "footer-background"),
            "ansi_default",
        ),
        "input-cursor-text-style": "reverse",
        "block-cursor-text-style": "bold reverse",
    },
)  # fmt: skip

THEMES = {
    "dark": _DARK,
    "light": _LIGHT,
    "colour-blind": _COLOUR_BLIND,
    "high-contrast": _HIGH_CONTRAST,
    "terminal": _TERMINAL,
    "none": _NONE,
}
"""Themes by the name used in the configuration. `none` is for NO_COLOR."""
