"""The runbooks that come with the program."""

from __future__ import annotations

from pathlib import Path

import runbook_tui
from runbook_tui.practice.layout import OUTSIDE, LabError


def bundled_runbooks() -> Path:
    """The folder with the runbooks: inside an installed wheel, or at the top of a checkout.

    Raises LabError where neither has them.
    """
    package = Path(runbook_tui.__file__).resolve().parent
    for folder in (package / "bundled_runbooks", package.parent / "runbooks"):
        if (folder / "full-upgrade" / "runbook.yaml").is_file():
            return folder
    raise LabError(
        f"The runbooks that belong to this program are missing beside {package}. "
        "The installation is incomplete: install it again.",
        OUTSIDE,
    )
