"""A partner on loopback who takes messages over HTTP, in the temper that a test wants."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LONGEST_HANG = 20.0
MESSAGES = """\
messages:
  about: the shop
  affected: Orders may fail for some seconds.
  zone: UTC
  every: 30m
"""
STEPS = """\
phases:
  - id: one
    title: First
    steps:
      - {id: look, kind: checklist, title: Look around, estimate: 1m}
      - id: tell
        kind: message
        title: Tell them
        audience: customers
        update: start
        draft: |
          We have begun the work on {{about}}. {{affected}} Next update: {{next_update}}
        estimate: 1m
      - {id: after, kind: checklist, title: Afterwards, estimate: 1m}
"""
HEAD = "format: 1\nid: told\ntitle: Told\nversion: 1.0.0\nowner: ops\n"
TEXT = "We have begun. Orders may fail for some seconds. Next update: within 30 minutes."


@dataclass
class Partner:
    """What arrived, and what is answered: a status, or `hang`."""

    temper: int | str = 200
    words: bytes = b"{}"
    arrived: list[dict[str, Any]] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                partner.arrived.append(json.loads(body))
                partner.came.set()
                if partner.temper == "hang":
                    partner.over.wait(LONGEST_HANG)
                    return
                self.send_response(int(partner.temper))
                self.send_header("Content-Length", str(len(partner.words)))
                self.end_headers()
                self.wfile.write(partner.words)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/notify"

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def configure(home: Path, *channels: str) -> None:
    """The configuration of whoever lives in `home`: tables of channels."""
    path = home / "config" / "runbook-tui" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(channels))
    path.chmod(0o600)


def channel(name: str, url: str, audience: str = "customers", more: str = "") -> str:
    return (
        f'[channels.{name}]\nkind = "apprise"\naudience = "{audience}"\n'
        f'recipients = "readers of {name}"\nurl = "{url}"\n{more}\n'
    )


def by_hand(name: str, audience: str = "customers") -> str:
    return f'[channels.{name}]\nkind = "by-hand"\naudience = "{audience}"\n'
