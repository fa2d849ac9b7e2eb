"""A matrix of configuration keys: which key goes, when, and what stands in its place.

The rows have the shape of pluto's (deprecated-in, removed-in, replacement, available-in, component:
https://pluto.docs.fairwinds.com/advanced/#adding-custom-versions), with what keys need on top:
values, defaults, sections.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from runbook_tui.domain.runbook_model import Model

Format = Literal[
    "ini",
    "php",
    "env",
    "properties",
    "postgresql",
    "sshd",
    "words",
    "nginx",
    "json",
    "toml",
    "yaml",
]
Version = Annotated[str, Meta(min_length=1)]
Source = Annotated[str, Meta(min_length=1)]


class Change(Model, frozen=True, kw_only=True):
    """What happens to a key or to one of its values, and in which version."""

    deprecated_in: Version | None = None
    """The first version that warns of it, or calls it deprecated."""
    removed_in: Version | None = None
    """The first version that does not know it any more, or does nothing with it."""
    replacement: str = ""
    """What to write in its place; with a section where it moves: ``section.key``."""
    available_in: Version | None = None
    """The first version that knows the replacement; where not given, every one does."""
    convert: str = ""
    """How the value changes with it, in words; then the program does not edit it itself."""
    refuses_to_start: bool | None = None
    """Whether the product does not start with it once removed; the matrix's own where not given."""
    note: str = ""
    """What else a person has to know, in a sentence."""


class DefaultChange(Model, frozen=True, kw_only=True):
    """A default that is another one from a version on."""

    changed_in: Version
    from_: str = field(default="", name="from")
    """The default before."""
    to: str
    """The default from then on."""
    when_unset: Literal["warning", "info"] | None = None
    """Says so where nothing sets the key; nothing is said where this is not given."""
    note: str = ""
    """What changes for whoever relied on it."""


class Row(Change, frozen=True, kw_only=True):
    """One key."""

    key: Annotated[str, Meta(min_length=1)]
    """Its name as the files write it."""
    section: str = ""
    """The section that it stands in (``webserver``); in any where it is not given."""
    contexts: tuple[str, ...] = ()
    """The blocks that it must stand in directly (``server``) to be meant; in any where empty."""
    component: str = ""
    """The part of the product that reads it, where it is not the product as a whole."""
    values: dict[str, Change] = field(default_factory=dict)
    """Values that change, by themselves or as patterns (``*-cbc``), letter case aside."""
    each_word: bool = False
    """Whether the value is a list: each of its words is looked up by itself."""
    defaults: tuple[DefaultChange, ...] = ()
    source: Source
    """Where that is written: release notes, documentation, or the product's source."""

    @property
    def name(self) -> str:
        """The key with its section."""
        return f"{self.section}.{self.key}" if self.section else self.key


class KeyMatrix(Model, frozen=True, kw_only=True):
    """The keys of one product."""

    product: Annotated[str, Meta(min_length=1)]
    """What people call it."""
    ecosystem: str = "generic"
    """Whose rules order its versions (``deb``, ``pypi``, ``semver``, …)."""
    format: Format | None = None
    """How its own files are written, where their names do not say otherwise; guessed where it is
    not given."""
    files: tuple[str, ...] = ()
    """Its own files, as patterns of the ends of their paths (``nginx/conf.d/*.conf``). In other
    configuration only keys that can hardly mean anything else are looked for; where none are
    given, all configuration is taken for its own.
    """
    ignore_case: bool = False
    """Whether it does not tell capital letters in keys."""
    env: str = ""
    """How a key is written as an environment variable: ``AIRFLOW__{section}__{key}``."""
    suffixes: tuple[str, ...] = ()
    """Endings that any key can carry (``_cmd``)."""
    refuses_to_start: bool = False
    """Whether it does not start with a key that was removed."""
    harmless_includes: tuple[str, ...] = ()
    """Names of included files that never hold such keys (``mime.types``)."""
    keys: Annotated[tuple[Row, ...], Meta(min_length=1)]
