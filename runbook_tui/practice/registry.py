"""Where labs were built, so that `demo --stop` finds them after a crash."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from platformdirs import user_state_path


def folder() -> Path:
    """One small file a lab, under the XDG state folder."""
    return user_state_path("runbook-tui") / "labs"


def remember(lab_id: str, root: Path) -> None:
    """Notes where a lab is."""
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / f"{lab_id}.json").write_text(json.dumps({"id": lab_id, "root": str(root)}) + "\n")


def forget(lab_id: str) -> None:
    """Drops the note."""
    (folder() / f"{lab_id}.json").unlink(missing_ok=True)


def noted() -> dict[str, Path]:
    """Every lab noted, by id; a note that cannot be read is left out."""
    found = {}
    for file in sorted(folder().glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(file.read_text(encoding="utf-8"))
            found[str(note["id"])] = Path(note["root"])
    return found
