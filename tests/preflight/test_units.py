"""Units that are named: they exist here, are called otherwise, or are missing."""

from __future__ import annotations

import re
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from preflight.targets import by_key, result
from runbook_tui.domain.checks.units import UnitsCheck
from runbook_tui.domain.findings import CheckResult, Finding, line_digest
from runbook_tui.practice import lab as practice
from runbook_tui.practice import package
from runbook_tui.preflight.checks.units import CHECK
from runbook_tui.preflight.systemd.existing import FOLDERS

LAB = Path(practice.__file__).parent / "template" / "lab"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
SERVICE = "[Service]\nExecStart=/bin/true\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def check(
    folder: Path,
    files: dict[str, str] | None = None,
    units: tuple[str, ...] = ("orders.service",),
    **config: Any,
) -> CheckResult:
    """What the check says of a tree, on a machine that has these units."""
    (folder / "tree").mkdir(exist_ok=True)
    (folder / "units").mkdir(exist_ok=True)
    write(folder / "tree", files or {})
    write(folder / "units", dict.fromkeys(units, SERVICE))
    given = {"paths": ("tree",), "unit_paths": ("units",)} | config
    return result(CHECK, UnitsCheck(**given), folder)


def only(found: CheckResult, key: str) -> Finding:
    (finding,) = by_key(found)[key]
    return finding


def missing(found: CheckResult) -> dict[str, str]:
    """Names that are not there, with how much that matters."""
    return {
        f.subject.rpartition(": ")[2]: f.severity for f in by_key(found).get("unit-missing", [])
    }


def test_the_packages_renamed_unit_is_found_wherever_it_is_named(tmp_path: Path) -> None:
    texts = "".join(p.read_text() for p in package.TEMPLATE.rglob("*") if p.is_file())
    values = dict.fromkeys(re.findall(r"@([A-Z0-9_]+)@", texts), "8443")
    package.build(tmp_path / "package.zip", values)
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        archive.extractall(tmp_path / "package")
    found = check(
        tmp_path,
        paths=("package",),
        unit_paths=(str(LAB / "etc/systemd"),),
        renames_from=str(LAB / "inventory/units.txt"),
    )
    health, install = by_key(found)["unit-renamed"]
    assert {health.severity, install.severity} == {"inhibitor"}
    assert health.evidence[0].place == "package/dten-5.0/scripts/healthcheck.sh"
    assert health.evidence[0].line == 3
    assert install.evidence[0].line == 20
    assert install.evidence[0].text == "systemctl restart order-api.service"
    assert "order-api.service is orders.service here" in install.title
    (edit,) = install.remedies[0].edits
    script = tmp_path / "package/dten-5.0/scripts/install.sh"
    assert (edit.path, edit.line) == (str(script), 20)
    assert (edit.find, edit.put) == ("order-api.service", "orders.service")
    assert edit.digest == line_digest(script.read_bytes().split(b"\n")[19])
    brought = only(found, "unit-brought-renamed")
    assert brought.severity == "high"
    assert brought.evidence[0].place == "package/dten-5.0/systemd/order-api.service"


def test_the_labs_own_files_name_only_units_that_it_has(tmp_path: Path) -> None:
    found = check(tmp_path, paths=(str(LAB),), unit_paths=(str(LAB / "etc/systemd"),))
    (finding,) = found.findings
    assert finding.severity == "pass"
    assert "3 units" in finding.title


SCRIPT = {
    "systemctl restart gone": "inhibitor",
    "systemctl --no-block -q start gone.service": "inhibitor",
    "sudo -u root /usr/bin/systemctl stop gone": "inhibitor",
    "systemctl enable --now gone": "inhibitor",
    "service gone restart": "inhibitor",
    "/etc/init.d/gone restart": "inhibitor",
    "invoke-rc.d --quiet gone reload": "inhibitor",
    "deb-systemd-invoke start gone.service >/dev/null": "inhibitor",
    "if ! systemctl restart gone; then exit 1; fi": "inhibitor",
    "timeout 30 systemctl reload gone": "inhibitor",
    "sh -c 'systemctl restart gone'": "inhibitor",
    "x=$(systemctl start gone 2>&1)": "inhibitor",
    "systemctl restart \\\n    gone": "inhibitor",
    "UNIT=gone\nsystemctl restart $UNIT": "inhibitor",
    "for u in gone orders; do\n systemctl restart \"$u\"\ndone": "inhibitor",
    "systemctl restart gone || true": "high",
    "systemctl is-active --quiet gone": "high",
    "systemctl disable gone": "high",
    "journalctl -n 20 -u gone --since yesterday": "high",
    "journalctl --unit=gone": "high",
}  # fmt: skip


