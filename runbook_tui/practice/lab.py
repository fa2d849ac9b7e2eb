"""Building, opening, starting and stopping a practice lab."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import runbook_tui
from runbook_tui.practice import builder, ports, processes, registry, supervisor
from runbook_tui.practice.layout import OUTSIDE, USAGE, LabError, Layout, replace_text

FORMAT = 1
LIFETIME_S = 12 * 3600
START_LIMIT_S = 30


@dataclass(frozen=True)
class Lab:
    """A practice lab on disk; its services run or do not."""

    layout: Layout
    id: str

    @classmethod
    def open(cls, folder: Path) -> Lab:
        """The lab in `folder`. Raises LabError if there is none, or it was moved or half built."""
        layout = Layout(folder.resolve())
        manifest = layout.read_manifest()
        if manifest.get("state") != "ready":
            raise LabError(
                f"The building of the lab in {layout.root} was interrupted. "
                "Build it again: runbook-tui demo " + str(layout.root),
                USAGE,
            )
        if manifest.get("format") != FORMAT:
            raise LabError(
                f"The lab in {layout.root} was built by another version of this program "
                f"({manifest.get('built_with')}). Nothing was changed. "
                "Build one in a fresh folder.",
                USAGE,
            )
        if manifest.get("root") != str(layout.root):
            raise LabError(
                f"The lab in {layout.root} was built in {manifest.get('root')} and moved; its "
                "files still name that place. Nothing was changed. Build one in a fresh folder.",
                USAGE,
            )
        return cls(layout, manifest["id"])

    @property
    def root(self) -> Path:
        """The lab's folder."""
        return self.layout.root

    @property
    def runbook(self) -> Path:
        """The lab's own copy of the runbook; free to edit."""
        return self.layout.runbook

    @property
    def parameters(self) -> dict[str, str]:
        """What the runbook asks for. `partner_token` is the lab's secret: never show or log it."""
        return {
            "lab": str(self.root),
            "chain_sha256": hashlib.sha256(builder.new_chain().encode()).hexdigest(),
            "partner": f"127.0.0.1:{self.layout.port('partner_new')}",
            "partner_token": self.layout.token.read_text(encoding="utf-8").strip(),
        }

    @property
    def channels(self) -> Path | None:
        """The program's configuration for this lab's messages: `[feed]` and `[channels.NAME]`.

        It holds a secret of the lab. None in a lab that was built before there were any.
        """
        return self.layout.channels if self.layout.channels.is_file() else None

    @property
    def running(self) -> tuple[str, ...]:
        """The units that run now."""
        return tuple(sorted(p.unit for p in processes.of_lab(self.id)))

    def start(self) -> None:
        """Starts what does not run yet. Raises LabError, and stops all, if one does not come up.

        In a program of its own, so that the services are nobody's children when this one ends.
        """
        if not self.running:
            self._check_ports()
        try:
            done = subprocess.run(
                [self.layout.labctl, "start", "--all"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=START_LIMIT_S,
                check=False,
            )
            trouble = done.stderr.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            trouble = str(error)
        # A lab whose operator broke it on purpose starts too, if its service only is degraded.
        if trouble and len(self.running) < len(supervisor.names(self.layout)):
            self.stop()
            raise LabError(
                f"The practice lab does not start: {trouble} Everything of it was stopped again.",
                OUTSIDE,
            )

    def stop(self) -> tuple[str, ...]:
        """Ends every process of the lab, whoever started it; the units that were stopped."""
        return stop_processes(self.id)

    def summary(self) -> str:
        """Where everything is, in a few lines."""
        port = self.layout.port("orders")
        state = f"runs: {', '.join(self.running)}" if self.running else "is stopped"
        return (
            f"Practice lab {self.root} {state}\n"
            f"  orders    http://127.0.0.1:{port}/healthz\n"
            f"  package   {self.layout.short(self.layout.package)}\n"
            f"  runbook   {self.layout.short(self.runbook)}\n"
            f"{self._messages_line()}"
            f"  by hand   {self.layout.labctl} --help\n"
            f"  stop      runbook-tui demo --stop"
        )

    def _messages_line(self) -> str:
        if self.channels is None:
            return ""
        return f"  messages  http://127.0.0.1:{self.layout.port('messages')}/messages\n"

    def _check_ports(self) -> None:
        for name, port in self.layout.read_manifest()["ports"].items():
            if not ports.is_free(port):
                raise LabError(
                    f"Port {port} on 127.0.0.1, which this lab uses for {name}, is taken by "
                    "another program. Nothing was started. End that program, or build a lab in a "
                    "fresh folder.",
                    OUTSIDE,
                )


def build(folder: Path, count: int = builder.ORDERS) -> Lab:
    """Builds a lab with `count` orders in an empty or new folder; a lab that is there already is
    opened as it is.

    Raises LabError, before anything is written, if the folder holds something else.
    """
    root = folder.resolve()
    layout = Layout(root)
    if is_built(root):
        return Lab.open(root)
    with _told(root):
        if not layout.manifest.is_file() and root.exists() and any(root.iterdir()):
            raise LabError(
                f"{root} is not empty and is no practice lab. Nothing was written. "
                "Name a new or empty folder.",
                USAGE,
            )
        if not str(root).isprintable() or set(str(root)) & set('"\\$`'):
            raise LabError(
                f"The name {str(root)!r} has characters that unit files and shells trip over. "
                "Nothing was written. Name another folder.",
                USAGE,
            )
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)
        orders, old, new, messages = ports.choose(4)
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "state": "building",
            "id": secrets.token_hex(12),
            "root": str(root),
            "built_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "built_with": runbook_tui.__version__,
            "lifetime_s": LIFETIME_S,
            "ports": {
                "orders": orders,
                "partner_old": old,
                "partner_new": new,
                "messages": messages,
            },
        }
        replace_text(layout.manifest, json.dumps(manifest, indent=2) + "\n")
        builder.fill(layout, manifest["ports"], count)
        manifest["state"] = "ready"
        replace_text(layout.manifest, json.dumps(manifest, indent=2) + "\n")
        registry.remember(manifest["id"], root)
    return Lab.open(root)


