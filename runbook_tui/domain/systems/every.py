"""Every kind of system that a runbook can name."""

from __future__ import annotations

from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.cron import Cron
from runbook_tui.domain.systems.dns import Dns
from runbook_tui.domain.systems.files import Files
from runbook_tui.domain.systems.flag_files import Flagd, GitFlags
from runbook_tui.domain.systems.launchdarkly import LaunchDarkly
from runbook_tui.domain.systems.packages import Dpkg, Pip, Rpm
from runbook_tui.domain.systems.schema import PostgresqlSchema
from runbook_tui.domain.systems.units import Units
from runbook_tui.domain.systems.unleash import Unleash, UnleashWebhooks
from runbook_tui.domain.systems.webhooks import GithubWebhooks, GitlabWebhooks, StripeWebhooks

SystemConfig = (
    Files
    | Unleash
    | UnleashWebhooks
    | LaunchDarkly
    | GithubWebhooks
    | GitlabWebhooks
    | StripeWebhooks
    | GitFlags
    | Flagd
    | Cron
    | Dpkg
    | Rpm
    | Pip
    | PostgresqlSchema
    | Dns
    | Units
)
KINDS: tuple[type[SystemBase], ...] = (
    Files,
    Unleash,
    UnleashWebhooks,
    LaunchDarkly,
    GithubWebhooks,
    GitlabWebhooks,
    StripeWebhooks,
    GitFlags,
    Flagd,
    Cron,
    Dpkg,
    Rpm,
    Pip,
    PostgresqlSchema,
    Dns,
    Units,
)
"""All of them, for what goes through them one by one."""