@pytest.mark.parametrize("line", SCRIPT)
def test_what_a_script_does_with_a_missing_unit_decides_how_bad_it_is(
    tmp_path: Path, line: str
) -> None:
    found = check(tmp_path, {"run.sh": f"#!/bin/sh\n{line}\nsystemctl restart orders\n"})
    assert missing(found) == {"gone.service": SCRIPT[line]}


HARMLESS = (
    "# systemctl restart gone",
    "echo now run systemctl restart gone",
    "echo 'systemctl restart gone'",
    "systemctl daemon-reload",
    "systemctl list-units --type service",
    "command -v systemctl >/dev/null",
    "[ -x /bin/systemctl ] && systemctl start orders >/dev/null 2>&1",
    "systemctl start orders -p MainPID 2>/tmp/log",
    "systemctl restart orders # not gone",
    "journalctl -f",
    "systemctl stop 'orde*'",
    "systemctl isolate multi-user.target",
)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_names_no_missing_unit_passes(tmp_path: Path, line: str) -> None:
    found = check(tmp_path, {"run.sh": f"#!/bin/sh\n{line}\n"})
    assert [f.severity for f in found.findings] == ["pass"]


OTHERS = {
    "etc/cron.d/job": "0 3 * * * root systemctl restart gone\n",
    "var/spool/cron/crontabs/root": "0 3 * * * service gone restart\n",
    "tool.py": 'subprocess.run(["systemctl", "restart", "gone"], check=True)\n',
    "tool2.py": 'os.system("systemctl restart gone")\n',
    "site.pp": "  service { 'gone': ensure => running }\n",
    "recipe.rb": "service 'gone' do\n",
    "monitrc": 'start program = "/usr/bin/systemctl start gone"\n',
    "logrotate.conf": "postrotate\n  /usr/bin/systemctl reload gone\nendscript\n",
    "orders.service": "[Service]\nExecStartPost=/bin/systemctl restart gone\n",
    "a.timer": "[Timer]\nUnit=gone.service\n",
    "b.service": "[Unit]\nRequires=gone.service\n",
    "c.service.d/more.conf": "[Unit]\nBindsTo=gone.service\n",
    "d.service": "[Unit]\nAfter=gone.service network.target\nWants=dev-sda.device\n",
    "org.example.service": "[D-BUS Service]\nSystemdService=gone.service\n",
    "99-x.rules": 'ACTION=="add", ENV{SYSTEMD_WANTS}="gone.service"\n',
    "playbook.yml": (
        "- hosts: all\n  tasks:\n"
        "    - ansible.builtin.systemd:\n        name: gone\n        state: restarted\n"
    ),
    "old.yml": "- hosts: all\n  tasks:\n    - service: name=gone state=started\n",
    "ci.yml": "script:\n  - sudo systemctl restart gone\n",
}
SEVERITIES = {
    "site.pp": "high", "recipe.rb": "high", "a.timer": "high", "b.service": "high",
    "c.service.d/more.conf": "high", "d.service": "info", "99-x.rules": "high",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in OTHERS if not name.startswith("org.")])
def test_names_are_found_in_every_kind_of_file(tmp_path: Path, name: str) -> None:
    found = check(tmp_path, {name: OTHERS[name]})
    assert missing(found) == {"gone.service": SEVERITIES.get(name, "inhibitor")}
    finding = only(found, "unit-missing")
    assert "gone" in finding.evidence[0].text
    assert finding.evidence[0].line > 0


def test_documentation_and_other_tools_services_are_left_alone(tmp_path: Path) -> None:
    files = {
        "README.md": "    systemctl restart gone\n",
        "ingress.yaml": "backend:\n  service:\n    name: gone\n    port: 80\n",
        "notes.conf": "; asks the service to start first\n",
        "text.conf": "about = the service to start\n",
    }
    assert [f.severity for f in check(tmp_path, files).findings] == ["pass"]


