"""LaunchDarkly, and what speaks as it does: feature flags."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class LaunchDarkly(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="launchdarkly"):
    """The feature flags of a project, archived ones too, with their targeting in one environment.
    Keys are keys of flags."""

    kind: ClassVar[EffectKind] = "flag"
    has_secret: ClassVar[frozenset[str]] = frozenset({"token"})

    token: str
    """An access token: a secret parameter."""
    project: str
    environment: str
    url: str = "https://app.launchdarkly.com"