def is_built(folder: Path) -> bool:
    """Whether a lab stands in `folder` already."""
    layout = Layout(folder.resolve())
    return layout.manifest.is_file() and layout.read_manifest().get("state") == "ready"


def find_labs() -> list[Lab]:
    """The labs built by this user that are still there; the notes of others are dropped."""
    labs = []
    for lab_id, root in registry.noted().items():
        try:
            lab = Lab.open(root)
        except LabError:
            lab = None
        if lab is not None and lab.id == lab_id:
            labs.append(lab)
        elif not processes.of_lab(lab_id):
            registry.forget(lab_id)
    return labs


def stop_labs() -> dict[Path, tuple[str, ...]]:
    """Ends the processes of every lab of this user, also of one whose folder is gone or broken.

    Answers with what was stopped, by the lab's folder; labs that did not run are left out.
    """
    stopped = {root: stop_processes(lab_id) for lab_id, root in registry.noted().items()}
    return {root: units for root, units in stopped.items() if units}


def stop_processes(lab_id: str) -> tuple[str, ...]:
    """Ends every process of the lab with this id, even if its folder is gone already."""
    found = processes.of_lab(lab_id)
    processes.end(found, lab_id)
    return tuple(sorted(p.unit for p in found))


@contextlib.contextmanager
def _told(root: Path) -> Iterator[None]:
    """Says what the system refused, with the place."""
    try:
        yield
    except OSError as error:
        raise LabError(
            f"The practice lab cannot be built in {root}: {error.strerror or error} "
            f"({error.filename or os.curdir}). Nothing outside that folder was changed. "
            "Name another folder: runbook-tui demo DIR",
            OUTSIDE,
        ) from None
