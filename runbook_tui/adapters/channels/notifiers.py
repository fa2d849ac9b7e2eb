"""The services that Apprise knows: chat, mail, pagers, JSON to a hook.

Apprise itself tells no more than whether a service took the message. Observed with version 2.3.0
against servers on loopback: a refused connection, 400, 500, 503 with Retry-After and an answer
that did not come within four seconds are all FAILURE with one attempt, the reasons in log lines;
a 307 was followed with the body; an answer of one byte a second was waited for as long as it took,
and was then a SUCCESS. So nothing is taken from Apprise but its yes, and what a no means is told by
what was seen on the wire (`witness`): see `of_failure`.

It is made to try once, to follow nothing, and to work in this thread, where the time limit reaches
it. What is not HTTP or mail (MQTT, XMPP, a local socket) is unknown where it fails.
"""

from __future__ import annotations

from collections.abc import Mapping

import apprise

from runbook_tui.adapters.channels.outcomes import of_exchange
from runbook_tui.adapters.channels.reference import marked
from runbook_tui.adapters.channels.witness import Witness
from runbook_tui.domain.messages.channels import Answered, Outgoing

CONNECT_SECONDS = 60.0
"""The channel's limit ends it before; without a number Apprise gives up after four seconds, and
then nobody knows."""


def deliver(
    settings: Mapping[str, str], outgoing: Outgoing, longest: int | None, witness: Witness
) -> Answered:
    """Hands the message to the one service of the address. Raises OverdueError."""
    service = _service(settings["url"])
    if service is None:
        words = "its address is none that Apprise understands, or names more than one service"
        return Answered(outcome="refused", words=words)
    body = marked(outgoing.text, outgoing.entry, longest)
    result = service.notify(title=outgoing.title, body=body, body_format=apprise.NotifyFormat.TEXT)
    if result:
        return Answered(outcome="delivered", words="accepted by the service")
    return of_failure(witness)


def of_failure(witness: Witness) -> Answered:
    """What it means that Apprise says no: the worst of what was seen. Whatever may have arrived
    makes it unknown."""
    seen = [of_exchange(each) for each in witness.exchanges]
    taken = sum(1 for each in seen if each.outcome == "delivered")
    if witness.mail_sent:
        return Answered(outcome="unknown", words="the mail was sent, and not accepted")
    if witness.other_ways:
        return Answered(outcome="unknown", words="not accepted, and what became of it is not told")
    if taken:
        # A login before the message, one of several recipients, or a yes with a no in its text.
        words = f"not accepted, though {taken} of {len(seen)} requests were answered with a yes"
        return Answered(outcome="unknown", words=words)
    for outcome, doubtful in (
        ("unknown", False),
        ("failed", True),
        ("failed", False),
        ("refused", False),
    ):
        for each in reversed(seen):
            if each.outcome == outcome and each.doubtful == doubtful:
                return each
    if witness.reached_out:
        return Answered(outcome="failed", words="no connection, or no login, and no mail was sent")
    return Answered(outcome="refused", words="Apprise does not take this message for this service")


def _service(url: str) -> apprise.Apprise | None:
    asset = apprise.AppriseAsset(
        async_mode=False,
        service_timeout=0,  # else it starts a pool of threads, for one message
        http_redirects=False,
        default_service_retry=0,
    )
    services = apprise.Apprise(asset=asset)
    if not services.add(url) or len(services) != 1:
        return None
    for service in services:
        # What the address itself may ask for (`?retry=3&redirect=yes&verify=no&optional=yes`; the
        # last one turns a failure into a success).
        service.retry = 0
        service.redirects = False
        service.optional = False
        service.verify_certificate = True
        service.socket_connect_timeout = CONNECT_SECONDS
        service.socket_read_timeout = CONNECT_SECONDS
    return services
