"""A real PostgreSQL of the tests' own: in a folder in /tmp, on a socket, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """The folder with initdb, the newest there is."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4])
    )
    if found:
        return found[-1].parent
    where = shutil.which("initdb")
    return Path(where).parent if where else None


@contextmanager
def running() -> Iterator[str]:
    """A server without a TCP port; its connection string. Skips where PostgreSQL is not here."""
    folder = binaries()
    if folder is None or shutil.which("psql") is None:
        pytest.skip("PostgreSQL's server or psql is not on this machine")
    root = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        owner = _owner(root)
        data = root / "data"
        _run(
            [folder / "initdb", "-D", data, "-A", "trust", "-N", "-U", "tests", "-E", "UTF8"], owner
        )
        options = f"-k {root} -h '' -c fsync=off -c full_page_writes=off -c wal_level=logical"
        start = [folder / "pg_ctl", "-D", data, "-o", options, "-w", "-l", root / "log", "start"]
        _run(start, owner)
        try:
            yield f"host={root} user=tests"
        finally:
            _run([folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], owner)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _owner(root: Path) -> str | None:
    """Somebody else where we are root: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(root, user.pw_uid, user.pw_gid)
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


def _run(argv: list[str | Path], owner: str | None) -> None:
    done = subprocess.run(
        [str(part) for part in argv],
        user=owner,
        extra_groups=[] if owner else None,
        cwd="/",
        stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, argv
