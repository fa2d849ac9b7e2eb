"""What arrived at the partner's listener for messages, as an operator asks it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

from runbook_tui.practice.layout import OUTSIDE, USAGE, LabError, Layout, replace_text
from runbook_tui.practice.software.partner.trouble import OK, TEMPERS, Trouble

TIMEOUT_S = 3.0
LOOK_EVERY_S = 0.2


def listing(layout: Layout, *, as_json: bool, follow: float | None) -> Iterator[str]:
    """A block about each message, oldest first, and at the end how many came in which way; as JSON
    one object a line and nothing else. With `follow` also what arrives in so many seconds."""
    deadline = time.monotonic() + (follow or 0)
    seen = 0
    while True:
        answer = _ask(layout, seen)
        for message in reversed(answer["messages"]):
            seen = max(seen, int(message["number"]))
            yield from [_json(message)] if as_json else _block(message)
        if time.monotonic() >= deadline:
            break
        time.sleep(LOOK_EVERY_S)
    if not as_json:
        yield _summary(answer)


def wait(layout: Layout, number: int, seconds: float) -> Iterator[str]:
    """The n-th message, as soon as it is there. Raises LabError if it does not come in time."""
    if number < 1:
        raise LabError("Messages are counted from 1.", USAGE)
    deadline = time.monotonic() + seconds
    while (answer := _ask(layout, number - 1))["arrived"] < number:
        if time.monotonic() >= deadline:
            raise LabError(
                f"{answer['arrived']} of {number} messages arrived within {seconds:g} s."
            )
        time.sleep(LOOK_EVERY_S)
    # The oldest are dropped when there are very many.
    yield from _block(answer["messages"][-1])


def temper(layout: Layout, word: str | None) -> str:
    """Tells the listener how to answer, or says what it is told."""
    if word is None:
        word = Trouble(layout.messages_temper).temper()
    else:
        layout.port("messages")
        replace_text(layout.messages_temper, word + "\n")
    hint = "" if word == OK else ". To end it: labctl messages temper ok"
    return f"{word}: the partner {TEMPERS[word]}{hint}"


def _block(message: dict[str, Any]) -> Iterator[str]:
    """A line with everything but the text, then the text, line by line and indented."""
    marks = [str(message[key]) for key in ("status", "reference") if message.get(key)]
    if message["times"] > 1:
        marks.append(f"arrived {message['times']} times")
    told = f" ({', '.join(marks)})" if marks else ""
    at = str(message["at"]).replace("T", " ")
    title = " ".join(str(message["title"]).split()) or "(no title)"
    yield f"#{message['number']} {at} {message['how']}: {title}{told}"
    for line in str(message["text"]).splitlines():
        yield f"    {line}".rstrip()


def _summary(answer: dict[str, Any]) -> str:
    counted = ", ".join(f"{n} by {how}" for how, n in answer["channels"].items())
    word = answer["temper"]
    trouble = "" if word == OK else f"; temper {word}: the partner {TEMPERS.get(word, '?')}"
    arrived, kept = answer["arrived"], answer["kept"]
    old = f", of which the newest {kept} are kept" if arrived > kept else ""
    return f"{arrived} messages arrived{old}: {counted}{trouble}"


def _json(message: dict[str, Any]) -> str:
    """One line of ASCII without any control character: DEL is the only one that JSON lets pass."""
    return json.dumps(message).replace("\x7f", "\\u007f")


def _ask(layout: Layout, after: int) -> dict[str, Any]:
    port = layout.port("messages")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", f"/messages.json?after={after}")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LabError(
            f"The partner does not answer on 127.0.0.1:{port} ({error}). What arrived is kept in "
            "partner/messages.jsonl. See labctl status and logs/partner.log",
            OUTSIDE,
        ) from None
    finally:
        connection.close()
    return answer
