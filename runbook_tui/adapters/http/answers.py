"""What an answer holds, bounded; and the header that holds a token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import requests
import requests.auth

from runbook_tui.adapters.http.trouble import OverdueError
from runbook_tui.domain.text import safe_line

MOST_BYTES = 16 * 1024**2
"""Of an answer: a hundred incidents with long updates, a thousand flags."""
MOST_SAID = 120
"""Characters of what a server says that are shown."""
CHUNK = 64 * 1024
_MARKUP = re.compile(r"<[A-Za-z/!]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://\S+")


class TokenHeader(requests.auth.AuthBase):
    """Puts the token into its header. As an authorisation of its own, so that no ``.netrc`` of the
    operator replaces it."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._name] = self._value
        return request


def content_of(response: requests.Response) -> tuple[bytes, bool]:
    """What the answer holds, and whether it is all of it. The status is known, and is what counts:
    a body that breaks off or drips on takes nothing back."""
    content = bytearray()
    try:
        for chunk in response.iter_content(CHUNK):
            content += chunk
            if len(content) > MOST_BYTES:
                return bytes(content), False
    except (requests.RequestException, OSError, OverdueError):
        return bytes(content), False
    return bytes(content), True


def parsed(content: bytes) -> Any:
    """The JSON data in it; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def said(data: Any, clean: Callable[[str], str]) -> str:
    """What a server says of a refusal: one short line, without addresses and markup. `clean` takes
    secrets out of it."""
    found: list[str] = []
    if isinstance(data, dict):
        for key in ("error", "message", "errors", "title", "detail"):
            found += _texts(data.get(key))
    for text in found:
        # Before anything is cut, which could leave the half of a secret.
        line = safe_line(clean(text))
        if not _MARKUP.search(line):
            return safe_line(_ADDRESS.sub("…", line), MOST_SAID)
    return ""


def _texts(value: Any, depth: int = 3) -> list[str]:
    if isinstance(value, str) and value.strip():
        return [value[:10_000]]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and depth:
        return [text for each in value[:20] for text in _texts(each, depth - 1)]
    return []
