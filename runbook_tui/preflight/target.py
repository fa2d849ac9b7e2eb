"""What a check of a runbook is given: what to look at, and the means to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.fleet import FleetJob, FleetResult
from runbook_tui.preflight.ports import BadDocumentError, Documents, Network, Tools
from runbook_tui.preflight.trees import NotThereError, Tree

Config = TypeVar("Config", bound=CheckBase, covariant=True)
MATRICES = Path(__file__).parent / "matrices"


@dataclass(frozen=True)
class Target(Generic[Config]):
    """One check's subject."""

    name: str
    """The check's name in the runbook."""
    config: Config
    """What it is to look at, parameters in place."""
    folder: Path
    """The runbook's folder: relative paths begin there."""
    now: datetime
    """Aware, UTC."""
    tools: Tools
    network: Network
    documents: Documents
    window: tuple[datetime, datetime] | None = None
    """The maintenance window, aware; None where the runbook has none."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """The run's secrets, to be kept out of everything."""
    key: bytes = b""
    """Keys the hashes by which secret values are known."""
    fleet: Callable[[Sequence[str], str, FleetJob], FleetResult] | None = None
    """Runs a job on hosts: their entries, the team's inventory ("" for SSH by their names), the job
    without them. Blocking. Raises FleetError where a host cannot even be named."""
    unpack: Callable[[Path, str], Tree | None] | None = None
    """Puts a package, with what people call it, out into a private folder that goes away with the
    checks; None where the file is no package. Raises NotThereError where it is unsafe to."""
    tell: Callable[[str], None] = lambda _words: None
    """Says how far it is: ``1,200 files, 45 MiB``."""

    def path(self, text: str) -> Path:
        """The path that a text of the runbook means."""
        return self.folder / Path(text).expanduser()

    def tree(self, text: str) -> Tree:
        """What a path of the runbook holds: a folder, a file, or a package's files.

        Raises NotThereError.
        """
        path = self.path(text)
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except OSError as error:
            raise NotThereError(f"{text}: {error.strerror}") from error
        if not is_folder and not is_file:
            raise NotThereError(f"{text}: there is no such file or folder")
        unpacked = self.unpack(path, text) if is_file and self.unpack is not None else None
        return unpacked or Tree(path, text)

    def matrix(self, text: str) -> Path:
        """The file of a matrix: by its path, or by the name of one that comes with the program.

        Raises BadDocumentError where it is neither.
        """
        bundled = MATRICES / f"{text}.yaml"
        if "/" not in text and bundled.is_file():
            return bundled
        path = self.path(text)
        if "/" not in text and "." not in text and not path.exists():
            kind = text.partition("-")[0]
            known = sorted(each.stem for each in MATRICES.glob("*.yaml"))
            near = [name for name in known if name.partition("-")[0] == kind] or known
            raise BadDocumentError(
                f"no such file, and none of that name comes with the program: {', '.join(near)}"
            )
        return path
