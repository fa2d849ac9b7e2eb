"""Webhooks of GitHub, GitLab and Stripe."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Webhooks(SystemBase, frozen=True, kw_only=True):
    """What they have in common. A webhook's key is its number or id."""

    kind: ClassVar[EffectKind] = "webhook"
    has_secret: ClassVar[frozenset[str]] = frozenset({"token"})

    token: str
    """A token that may manage webhooks: a secret parameter."""
    urls: tuple[str, ...] = ()
    """Only those that post to one of these addresses; a webhook that a step is to register has no
    number yet. User, password and what follows a `?` do not count. Where a step changes an address,
    name both."""


class GithubWebhooks(
    Webhooks, frozen=True, kw_only=True, tag_field="system", tag="github-webhooks"
):
    """The webhooks of a repository or an organisation at GitHub."""

    has_secret: ClassVar[frozenset[str]] = frozenset({"token", "signing_secret"})

    repository: str = ""
    """`owner/name`; this or an organisation."""
    organisation: str = ""
    signing_secret: str = ""
    """The webhook's secret, for registering a deleted one again: a secret parameter."""
    url: str = "https://api.github.com"
    """Address of the API; of an own GitHub Enterprise `https://github.example.com/api/v3`."""


class GitlabWebhooks(
    Webhooks, frozen=True, kw_only=True, tag_field="system", tag="gitlab-webhooks"
):
    """The webhooks of a project or a group at GitLab."""

    has_secret: ClassVar[frozenset[str]] = frozenset({"token", "signing_secret"})

    project: str = ""
    """Path or number; this or a group."""
    group: str = ""
    signing_secret: str = ""
    """The webhook's secret token, which GitLab drops with its address: for registering a deleted
    one again, or giving one its address back. A secret parameter."""
    url: str = "https://gitlab.com/api/v4"
    """Address of the API."""


class StripeWebhooks(
    Webhooks, frozen=True, kw_only=True, tag_field="system", tag="stripe-webhooks"
):
    """The webhook endpoints of an account at Stripe. A deleted one cannot come back: Stripe gives
    each its own signing secret."""

    account: str = ""
    """A connected account; the token's own where none is named."""
    url: str = "https://api.stripe.com"
    """Address of the API."""
