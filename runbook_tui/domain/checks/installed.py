"""Where a check learns which version is installed: exactly one of the ways."""

from __future__ import annotations

from runbook_tui.domain.runbook_model import Command, Model


class InstalledVersion(Model, frozen=True, kw_only=True):
    """Exactly one of `dpkg`, `rpm`, `pip`, `npm`, `command`, `file`, `url`, `version`."""

    dpkg: str | None = None
    """A package's name; as dpkg knows it."""
    rpm: str | None = None
    pip: str | None = None
    npm: str | None = None
    command: Command | None = None
    """A command that prints the version."""
    file: str | None = None
    """A file that has the version in it."""
    url: str | None = None
    """An HTTP(S) address that answers with the version."""
    version: str | None = None
    """The version itself."""
    pattern: str | None = None
    """A regular expression whose first group is the version, in what was read."""
    pointer: str | None = None
    """A JSON pointer to the version, where what was read is JSON: `/server/version`."""
