"""Software that package managers have installed."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Dpkg(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="dpkg"):
    """Debian packages by name and architecture (`nginx:amd64`): version, state, what is held.

    They are not put back: an older version is apt's, or a snapshot's, to bring.
    """

    kind: ClassVar[EffectKind] = "package"
    restores: ClassVar[bool] = False

    root: str = "/"
    """Where the machine's file tree begins."""


class Rpm(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="rpm"):
    """RPM packages by name and architecture (`nginx.x86_64`): all versions that are installed.

    They are not put back: an older version is dnf's (`dnf history undo`), or a snapshot's.
    """

    kind: ClassVar[EffectKind] = "package"
    restores: ClassVar[bool] = False

    root: str = "/"
    """Where the machine's file tree begins."""


class Pip(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="pip"):
    """Packages of a Python by name: version, and where one came from that is from no index.

    Put back is by that Python's own pip: `pip install --no-deps name==version` or `pip uninstall`.
    The version is asked of its package index: the same version, which may be another file.
    """

    kind: ClassVar[EffectKind] = "package"
    has_secret: ClassVar[frozenset[str]] = frozenset({"index"})

    python: str
    """The interpreter: `/opt/app/venv/bin/python`."""
    index: str = ""
    """Where versions are fetched: an address of an index, or a folder with wheels (then nothing
    else is asked); pip's own settings where it is empty."""
