"""Every kind of check that a runbook can have."""

from __future__ import annotations

from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.domain.checks.config_keys import ConfigKeysCheck
from runbook_tui.domain.checks.credentials import CredentialsCheck
from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.checks.endpoints import EndpointsCheck
from runbook_tui.domain.checks.extension import ExtensionCheck
from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.checks.migrations import MigrationsCheck
from runbook_tui.domain.checks.package import PackageCheck
from runbook_tui.domain.checks.scheduled_tasks import ScheduledTasksCheck
from runbook_tui.domain.checks.units import UnitsCheck
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck

CheckConfig = (
    PackageCheck
    | UpgradePathCheck
    | ConfigKeysCheck
    | ScheduledTasksCheck
    | EndpointsCheck
    | CredentialsCheck
    | UnitsCheck
    | MigrationsCheck
    | CertificatesCheck
    | HostCheck
    | CommandCheck
    | ExtensionCheck
)
