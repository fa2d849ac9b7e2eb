"""Which version is installed, as the real package managers, programs, files and servers tell it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version as imported
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.domain.checks.installed import InstalledVersion
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.runbook_model import Command
from runbook_tui.preflight.checks.upgrade_path import CHECK
from runbook_tui.preflight.ports import Answer
from runbook_tui.preflight.versions.installed import installed_version
from runbook_tui.preflight.versions.seen import NotInstalledError, NotKnownError, Seen
from tests.preflight.loopback import serving
from tests.preflight.targets import by_key, result, target


def seen(folder: Path, /, *, tools: Any = None, network: Any = None, **ways: Any) -> Seen:
    wanted = InstalledVersion(**ways)
    config = UpgradePathCheck(matrix="m", installed=wanted, to="1")
    more = {"tools": tools or LocalTools()} | ({"network": network} if network else {})
    return installed_version(target(config, folder, **more), wanted)


class WithArguments(LocalTools):
    """The real programs, with arguments of the test's own for one of them."""

    def __init__(self, name: str, *more: str) -> None:
        self.name, self.more = name, more

    def run(self, argv: Sequence[str], **how: Any) -> Answer:
        if argv[0] == self.name:
            argv = [argv[0], *self.more, *argv[1:]]
        return super().run(argv, **how)


class Nothing(LocalTools):
    """A machine without any programs."""

    def run(self, argv: Sequence[str], **_how: Any) -> Answer:
        return Answer(None, trouble=f"{argv[0]} is not on this machine")


# --- dpkg ---------------------------------------------------------------------------------------

with_dpkg = pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs dpkg")


@with_dpkg
def test_dpkg_tells_what_is_installed(tmp_path: Path) -> None:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "base-files"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert seen(tmp_path, dpkg="base-files").version == told


STATUS = """\
Package: {name}
Status: {status}
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: for a test
"""


def dpkg_of(folder: Path, *packages: tuple[str, str, str]) -> LocalTools:
    """dpkg-query on a database of its own."""
    (folder / "dpkg").mkdir()
    (folder / "dpkg" / "status").write_text(
        "\n".join(STATUS.format(name=n, status=s, version=v) for n, s, v in packages)
    )
    return WithArguments("dpkg-query", f"--admindir={folder / 'dpkg'}")


@with_dpkg
def test_what_dpkg_only_remembers_is_not_installed(tmp_path: Path) -> None:
    tools = dpkg_of(tmp_path, ("shop", "deinstall ok config-files", "1.2-1"))
    with pytest.raises(NotInstalledError, match="only remembers"):
        seen(tmp_path, tools=tools, dpkg="shop")
    with pytest.raises(NotInstalledError, match="knows no package"):
        seen(tmp_path, tools=tools, dpkg="shopping")


@with_dpkg
@pytest.mark.parametrize("state", ["half-installed", "unpacked", "half-configured"])
def test_what_is_half_installed_has_no_version_yet(tmp_path: Path, state: str) -> None:
    tools = dpkg_of(tmp_path, ("shop", f"install ok {state}", "1.2-1"))
    with pytest.raises(NotKnownError, match="not wholly installed") as raised:
        seen(tmp_path, tools=tools, dpkg="shop")
    assert raised.value.key == "half-installed"


@with_dpkg
def test_a_held_package_is_installed(tmp_path: Path) -> None:
    tools = dpkg_of(tmp_path, ("shop", "hold ok installed", "1:1.2-1"))
    assert seen(tmp_path, tools=tools, dpkg="shop").version == "1:1.2-1"


@with_dpkg
@pytest.mark.parametrize("name", ["*", "shop*", "--version", "x; id", "Shop", ""])
def test_a_name_that_would_be_a_pattern_or_an_option_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotKnownError, match="no name of a package"):
        seen(tmp_path, dpkg=name)


# --- rpm ----------------------------------------------------------------------------------------

with_rpm = pytest.mark.skipif(
    shutil.which("rpm") is None or shutil.which("rpmbuild") is None, reason="needs rpm, rpmbuild"
)
SPEC = """\
Name: shop
Epoch: 2
Version: 16.11.2
Release: 1.el9
Summary: For a test
License: MIT
BuildArch: noarch
%description
For a test.
%files
"""


@pytest.fixture(scope="module")
def rpm_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rpm")
    (folder / "shop.spec").write_text(SPEC)
    database = folder / "db"
    quiet: Mapping[str, Any] = {"capture_output": True, "text": True, "check": True}
    top = f"_topdir {folder / 'top'}"
    subprocess.run(["rpmbuild", "-bb", "--define", top, str(folder / "shop.spec")], **quiet)
    (built,) = (folder / "top").rglob("*.rpm")
    subprocess.run(
        ["rpm", "--dbpath", str(database), "--install", "--justdb", "--nodeps", str(built)],
        **quiet,
    )
    return database


@with_rpm
def test_rpm_tells_what_is_installed(tmp_path: Path, rpm_database: Path) -> None:
    tools = WithArguments("rpm", "--dbpath", str(rpm_database))
    assert seen(tmp_path, tools=tools, rpm="shop").version == "2:16.11.2-1.el9"
    with pytest.raises(NotInstalledError, match="no installed package shopping"):
        seen(tmp_path, tools=tools, rpm="shopping")