def test_an_alias_is_no_rename(tmp_path: Path) -> None:
    (tmp_path / "units").mkdir()
    (tmp_path / "units/order-api.service").symlink_to("orders.service")
    script = {"run.sh": "systemctl restart order-api\n"}
    found = check(tmp_path, script, renames={"order-api": "orders"})
    finding = only(found, "unit-alias")
    assert finding.severity == "info"
    assert "another name of orders.service" in finding.title
    assert found.worst in ("info", "pass")


def test_an_alias_is_there_only_while_its_unit_is_enabled(tmp_path: Path) -> None:
    write(tmp_path / "units", {"x.service": f"{SERVICE}[Install]\nAlias=y.service\n"})
    found = check(tmp_path, {"run.sh": "systemctl restart y\n"})
    assert only(found, "unit-alias-off").severity == "warning"


def test_templates_instances_sysv_and_masked_units_are_known(tmp_path: Path) -> None:
    write(tmp_path, {"init.d/legacy": "#!/bin/sh\n"})
    (tmp_path / "units").mkdir()
    (tmp_path / "units/off.service").symlink_to("/dev/null")
    script = "systemctl start worker@7 legacy\nsystemctl start off\nsystemctl start lost@1\n"
    found = check(
        tmp_path,
        {"run.sh": script},
        units=("worker@.service",),
        unit_paths=("units", "init.d"),
    )
    assert missing(found) == {"lost@1.service": "inhibitor"}
    assert only(found, "unit-masked").severity == "high"


def test_a_name_nearly_right_is_proposed(tmp_path: Path) -> None:
    found = check(tmp_path, {"run.sh": "systemctl restart order\n"})
    finding = only(found, "unit-missing")
    assert finding.remediation == "Did you mean orders.service?"
    (remedy,) = finding.remedies
    assert "guess" in remedy.label
    assert (remedy.edits[0].find, remedy.edits[0].put) == ("order", "orders")


def test_a_name_is_only_replaced_where_it_stands_for_the_unit(tmp_path: Path) -> None:
    script = "systemctl restart api && curl http://api/health\nsystemctl stop api\n"
    found = check(tmp_path, {"run.sh": script}, renames={"api": "orders"})
    assert only(found, "unit-renamed").remedies == ()


def test_a_variable_is_changed_where_it_is_set(tmp_path: Path) -> None:
    script = 'UNIT="api"\nsystemctl restart "$UNIT"\n'
    found = check(tmp_path, {"run.sh": script}, renames={"api": "orders"})
    (edit,) = only(found, "unit-renamed").remedies[0].edits
    assert (edit.line, edit.find, edit.put) == (1, "api", "orders")


def test_a_renamed_template_is_found_by_its_instances(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        {"run.sh": "systemctl restart old@7.service\n"},
        units=("new@.service",),
        renames={"old@": "new@"},
    )
    (edit,) = only(found, "unit-renamed").remedies[0].edits
    assert edit.put == "new@7.service"


def test_what_is_said_to_be_renamed_and_is_still_there_is_told(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        {"run.sh": "systemctl restart api\n"},
        units=("api.service", "orders.service"),
        renames={"api": "orders"},
    )
    assert only(found, "unit-renamed-yet-there").severity == "warning"


def test_a_teams_own_command_is_seen(tmp_path: Path) -> None:
    files = {"run.sh": "./bin/labctl restart gone\n", "tool.py": 'run("labctl restart gone")\n'}
    found = check(tmp_path, files, commands=("labctl restart",))
    assert [f.severity for f in by_key(found)["unit-missing"]] == ["inhibitor", "inhibitor"]
    assert check(tmp_path).worst == "pass"


def test_names_that_come_later_are_not_checkable_once_a_file(tmp_path: Path) -> None:
    script = (
        'systemctl restart "$1"\nsystemctl stop ${x}\nread -r UNIT\nsystemctl start $UNIT\n'
        "ssh web1 systemctl restart gone\nsystemctl --user start gone\n"
    )
    found = check(tmp_path, {"run.sh": script, "b.sh": "systemctl start $2\n"})
    second, first = by_key(found)["not-checkable"]
    assert first.severity == "unknown"
    assert [e.line for e in first.evidence] == [1, 2, 4, 5, 6]
    assert second.evidence[0].place == "tree/b.sh"
    assert "unit-missing" not in by_key(found)


