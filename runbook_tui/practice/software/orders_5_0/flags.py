"""Feature flags, read from the flag service's file in the flagd format."""

from __future__ import annotations

import json
from pathlib import Path


def is_on(file: str, name: str) -> bool:
    """Whether the flag's default variant is on; a flag that cannot be read is off."""
    try:
        flag = json.loads(Path(file).read_text(encoding="utf-8"))["flags"][name]
        return flag["state"] == "ENABLED" and flag["variants"][flag["defaultVariant"]] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False
