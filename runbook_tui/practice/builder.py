"""What is written into a new lab."""

from __future__ import annotations

import secrets
import shlex
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import runbook_tui
from runbook_tui.practice import channels, dataset, pace, package, releases
from runbook_tui.practice.bundled import bundled_runbooks
from runbook_tui.practice.layout import Layout, replace_text
from runbook_tui.practice.package import CERTIFICATES
from runbook_tui.practice.releases import SOFTWARE
from runbook_tui.practice.software.partner.incidents import new_id

ORDERS = 300_000
"""So many that the vendor's word on how long the migration takes is wrong."""
TEMPLATE = Path(__file__).parent / "template" / "lab"
FOLDERS = (
    "bin",
    "client",
    "data",
    "etc/ssl",
    "inbox",
    "libexec",
    "logs",
    "run",
    "snapshots",
    "srv",
    "status",
)


def fill(layout: Layout, chosen: dict[str, int], orders: int = ORDERS) -> None:
    """Writes everything of a lab but its manifest; `chosen` are its ports by name.

    May be run again over what an interrupted building left.
    """
    root = layout.root
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    values = {
        "LAB": str(root),
        "PYTHON": sys.executable,
        "ORDERS_PORT": str(chosen["orders"]),
        "PARTNER_OLD_PORT": str(chosen["partner_old"]),
        "PARTNER_NEW_PORT": str(chosen["partner_new"]),
        "MESSAGES_PORT": str(chosen["messages"]),
        "STATUS_PAGE": new_id(),
    }
    replace_text(layout.chain, new_chain())
    package.build(layout.package, values)
    values["PACKAGE_SHA256"] = package.digest(layout.package)
    values["CHAIN_SHA256"] = package.digest(layout.chain)
    _templates(root, values)
    _programs(layout)
    _secrets(root)
    channels.write(layout, chosen["messages"], values["STATUS_PAGE"])
    shutil.copyfile(CERTIFICATES / "vendor-root-g1.pem", layout.trusted)
    dataset.create(layout.database, orders)
    shutil.copytree(bundled_runbooks() / "full-upgrade", layout.runbook.parent, dirs_exist_ok=True)
    pace.keep_lab_time(layout.runbook, datetime.now(UTC))
    replace_text(layout.labctl, _shim(), 0o755)


def new_chain() -> str:
    """The vendor's new chain: the intermediate, then the new root."""
    files = [CERTIFICATES / f"vendor-{name}.pem" for name in ("issuing-3", "root-g2")]
    return "".join(file.read_text(encoding="utf-8") for file in files)


def _templates(root: Path, values: dict[str, str]) -> None:
    for file in sorted(TEMPLATE.rglob("*")):
        if file.is_file():
            target = root / file.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(
                package.fill(file.read_text(encoding="utf-8"), values), encoding="utf-8"
            )


def _programs(layout: Layout) -> None:
    releases.write_program(releases.program("orders"), layout.releases / "4.2" / "orders")
    releases.point_at(layout, "4.2")
    for name in ("partner", "client"):
        releases.write_program(releases.program(name), layout.root / "srv" / name / name)
    shutil.copyfile(SOFTWARE / "lifeline.py", layout.root / "libexec" / "lifeline.py")


def _secrets(root: Path) -> None:
    token = secrets.token_hex(16) + "\n"
    replace_text(root / "etc" / "partner.token", token, 0o600)
    replace_text(root / "partner" / "token", token, 0o600)
    for name in ("partner-g1", "partner-g2"):
        shutil.copyfile(CERTIFICATES / f"{name}.pem", root / "partner" / f"{name}.pem")
        key = (CERTIFICATES / f"{name}.key.pem").read_text(encoding="utf-8")
        replace_text(root / "partner" / f"{name}.key.pem", key, 0o600)


def _shim() -> str:
    """bin/labctl: finds the lab by its own place, and this package wherever it is installed."""
    where = str(Path(runbook_tui.__file__).resolve().parent.parent)
    code = (
        f"import sys; sys.path.append({where!r}); "
        "from runbook_tui.practice.ctl import main; sys.exit(main())"
    )
    return (
        "#!/bin/sh\n"
        "# Works on the practice lab that this file lies in.\n"
        'lab=$(cd "$(dirname "$0")/.." && pwd) || exit 3\n'
        f'exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} --lab "$lab" "$@"\n'
    )
