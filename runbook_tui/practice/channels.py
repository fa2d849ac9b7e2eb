"""Where the program sends a lab's messages: its own configuration, for this lab only."""

from __future__ import annotations

import secrets

from runbook_tui.practice.layout import Layout, replace_text

TEXT = """\
# Where runbook-tui sends this lab's messages: to the partner, over HTTP on loopback only.
# What arrived: http://127.0.0.1:{port}/messages, or bin/labctl messages
[feed]
folder = "{status}"
title = "Orders: status"

[channels.status-page]
kind = "statuspage"
audience = "customers"
recipients = "everybody who reads the status page"
url = "http://127.0.0.1:{port}/v1"
page = "{page}"
token = "{token}"

[channels.partner-chat]
kind = "apprise"
audience = "internal"
recipients = "support and on-call, 12 people"
url = "json://127.0.0.1:{port}/notify"

[channels.board]
kind = "by-hand"
audience = "executives"
recipients = "the board's chat"
"""
"""A lab's folder has no character that would need escaping here: `lab.build` refuses those."""


def write(layout: Layout, port: int, page: str) -> None:
    """Writes the configuration for the status page `page`, and a new token for it and the partner.

    Both files are for their owner only.
    """
    token = secrets.token_hex(16)
    replace_text(layout.messages_token, token + "\n", 0o600)
    text = TEXT.format(port=port, page=page, token=token, status=layout.status)
    replace_text(layout.channels, text, 0o600)
