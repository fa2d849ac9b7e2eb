"""Where a check learns which version is installed: exactly one of the ways."""

from __future__ import annotations

from runbook_tui.domain.runbook_model import Command, Model

WAYS = ("dpkg", "rpm", "pip", "npm", "command", "file", "url", "version")
"""The ways to learn a version; an `InstalledVersion` has one of them."""


class InstalledVersion(Model, frozen=True, kw_only=True):
    """Exactly one of `dpkg`, `rpm`, `pip`, `npm`, `command`, `file`, `url`, `version`."""

    dpkg: str | None = None
    """A package's name, as dpkg knows it: `postgresql-15`, `libc6:amd64`."""
    rpm: str | None = None
    """A package's name, as rpm knows it."""
    pip: str | None = None
    """A distribution's name, as pip knows it: `apache-airflow`."""
    python: str = "python3"
    """With `pip`: the Python that has it, such as `/opt/airflow/bin/python`."""
    npm: str | None = None
    """A package's name, as npm knows it."""
    npm_folder: str | None = None
    """With `npm`: the folder of the project that has it; the global packages where not given."""
    command: Command | None = None
    """A command that prints the version."""
    file: str | None = None
    """A file that has the version in it."""
    url: str | None = None
    """An HTTP(S) address that answers with the version."""
    version: str | None = None
    """The version itself."""
    pattern: str | None = None
    """A regular expression whose first group is the version, tried on the first 256 characters of
    each line of what was read. Without it: the first thing that looks like a version."""
    pointer: str | None = None
    """A JSON pointer to the version, where what was read is JSON: `/server/version`."""

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that are given; more or fewer than one is a mistake."""
        return tuple(way for way in WAYS if getattr(self, way) is not None)
