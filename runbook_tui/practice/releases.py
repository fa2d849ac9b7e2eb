"""The installed releases of the order service: which one runs, and going from one to another."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from runbook_tui.practice import supervisor
from runbook_tui.practice.layout import LabError, Layout, replace_text

SOFTWARE = Path(__file__).parent / "software"


def program(name: str) -> dict[str, bytes]:
    """A program's modules by file name: `orders` is 4.2, `orders_5_0` all of 5.0."""
    files = {f.name: f.read_bytes() for f in sorted((SOFTWARE / name).glob("*.py"))}
    return {**program("orders"), **files} if name == "orders_5_0" else files


def write_program(files: dict[str, bytes], folder: Path) -> None:
    """Writes a program's modules into a folder of their own."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def point_at(layout: Layout, version: str) -> None:
    """Lets `current` point at an installed release, in one step."""
    fresh = layout.releases / ".current.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version)
    fresh.replace(layout.releases / "current")


def current(layout: Layout) -> str:
    """The release that is to run, such as 4.2."""
    return str((layout.releases / "current").readlink())


def activate(layout: Layout, version: str) -> str:
    """Makes a staged release the one that runs, with its configuration, and restarts the service.

    Raises LabError, before anything is changed, if it is not staged or not configured.
    """
    before = current(layout)
    if version == before:
        raise LabError(f"{version} is the active release already. Nothing was changed.")
    if not (layout.releases / version).is_dir():
        raise LabError(
            f"{version} is not staged in {layout.short(layout.releases)}. Nothing was changed; "
            f"{before} runs on. Stage it first: labctl package stage"
        )
    prepared = prepared_config(layout, version)
    if not prepared.is_file():
        raise LabError(
            f"{layout.short(prepared)} is missing. Nothing was changed; {before} runs on. "
            f"Write it first: labctl config convert --to {version}"
        )
    if version == "4.2" and not _has_text_amounts(layout):
        raise LabError(
            "4.2 cannot run on this database: the package's own migration dropped the column "
            f"amount. Nothing was changed; {before} runs on. Only a snapshot goes back to 4.2: "
            "labctl snapshot list"
        )
    _remember(layout)
    text = layout.config.read_text(encoding="utf-8")
    replace_text(prepared_config(layout, before), text)
    prepared.replace(layout.config)
    point_at(layout, version)
    began = time.monotonic()
    supervisor.stop(layout, ["orders"])
    try:
        answer = supervisor.start(layout, ["orders"])[0]
    except LabError as error:
        raise LabError(
            f"{version} is the active release now, but: {error}\n"
            f"To go back: labctl release activate {before}",
            error.code,
        ) from None
    return f"{before} -> {version}: {answer}, away for {time.monotonic() - began:.1f} s"


def _has_text_amounts(layout: Layout) -> bool:
    with closing(sqlite3.connect(layout.database, timeout=5)) as db:
        return any(row[1] == "amount" for row in db.execute("PRAGMA table_info(orders)"))


def prepared_config(layout: Layout, version: str) -> Path:
    """Where the configuration of a release waits until it is activated."""
    return layout.etc / f"orders-{version}.ini"


def _remember(layout: Layout) -> None:
    """Notes the moment and the counters just before, for `labctl load compare`."""
    from runbook_tui.practice import telemetry

    note = {"at": time.time(), "metrics": telemetry.scrape(layout)}
    replace_text(layout.run / "activated.json", json.dumps(note) + "\n")
