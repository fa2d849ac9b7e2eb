"""What a name server answers."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class Dns(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="dns"):
    """What a name server answers to some questions, without times to live. Keys are `name TYPE`.

    Records are not put back: that is the zone's owner's to do.
    """

    kind: ClassVar[EffectKind] = "dns"
    restores: ClassVar[bool] = False

    server: str
    """The address of a name server, best an authoritative one: others remember old answers."""
    records: tuple[str, ...]
    """Questions, one a line: `www.example.com A`. Types: A, AAAA, CAA, CNAME, DNSKEY, DS, HTTPS,
    MX, NAPTR, NS, PTR, SOA, SRV, SSHFP, SVCB, TLSA, TXT, or TYPE and a number."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 53
