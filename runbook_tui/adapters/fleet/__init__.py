"""Runs one command on many machines through an existing engine, not one of our own.

`ssh_fleet` is asyncssh, for a handful up to some hundred hosts by their names; `ansible_fleet` is
ansible-runner, for a team that has its inventory. Both are imported when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runbook_tui.domain.fleet import Fleet


def ssh_fleet(config: Sequence[Path] | None = None) -> Fleet:
    """Hosts over SSH. `config`: files of SSH configuration instead of the user's own."""
    from runbook_tui.adapters.fleet.ssh import SshFleet

    return SshFleet(config)


def ansible_fleet(inventory: Path, programs: Path | None = None) -> Fleet:
    """Hosts of an inventory. `programs`: the folder of the ansible programs instead of PATH."""
    from runbook_tui.adapters.fleet.ansible import AnsibleFleet

    return AnsibleFleet(inventory, programs)
