"""Unleash: its feature flags, and its webhooks."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Unleash(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="unleash"):
    """The feature flags of a project in Unleash, archived ones too, with the strategies that they
    have in each environment. Keys are names of flags. Tags and links are not looked at."""

    kind: ClassVar[EffectKind] = "flag"
    has_secret: ClassVar[frozenset[str]] = frozenset({"token"})

    url: str
    """Address of the server: https://unleash.example.com."""
    token: str
    """An admin or personal token: a secret parameter."""
    project: str = "default"
    environments: tuple[str, ...] = ()
    """Those that are looked at; all of the project's where none is named."""


class UnleashWebhooks(
    SystemBase, frozen=True, kw_only=True, tag_field="system", tag="unleash-webhooks"
):
    """The webhooks and other integrations of an Unleash server. Keys are their numbers. Unleash
    does not tell their addresses: a new address in one is not seen."""

    kind: ClassVar[EffectKind] = "webhook"
    has_secret: ClassVar[frozenset[str]] = frozenset({"token", "address", "authorization"})

    url: str
    """Address of the server: https://unleash.example.com."""
    token: str
    """An admin or personal token: a secret parameter."""
    described: tuple[str, ...] = ()
    """Only those with one of these descriptions; a webhook that a step is to register has no number
    yet."""
    address: str = ""
    """Where the webhook posts to, for registering a deleted one again: a secret parameter."""
    authorization: str = ""
    """Its Authorization header, for registering it again: a secret parameter."""
