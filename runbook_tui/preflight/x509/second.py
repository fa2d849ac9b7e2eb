"""A second opinion on a chain that was built: `cryptography.x509.verification`, which knows name
constraints as well. Asked with rules for extensions as lax as it has them, since in-house CAs keep
few of the public ones.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime

from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.x509.chains import Chain
from runbook_tui.preflight.x509.describing import alternative_names, extension, is_self_issued
from runbook_tui.preflight.x509.rules import Said

_NAME_CONSTRAINTS = ("constrain", "permitted", "excluded")


def name_constraints(chain: Chain, at: datetime) -> Said | None:
    """What is wrong with the names of a chain that is trusted, sound and valid, by the name
    constraints of its CAs; None where nothing is, or none of them has any.
    """
    from cryptography.x509 import (
        BasicConstraints,
        DNSName,
        IPAddress,
        NameConstraints,
        SubjectAlternativeName,
    )
    from cryptography.x509.verification import (
        Criticality,
        ExtensionPolicy,
        PolicyBuilder,
        Store,
        VerificationError,
    )

    leaf, *above = (each.cert for each in chain.links)
    dns, addresses = alternative_names(leaf)
    subjects: Sequence[DNSName | IPAddress] = [
        *(DNSName(each.replace("*", "x")) for each in dns),
        *(IPAddress(ipaddress.ip_address(each)) for each in addresses),
    ]
    if not any(extension(cert, NameConstraints) for cert in above) or not subjects:
        return None
    authorities = ExtensionPolicy.permit_all().require_present(
        BasicConstraints, Criticality.AGNOSTIC, None
    )
    leaves = ExtensionPolicy.permit_all().require_present(
        SubjectAlternativeName, Criticality.AGNOSTIC, None
    )
    policy = (
        PolicyBuilder()
        .store(Store([chain.top.cert]))
        .time(at)
        .extension_policies(ca_policy=authorities, ee_policy=leaves)
    )
    between = [cert for cert in above[:-1] if not is_self_issued(cert)]
    try:
        policy.build_server_verifier(subjects[0]).verify(leaf, between)
    except (VerificationError, ValueError, TypeError) as error:
        why = safe_line(str(error), 200)
        if any(word in why for word in _NAME_CONSTRAINTS):
            text = "Have it issued by a CA that may."
            return Said("name-constraints", "inhibitor", f"has names its CA may not: {why}", text)
        words = f"has a CA with rules on names that cannot be checked here: {why}"
        return Said("name-constraints", "unknown", words)
    return None
