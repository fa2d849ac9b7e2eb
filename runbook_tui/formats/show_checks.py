"""The checks of a runbook as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import fields

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.runbook_model import Command, Model
from runbook_tui.formats.page import Page


def show_checks(page: Page, runbook: Runbook) -> None:
    """Every check with what it looks at, and the commands it runs in full."""
    if not runbook.checks:
        return
    page.line()
    page.line("Checks")
    for name, check in runbook.checks.items():
        about = check.title or (type(check).__doc__ or "").strip()
        page.wrap(f"{name} [{check.kind}]: {about}", 2, "- ")
        for text, command in _settings(check):
            if command is not None:
                page.command(command, 6)
            else:
                page.wrap(text, 6)


def _settings(check: CheckConfig) -> Iterator[tuple[str, Command | None]]:
    for field in fields(type(check)):
        value = getattr(check, field.name)
        if field.name == "title" or not value or value == field.default:
            continue
        if isinstance(value, Command):
            yield "", value
            continue
        command = getattr(value, "command", None)
        yield f"{field.encode_name}: {_text(value)}", None
        if isinstance(command, Command):
            yield "", command


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{_text(key)} → {_text(each)}" for key, each in value.items())
    if isinstance(value, Model):
        return ", ".join(
            f"{f.encode_name} {_text(each)}"
            for f in fields(type(value))
            if (each := getattr(value, f.name)) not in (None, f.default)
            and not isinstance(each, Command)
        )
    return str(value)
