"""What the parts of a runbook and its checks have in common: the base, and a command."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from runbook_tui.domain.units import Duration, Slug, Title

EffectKind = Literal[
    "file",
    "package",
    "unit",
    "schema",
    "data",
    "flag",
    "webhook",
    "credential",
    "dns",
    "cron",
    "cache",
    "message",
    "external-write",
]


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of every part of a runbook."""


class Approval(Model, frozen=True, kw_only=True):
    """Another person must agree before the step can be done, or a message be sent."""

    role: Slug | None = None
    """Any other person where no role is named."""


class Command(Model, frozen=True, kw_only=True):
    """A program to run: `argv`, or `shell` where the runbook says so, never both."""

    argv: tuple[str, ...] = ()
    shell: str | None = None
    cwd: str | None = None
    """Working folder, relative to the runbook's own folder."""
    env: dict[str, str] = {}
    timeout: Duration = "10m"
    host: str | None = None
    """A host to run on over ssh; here where it is not given."""
    hosts: tuple[str, ...] = ()
    """Hosts to run on at the same time, over SSH: `web1`, `root@web2:2222`. With `inventory` its
    hosts, groups and patterns."""
    inventory: str | None = None
    """The team's own Ansible inventory, relative to the runbook; needs the extra `ansible`."""
    at_once: Annotated[int, Meta(ge=1, le=500)] = 32
    """Hosts under way at the same time."""
    stop_after: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """No other host is begun once so many did not end well; 0 for never."""

    @property
    def where(self) -> str:
        """The host or hosts as the runbook has them; empty for this machine."""
        if not self.hosts:
            return self.host or ""
        named = ", ".join(self.hosts)
        if self.inventory is not None:
            named += f" of {self.inventory}"
        named += f"; {self.at_once} at once"
        return named + (f", none begun after {self.stop_after} failed" if self.stop_after else "")


class Expect(Model, frozen=True, kw_only=True):
    """What a verification must answer; every field that is given must hold."""

    exit: Annotated[int, Meta(ge=0, le=255)] = 0
    equals: str | None = None
    """The whole standard output, without white space around it."""
    contains: str | None = None
    matches: str | None = None
    """A regular expression searched in standard output."""


class Verify(Command, frozen=True, kw_only=True):
    """A read-only command and what it must answer. It may be run again at any time."""

    expect: Expect = Expect()


class Option(Model, frozen=True, kw_only=True):
    """One way to go, and what follows from it."""

    id: Slug
    title: Title
    consequence: str = ""
