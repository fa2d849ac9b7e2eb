"""The bundled key matrices: well formed, with a source for every row, and true where the product
itself is here to be asked.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks import bundled
from runbook_tui.preflight.config.matrix import Change, KeyMatrix, Row
from runbook_tui.preflight.config.order import order_of
from runbook_tui.preflight.target import MATRICES

BUNDLED = sorted(MATRICES.glob("keys-*.yaml"))
PRODUCTS = {"airflow", "nginx", "openssh", "php", "postgresql", "redis"}


def matrix(name: str) -> KeyMatrix:
    return YamlDocuments().read(MATRICES / f"keys-{name}.yaml", KeyMatrix)


def changes(rows: tuple[Row, ...]) -> Iterator[tuple[Row, str, Change]]:
    """Every change of a key and of a value."""
    for row in rows:
        yield row, "", row
        for value, change in row.values.items():
            yield row, value, change


def test_all_products_are_there() -> None:
    assert {path.stem.removeprefix("keys-") for path in BUNDLED} >= PRODUCTS


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
class TestEveryMatrix:
    def test_every_row_says_something_and_where_that_is_written(self, path: Path) -> None:
        for row in YamlDocuments().read(path, KeyMatrix).keys:
            says = row.deprecated_in or row.removed_in or row.values or row.defaults
            assert says, row.name
            assert row.source.startswith("https://"), row.name

    def test_no_row_is_there_twice(self, path: Path) -> None:
        found = YamlDocuments().read(path, KeyMatrix)
        names = [(row.name.lower(), row.contexts) for row in found.keys]
        assert sorted(names) == sorted(set(names))

    def test_versions_are_versions_and_in_order(self, path: Path) -> None:
        found = YamlDocuments().read(path, KeyMatrix)
        version = order_of(found.ecosystem)
        for row, value, change in changes(found.keys):
            what = f"{row.name} {value}"
            marks = (change.deprecated_in, change.removed_in, change.available_in)
            assert all(version(mark) for mark in marks if mark), what
            if change.deprecated_in and change.removed_in:
                assert version(change.deprecated_in) <= version(change.removed_in), what
            if change.available_in:
                assert change.replacement, what
            if value:
                assert change.deprecated_in or change.removed_in, what
        for row in found.keys:
            order = [version(each.changed_in) for each in row.defaults]
            assert order == sorted(order), row.name

    def test_no_replacement_is_itself_gone_for_good(self, path: Path) -> None:
        found = YamlDocuments().read(path, KeyMatrix)
        gone = {r.name for r in found.keys if r.removed_in and not r.replacement}
        for row in found.keys:
            if row.removed_in and not row.convert:
                assert row.replacement not in gone, row.name


def run(argv: list[str], **more: object) -> tuple[int, str]:
    done = subprocess.run(argv, capture_output=True, timeout=20, check=False, **more)  # type: ignore[call-overload]
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


# ---- PostgreSQL: does the server take a file with this one setting? ----

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Callable[..., str]]:
    """The server's major version, and what asks it: empty where it takes a setting."""
    if POSTGRES is None:
        pytest.skip("no PostgreSQL server is installed here")
    folder = tmp_path_factory.mktemp("data")
    user: dict[str, object] = {}
    if os.geteuid() == 0:  # the server refuses to be root
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        for above in (folder, *folder.parents):
            if above != Path("/tmp") and Path("/tmp") in above.parents:
                above.chmod(above.stat().st_mode | 0o055)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder.chmod(0o700)
    # A private one, for `-C` takes the folder's own file.
    version = POSTGRES.parent.parent.name

    def ask(key: str, value: str | None = None, *, shown: bool = False) -> str | None:
        (folder / "postgresql.conf").write_text("" if value is None else f"{key} = '{value}'\n")
        argv = [str(POSTGRES), "-C", key if shown else "port", "-D", str(folder)]
        code, said = run(argv, cwd="/", **user)
        if shown:
            said = re.sub(r"(?m)^.* LOG: .*\n", "", said)
            return said.strip() if code == 0 else None
        return "" if code == 0 else said

    return version, ask


def test_postgresql_takes_what_is_left_and_refuses_what_went(
    postgres: tuple[str, Callable[..., str]],
) -> None:
    here, ask = postgres
    version = order_of("generic")
    asked = 0
    for row in matrix("postgresql").keys:
        if not (row.removed_in or row.deprecated_in or row.values):
            continue  # a default that changes: it may be younger than the server
        said = [ask(row.key, "1")]
        known = not any("unrecognized configuration parameter" in each for each in said)
        gone = bool(row.removed_in) and version(row.removed_in) <= version(here)
        assert known is not gone, f"{row.key} in PostgreSQL {here}: {said}"
        asked += 1
        if gone:
            assert "contains errors" in said[0], row.key  # so it does not start
        if gone and row.replacement and not row.convert:
            assert "unrecognized" not in ask(row.replacement, "1"), row.replacement
    assert asked > 20


