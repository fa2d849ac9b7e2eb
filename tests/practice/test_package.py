"""The upgrade package: every trap of the story is in it, and can be found with its place."""

from __future__ import annotations

import json
import re
import ssl
import zipfile
from pathlib import Path

import pytest

from practice.driving import Operator
from runbook_tui.formats.load import load
from runbook_tui.practice import package
from runbook_tui.practice.lab import Lab

TRAPS = {
    "README that promises five minutes": ("5 minutes", r"README\.md:5: .*5 minutes"),
    "cron job at 03:00": ("^0 3 ", r"cron/orders-export:3: 0 3 \* \* \*  root"),
    "retired SFTP host": ("sftp-", r"scripts/push-export\.sh:3: SFTP_HOST=sftp-legacy"),
    "hard-coded credential": ("PASSWORD=", r"scripts/push-export\.sh:5: SFTP_PASSWORD='"),
    "renamed unit in a script": (
        "systemctl",
        r"scripts/install\.sh:20: systemctl restart order-api\.service",
    ),
    "table rewritten": ("RENAME TO", r"migrations/0050_amount_cents\.sql:2: ALTER TABLE orders"),
    "removed configuration key": ("Removed", r"CHANGES\.md:10: .*partner\.retry_limit"),
    "renamed configuration key": ("Renamed", r"CHANGES\.md:9: .*timeout_ms"),
    "webhook at the partner": ("webhooks", r"scripts/enable-features\.sh:8: .*/webhooks"),
    "flag flipped": ("defaultVariant", r'config/flags\.json:10: "defaultVariant": "on"'),
    "old CA only": ("subject=", r"certs/vendor-ca\.pem:1: .*Dten Vendor Root G1"),
    "new backoff": ("DELAYS_MS =", r"app/orders/backoff\.py:8: DELAYS_MS = \(25, 70, 140\)"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_is_in_the_package_with_its_place(stopped_lab: Lab, trap: str) -> None:
    pattern, evidence = TRAPS[trap]
    found = "\n".join(package.grep(stopped_lab.layout, pattern))
    assert re.search(evidence, found), found


def test_the_migration_has_neither_lock_nor_transaction_nor_a_way_back(stopped_lab: Lab) -> None:
    assert list(package.grep(stopped_lab.layout, r"(?i)^(begin|commit|lock|pragma busy)")) == []
    assert [n for n in package.names(stopped_lab.layout) if "down" in n] == []


def test_the_new_certificate_is_not_under_the_root_that_the_package_ships(
    stopped_lab: Lab,
) -> None:
    with zipfile.ZipFile(stopped_lab.layout.package) as archive:
        shipped = archive.read("dten-5.0/certs/vendor-ca.pem").decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=shipped)
    (root,) = context.get_ca_certs()
    assert "Dten Vendor Root G1" in str(root["subject"])
    partner = (stopped_lab.root / "partner" / "partner-g2.pem").read_text()
    assert "issuer=O = Dten practice lab, CN = Dten Vendor Issuing CA 3" in partner


def test_every_hint_of_the_reading_step_finds_something(stopped_lab: Lab) -> None:
    steps = [s for p in load(stopped_lab.runbook).runbook.phases for s in p.steps]
    reading = next(s for s in steps if s.id == "read-package")
    patterns = [item.text.split("`")[1] for item in reading.checklist if "`" in item.text]
    assert patterns
    for pattern in patterns:
        assert list(package.grep(stopped_lab.layout, pattern)), pattern


def test_the_working_copy_is_what_is_installed_and_goes_again(stopped_lab: Lab) -> None:
    operator, layout = Operator(stopped_lab), stopped_lab.layout
    assert "nothing runs from it" in operator.ctl("package", "unpack")
    assert "there already" in operator.refused("package", "unpack")
    job = layout.staging / "cron" / "orders-export"
    text = job.read_text()
    job.write_text(text.replace("0 3 *", "# 0 3 *"))
    assert "as it stands in the working copy" in operator.ctl("package", "stage")
    assert operator.ctl("probe", "job", "orders-export") == "orders-export is disabled"
    assert "nothing was to be done" in operator.ctl("cron", "disable", "orders-export")
    operator.ctl("package", "unstage")
    operator.ctl("package", "discard")
    assert not layout.staging.exists()
    assert "no staging/" in operator.refused("package", "discard")
    assert "as the package has it" in operator.ctl("package", "stage")


def test_the_package_is_a_plain_archive_that_keeps_its_modes(stopped_lab: Lab) -> None:
    with zipfile.ZipFile(stopped_lab.layout.package) as archive:
        assert archive.testzip() is None
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
    assert all(name.startswith("dten-5.0/") for name in modes)
    assert modes["dten-5.0/scripts/install.sh"] == 0o755
    assert modes["dten-5.0/README.md"] == 0o644


def test_scripts_are_shell_that_parses(stopped_lab: Lab, tmp_path: Path) -> None:
    import subprocess

    with zipfile.ZipFile(stopped_lab.layout.package) as archive:
        scripts = [n for n in archive.namelist() if n.endswith(".sh")]
        archive.extractall(tmp_path, scripts)
    assert len(scripts) == 4
    for script in scripts:
        subprocess.run(["/bin/sh", "-n", tmp_path / script], check=True)


def test_an_installer_without_a_target_does_nothing(stopped_lab: Lab, tmp_path: Path) -> None:
    import subprocess

    with zipfile.ZipFile(stopped_lab.layout.package) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        ["/bin/sh", tmp_path / "dten-5.0/scripts/install.sh"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "ORDERS_ROOT" in done.stderr


def test_verify_says_what_matches(stopped_lab: Lab) -> None:
    said = package.verify(stopped_lab.layout)
    assert said[-1].endswith("match SHA256SUMS both ways, and the archive matches the ticket")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"README.md": b"other"}, "README.md: differs from its sum"),
        ({"extra.sh": b"rm"}, "extra.sh: in the archive but not in SHA256SUMS"),
        ({"README.md": None}, "README.md: listed in SHA256SUMS but not in the archive"),
    ],
)
def test_verify_finds_every_difference_and_stage_then_refuses(
    stopped_lab: Lab, change: dict[str, bytes | None], complaint: str
) -> None:
    operator = Operator(stopped_lab)
    archive = stopped_lab.layout.package
    with zipfile.ZipFile(archive) as old:
        files: dict[str, bytes | None] = {n: old.read(n) for n in old.namelist()}
    files.update({package.PREFIX + name: content for name, content in change.items()})
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in files.items():
            if content is not None:
                new.writestr(name, content)
    said = operator.refused("package", "verify")
    assert complaint in said
    assert "not the one in the ticket" in said
    operator.refused("package", "stage")
    assert not (stopped_lab.layout.releases / "5.0").exists()


def test_a_broken_archive_is_one_clear_line(stopped_lab: Lab) -> None:
    stopped_lab.layout.package.write_bytes(b"PK\x03\x04 broken")
    assert "cannot be read" in Operator(stopped_lab).refused("package", "list", code=3)


def test_stage_takes_release_and_job_and_leaves_the_rest(stopped_lab: Lab) -> None:
    layout = stopped_lab.layout
    trusted = layout.trusted.read_bytes()
    operator = Operator(stopped_lab)
    operator.ctl("package", "stage")
    assert operator.ctl("probe", "releases") == "installed 4.2 5.0, active 4.2"
    assert (layout.cron / "orders-export").is_file()
    assert layout.trusted.read_bytes() == trusted
    assert not (layout.units / "order-api.service").exists()
    assert json.loads(layout.flags.read_text())["flags"]["order-events"]["defaultVariant"] == "off"
    operator.ctl("package", "unstage")
    assert operator.ctl("probe", "releases") == "installed 4.2, active 4.2"
    assert operator.ctl("probe", "job", "orders-export") == "orders-export is absent"
