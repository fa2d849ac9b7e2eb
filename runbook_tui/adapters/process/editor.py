"""The person's own editor, on a text that lies in a file of theirs only while it is open."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

LARGEST = 200_000
"""Bytes that are read back."""


class EditorError(Exception):
    """The editor could not be used: one sentence."""


def edited(text: str, name: str) -> str:
    """The text as the person leaves it. It has the terminal meanwhile, and blocks.

    ``$VISUAL``, ``$EDITOR``, else vi. Raises EditorError where it cannot be started or ends with a
    code that is not 0: the text is then as it was.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="runbook-tui-") as folder:
        path = Path(folder) / f"{name}.txt"
        path.touch(mode=0o600)
        path.write_text(f"{text}\n", encoding="utf-8")
        try:
            code = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise EditorError(f"{editor} cannot be used: {reason}") from error
    if code != 0:
        raise EditorError(f"{editor} ended with {code}: the text is as it was")
    if len(content) > LARGEST:
        raise EditorError(f"the text has {len(content):,} bytes, {LARGEST:,} is the most")
    return content.decode("utf-8", "replace").rstrip("\n")
