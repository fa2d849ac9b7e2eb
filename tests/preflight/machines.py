"""A machine as the host check sees it: this one, or the files of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import CheckResult, Finding
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.checks.host import CHECK, look
from tests.preflight.targets import by_key, result


def host(folder: Path, /, *, root: Path | None = None, **asked: Any) -> CheckResult:
    """What the check says; of restarts only where it is asked."""
    more = {key: asked.pop(key) for key in ("network", "tools", "tell") if key in asked}
    config = HostCheck(**({"restart_pending": False} | asked))
    if root is None:
        return result(CHECK, config, folder, **more)
    at = root
    return result(Check("host", "Host", lambda target: look(target, at)), config, folder, **more)


def only(found: CheckResult, key: str) -> Finding:
    (finding,) = by_key(found)[key]
    return finding


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0
   1: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 12 1 0
   2: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000   101        0 13 1 0
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 14
"""  # noqa: E501


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Another machine's files, as they look."""
    root = tmp_path / "root"
    files = {
        "proc/net/tcp": TCP,
        "proc/net/tcp6": TCP6,
        "proc/71/comm": "sshd\n",
        "proc/71/maps": "",
        "proc/meminfo": "MemTotal: 2048 kB\nMemFree: 10 kB\nMemAvailable: 1024 kB\n",
        "proc/sys/kernel/osrelease": "6.1.0-25-amd64\n",
        "boot/vmlinuz-6.1.0-25-amd64": "",
        "boot/config-6.1.0-30-amd64": "",
        "run/.keep": "",
        "etc/.keep": "",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "proc" / "71" / "fd").mkdir()
    (root / "proc" / "71" / "fd" / "3").symlink_to("socket:[11]")
    return root
