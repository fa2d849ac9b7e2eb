"""Which module knows which system. Each is imported when it is asked for."""

from __future__ import annotations

from runbook_tui.adapters.systems.base import System
from runbook_tui.domain.systems.cron import Cron
from runbook_tui.domain.systems.dns import Dns
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.domain.systems.files import Files
from runbook_tui.domain.systems.flag_files import Flagd, GitFlags
from runbook_tui.domain.systems.launchdarkly import LaunchDarkly
from runbook_tui.domain.systems.packages import Dpkg, Pip, Rpm
from runbook_tui.domain.systems.schema import PostgresqlSchema
from runbook_tui.domain.systems.units import Units
from runbook_tui.domain.systems.unleash import Unleash, UnleashWebhooks
from runbook_tui.domain.systems.webhooks import GithubWebhooks, GitlabWebhooks, StripeWebhooks


def system_of(config: SystemConfig) -> System:
    """The system that a config names. Raises NotAskedError where the config is none."""
    match config:
        case Files():
            from runbook_tui.adapters.systems.files import FileSystem

            return FileSystem(config)
        case Unleash():
            from runbook_tui.adapters.systems.unleash import UnleashFlags

            return UnleashFlags(config)
        case UnleashWebhooks():
            from runbook_tui.adapters.systems.unleash_webhooks import UnleashAddons

            return UnleashAddons(config)
        case LaunchDarkly():
            from runbook_tui.adapters.systems.launchdarkly import LaunchDarklyFlags

            return LaunchDarklyFlags(config)
        case GithubWebhooks():
            from runbook_tui.adapters.systems.github import GithubHooks

            return GithubHooks(config)
        case GitlabWebhooks():
            from runbook_tui.adapters.systems.gitlab import GitlabHooks

            return GitlabHooks(config)
        case StripeWebhooks():
            from runbook_tui.adapters.systems.stripe import StripeHooks

            return StripeHooks(config)
        case GitFlags():
            from runbook_tui.adapters.systems.git_flags import GitFlagFiles

            return GitFlagFiles(config)
        case Flagd():
            from runbook_tui.adapters.systems.flagd import FlagdFile

            return FlagdFile(config)
        case Cron():
            from runbook_tui.adapters.systems.cron import CronJobs

            return CronJobs(config)
        case Dpkg():
            from runbook_tui.adapters.systems.packages import DpkgPackages

            return DpkgPackages(config)
        case Rpm():
            from runbook_tui.adapters.systems.packages import RpmPackages

            return RpmPackages(config)
        case Pip():
            from runbook_tui.adapters.systems.packages import PipPackages

            return PipPackages(config)
        case PostgresqlSchema():
            from runbook_tui.adapters.systems.schema import PostgresqlDatabase

            return PostgresqlDatabase(config)
        case Dns():
            from runbook_tui.adapters.systems.dns import DnsRecords

            return DnsRecords(config)
        case Units():
            from runbook_tui.adapters.systems.units import SystemdUnits

            return SystemdUnits(config)
