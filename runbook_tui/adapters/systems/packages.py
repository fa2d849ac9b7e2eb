"""Packages: what dpkg, rpm and a Python's own pip have installed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from runbook_tui.adapters.systems.asked import asked, done, limit
from runbook_tui.adapters.systems.base import InOrder, Kept, NotAskedError, NotPutBackError
from runbook_tui.domain.redact import redact
from runbook_tui.domain.systems.packages import Dpkg, Pip, Rpm
from runbook_tui.domain.systems.seen import Value

_DPKG = r"${Package}:${Architecture}\t${Version}\t${db:Status-Want}\t${db:Status-Status}\n"
_RPM = r"%{NAME}.%{ARCH}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n"
# Asked of the interpreter itself: pip need not be there, and starts several times slower. It must
# not find what lies in the folder that it runs in.
_LIST = """
import json, sys
sys.path = [each for each in sys.path if each]
from importlib.metadata import distributions
found = []
for each in distributions():
    name = each.metadata["Name"]
    if name:
        found.append([name, each.version, each.read_text("direct_url.json")])
print(json.dumps(found))
"""


class DpkgPackages(InOrder):
    """What dpkg has on a machine."""

    def __init__(self, config: Dpkg) -> None:
        self._config = config

    def look(self, kept: Kept) -> dict[str, Value]:
        folder = Path(self._config.root) / "var/lib/dpkg"
        if not (folder / "status").exists():
            raise NotAskedError(f"{folder}: there is no database of dpkg")
        argv = ["dpkg-query", f"--admindir={folder}", "-W", f"-f={_DPKG}"]
        found: dict[str, Value] = {}
        for line in asked(argv, limit(self._config)).splitlines():
            name, version, want, state = line.split("\t")
            if state != "not-installed":
                found[name] = {"version": version, "state": state, "want": want}
        return found

    def line(self, key: str, value: Value) -> str:
        usual = value["state"] == "installed" and value["want"] == "install"
        return str(value["version"]) + (
            "" if usual else f", {value['state']}, want: {value['want']}"
        )

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        raise NotPutBackError("packages of dpkg are apt's, or a snapshot's, to bring back")


class RpmPackages(InOrder):
    """What rpm has on a machine."""

    def __init__(self, config: Rpm) -> None:
        self._config = config

    def look(self, kept: Kept) -> dict[str, Value]:
        root = Path(self._config.root)
        # Asked for one that is not there, rpm makes an empty one.
        folder = asked(["rpm", "--eval", "%{_dbpath}"], limit(self._config)).strip()
        if not _has_files(root / folder.lstrip("/")):
            raise NotAskedError(f"{root}: there is no database of rpm")
        where = [] if self._config.root == "/" else ["--root", str(root.resolve())]
        found: dict[str, list[str]] = {}
        for line in asked(["rpm", *where, "-qa", "--qf", _RPM], limit(self._config)).splitlines():
            name, version = line.split("\t")
            found.setdefault(name, []).append(version)
        return {name: {"versions": sorted(versions)} for name, versions in found.items()}

    def line(self, key: str, value: Value) -> str:
        return ", ".join(value["versions"])

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        raise NotPutBackError("packages of rpm are dnf's, or a snapshot's, to bring back")


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


class PipPackages(InOrder):
    """What a Python has installed."""

    def __init__(self, config: Pip) -> None:
        self._config = config
        # A path with folders in it goes from where the runbook is; a plain name from the path.
        python = config.python
        self._python = str(Path(python).absolute()) if "/" in python else python

    def look(self, kept: Kept) -> dict[str, Value]:
        text = asked([self._python, "-c", _LIST], limit(self._config), cwd=Path("/"))
        found: dict[str, Value] = {}
        try:
            for name, version, source in json.loads(text):
                key = re.sub(r"[-_.]+", "-", name).lower()
                # Of two the first on the path is the one that is imported.
                found.setdefault(key, {"version": version} | _source(source))
        except (ValueError, TypeError) as error:
            raise NotAskedError(f"{self._config.python}: its answer cannot be read") from error
        return found

    def line(self, key: str, value: Value) -> str:
        source = value.get("from", {}).get("url")
        return str(value["version"]) + (f" from {redact(source)}" if source else "")

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        pip = [self._python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        if wanted is None:
            done([*pip, "uninstall", "--yes", key], limit(self._config), cwd=Path("/"))
            return f"removed {key} {now['version'] if now else ''} by pip uninstall"
        if "from" in wanted:
            where = redact(str(wanted["from"].get("url", "a place of its own")))
            raise NotPutBackError(f"{wanted['version']} came from {where}, not from an index")
        version = f"{key}=={wanted['version']}"
        options, env = self._index()
        done(
            [*pip, "install", "--no-deps", *options, version],
            limit(self._config),
            env,
            cwd=Path("/"),
        )
        return f"put back {key} {wanted['version']} by pip install --no-deps"

    def _index(self) -> tuple[list[str], dict[str, str]]:
        index = self._config.index
        if not index:
            return [], {}
        if "://" in index:
            return [], {"PIP_INDEX_URL": index}  # it may hold a password, which no list shows
        return ["--no-index", "--find-links", str(Path(index).absolute())], {}


def _source(text: str | None) -> dict[str, object]:
    return {"from": json.loads(text)} if text else {}
