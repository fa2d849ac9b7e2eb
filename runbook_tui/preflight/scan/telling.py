"""Says what of a tree was not looked at: nothing that was left out may look like a pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.findings import Evidence, Finding
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.scan.engine import Looked
from runbook_tui.preflight.trees import Tree

SHOWN = 100
"""Binary files that are named; all are counted."""


def said(check: str, tree: Tree, looked: Looked) -> Iterator[Finding]:
    """Findings about what was not looked at, and how it was done."""
    label = tree.place(tree.root)
    if looked.trouble:
        evidence = tuple(
            Evidence(place=tree.place(Path(path)), text=safe_line(why, 160))
            for path, why in looked.trouble
        )
        yield Finding(
            check=check, key="not-looked-at", severity="unknown", subject=label, evidence=evidence,
            title=f"{len(evidence)} files or folders of {label} could not be looked at",
        )  # fmt: skip
    if looked.binary:
        yield Finding(
            check=check, key="binary-files", severity="info", subject=label,
            title=f"{len(looked.binary):,} binary files of {label} were not looked into",
            evidence=tuple(
                Evidence(place=tree.place(Path(path))) for path in sorted(looked.binary)[:SHOWN]
            ),
        )  # fmt: skip
    if looked.slow:
        yield Finding(
            check=check, key="without-ripgrep", severity="info", subject=label,
            title="ripgrep is not here: the same was found, slower",
        )  # fmt: skip
