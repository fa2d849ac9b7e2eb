"""Where everything is in a lab, and the one error that all of the lab's parts raise."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO = 1
USAGE = 2
OUTSIDE = 3
NOT_LOADED = 5
TRY_AGAIN = 75


class LabError(Exception):
    """What went wrong, where, what is unharmed and what to do; `code` is the exit status."""

    def __init__(self, text: str, code: int = NO) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Layout:
    """The folders and files of a lab."""

    root: Path

    @property
    def manifest(self) -> Path:
        """lab.json: the lab's id, its ports, the interpreter. Without it a folder is no lab."""
        return self.root / "lab.json"

    @property
    def etc(self) -> Path:
        """Configuration."""
        return self.root / "etc"

    @property
    def units(self) -> Path:
        """Unit files."""
        return self.etc / "systemd"

    @property
    def config(self) -> Path:
        """The order service's configuration."""
        return self.etc / "orders.ini"

    @property
    def token(self) -> Path:
        """The secret by which the partner knows the order service."""
        return self.etc / "partner.token"

    @property
    def channels(self) -> Path:
        """Where runbook-tui sends this lab's messages: a piece of its configuration."""
        return self.etc / "messages.toml"

    @property
    def status(self) -> Path:
        """The status feed and its page."""
        return self.root / "status"

    @property
    def messages_token(self) -> Path:
        """The secret by which the partner's status page knows who may write to it."""
        return self.root / "partner" / "messages.token"

    @property
    def messages_temper(self) -> Path:
        """How the partner's listener for messages answers; a word."""
        return self.root / "partner" / "messages.temper"

    @property
    def trusted(self) -> Path:
        """The CA bundle the order service trusts for the partner."""
        return self.etc / "ssl" / "vendor-ca.pem"

    @property
    def cron(self) -> Path:
        """Scheduled jobs."""
        return self.etc / "cron.d"

    @property
    def releases(self) -> Path:
        """Installed releases; `current` points at the one that runs."""
        return self.root / "srv" / "orders"

    @property
    def database(self) -> Path:
        """The orders."""
        return self.root / "data" / "orders.db"

    @property
    def flags(self) -> Path:
        """The flag service's file."""
        return self.root / "flagd" / "flags.json"

    @property
    def inbox(self) -> Path:
        """Ticket, package, the vendor's chain."""
        return self.root / "inbox"

    @property
    def package(self) -> Path:
        """The upgrade package."""
        return self.inbox / "Full-upgrade-package-dten.zip"

    @property
    def staging(self) -> Path:
        """The parts of the package that are taken, where they can be mended."""
        return self.root / "staging"

    @property
    def chain(self) -> Path:
        """The vendor's new chain, which came apart from the package."""
        return self.inbox / "vendor-ca-chain-2026.pem"

    @property
    def snapshots(self) -> Path:
        """Snapshots by name."""
        return self.root / "snapshots"

    @property
    def run(self) -> Path:
        """Locks and other things of the moment."""
        return self.root / "run"

    @property
    def read_only(self) -> Path:
        """While this file is there, the order service takes no new orders."""
        return self.run / "orders.read-only"

    @property
    def logs(self) -> Path:
        """One log a unit."""
        return self.root / "logs"

    @property
    def load_stats(self) -> Path:
        """What the client saw, one line of JSON a second."""
        return self.root / "client" / "stats.jsonl"

    @property
    def acknowledged(self) -> Path:
        """Ids of the orders the client was told are placed."""
        return self.root / "client" / "acknowledged.log"

    @property
    def runbook(self) -> Path:
        """The lab's own copy of the runbook."""
        return self.root / "runbooks" / "full-upgrade" / "runbook.yaml"

    @property
    def labctl(self) -> Path:
        """The operator's command."""
        return self.root / "bin" / "labctl"

    def read_manifest(self) -> dict[str, Any]:
        """lab.json as it is. Raises LabError where there is none or it cannot be read."""
        try:
            manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise LabError(f"{self.root} is no practice lab: it has no lab.json.", USAGE) from None
        except (OSError, ValueError) as error:
            raise LabError(
                f"{self.manifest} cannot be read ({error}). Nothing was changed. "
                "Build another lab in a fresh folder.",
                OUTSIDE,
            ) from None
        if not isinstance(manifest, dict) or not isinstance(manifest.get("id"), str):
            raise LabError(f"{self.manifest} is not a lab's. Nothing was changed.", USAGE)
        return manifest

    def port(self, name: str) -> int:
        """The port of `orders`, `partner_old`, `partner_new` or `messages`.

        Raises LabError where the lab is older than that.
        """
        ports = self.read_manifest()["ports"]
        if name not in ports:
            raise LabError(
                f"The lab in {self.root} was built before labs had {name}. Nothing was changed. "
                "A fresh lab: runbook-tui demo --new",
                USAGE,
            )
        return int(ports[name])

    def short(self, path: Path) -> str:
        """A path as people in the lab call it: relative to the lab."""
        return os.path.relpath(path, self.root)


def replace_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Puts `text` in the place of the file, whole or not at all."""
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(fresh).chmod(mode)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
