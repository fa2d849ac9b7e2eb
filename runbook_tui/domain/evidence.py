"""What is stored as evidence: the output of a command, or a text that a person attaches.

Both are text, redacted before they are committed, because git does not forget.
"""

from __future__ import annotations

import hashlib
import re

from runbook_tui.domain.job import Ended
from runbook_tui.domain.output import as_lines
from runbook_tui.domain.redact import MARK, Redactor
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_text

_KEY_BEGIN = "-----BEGIN "
_KEY_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----")
LARGEST_EVIDENCE = 4 * 1024 * 1024
"""Bytes of a piece of evidence that a person attaches."""


def output_text(line: str, ended: Ended, redactor: Redactor) -> bytes:
    """What is stored of a command: its line, how it ended, and its output."""
    parts = [f"$ {line}\n", as_lines(redactor.text(ended.output.head()))]
    tail = ended.output.tail()
    if ended.output.cut:
        parts.append(f"… {ended.output.cut:,} bytes are not stored …\n")
    if tail:
        # A key that the head ends in ends in the tail: the redactor knows.
        lost = ended.output.cut and not redactor.in_key
        parts.append(as_lines(redactor.text(_without_key_end(tail) if lost else tail)))
    how = f"exit {ended.exit}" if ended.how == "exited" else ended.how
    parts.append(f"[{how} after {ended.seconds:.1f} s] {ended.trouble}".rstrip() + "\n")
    return safe_text("".join(parts)).encode("utf-8", "replace")


def _without_key_end(tail: str) -> str:
    """`tail` without the end of a private key whose beginning was not kept: nothing else would
    show that those lines are one."""
    end = _KEY_END.search(tail)
    if end is None or _KEY_BEGIN in tail[: end.start()]:
        return tail
    return MARK + tail[end.end() :]


def attached_text(name: str, content: bytes, redactor: Redactor) -> bytes | Refusal:
    """What is stored of a text that a person attaches, or why it is refused.

    What is no text is refused: nobody could take a secret out of it.
    """
    if len(content) > LARGEST_EVIDENCE:
        return Refusal(
            f"{name} has {len(content):,} bytes, {LARGEST_EVIDENCE:,} is the most",
            "attach the part that matters",
        )
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    # Logs often have a few broken bytes in them; a binary has nothing but.
    if b"\0" in content or text.count("\ufffd") > len(text) // 50:
        return Refusal(
            f"{name} is no text, so secrets could not be taken out of it",
            "keep it elsewhere, and note where, with its SHA-256: "
            + hashlib.sha256(content).hexdigest(),
        )
    return safe_text(redactor.text(text)).encode("utf-8", "replace")


def attached_path(step: str, name: str, number: int) -> str:
    """Where it lies in the log's tree. `number` makes the path one of a kind."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "evidence"
    return f"evidence/{step}/{slug}-{number}.txt"
