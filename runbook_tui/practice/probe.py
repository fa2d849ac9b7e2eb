"""Read-only questions to the lab, each answered in one line with the observed value."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

from runbook_tui.practice import (
    cron,
    flags,
    migration,
    package,
    partner_api,
    releases,
    telemetry,
)
from runbook_tui.practice.layout import LabError, Layout


def version(layout: Layout) -> str:
    """The version the service answers with, such as 5.0.0."""
    return str(_get(layout, "/version")["version"])


def health(layout: Layout) -> str:
    """`ok`, or raises LabError with what is degraded."""
    answer = _get(layout, "/healthz")
    if answer["status"] != "ok":
        raise LabError(f"{answer['status']}: partner {answer['partner']}")
    return f"ok {answer['version']}, schema {answer['schema']}, partner {answer['partner']}"


def orders_count(layout: Layout) -> str:
    """How many orders the database holds."""
    with closing(sqlite3.connect(layout.database, timeout=5)) as db:
        count = db.execute("SELECT count(*) FROM orders").fetchone()[0]
    return f"{count} orders"


def figure(layout: Layout) -> str:
    """What the vendor measured the migration with, against what is here. Raises LabError where
    that says nothing about here.
    """
    with closing(sqlite3.connect(layout.database, timeout=5)) as db:
        count = int(db.execute("SELECT count(*) FROM orders").fetchone()[0])
    told = re.search(r"measured with ([0-9,]+) orders", package.readme(layout))
    measured = int(told[1].replace(",", "")) if told else 0
    if count > measured:
        raise LabError(f"the vendor measured with {measured:,} orders; here are {count:,}")
    return f"the vendor measured with {measured:,} orders; here are {count:,}"


def lost_orders(layout: Layout) -> str:
    """Orders that a customer was promised and that are not there. Raises LabError if any."""
    try:
        promised = {int(x) for x in layout.acknowledged.read_text(encoding="utf-8").split()}
    except FileNotFoundError:
        promised = set()
    with closing(sqlite3.connect(layout.database, timeout=5)) as db:
        there = {row[0] for row in db.execute("SELECT id FROM orders")}
    lost = len(promised - there)
    line = f"{lost} of {len(promised)} promised orders missing"
    if lost:
        raise LabError(line)
    return line


def schema(layout: Layout) -> str:
    """The schema's version."""
    return f"schema {migration.schema(layout)}"


def webhooks(layout: Layout) -> str:
    """The registrations at the partner."""
    found = partner_api.webhooks(layout)
    listed = ", ".join(
        f"{w['id']} -> {w['url']}{'' if w['active'] else ' (paused)'}" for w in found
    )
    return f"{len(found)} webhooks: {listed}" if found else "0 webhooks"


def webhook(layout: Layout) -> str:
    """Whether the partner tells us about orders: `registered` or `absent`."""
    url = partner_api.events_url(layout)
    there = any(w["url"] == url for w in partner_api.webhooks(layout))
    return f"webhook events {'registered' if there else 'absent'}"


def flag(layout: Layout, name: str) -> str:
    """A flag's default variant."""
    return f"{name} is {flags.get(layout, name)}"


def job(layout: Layout, name: str) -> str:
    """Whether a scheduled job is on."""
    return f"{name} is {cron.state(layout, name)}"


def writers(layout: Layout) -> str:
    """Whether new orders are taken."""
    return f"writers {'stopped' if layout.read_only.exists() else 'on'}"


def staged(layout: Layout) -> str:
    """Which releases are installed and which is active."""
    found = sorted(p.name for p in layout.releases.iterdir() if p.is_dir() and not p.is_symlink())
    return f"installed {' '.join(found)}, active {releases.current(layout)}"


def inventory(layout: Layout) -> list[str]:
    """What runs, and whether there is a way from it to 5.0. Raises LabError if there is none."""
    running = version(layout)
    short = ".".join(running.split(".")[:2])
    text = (layout.root / "inventory" / "upgrade-path.txt").read_text(encoding="utf-8")
    path = [line.split(None, 3) for line in text.splitlines() if not line.startswith("#")]
    if not any(row[:3] == [short, "5.0", "-"] for row in path):
        raise LabError(f"orders {running}: no direct path to 5.0. See inventory/upgrade-path.txt")
    return [
        f"orders {running}, {schema(layout)}, {orders_count(layout)}",
        f"path {short} -> 5.0: direct",
    ]


def smoke(layout: Layout) -> str:
    """Places a real order and reads it back. Raises LabError if anything is not as it should be."""
    body = json.dumps({"customer": "smoke-test", "amount": "12.34", "currency": "EUR"})
    code, text = telemetry.ask(layout, "POST", "/orders", body)
    if code != 201:
        raise LabError(f"placing an order answered {code}: {text[:200]}")
    order = json.loads(text)["id"]
    back = _get(layout, f"/orders/{order}")
    if back.get("amount") != "12.34":
        raise LabError(f"order {order} came back as {back}")
    return f"order {order} placed, confirmed, read back as {back['amount']} {back['currency']}"


def _get(layout: Layout, path: str) -> dict[str, str]:
    answer: dict[str, str] = json.loads(telemetry.ask(layout, "GET", path)[1])
    return answer
