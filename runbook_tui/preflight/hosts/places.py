"""What was found of one host: its places, how it is used, and which edits would redirect it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runbook_tui.domain.findings import Edit, Evidence, line_digest
from runbook_tui.preflight.hosts.allowing import Redirects, split
from runbook_tui.preflight.hosts.endpoints import Endpoint, Use

_HOST_LETTER = r"[\w.-]"


@dataclass
class Host:
    """One host with everything that names it."""

    name: str
    evidence: dict[Evidence, None] = field(default_factory=dict)
    ports: set[int] = field(default_factory=set)
    uses: set[Use] = field(default_factory=set)
    instead: set[str] = field(default_factory=set)
    edits: dict[tuple[str, int], Edit] = field(default_factory=dict)
    by_hand: int = 0
    """Places that the redirect means and no edit reaches."""


def edit(
    path: str, number: int, raw: bytes, found: Endpoint, new: str, redirects: Redirects, host: str
) -> Edit | None:
    """The change of a line that redirects an endpoint in it; None where a person has to do it:
    the line has the new one already, or the old one also as a part of another name.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    new_host, new_port = split(new)
    old = found.host
    put = f"[{new_host}]" if ":" in new_host and "[" not in new else new_host
    if found.written_port and (redirects.whole(host, found.port) or new_port is not None):
        old = f"{found.host}:{found.port}"
        put = new if new_port is not None else f"{new_host}:{found.port}"
    elif new_port is not None and found.port != new_port:
        return None
    if new_host in text:
        return None
    everywhere = len(re.findall(re.escape(old), text))
    alone = len(re.findall(rf"(?<!{_HOST_LETTER}){re.escape(old)}(?!{_HOST_LETTER})", text))
    if not everywhere or everywhere != alone:
        return None
    return Edit(path=path, line=number, digest=line_digest(raw), find=old, put=put)