@with_rpm
def test_a_product_s_path_is_found_from_an_rpm(tmp_path: Path, rpm_database: Path) -> None:
    config = UpgradePathCheck(
        matrix="paths-gitlab", installed=InstalledVersion(rpm="shop"), to="17.3.0"
    )
    tools = WithArguments("rpm", "--dbpath", str(rpm_database))
    (path,) = by_key(result(CHECK, config, tmp_path, tools=tools))["path"]
    assert path.title == "GitLab: 16.11.2 → 17.3.0 (in one step)"
    assert path.evidence[0].text == "2:16.11.2-1.el9"


# --- pip ----------------------------------------------------------------------------------------


def test_a_python_tells_what_it_would_import(tmp_path: Path) -> None:
    told = seen(tmp_path, pip="msgspec", python=sys.executable)
    assert told.version == imported("msgspec")
    with pytest.raises(NotInstalledError, match="no distribution nothing-of-this-name"):
        seen(tmp_path, pip="nothing-of-this-name", python=sys.executable)


def test_the_named_python_is_asked_not_ours(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True
    )
    with pytest.raises(NotInstalledError):
        seen(tmp_path, pip="msgspec", python="venv/bin/python")
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    info = site / "shop-2.11.0rc1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 2.11.0rc1\n")
    assert seen(tmp_path, pip="shop", python="venv/bin/python").version == "2.11.0rc1"


def test_a_python_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(NotKnownError, match="is not on this machine") as raised:
        seen(tmp_path, pip="shop", python="venv/bin/python")
    assert raised.value.key == "tool-missing"


# --- npm ----------------------------------------------------------------------------------------

with_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")


@with_npm
def test_npm_tells_what_a_project_has(tmp_path: Path) -> None:
    here = {"name": "site", "version": "1.0.0", "dependencies": {"shop": "^4.0.0", "till": "1"}}
    (tmp_path / "package.json").write_text(json.dumps(here))
    folder = tmp_path / "node_modules" / "shop"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": "shop", "version": "4.2.0-beta.1"}))
    assert seen(tmp_path, npm="shop", npm_folder=".").version == "4.2.0-beta.1"
    for absent in ("till", "other"):  # the first is asked for by the project and missing
        with pytest.raises(NotInstalledError):
            seen(tmp_path, npm=absent, npm_folder=".")


@with_npm
def test_an_npm_folder_that_is_not_there_or_is_broken_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(NotKnownError, match="is no folder"):
        seen(tmp_path, npm="shop", npm_folder="gone")
    (tmp_path / "package.json").write_text("{")
    with pytest.raises(NotKnownError):
        seen(tmp_path, npm="shop", npm_folder=".")


@pytest.mark.parametrize("way", ["dpkg", "rpm", "pip", "npm"])
def test_without_its_program_the_version_is_unknown(tmp_path: Path, way: str) -> None:
    config = UpgradePathCheck(
        matrix="paths-gitlab", installed=InstalledVersion(**{way: "shop"}), to="17.3.0"
    )
    (gone,) = by_key(result(CHECK, config, tmp_path, tools=Nothing()))["tool-missing"]
    assert gone.severity == "unknown"
    assert "is not on this machine" in gone.title


# --- commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prints", "expected"),
    [
        ("psql (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "15.14"),
        ("OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15", "9.2p1"),
        ("nginx version: nginx/1.22.1", "1.22.1"),
        ("Python 3.11.2", "3.11.2"),
        ("v20.18.1", "v20.18.1"),
        ("gitlab-ee 16.11.10-ee", "16.11.10-ee"),
        ("18", "18"),
        ("no version here", None),
    ],
)
def test_what_a_command_prints_is_looked_through(
    tmp_path: Path, prints: str, expected: str | None
) -> None:
    command = Command(argv=("printf", "%s\n", prints))
    if expected is None:
        with pytest.raises(NotKnownError, match="nothing there looks like a version"):
            seen(tmp_path, command=command)
        return
    assert seen(tmp_path, command=command).version == expected


def test_a_pattern_says_which_part_is_the_version(tmp_path: Path) -> None:
    command = Command(argv=("printf", "OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15\n"))
    assert seen(tmp_path, command=command, pattern=r"OpenSSH_(\S+)").version == "9.2p1"
    with pytest.raises(NotKnownError, match="nothing there matches the pattern"):
        seen(tmp_path, command=command, pattern=r"nginx/(\S+)")


@pytest.mark.parametrize(
    ("pattern", "why"), [("(", "refused"), (r"(a+)+$", "refused"), (r"\d+", "no group")]
)
def test_a_pattern_that_is_none_is_unknown(tmp_path: Path, pattern: str, why: str) -> None:
    with pytest.raises(NotKnownError, match=why):
        seen(tmp_path, command=Command(argv=("echo", "1.2")), pattern=pattern)