def test_postgresql_refuses_values_that_went(
    postgres: tuple[str, Callable[..., str]],
) -> None:
    here, ask = postgres
    version = order_of("generic")
    for row, value, change in changes(matrix("postgresql").keys):
        if not value:
            continue
        gone = bool(change.removed_in) and version(change.removed_in) <= version(here)
        assert bool(ask(row.key, value)) is gone, f"{row.key} = {value}"
        if gone and change.replacement:
            assert ask(row.key, change.replacement) == ""


DEFAULTS = {"2ms": "2", "20ms": "20", "10min": "600000", "256kB": "256", "2MB": "2048"}
"""How the server puts out a default that has a unit."""


def test_postgresql_has_the_defaults_that_are_named(
    postgres: tuple[str, Callable[..., str]],
) -> None:
    here, ask = postgres
    version = order_of("generic")
    asked = 0
    for row in matrix("postgresql").keys:
        past = [each for each in row.defaults if version(each.changed_in) <= version(here)]
        future = [each for each in row.defaults if each not in past]
        expected = past[-1].to if past else future[0].from_ if future else None
        found = ask(row.key, shown=True)
        if expected is None or found is None:  # not known yet
            continue
        expected = DEFAULTS.get(expected, expected)
        if re.fullmatch(r"-?[\d.]+", expected):
            assert float(found) == float(expected), row.key
        else:
            assert found == expected, row.key
        asked += 1
    assert asked >= 12


# ---- sshd ----

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else None)


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Callable[[str], tuple[int, str]]]:
    """The version, and what asks sshd about one line."""
    if SSHD is None or shutil.which("ssh-keygen") is None:
        pytest.skip("no sshd is installed here")
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir():
        pytest.skip("sshd wants the folder /run/sshd for its privilege separation")
    folder = tmp_path_factory.mktemp("sshd")
    key = folder / "key"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
    _code, said = run(["ssh", "-V"])
    found = re.search(r"OpenSSH_(\d+\.\d+)", said)
    assert found is not None

    def ask(line: str) -> tuple[int, str]:
        file = folder / "sshd_config"
        file.write_text(f"{line}\n")
        return run([str(SSHD), "-T", "-f", str(file), "-h", str(key)])

    return found[1], ask


def test_sshd_warns_of_keywords_that_went_and_takes_those_that_are_left(
    sshd: tuple[str, Callable[[str], tuple[int, str]]],
) -> None:
    here, ask = sshd
    version = order_of("generic")
    asked = 0
    for row in matrix("openssh").keys:
        if row.component == "ssh" or row.key == "Protocol":  # read in silence
            continue
        code, said = ask(f"{row.key} yes")
        gone = bool(row.removed_in) and version(row.removed_in) <= version(here)
        if gone:
            assert "Deprecated option" in said, f"{row.key}: {said}"
            assert code == 0, row.key  # it starts: no inhibitor
            asked += 1
        elif not (row.defaults and version(row.defaults[0].changed_in) > version(here)):
            assert "Bad configuration option" not in said, row.key
            assert "Deprecated option" not in said, row.key
    assert asked >= 8


def test_sshd_refuses_algorithms_that_went(
    sshd: tuple[str, Callable[[str], tuple[int, str]]],
) -> None:
    here, ask = sshd
    version = order_of("generic")
    asked = 0
    for row, value, change in changes(matrix("openssh").keys):
        if not value or not row.each_word or row.component == "ssh" or row.key == "IPQoS":
            continue
        code, said = ask(f"{row.key} {value}")
        gone = bool(change.removed_in) and version(change.removed_in) <= version(here)
        if "ssh-dss" in value or "cert" in value:  # left out by some builds before its time
            continue
        assert (code != 0) is gone, f"{row.key} {value}: {said[:200]}"
        asked += gone
        if change.replacement and not change.convert:
            assert ask(f"{row.key} {change.replacement}")[0] == 0, change.replacement
    assert asked >= 9


def test_sshd_takes_the_new_names(
    sshd: tuple[str, Callable[[str], tuple[int, str]]],
) -> None:
    here, ask = sshd
    version = order_of("generic")
    for row in matrix("openssh").keys:
        new = row.replacement
        if not new or row.component == "ssh" or version(row.available_in or "1") > version(here):
            continue
        assert "Bad configuration option" not in ask(f"{new} yes")[1], new


# ---- nginx ----

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)


