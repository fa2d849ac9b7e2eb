"""Scheduled jobs. A disabled job keeps its line, commented out with the day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.practice.layout import LabError, Layout, replace_text

MARK = "#disabled "


def every(layout: Layout) -> list[str]:
    """A line about each job: where it stands, whether it is on, what it is."""
    files = [layout.etc / "crontab", *sorted(layout.cron.iterdir())]
    return [
        f"{layout.short(file)}:{number}: {state:8} {job}"
        for file in files
        for number, state, job in _jobs(file)
    ]


def disable(layout: Layout, name: str) -> str:
    """Comments out every job in etc/cron.d/NAME. Raises LabError if there is no such file."""
    file = _file(layout, name)
    if not any(state == "on" for _, state, _ in _jobs(file)):
        return f"{layout.short(file)}: no job in it is on; nothing was to be done"
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    on = {number for number, state, _ in _jobs(file) if state == "on"}
    lines = file.read_text(encoding="utf-8").splitlines()
    changed = [
        f"{MARK}{today} {line}" if number in on else line for number, line in enumerate(lines, 1)
    ]
    replace_text(file, "\n".join(changed) + "\n")
    return f"{layout.short(file)}: {len(on)} job disabled"


def enable(layout: Layout, name: str) -> str:
    """Takes `disable` back."""
    file = _file(layout, name)
    lines = file.read_text(encoding="utf-8").splitlines()
    back = [
        line.removeprefix(MARK).partition(" ")[2] if line.startswith(MARK) else line
        for line in lines
    ]
    if back == lines:
        raise LabError(f"No job in {layout.short(file)} is disabled. Nothing was changed.")
    replace_text(file, "\n".join(back) + "\n")
    return f"{layout.short(file)}: enabled"


def state(layout: Layout, name: str) -> str:
    """`on`, `disabled` or `absent`."""
    if not (layout.cron / name).is_file():
        return "absent"
    return "on" if any(s == "on" for _, s, _ in _jobs(_file(layout, name))) else "disabled"


def _file(layout: Layout, name: str) -> Path:
    file = layout.cron / name
    if "/" in name or not file.is_file():
        there = ", ".join(sorted(f.name for f in layout.cron.iterdir()))
        raise LabError(f"There is no etc/cron.d/{name}. There are: {there}")
    return file


def _jobs(file: Path) -> list[tuple[int, str, str]]:
    """Line number, state and text of each job; settings such as MAILTO are none."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith(MARK):
            found.append((number, "disabled", line.removeprefix(MARK).partition(" ")[2]))
        elif line and not line.startswith("#") and len(line.split()) > 6:
            found.append((number, "on", line))
    return found
