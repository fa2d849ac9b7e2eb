"""What is to be said about private keys: where one is that should not be, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.x509.describing import evidences, subject_text
from runbook_tui.preflight.x509.reading import Content, Found, public_of
from runbook_tui.preflight.x509.wording import NAME


def about_keys(content: Content, leaves: list[Found], *, copies: bool) -> Iterator[Finding]:
    """Private keys in a file. `copies`: whether it came in a package."""
    place = safe_line(content.place)
    for each in content.keys:
        where = (Evidence(place=place, line=each.line),)
        if content.certificates or copies:
            words = "beside its certificates" if content.certificates else "in a package"
            yield Finding(
                check=NAME, key="private-key", severity="high", subject=place,
                title=f"{place}: a private key {words}", evidence=where,
                remediation="Keep it in a file of its own that only the server can read; one that "
                "travelled is everybody's: have it replaced.",
            )  # fmt: skip
        if not content.certificates:
            continue
        if each.trouble:
            yield unknown(NAME, f"{place}: a private key {each.trouble}", "key-not-readable")
        elif leaves and each.public not in {public_of(leaf.cert) for leaf in leaves}:
            yield wrong_key(place, each.line, leaves)


def wrong_key(place: str, line: int, leaves: list[Found]) -> Finding:
    """A private key that belongs to none of the leaves."""
    names = ", ".join(subject_text(each.cert) for each in leaves[:3])
    return Finding(
        check=NAME, key="wrong-key", severity="inhibitor", subject=place,
        title=f"{place}: the private key is not the one of {names}",
        evidence=(Evidence(place=place, line=line), *evidences(leaves[:3])),
        remediation="Put key and certificate of one order together; a renewed one has a new key.",
    )  # fmt: skip
