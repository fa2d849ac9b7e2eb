"""Packages by their managers' own databases, real ones: dpkg's, rpm's, and a Python's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runbook_tui.domain.systems.asking import FAILED, FOREIGN, RESTORED
from runbook_tui.domain.systems.packages import Dpkg, Pip, Rpm
from runbook_tui.domain.systems.seen import Change, changes
from tests.adapters.systems.conftest import Child


def run(*argv: str | Path) -> None:
    done = subprocess.run(
        [str(each) for each in argv], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def wheel(folder: Path, name: str, version: str) -> None:
    """A wheel of one empty module."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own, with pip."""
    folder = tmp_path_factory.mktemp("python") / "venv"
    run(sys.executable, "-m", "venv", folder)
    return folder


@pytest.fixture
def python(child: Child, empty: Path) -> Path:
    """The same with nothing but pip, and wheels beside it."""
    for version in ("1.0", "2.0"):
        wheel(child.cwd / "wheels", "dten_core", version)
    wheel(child.cwd / "wheels", "dten_extra", "0.1")
    run(empty / "bin/python", "-m", "pip", "uninstall", "-q", "-y", "dten-core", "dten-extra")
    return empty


def install(python: Path, child: Child, *what: str) -> None:
    pip = (python / "bin/python", "-m", "pip", "install", "-q", "--no-index")
    run(*pip, "--disable-pip-version-check", "--find-links", child.cwd / "wheels", *what)


def test_a_python_gets_its_versions_back(child: Child, python: Path) -> None:
    config = Pip(python=str(python / "bin/python"), index="wheels")
    install(python, child, "dten-core==1.0")
    before = child.look(config)
    install(python, child, "dten-core==2.0", "dten-extra")
    ours = child.look(config)
    assert changes(before, ours)[0].was == "1.0"
    assert changes(before, ours)[0].now == "2.0"

    said = child.restore(config, before, ours)

    assert said.code == RESTORED, said.out
    assert "put back dten-core 1.0 by pip install --no-deps" in said.out
    assert "removed dten-extra 0.1 by pip uninstall" in said.out
    assert child.look(config) == before


def test_a_version_of_somebody_else_stays(child: Child, python: Path) -> None:
    config = Pip(python=str(python / "bin/python"), index="wheels", only=("dten-core",))
    before = child.look(config)
    install(python, child, "dten-core==1.0")
    ours = child.look(config)
    install(python, child, "dten-core==2.0")

    assert child.restore(config, before, ours).code == FOREIGN
    assert child.look(config).lines == {"dten-core": "2.0"}


def test_what_came_from_no_index_is_said(child: Child, python: Path) -> None:
    config = Pip(python=str(python / "bin/python"), index="wheels", only=("dten-core",))
    run(
        python / "bin/python", "-m", "pip", "install", "-q", "--no-index",
        "--disable-pip-version-check", child.cwd / "wheels/dten_core-1.0-py3-none-any.whl",
    )  # fmt: skip
    before = child.look(config)
    install(python, child, "dten-core==2.0")

    said = child.restore(config, before, child.look(config))

    assert before.lines["dten-core"].startswith("1.0 from file:///")
    assert said.code == FAILED
    assert "not put back: dten-core: 1.0 came from file:///" in said.out


def test_a_version_that_no_index_has_is_said(child: Child, python: Path) -> None:
    config = Pip(python=str(python / "bin/python"), index="wheels", only=("dten-core",))
    install(python, child, "dten-core==1.0")
    before = child.look(config)
    install(python, child, "dten-core==2.0")
    (child.cwd / "wheels/dten_core-1.0-py3-none-any.whl").unlink()

    said = child.restore(config, before, child.look(config))

    assert said.code == FAILED
    assert "not put back: dten-core: ERROR: " in said.out
    assert child.look(config).lines == {"dten-core": "2.0"}


def test_a_python_that_is_not_there_is_said(child: Child) -> None:
    why = child.refused(Pip(python="/opt/nowhere/bin/python"))
    assert why == "/opt/nowhere/bin/python is not on this machine"
    assert child.ask(Pip(python=sys.executable)).code == 0


