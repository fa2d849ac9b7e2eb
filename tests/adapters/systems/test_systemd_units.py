"""Units by the real systemctl, on a file tree of their own: enabled, masked, and put back.

What is started and stopped needs a machine that systemd runs: there is none here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.domain.systems.asking import FAILED, FOREIGN, RESTORED
from runbook_tui.domain.systems.seen import changes
from runbook_tui.domain.systems.units import Units
from tests.adapters.systems.conftest import Child

CONFIG = Units(root="machine")
UNIT = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
STATIC = "[Service]\nExecStart=/bin/true\n"


@pytest.fixture
def machine(child: Child) -> Path:
    """A file tree with units."""
    if shutil.which("systemctl") is None:
        pytest.skip("systemctl is not on this machine")
    root = child.cwd / "machine"
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    (root / "etc/systemd/system").mkdir(parents=True)
    for name, text in (
        ("multi-user.target", "[Unit]\n"), ("graphical.target", "[Unit]\n"),
        ("shop.service", UNIT), ("web.service", UNIT + "Alias=httpd.service\n"),
        ("worker@.service", UNIT), ("helper.service", STATIC),
    ):  # fmt: skip
        (units / name).write_text(text)
    systemctl("enable", "web.service", "worker@1.service")(root)
    return root


def systemctl(*arguments: str) -> Callable[[Path], None]:
    def do(root: Path) -> None:
        argv = ["systemctl", f"--root={root}", "--quiet", *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr

    return do


def state(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): str(path.readlink()) if path.is_symlink() else path.read_text()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_units_are_seen_as_they_stand(child: Child, machine: Path) -> None:
    systemctl("mask", "shop.service")(machine)
    seen = child.look(CONFIG).lines

    assert seen["shop.service"] == "masked"
    assert seen["web.service"] == "enabled by httpd.service, multi-user.target.wants"
    assert seen["helper.service"] == "static"
    assert seen["worker@1.service"] == "enabled by multi-user.target.wants"
    assert list(child.look(Units(root="machine", units=("w*",))).objects) == [
        "web.service", "worker@.service", "worker@1.service",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "keys"),
    [
        (systemctl("enable", "shop.service"), {"shop.service"}),
        (systemctl("mask", "shop.service"), {"shop.service"}),
        (systemctl("mask", "web.service"), {"web.service"}),
        (systemctl("disable", "web.service"), {"web.service"}),
        (systemctl("disable", "worker@1.service"), {"worker@1.service"}),
        (systemctl("enable", "worker@2.service"), {"worker@2.service"}),
    ],
)
def test_what_a_step_did_is_put_back(
    child: Child, machine: Path, step: Callable[[Path], None], keys: set[str]
) -> None:
    as_it_was = state(machine)
    before = child.look(CONFIG)
    step(machine)
    ours = child.look(CONFIG)
    assert {change.key for change in changes(before, ours)} == keys

    said = child.restore(CONFIG, before, ours)

    assert said.code == RESTORED, said.out
    assert state(machine) == as_it_was
    assert child.look(CONFIG) == before


@pytest.mark.parametrize("name", ["shop.service", "web.service"])
def test_what_was_masked_is_masked_again(child: Child, machine: Path, name: str) -> None:
    systemctl("mask", name)(machine)
    as_it_was = state(machine)
    before = child.look(CONFIG)
    systemctl("unmask", name)(machine)

    said = child.restore(CONFIG, before, child.look(CONFIG))

    assert said.code == RESTORED, said.out
    assert state(machine) == as_it_was


def test_what_somebody_else_did_is_left(child: Child, machine: Path) -> None:
    before = child.look(CONFIG)
    systemctl("enable", "shop.service")(machine)
    ours = child.look(CONFIG)
    systemctl("mask", "shop.service")(machine)

    said = child.restore(CONFIG, before, ours)

    assert said.code == FOREIGN
    assert "left shop.service: somebody else has changed it since: masked" in said.out
    assert child.look(CONFIG).lines["shop.service"].startswith("masked")


def test_a_unit_that_is_as_before_is_left_alone(child: Child, machine: Path) -> None:
    before = child.look(CONFIG)
    systemctl("enable", "shop.service")(machine)
    ours = child.look(CONFIG)
    systemctl("disable", "shop.service")(machine)

    assert child.restore(CONFIG, before, ours) == child.restore(CONFIG, before, ours)
    assert child.restore(CONFIG, before, ours).out == ""


def test_files_and_drop_ins_are_seen_and_left_to_the_system_of_files(
    child: Child, machine: Path
) -> None:
    before = child.look(CONFIG)
    (machine / "usr/lib/systemd/system/helper.service").write_text(STATIC + "Nice=1\n")
    folder = machine / "etc/systemd/system/shop.service.d"
    folder.mkdir()
    (folder / "limits.conf").write_text("[Service]\nLimitNOFILE=9\n")
    systemctl("enable", "shop.service")(machine)
    ours = child.look(CONFIG)
    assert ours.lines["shop.service"] == "enabled by multi-user.target.wants, 1 drop-ins"

    said = child.restore(CONFIG, before, ours)

    assert said.code == FAILED
    assert "shop.service: disable, but its files are others: a system of `files`" in said.out
    assert "helper.service: its files are others: a system of `files`" in said.out
    (folder / "limits.conf").unlink()
    (machine / "usr/lib/systemd/system/helper.service").write_text(STATIC)
    assert child.look(CONFIG) == before


def test_a_new_unit_is_disabled_before_its_file_goes(child: Child, machine: Path) -> None:
    before = child.look(CONFIG)
    (machine / "usr/lib/systemd/system/dten.service").write_text(UNIT)
    systemctl("enable", "dten.service")(machine)
    ours = child.look(CONFIG)

    said = child.restore(CONFIG, before, ours)

    assert said.code == FAILED
    assert "dten.service: disable, but its file is still there" in said.out
    (machine / "usr/lib/systemd/system/dten.service").unlink()
    assert child.look(CONFIG) == before
    assert child.restore(CONFIG, before, ours).code == RESTORED


def test_it_says_why_it_cannot_look(child: Child, machine: Path) -> None:
    assert "there are no units of systemd" in child.refused(Units(root="."))
    if not Path("/run/systemd/system").is_dir():
        assert "systemd does not run on this machine" in child.refused(Units())
