"""The partner, as an operator asks it: its webhooks, and whether its certificate is trusted."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import socket
import ssl
from pathlib import Path
from typing import Any

from runbook_tui.practice.layout import OUTSIDE, USAGE, LabError, Layout, replace_text

CERTIFICATES = Path(__file__).parent / "certificates"
TIMEOUT_S = 3.0
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
EVENTS = "events"
"""The webhook that 5.0 wants: the partner tells the order service what became of orders."""


def webhooks(layout: Layout) -> list[dict[str, Any]]:
    """The registrations at the partner. Raises LabError if it cannot be asked."""
    registered: list[dict[str, Any]] = _ask(layout, "GET", "/webhooks")["webhooks"]
    return registered


def register(layout: Layout) -> str:
    """Registers the order service for events; once, however often it is called."""
    url = events_url(layout)
    for webhook in webhooks(layout):
        if webhook["url"] == url:
            return f"{webhook['id']} -> {url} is registered already"
    made = _ask(layout, "POST", "/webhooks", {"url": url, "created_by": "CHG-4711"})
    return f"{made['id']} -> {url} registered"


def unregister(layout: Layout, which: str) -> str:
    """Removes a registration by its id, or ours as `events`. Raises LabError if it is not there."""
    url = events_url(layout)
    ids = [
        w["id"]
        for w in webhooks(layout)
        if which == w["id"] or (which == EVENTS and w["url"] == url)
    ]
    if not ids:
        raise LabError(f"The partner has no webhook {which}. Nothing was changed.")
    for webhook_id in ids:
        _ask(layout, "DELETE", f"/webhooks/{webhook_id}")
    return f"{', '.join(ids)} removed at the partner"


def events_url(layout: Layout) -> str:
    """Where the order service takes events."""
    return f"http://127.0.0.1:{layout.port('orders')}/partner/events"


def chain_verify(layout: Layout) -> str:
    """Shakes hands with the partner's new address, trusting what the order service trusts.

    Raises LabError with what is missing.
    """
    port = layout.port("partner_new")
    try:
        context = ssl.create_default_context(cafile=layout.trusted)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as tls,
        ):
            peer = tls.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        held = ", ".join(_name(c["subject"]) for c in context.get_ca_certs())
        raise LabError(
            f"not trusted: {error.verify_message}. {layout.short(layout.trusted)} holds: {held}. "
            "4.2 uses the old address and is unharmed. "
            "Install the vendor's new chain: labctl chain install"
        ) from None
    except OSError as error:
        raise LabError(f"The partner does not answer on port {port}: {error}.", OUTSIDE) from None
    return (
        f"trusted: {_name(peer['subject'])}, issued by {_name(peer['issuer'])}, "
        f"until {peer['notAfter']}"
    )


def chain_install(layout: Layout, file: Path, sha256: str) -> str:
    """Adds the certificates in `file` to the trusted ones; those trusted before stay.

    Raises LabError, before any change, if the file's SHA-256 is another.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise LabError(f"{file} cannot be read: {error}. Nothing was changed.", USAGE) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        raise LabError(
            f"{file.name} has SHA-256 {found}, not {sha256}. Nothing was changed. "
            "Compare with the ticket, and ask the vendor on the phone."
        )
    bundle = layout.trusted.read_text(encoding="utf-8")
    new = [c for c in CERTIFICATE.findall(content.decode("ascii", "replace")) if c not in bundle]
    if not new:
        return "all of its certificates are trusted already"
    kept = layout.trusted.with_name(layout.trusted.name + ".before")
    if not kept.exists():
        replace_text(kept, bundle)
    replace_text(layout.trusted, bundle.rstrip("\n") + "\n" + "".join(new))
    return f"{len(new)} certificates added to {layout.short(layout.trusted)}"


def chain_remove(layout: Layout) -> str:
    """Goes back to what was trusted before `chain_install`."""
    kept = layout.trusted.with_name(layout.trusted.name + ".before")
    if not kept.exists():
        raise LabError("No chain was installed. Nothing was changed.")
    kept.replace(layout.trusted)
    return f"{layout.short(layout.trusted)} is as it was"


def _ask(
    layout: Layout, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=CERTIFICATES / "vendor-root-g1.pem")
    headers = {"Content-Type": "application/json"}
    if method != "GET":
        token = os.environ.get("PARTNER_TOKEN", "")
        if not token:
            raise LabError(
                "PARTNER_TOKEN is not set. Nothing was changed. The partner's token goes into "
                "the environment, never onto the command line.",
                USAGE,
            )
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPSConnection(
        "127.0.0.1", layout.port("partner_old"), timeout=TIMEOUT_S, context=context
    )
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LabError(
            f"The partner did not answer ({error}). Whether it did what was asked is unknown: "
            "see labctl probe webhooks",
            OUTSIDE,
        ) from None
    finally:
        connection.close()
    if response.status >= 300:
        raise LabError(f"The partner refused ({response.status}): {answer.get('error')}.", OUTSIDE)
    return answer


def _name(name: Any) -> str:
    """The common name in what `ssl` makes of a distinguished name."""
    return next((v for part in name for k, v in part if k == "commonName"), "?")