@pytest.fixture
def debian(child: Child) -> Path:
    """A file tree with a dpkg of its own."""
    if shutil.which("dpkg-deb") is None or os.geteuid() != 0:
        pytest.skip("dpkg is not on this machine, or installs nothing without root")
    root = child.cwd / "debian"
    for name in ("updates", "info"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).write_text("")
    return root


def deb(child: Child, root: Path, version: str) -> None:
    folder = child.cwd / f"deb-{version}"
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "etc").mkdir()
    (folder / "etc/dten").write_text(version)
    (folder / "DEBIAN/conffiles").write_text("/etc/dten\n")
    (folder / "DEBIAN/control").write_text(
        f"Package: dten\nVersion: {version}\nArchitecture: all\nMaintainer: t <t@example.org>\n"
        "Description: test\n"
    )
    run("dpkg-deb", "--root-owner-group", "-b", folder, child.cwd / f"{version}.deb")
    dpkg(root, "-i", child.cwd / f"{version}.deb")


def dpkg(root: Path, *what: str | Path) -> None:
    run("dpkg", f"--root={root}", "--force-not-root", "--force-bad-path", "--force-confnew",
        f"--log={root}/log", *what)  # fmt: skip


def test_debian_packages_are_seen_and_not_put_back(child: Child, debian: Path) -> None:
    config = Dpkg(root="debian")
    assert child.look(config).objects == {}
    deb(child, debian, "1.0-1")
    before = child.look(config)
    assert before.lines == {"dten:all": "1.0-1"}

    deb(child, debian, "1.1-1")
    ours = child.look(config)
    said = child.restore(config, before, ours)

    assert [(each.key, each.was, each.now) for each in changes(before, ours)] == [
        ("dten:all", "1.0-1", "1.1-1")
    ]
    assert said.code == FAILED
    assert "packages of dpkg are apt's, or a snapshot's, to bring back" in said.out
    dpkg(debian, "--remove", "dten")
    assert child.look(config).lines == {"dten:all": "1.1-1, config-files, want: deinstall"}
    assert not Dpkg.restores


def test_this_machines_own_packages_are_seen_as_dpkg_says(child: Child) -> None:
    if shutil.which("dpkg-query") is None:
        pytest.skip("dpkg is not on this machine")
    argv = ["dpkg-query", "-W", "-f=${db:Status-Status}\n"]
    own = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert len(child.look(Dpkg()).objects) == len([s for s in own if s != "not-installed"])


def test_a_tree_without_packages_is_none_without_changes(child: Child) -> None:
    assert "there is no database of dpkg" in child.refused(Dpkg(root="."))
    if shutil.which("rpm"):
        assert "there is no database of rpm" in child.refused(Rpm(root="."))
    assert list(child.cwd.iterdir()) == []


SPEC = """
Name: dten
Version: {version}
Release: 1
Summary: test
License: none
BuildArch: noarch
%description
test
%files
"""


def test_rpm_packages_are_seen(child: Child) -> None:
    if shutil.which("rpmbuild") is None or os.geteuid() != 0:
        pytest.skip("rpmbuild is not on this machine, or rpm installs nothing without root")
    root = child.cwd / "suse"
    root.mkdir()
    config = Rpm(root="suse")
    seen = []
    for version in ("1.0", "1.1"):
        spec = child.cwd / f"{version}.spec"
        spec.write_text(SPEC.format(version=version))
        top = child.cwd / "rpmbuild"
        run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", spec)
        [package] = top.rglob(f"dten-{version}-1.noarch.rpm")
        run("rpm", "--root", root, "--nodeps", "-U", package)
        seen.append(child.look(config))

    assert changes(*seen) == (
        Change(
            "dten.noarch",
            seen[0].objects["dten.noarch"],
            seen[1].objects["dten.noarch"],
            "1.0-1",
            "1.1-1",
        ),
    )
    said = child.restore(config, *seen)
    assert said.code == FAILED
    assert "packages of rpm are dnf's" in said.out
