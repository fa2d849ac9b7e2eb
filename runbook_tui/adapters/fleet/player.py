"""Plays a playbook on an inventory with the ansible programs of this machine.

ansible-runner starts them, in a private folder that is gone afterwards, and reads their events.
Blocking: for a thread.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runbook_tui.domain.fleet import FleetError
from runbook_tui.domain.text import safe_line

LOOK_SECONDS = 1
"""How often ansible-runner looks whether it was cancelled."""
LIST_SECONDS = 60
_NOT_THERE = "ansible is not installed: its program {} was not found on PATH"

Heard = Callable[[dict[str, Any]], None]
"""Called with job events, in the thread that plays."""


class Player:
    """One inventory. `programs`: the folder of the ansible programs; None to look on PATH."""

    def __init__(self, inventory: Path, programs: Path | None) -> None:
        self._inventory = inventory.absolute()
        self._path = os.pathsep.join(
            [*([str(programs)] if programs else []), os.environ.get("PATH", os.defpath)]
        )

    def listed(self, pattern: str) -> tuple[str, ...]:
        """The hosts that a pattern stands for. Raises FleetError."""
        program = self._program("ansible")
        arguments = [pattern, "-i", str(self._inventory), "--list-hosts"]
        with _folder() as private:
            try:
                out, err, code = _library().run_command(
                    program,
                    arguments,
                    private_data_dir=str(private),
                    envvars=self._environment(),
                    quiet=True,
                    runner_mode="subprocess",
                    timeout=LIST_SECONDS,
                )
            except Exception as error:  # noqa: BLE001 - a library's own errors, told as a refusal
                raise FleetError(
                    f"ansible cannot list hosts: {safe_line(str(error), 300)}"
                ) from None
        first, *names = out.splitlines() or [""]
        if code != 0 or not re.match(r"\s*hosts \(\d+\):", first):
            last = [line for line in (err or out).splitlines() if line.strip()][-1:]
            raise FleetError(f"ansible cannot list hosts: {safe_line(' '.join(last), 300)}")
        found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        if not found:
            raise FleetError(f"no host of the inventory matches {safe_line(pattern, 60)!r}")
        return found

    def play(
        self, text: str, forks: int, connect: float, heard: Heard, stop: threading.Event
    ) -> str:
        """Plays a playbook to its end, in a thread. Gives why it did not play, or nothing."""
        self._program("ansible-playbook")  # found by PATH again
        said: list[str] = []

        def handler(event: dict[str, Any]) -> bool:
            if event.get("event") in ("verbose", "error", "warning", "deprecated"):
                said.append(str(event.get("stdout", "")))
                del said[:-20]
            heard(event)
            return False  # and so it is not written to a file either

        with _folder() as private:
            (private / "project").mkdir()
            (private / "project" / "play.yml").write_text(text, encoding="ascii")
            runner = _library().run(
                private_data_dir=str(private),
                playbook="play.yml",
                inventory=str(self._inventory),
                forks=max(1, forks),
                envvars={**self._environment(), "ANSIBLE_TIMEOUT": str(max(1, round(connect)))},
                settings={"pexpect_timeout": LOOK_SECONDS, "suppress_output_file": True},
                event_handler=handler,
                cancel_callback=stop.is_set,
                quiet=True,
            )
            if runner.status == "successful" or stop.is_set():
                return ""
        lines = [line.strip() for text in said for line in text.splitlines() if line.strip()]
        errors = [line for line in lines if "ERROR" in line or "rror:" in line]
        return safe_line((errors or lines or [f"ansible said {runner.status}"])[-1], 300)

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=self._path)
        if found is None:
            raise FleetError(_NOT_THERE.format(name))
        if not self._inventory.exists():
            raise FleetError(f"the inventory {safe_line(str(self._inventory), 200)} is not there")
        return found

    def _environment(self) -> dict[str, str]:
        """What the team's own configuration does not say already."""
        given = {"PATH": self._path, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0"}
        # ansible-runner turns the check of host keys off; here it is on, unless the inventory
        # (`ansible_host_key_checking`) or the environment says otherwise. And nobody could answer
        # what ssh asks: where the check is off, ansible's own option comes first and stays.
        if "ANSIBLE_HOST_KEY_CHECKING" not in os.environ:
            given["ANSIBLE_HOST_KEY_CHECKING"] = "True"
        if "ANSIBLE_SSH_EXTRA_ARGS" not in os.environ:
            given["ANSIBLE_SSH_EXTRA_ARGS"] = "-o StrictHostKeyChecking=yes"
        if "ANSIBLE_CONFIG" not in os.environ:
            base = self._inventory if self._inventory.is_dir() else self._inventory.parent
            for folder in (base, base.parent):
                if (folder / "ansible.cfg").is_file():
                    given["ANSIBLE_CONFIG"] = str(folder / "ansible.cfg")
                    break
        return given


def _library() -> Any:
    try:
        import ansible_runner  # type: ignore[import-untyped]
    except ImportError:
        raise FleetError(
            "ansible-runner is not installed: install runbook-tui with its ansible extra"
        ) from None
    return ansible_runner


@contextmanager
def _folder() -> Iterator[Path]:
    """A private folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="runbook-tui-fleet-", ignore_cleanup_errors=True) as it:
        yield Path(it)
