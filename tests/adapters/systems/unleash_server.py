"""A real Unleash of the tests' own, on loopback and on a scratch PostgreSQL; gone at the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.preflight import scratch_postgres

TOKEN = "*:*.unleash-of-the-tests-0123456789"
INSTALLED = "RUNBOOK_TUI_TEST_UNLEASH"
"""Names the folder whose `node_modules` has it; else it is looked for beside its `package.json`."""
FOLDER = Path(__file__).parents[2] / "unleash"
PATIENCE = 60
# Its input ends with the tests, however they end.
_PROGRAM = """
process.stdin.resume().on('end', () => process.exit());
require('unleash-server').start({server: {host: '127.0.0.1', port: 0}})
  .then(({server}) => console.log('port ' + server.address().port))
  .catch((error) => {console.log('failed ' + error); process.exit(1)});
"""


@dataclass(frozen=True)
class Unleash:
    """Its address, and its API as whoever works with it uses it."""

    url: str

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/admin{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": TOKEN, "Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            request, timeout=PATIENCE
        ) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def flag(self, name: str, **settings: Any) -> str:
        """Makes a flag; gives the path of it."""
        self("POST", "/projects/default/features", {"name": name, "type": "release", **settings})
        return f"/projects/default/features/{name}"

    def status(self, path: str) -> int:
        """What it answers to a question."""
        try:
            self("GET", path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200


@contextmanager
def running() -> Iterator[Unleash]:
    """Skips where it, node or PostgreSQL is not here."""
    folder = Path(os.environ.get(INSTALLED, FOLDER))
    if shutil.which("node") is None or not (folder / "node_modules/unleash-server").is_dir():
        pytest.skip(
            f"no node with unleash-server: npm ci in tests/unleash, or name it in {INSTALLED}"
        )
    with scratch_postgres.running() as where:
        host = dict(each.split("=", 1) for each in where.split())["host"]
        server = subprocess.Popen(
            ["node", "-e", _PROGRAM],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "NODE_ENV": "production",
                "NODE_NO_WARNINGS": "1",
                "DATABASE_HOST": host,
                "DATABASE_USERNAME": "tests",
                "DATABASE_PASSWORD": "none-is-asked-for",
                "DATABASE_NAME": "postgres",
                "DATABASE_SSL": "false",
                "INIT_ADMIN_API_TOKENS": TOKEN,
                "CHECK_VERSION": "false",
                "SEND_TELEMETRY": "false",
                "LOG_LEVEL": "error",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert server.stdin is not None
        assert server.stdout is not None
        said = []
        try:
            for line in server.stdout:
                said.append(line)
                if line.startswith("port "):
                    yield Unleash(f"http://127.0.0.1:{int(line.split()[1])}")
                    return
            pytest.fail("Unleash did not start: " + "".join(said))
        finally:
            server.stdin.close()
            server.stdout.close()
            try:
                server.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