def test_a_command_runs_with_its_folder_environment_and_shell(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "VERSION").write_text("3.7.1\n")
    assert seen(tmp_path, command=Command(argv=("cat", "VERSION"), cwd="app")).version == "3.7.1"
    shell = Command(shell='echo "$MAJOR.$(( 1 + 1 ))"', env={"MAJOR": "12"})
    assert seen(tmp_path, command=shell).version == "12.2"
    says_it_elsewhere = Command(shell="echo nginx/1.22.1 >&2")
    assert seen(tmp_path, command=says_it_elsewhere).version == "1.22.1"


def test_a_command_that_fails_is_not_there_or_hangs_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(NotKnownError, match="ended with 3: no such cluster"):
        seen(tmp_path, command=Command(shell="echo 1.2; echo no such cluster >&2; exit 3"))
    with pytest.raises(NotKnownError, match="is not on this machine"):
        seen(tmp_path, command=Command(argv=("no-such-program-here",)))
    began = time.monotonic()
    with pytest.raises(NotKnownError, match="took longer"):
        seen(tmp_path, command=Command(argv=("sleep", "30"), timeout="100ms"))
    assert time.monotonic() - began < 5
    with pytest.raises(NotKnownError, match="for the host"):
        seen(tmp_path, command=Command(argv=("true",), host="db1"))


def test_secrets_of_what_was_said_are_not_shown(tmp_path: Path) -> None:
    config = UpgradePathCheck(
        matrix="paths-gitlab",
        installed=InstalledVersion(
            command=Command(shell="echo password=hunter22hunter22 16.11.1; exit 1")
        ),
        to="17.3.0",
    )
    shown = repr(result(CHECK, config, tmp_path, secrets={"db": "hunter22hunter22"}))
    assert "hunter22" not in shown
    assert "unknown" in shown


# --- files and servers --------------------------------------------------------------------------


def test_a_file_tells_it_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "about.txt").write_text("Shop\n\nrelease: 5.1.2 (blue)\n")
    told = seen(tmp_path, file="about.txt")
    assert (told.version, told.line, told.said) == ("5.1.2", 3, "release: 5.1.2 (blue)")


def test_a_json_file_tells_it_by_pointer(tmp_path: Path) -> None:
    document = {"server": {"a/b": [{"version": "8.0.36"}]}, "count": 3, "deep": None}
    (tmp_path / "v.json").write_text(json.dumps(document))
    assert seen(tmp_path, file="v.json", pointer="/server/a~1b/0/version").version == "8.0.36"
    assert seen(tmp_path, file="v.json", pointer="/count").version == "3"
    for pointer in ("/server/none", "/server/a~1b/1", "/deep", "/server", "count"):
        with pytest.raises(NotKnownError):
            seen(tmp_path, file="v.json", pointer=pointer)
    (tmp_path / "v.json").write_text("[" * 100_000)
    with pytest.raises(NotKnownError, match="no JSON"):
        seen(tmp_path, file="v.json", pointer="/0")


def test_a_file_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(NotKnownError, match="there is no such file"):
        seen(tmp_path, file="gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotKnownError, match="there is no such file"):
        seen(tmp_path, file="pipe")


@pytest.mark.parametrize("line", ["1.2" * 2_000, "." * 2_000, "1" * 2_000, "1." * 1_000 + "!"])
def test_hostile_lines_take_no_time(tmp_path: Path, line: str) -> None:
    (tmp_path / "v").write_text(f"{line}\n" * 200 + "x 7.1.0 y\n")
    began = time.monotonic()
    seen(tmp_path, file="v")
    assert time.monotonic() - began < 1


def test_a_server_tells_it(tmp_path: Path) -> None:
    pages = {"/-/version": b'{"version": "16.11.2-ee", "revision": "abc"}', "/none": b"hello"}
    with serving(pages) as url:
        told = seen(tmp_path, network=LocalNetwork(), url=f"{url}/-/version", pointer="/version")
        assert told.version == "16.11.2-ee"
        assert told.place == f"{url}/-/version"
        with pytest.raises(NotKnownError, match="answered 404"):
            seen(tmp_path, network=LocalNetwork(), url=f"{url}/gone")
        with pytest.raises(NotKnownError, match="looks like a version"):
            seen(tmp_path, network=LocalNetwork(), url=f"{url}/none")
    with pytest.raises(NotKnownError, match="refused"):
        seen(tmp_path, network=LocalNetwork(), url=f"{url}/-/version")


def test_the_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(NotKnownError) as raised:
        seen(tmp_path, url="http://ops:s3cretpassword@127.0.0.1:1/version")
    assert "s3cretpassword" not in str(raised.value)


# --- one way ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ways", [{}, {"dpkg": "a", "file": "b"}, {"version": "1", "url": "u"}])
def test_there_has_to_be_exactly_one_way(tmp_path: Path, ways: dict[str, str]) -> None:
    with pytest.raises(NotKnownError, match="exactly one of") as raised:
        seen(tmp_path, **ways)
    assert raised.value.key == "no-one-way"


def test_a_version_that_is_given_is_taken_as_it_is(tmp_path: Path) -> None:
    assert seen(tmp_path, version="12.3").version == "12.3"
    assert seen(tmp_path, version="shop-12.3", pattern="shop-(.+)").version == "12.3"
