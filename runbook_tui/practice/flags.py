"""The flag service's file, in the flagd format."""

from __future__ import annotations

import json
from typing import Any

from runbook_tui.practice.layout import OUTSIDE, LabError, Layout, replace_text


def every(layout: Layout) -> dict[str, str]:
    """Each flag's default variant."""
    return {name: flag["defaultVariant"] for name, flag in _read(layout)["flags"].items()}


def get(layout: Layout, name: str) -> str:
    """A flag's default variant: `on` or `off`. Raises LabError if there is none of that name."""
    known = every(layout)
    if name not in known:
        raise LabError(f"There is no flag {name}. There are: {', '.join(sorted(known))}")
    return known[name]


def put(layout: Layout, name: str, variant: str, *, create: bool = False) -> str:
    """Sets a flag's default variant; says what it was. Raises LabError if there is no such flag."""
    document = _read(layout)
    was = "absent" if create and name not in document["flags"] else get(layout, name)
    flag = document["flags"].setdefault(
        name, {"state": "ENABLED", "variants": {"on": True, "off": False}}
    )
    flag["defaultVariant"] = variant
    replace_text(layout.flags, json.dumps(document, indent=2) + "\n")
    return f"{name} is {variant} (was {was})"


def remove(layout: Layout, name: str) -> str:
    """Takes a flag out of the file. Raises LabError if there is no such flag."""
    get(layout, name)
    document = _read(layout)
    del document["flags"][name]
    replace_text(layout.flags, json.dumps(document, indent=2) + "\n")
    return f"{name} is gone"


def _read(layout: Layout) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(layout.flags.read_text(encoding="utf-8"))
        if all("defaultVariant" in flag for flag in document["flags"].values()):
            return document
        why = "a flag has no defaultVariant"
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        why = str(error)
    raise LabError(f"{layout.short(layout.flags)} cannot be read: {why}. Nothing changed.", OUTSIDE)
