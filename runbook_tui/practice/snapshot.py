"""Snapshots of the order service: its database, etc/ and srv/orders. Of nothing else.

What other people's systems hold (flags, webhooks at the partner) no snapshot of ours can bring
back. A snapshot notes how they stood, so that it can be seen later what was left behind.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runbook_tui.practice import flags, partner_api, releases, supervisor
from runbook_tui.practice.layout import USAGE, LabError, Layout, replace_text
from runbook_tui.practice.package import digest


def take(layout: Layout, name: str) -> str:
    """Takes a snapshot. Raises LabError if there is one of that name."""
    folder = _folder(layout, name)
    if folder.exists():
        raise LabError(
            f"There is a snapshot {name} already. It was not touched; take another name."
        )
    partial = folder.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    copy = partial / "orders.db"
    with (
        closing(sqlite3.connect(layout.database)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        count = target.execute("SELECT count(*) FROM orders").fetchone()[0]
    shutil.copytree(layout.etc, partial / "etc", symlinks=True)
    shutil.copytree(layout.releases, partial / "srv", symlinks=True)
    manifest = {
        "taken_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orders": count,
        "release": releases.current(layout),
        "sha256": digest(copy),
        "not_covered": outside(layout),
    }
    replace_text(partial / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    partial.rename(folder)
    return f"snapshot {name}: {count} orders, {copy_size(folder):.1f} MiB, sha256 verified"


def copy_size(folder: Path) -> float:
    """The size of a snapshot in MiB, after reading its database back."""
    _check(folder)
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20


def verify(layout: Layout, name: str) -> str:
    """Reads a snapshot back. Raises LabError if it is damaged."""
    folder = _there(layout, name)
    manifest = _check(folder)
    return f"snapshot {name} is whole: {manifest['orders']} orders as of {manifest['taken_at']}"


def restore(layout: Layout, name: str) -> list[str]:
    """Puts database, etc/ and srv/orders back. Raises LabError, before any change, if damaged."""
    folder = _there(layout, name)
    manifest = _check(folder)
    lines = supervisor.stop(layout, ["orders"])
    since = _placed_since(layout, manifest["orders"])
    for suffix in ("-wal", "-shm"):
        layout.database.with_name(layout.database.name + suffix).unlink(missing_ok=True)
    fresh = layout.database.with_name("orders.db.restored")
    shutil.copyfile(folder / "orders.db", fresh)
    fresh.replace(layout.database)
    with closing(sqlite3.connect(layout.database)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    _swap(folder / "etc", layout.etc)
    _swap(folder / "srv", layout.releases)
    lines += supervisor.start(layout, ["orders"])
    return [
        *lines,
        f"restored {manifest['orders']} orders as of {manifest['taken_at']}; "
        f"{since} orders placed since are gone",
        "not covered by any snapshot: flagd/flags.json, the partner's webhooks",
    ]


def delete(layout: Layout, name: str) -> str:
    """Removes a snapshot."""
    shutil.rmtree(_there(layout, name))
    return f"snapshot {name} is gone"


def every(layout: Layout) -> list[str]:
    """A line about each snapshot."""
    found = sorted(layout.snapshots.glob("[!.]*/manifest.json"))
    lines = []
    for file in found:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        lines.append(
            f"{file.parent.name:20} {manifest['taken_at']}  {manifest['release']}  "
            f"{manifest['orders']} orders"
        )
    return lines or ["no snapshots"]


def outside(layout: Layout) -> dict[str, Any]:
    """How flags and webhooks stand; webhooks are None where the partner cannot be asked."""
    try:
        webhooks = {w["id"]: w["url"] for w in partner_api.webhooks(layout)}
    except LabError:
        webhooks = None
    return {"flags": flags.every(layout), "webhooks": webhooks}


def residue(layout: Layout, name: str) -> list[str]:
    """What stands otherwise than when the snapshot was taken and that it does not bring back."""
    before = _check(_there(layout, name))["not_covered"]
    now = outside(layout)
    lines = []
    for flag in sorted(before["flags"].keys() | now["flags"].keys()):
        was, is_ = before["flags"].get(flag, "absent"), now["flags"].get(flag, "absent")
        if was != is_:
            lines.append(f"flag {flag} is {is_} (was {was})")
    if before["webhooks"] is None or now["webhooks"] is None:
        lines.append("webhooks at the partner: unknown, it could not be asked")
    else:
        for hook in sorted(before["webhooks"].keys() ^ now["webhooks"].keys()):
            here = hook in now["webhooks"]
            url = (now if here else before)["webhooks"][hook]
            lines.append(f"webhook {hook} to {url} is {'there (was absent)' if here else 'gone'}")
    return [*lines, f"{len(lines)} left outside snapshot {name}"]


def _placed_since(layout: Layout, before: int) -> str:
    """How many orders a restore loses; the database may be what it is restored for."""
    try:
        with closing(sqlite3.connect(layout.database)) as db:
            now = int(db.execute("SELECT count(*) FROM orders").fetchone()[0])
    except sqlite3.Error:
        return "an unknown number of"
    return str(max(now - before, 0))


def _swap(kept: Path, target: Path) -> None:
    """Puts a copy of `kept` in the place of `target`; whole before the old one goes."""
    fresh, old = (target.with_name(f".{target.name}.{w}") for w in ("restored", "replaced"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(kept, fresh, symlinks=True)
    target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old)


def _folder(layout: Layout, name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise LabError(f"{name!r} is no name for a snapshot: lower-case letters, digits, -.", USAGE)
    return layout.snapshots / name


def _there(layout: Layout, name: str) -> Path:
    folder = _folder(layout, name)
    if not folder.is_dir():
        raise LabError(
            f"There is no snapshot {name}. Nothing was changed. See: labctl snapshot list"
        )
    return folder


def _check(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(
            (folder / "manifest.json").read_text(encoding="utf-8")
        )
        if digest(folder / "orders.db") == manifest["sha256"]:
            return manifest
        why = "its database differs from its checksum"
    except (OSError, ValueError, KeyError) as error:
        why = str(error)
    raise LabError(f"Snapshot {folder.name} is damaged: {why}. Nothing was changed.")
