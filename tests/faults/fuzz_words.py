"""Words that bad runbooks are made of: values of every sort, and keys of the format."""

from __future__ import annotations

SCALARS = [
    *["", "~", "null", "yes", "true", "[]", "{}", '"', "'", "*a", "&a", "&a x", "!!str x", "!x y"],
    *["|", ">", "- a", "a: b", "# c", "@", "`", "%", "!", "?", "? a", "<<: *a", "<<", "---", "..."],
    *["1e999", ".inf", "9" * 30, "-1", "0x1F", "1.10", "2026-13-45T10:00Z", "25:00Z", "22:00Z"],
    *["99999999d", "9" * 400 + "d", "5 minutes", "0s", "5m", "(a+)+$", "[", "(?P<", "[[:alpha:]]"],
    *["{{nope}}", "{{", "'{{service}}'", '"$RB_X"', "-rf", "\x00", "\u202e", "\u2028", "\x85"],
    *['"\\x1b"', '"\\0"', '"\\ud800"', "\ufeff", "ä", "x" * 10_000, "include: x.yaml", "\t", "{"],
    *["restart", "keep", "revert", "look-around", "go-no-go", "checklist", "command", "wait"],
]
KEYS = [
    *["format", "id", "title", "version", "owner", "links", "parameters", "roles", "window"],
    *["phases", "steps", "kind", "run", "argv", "shell", "verify", "expect", "observe", "estimate"],
    *["needs", "role", "approval", "evidence", "mutates", "effects", "compensation", "when", "is"],
    *["any-of", "not", "decision", "parameter", "options", "criteria", "duration", "until"],
    *["condition", "include", "min", "max", "pattern", "choices", "default", "type", "env", "<<"],
]
