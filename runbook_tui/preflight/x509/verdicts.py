"""What is to be said about the certificates of one file or one server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.x509 import rules
from runbook_tui.preflight.x509.chains import Chain, Pool, build
from runbook_tui.preflight.x509.describing import (
    day,
    evidences,
    is_ca,
    is_self_issued,
    issuer_address,
    key_ids,
    name_text,
    subject_text,
)
from runbook_tui.preflight.x509.reading import Content, Found
from runbook_tui.preflight.x509.rules import Said, Times
from runbook_tui.preflight.x509.second import name_constraints
from runbook_tui.preflight.x509.trust import Trust
from runbook_tui.preflight.x509.wording import NAME, bundle, finding, told


@dataclass(frozen=True)
class Asked:
    """What certificates are held against."""

    given: Pool
    """All that was found anywhere: what might be sent, too."""
    trust: Trust | None
    """None where it could not be read: then nothing is said about chains."""
    times: Times
    names: tuple[str, ...]
    servers: bool = True
    """Whether leaves are for servers."""


@dataclass
class _State:
    """One file or server while it is judged: what was said already, what the chains need."""

    content: Content
    asked: Asked
    told: set[bytes] = field(default_factory=set)
    needed: set[bytes] = field(default_factory=set)
    broken: dict[tuple[str, str], tuple[Finding, list[Found]]] = field(default_factory=dict)


def judge(content: Content, asked: Asked, *, live: bool = False) -> Iterator[Finding | None]:
    """Everything about one file, or what one server sent (`live`)."""
    state = _State(content, asked)
    for line, trouble in content.troubles:
        place = safe_line(content.place)
        yield Finding(
            check=NAME, key="not-readable", severity="unknown", title=f"{place}: {trouble}",
            subject=place, evidence=(Evidence(place=place, line=line),),
        )  # fmt: skip
    found = _unique(content.certificates)
    leaves = found[:1] if live else [each for each in found if not is_ca(each.cert)]
    for leaf in leaves:
        yield None
        yield from _about_leaf(state, leaf, live=live)
    if leaves:
        yield from _about_bundle(state, leaves, live=live)
    else:
        yield from _about_authorities(state, found)
    for broken, concerned in state.broken.values():
        yield msgspec.structs.replace(broken, evidence=evidences(concerned))


def _unique(found: Iterable[Found]) -> list[Found]:
    first: dict[bytes, Found] = {}
    for each in found:
        first.setdefault(each.der, each)
    return list(first.values())


def _about_leaf(state: _State, leaf: Found, *, live: bool) -> Iterator[Finding]:
    asked, cert = state.asked, leaf.cert
    said: list[Said] = list(rules.about_names(cert, asked.names))
    if asked.servers or live:
        said += rules.about_server_use(cert)
    if live and is_ca(cert):
        words = "is a CA's own certificate, shown by a server"
        said.append(Said("leaf-is-ca", "high", words, "Have one issued for the server."))
    for one in said:
        yield told(one, leaf)
    if asked.trust is None:
        yield from _about_one(state, leaf)
        return
    presented = Pool(state.content.certificates)
    chain = build(leaf, presented, asked.trust.pool, asked.times.end)
    if not chain.trusted:
        chain = build(leaf, asked.given, asked.trust.pool, asked.times.end)
    state.needed |= {each.der for each in chain.links}
    yield from _about_chain(state, chain, presented, live=live)


def _about_chain(state: _State, chain: Chain, presented: Pool, *, live: bool) -> Iterator[Finding]:
    leaf, trust = chain.links[0], state.asked.trust
    assert trust is not None
    bad = False
    for each in chain.links:
        for each_said in _about_one(state, each):
            bad = bad or each_said.severity in ("inhibitor", "high")
            yield each_said
    for key, link, words in chain.faults:
        bad = True
        yield finding(key, "inhibitor", words, link, "Ask whoever runs the CA.")
    if not chain.trusted:
        _incomplete(state, chain, "inhibitor")
        return
    missing = [each for each in chain.links[1:-1] if each not in presented]
    if missing:
        names = ", ".join(subject_text(each.cert) for each in missing)
        text = f"Add it to what is sent, after the leaf: {missing[0].place} has it."
        words = f"does not come with {names}: clients that lack it refuse"
        # Whoever asks a server with a bundle that has it gets through; the others are theirs.
        ours = live and all(each in trust.pool for each in missing)
        severity: Severity = "warning" if ours else "high"
        if ours:
            words += f", those with {trust.label} do not"
        yield finding("missing-intermediate", severity, words, leaf, text, missing)
        return
    against = None if bad else name_constraints(chain, state.asked.times.end)
    if against is not None:
        more = chain.links[1:]
        yield finding(against.key, against.severity, against.words, leaf, against.remediation, more)
        return
    if not chain.ends_in_root:
        words = f"ends in {subject_text(chain.top.cert)}, which is trusted and no root"
        text = "Some clients trust roots only: add the root, or use one that is trusted."
        yield finding("partial-trust", "warning", words, leaf, text, chain.links[1:])
        return
    if not bad:
        last = min(each.cert.not_valid_after_utc for each in chain.links)
        words = f"builds to {subject_text(chain.top.cert)}, all of it valid until {day(last)}"
        yield finding("chain", "pass", words, leaf, "", chain.links[1:])


def _incomplete(state: _State, chain: Chain, severity: Severity) -> None:
    """A chain that ends nowhere: what is missing, once for all that need it."""
    trust = state.asked.trust
    assert trust is not None
    top = chain.top.cert
    place, rooted = safe_line(state.content.place), chain.ends_in_root
    missing = name_text(top.subject if rooted else top.issuer)
    elder = trust.elder(top.subject if rooted else top.issuer)
    text = f"Get {missing} from its owner over another channel, and add it to {trust.label}."
    if elder is not None:
        key = "rotated-root"
        same = name_text(elder.cert.subject) == missing
        other = "one with this name and another key" if same else subject_text(elder.cert)
        title = f"{place}: {trust.label} does not have {missing}; it has {other}"
    elif rooted and len(chain.links) == 1 and not is_ca(top):
        key, title = "untrusted-root", f"{place}: {missing} is signed by itself and not trusted"
    elif rooted:
        key = "untrusted-root"
        title = f"{place}: the chain ends in {missing}, which {trust.label} does not have"
    else:
        key = "no-chain"
        title = f"{place}: {subject_text(top)} is issued by {missing}, which is nowhere here"
        identifier, address = key_ids(top)[1], issuer_address(top)
        if identifier:
            text += f" Its key identifier is {identifier.hex()}."
        if address:
            text += f" {subject_text(top)} says that it is at {address}."
    broken = Finding(
        check=NAME, key=key, severity=severity, title=safe_line(title, 300),
        subject=f"{place}: {missing}", remediation=safe_line(text),
    )  # fmt: skip
    _, concerned = state.broken.setdefault((key, missing), (broken, []))
    concerned += [each for each in chain.links if each not in concerned]
    if elder is not None and elder not in concerned:
        concerned.append(elder)


def _about_one(state: _State, found: Found) -> Iterator[Finding]:
    """Time and strength, once for each."""
    if found.der in state.told:
        return
    state.told.add(found.der)
    for each in rules.about_time(found.cert, state.asked.times):
        yield told(each, found)
    for each in rules.about_strength(found.cert):
        yield told(each, found)


def _about_bundle(state: _State, leaves: list[Found], *, live: bool) -> Iterator[Finding]:
    """The order, and what is in it for nothing."""
    sent, place = state.content.certificates, safe_line(state.content.place)
    unique = _unique(sent)
    if len(unique) < len(sent):
        once = {id(each) for each in unique}
        twice = [each for each in sent if id(each) not in once]
        yield bundle("duplicate", "info", f"{place} has a certificate twice", place, twice)
    if len(leaves) == 1 and state.asked.trust is not None:
        yield from _about_order(state, leaves[0], unique, place)
    for each in unique:
        if each in leaves or not is_self_issued(each.cert):
            continue
        words = f"{place} has the root {subject_text(each.cert)}, which nobody needs to be sent"
        yield bundle("unneeded-root", "info", words, place, [each])
    unneeded = [
        each for each in unique
        if each.der not in state.needed and each not in leaves and not is_self_issued(each.cert)
    ]  # fmt: skip
    for each in unneeded if state.asked.trust is not None else ():
        words = f"{place} has {subject_text(each.cert)}, which is no part of the chain"
        yield bundle("unneeded", "info", words, place, [each])


def _about_order(state: _State, leaf: Found, unique: list[Found], place: str) -> Iterator[Finding]:
    trust = state.asked.trust
    assert trust is not None
    chain = build(leaf, Pool(unique), trust.pool, state.asked.times.end)
    right = [each.der for each in chain.links]
    here = {each.der for each in unique}
    is_now = [each for each in unique if each.der in right]
    if [each.der for each in is_now] != [der for der in right if der in here]:
        order = ", ".join(subject_text(each.cert) for each in chain.links if each.der in here)
        yield bundle(
            "wrong-order", "warning", f"{place} is in the wrong order; right is: {order}", place,
            is_now, "The leaf first, then each one's issuer: some clients look no further.",
        )  # fmt: skip


def _about_authorities(state: _State, found: list[Found]) -> Iterator[Finding | None]:
    """A bundle of CAs alone."""
    asked = state.asked
    fine = []
    for each in found:
        yield None
        ended = False
        for each_said in _about_one(state, each):
            ended = True
            # Others of a bundle may do what one that has expired does not.
            soften = each_said.severity == "inhibitor" and len(found) > 1
            yield msgspec.structs.replace(each_said, severity="high") if soften else each_said
        if asked.trust is None:
            continue
        chain = build(each, asked.given, asked.trust.pool, asked.times.end)
        for key, link, words in chain.faults:
            ended = True
            yield finding(key, "inhibitor", words, link, "Ask whoever runs the CA.")
        if not chain.trusted:
            _incomplete(state, chain, "inhibitor" if asked.trust.own else "info")
        elif not ended:
            fine.append(each)
    if fine and asked.trust is not None:
        names = ", ".join(subject_text(each.cert) for each in fine[:5])
        more = f" and {len(fine) - 5} more" if len(fine) > 5 else ""
        title = f"{safe_line(state.content.place)}: trusted by {asked.trust.label}: {names}{more}"
        yield bundle("authorities", "pass", title, safe_line(state.content.place), fine)