def test_nginx_refuses_or_ignores_what_went(tmp_path: Path) -> None:
    if NGINX is None:
        pytest.skip("no nginx is installed here")
    _code, said = run([NGINX, "-v"])
    found = re.search(r"nginx/([\d.]+)", said)
    assert found is not None
    version = order_of("nginx")
    here = version(found[1])
    asked = 0
    for row in matrix("nginx").keys:
        if row.component or row.values or row.defaults:
            continue
        value = {"http2_push": "/a", "limit_zone": "one $binary_remote_addr 10m"}.get(row.key, "")
        for each in [value] if value else ["on", "1", "1s", "4k"]:
            file = tmp_path / "nginx.conf"
            file.write_text(
                f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
                f"http {{ {row.key} {each}; server {{ listen 127.0.0.1:1; }} }}\n"
            )
            code, said = run([NGINX, "-t", "-p", str(tmp_path), "-c", str(file)])
            if "invalid" not in said and "no ssl_certificate" not in said:
                break
        unknown = "unknown directive" in said
        gone = bool(row.removed_in) and version(row.removed_in) <= here
        refuses = gone and row.refuses_to_start is not False
        assert unknown is refuses, f"{row.key} in {found[1]}: {said}"
        if gone and not refuses:
            assert code == 0, said
            assert "obsolete" in said or "deprecated" in said or "superseded" in said, said
        asked += 1
    assert asked >= 10
    for line, refused in (
        ("listen 127.0.0.1:1 spdy;", version("1.9.5")),
        ("listen 127.0.0.1:1; aio sendfile;", version("1.7.11")),
        ("listen 127.0.0.1:1 http2;", None),
    ):
        file.write_text(
            f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ server {{ {line} }} }}\n"
        )
        code, said = run([NGINX, "-t", "-p", str(tmp_path), "-c", str(file)])
        assert (code != 0) is (refused is not None and refused <= here), said


# ---- Redis ----


@pytest.fixture(scope="module")
def redis() -> tuple[str, Callable[[str, Path], str]]:
    """The version, and what asks a server that never listens: why it ended, empty for the end."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server is installed here")
    found = re.search(r"v=([\d.]+)", run([server, "--version"])[1])
    assert found is not None

    def ask(line: str, folder: Path) -> str:
        file = folder / "redis.conf"
        # The last line is wrong, so it ends by itself: only what it says of the first counts.
        file.write_text(f"{line}\nport 0\nno-such-directive-at-all 1\n")
        _code, said = run([server, str(file)], cwd=str(folder))
        assert "FATAL CONFIG FILE ERROR" in said
        return "" if "no-such-directive-at-all" in said else said

    return found[1], ask


VALUES = {
    "slaveof": "127.0.0.1 1",
    "client-output-buffer-limit": "replica 1mb 1mb 1",
    "rename-command": 'KEYS ""',
    "slave-announce-ip": "127.0.0.1",
    "acl-pubsub-default": "resetchannels",
    "enable-debug-command": "no",
    "enable-module-command": "no",
    "enable-protected-configs": "no",
    "save": "900 1",
    "appenddirname": "aof",
}


def test_redis_takes_what_is_left_and_refuses_what_went(
    redis: tuple[str, Callable[[str, Path], str]], tmp_path: Path
) -> None:
    here, ask = redis
    version = order_of("generic")
    for row in matrix("redis").keys:
        tries = [VALUES.get(row.key)] if row.key in VALUES else ["1", "yes", "1mb"]
        said = [ask(f"{row.key} {value}", tmp_path) for value in tries]
        gone = bool(row.removed_in) and version(row.removed_in) <= version(here)
        refuses = gone and row.refuses_to_start is not False
        assert all(said) is refuses, f"{row.key} in {here}: {said}"
        new = row.replacement
        if new and not row.convert and version(row.available_in or "1") <= version(here):
            left = [VALUES.get(row.key)] if row.key in VALUES else tries
            assert not all(ask(f"{new} {value}", tmp_path) for value in left), new
    assert ask('rename-command STRALGO ""', tmp_path) or version(here) < version("7.0")


# ---- PHP ----


def test_php_ends_warns_or_says_nothing_as_the_matrix_says(tmp_path: Path) -> None:
    php = shutil.which("php")
    if php is None:
        pytest.skip("no php is installed here")
    found = re.search(r"PHP (\d+\.\d+)", run([php, "-v"])[1])
    assert found is not None
    version = order_of("generic")
    here = version(found[1])
    ini = tmp_path / "php.ini"
    ended = 0
    for row, value, change in changes(matrix("php").keys):
        if row.key in ("extension", "zend_extension") or "*" in value:
            continue
        gone = bool(change.removed_in) and version(change.removed_in) <= here
        ini.write_text(f"{row.key} = {value or 'x'}\n")
        code, said = run([php, "-n", "-c", str(ini), "-r", "echo 'it runs';"])
        refuses = gone and bool(change.refuses_to_start)
        if value:
            assert (code != 0) is refuses, f"{row.key} = {value}: {said}"
            ended += refuses
        elif gone and not row.values:
            assert "it runs" in said, f"{row.key}: {said}"
            listed = run([php, "-n", "-r", f"var_dump(ini_get('{row.key}'));"])[1]
            assert "bool(false)" in listed, f"{row.key} is still known: {listed}"
        if row.removed_in and not gone and row.component == "" and "." not in row.key:
            listed = run([php, "-n", "-r", f"var_dump(ini_get('{row.key}'));"])[1]
            assert "bool(false)" not in listed, f"{row.key} is not known yet or any more"
    assert ended >= 40


def test_runbooks_can_name_every_matrix_that_is_here() -> None:
    here = sorted(path.stem for path in MATRICES.glob("*.yaml"))
    assert list(bundled.BUNDLED) == here