def test_a_unit_that_comes_along_is_not_missing(tmp_path: Path) -> None:
    files = {"run.sh": "systemctl enable --now new\n", "systemd/new.service": SERVICE}
    assert check(tmp_path, files).worst == "pass"


def test_without_units_nothing_is_known_but_renames_are(tmp_path: Path) -> None:
    script = {"run.sh": "systemctl restart api gone\n"}
    found = check(tmp_path, script, unit_paths=("nowhere",), renames={"api": "orders"})
    keys = by_key(found)
    assert {f.severity for f in keys["not-there"] + keys["no-units"]} == {"unknown"}
    assert "unit-renamed" in keys
    assert "unit-missing" not in keys
    assert "all-there" not in keys


def test_a_list_of_renames_that_says_nothing_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, {"list.txt": "# nothing\norders.service in service -\n"})
    assert only(check(tmp_path, renames_from="list.txt"), "no-renames").severity == "unknown"
    assert only(check(tmp_path, renames_from="gone.txt"), "not-there").severity == "unknown"


@pytest.mark.skipif(
    not any(Path(folder).is_dir() for folder in FOLDERS[:-1]), reason="no systemd on this machine"
)
def test_the_machines_own_units_are_known(tmp_path: Path) -> None:
    script = "systemctl restart systemd-journald getty@tty1 no-such-thing-here\n"
    found = check(tmp_path, {"run.sh": script}, unit_paths=())
    assert missing(found) == {"no-such-thing-here.service": "inhibitor"}


@needs_systemd
def test_systemd_analyze_is_asked_and_never_has_the_last_word(tmp_path: Path) -> None:
    files = {
        "systemd/a.service": (
            "[Unit]\nDescription=a\nAfter=b.service\nColour=red\n[Service]\nExecStart=/bin/true\n"
        ),
        "systemd/b.service": "[Service]\nExecStart=/opt/none/of/this\n",
        "systemd/good.service": "[Unit]\nRequires=b.service\n[Service]\nExecStart=/bin/true\n",
    }
    found = check(tmp_path, files, verify=True)
    faults = {f.subject: f for f in by_key(found)["verify"]}
    assert set(faults) == {"tree/systemd/a.service", "tree/systemd/b.service"}
    assert {f.severity for f in faults.values()} == {"warning"}
    colour = faults["tree/systemd/a.service"]
    assert colour.title.startswith("On this machine systemd finds fault with")
    assert (colour.evidence[0].line, "Colour" in colour.evidence[0].text) == (4, True)
    assert "not executable" in faults["tree/systemd/b.service"].evidence[0].text


def test_without_systemd_analyze_verifying_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    found = check(tmp_path, {"a.service": SERVICE}, verify=True)
    assert only(found, "not-verified").severity == "unknown"


def test_secrets_and_control_characters_stay_out(tmp_path: Path) -> None:
    script = "systemctl restart gone --password=Quarry-58-trombone \x1b[31m\n"
    shown = repr(check(tmp_path, {"run.sh": script}).findings)
    assert "trombone" not in shown
    assert "\\x1b" not in shown


def test_fingerprints_stay_when_lines_move(tmp_path: Path) -> None:
    line = "systemctl restart gone\n"
    before = only(check(tmp_path, {"run.sh": line}), "unit-missing")
    after = only(check(tmp_path, {"run.sh": "\n\n" + line}), "unit-missing")
    assert (before.fingerprint, before.evidence_digest) == (
        after.fingerprint,
        after.evidence_digest,
    )


@pytest.mark.parametrize(
    "piece",
    ["systemctl ", "service ", "service a start ", '", "', "'", "$(", "a=", "for a in ", "${a}",
     "/init.d/", "systemctl start a ", "read -a ", "\\"],
)  # fmt: skip
def test_no_line_makes_it_slow(tmp_path: Path, piece: str) -> None:
    line = (piece * 2_000)[:2_000]
    files = {
        "a.sh": f"{line}\n" * 10,
        "a.py": f"systemctl\n{line}\n" * 10,
        "a.yml": f"systemd: {line}\n",
        "a.service": f"[Unit]\nAfter={line}\n[Service]\nExecStart={line}\n",
        "b.service": f"[Unit]\nAfter={line}\\\n" * 10,
    }
    began = time.monotonic()
    check(tmp_path, files)
    assert time.monotonic() - began < 5
