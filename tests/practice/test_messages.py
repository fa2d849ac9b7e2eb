"""What arrives at the partner: as Apprise sends it, kept, shown in a browser, and in trouble."""

from __future__ import annotations

import http.client
import importlib.util
import json
import re
import socket
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from practice.driving import until
from practice.messaging import REFERENCE, Sender
from runbook_tui.practice.software.partner.message_log import (
    APPRISE,
    CUT,
    LONGEST_TEXT,
    STATUS_PAGE,
    MessageLog,
    reference_in,
)

HOSTILE = (
    "</div><script>alert(1)</script><img src=x onerror='alert(2)'> & \"x\" \x1b[31m\x07\x9b \u202e"
)


def by_apprise(sender: Sender, title: str, body: str) -> bool:
    """Whether the real library says that it delivered; in a process of its own, because importing
    it warns of what newer Pythons lack."""
    if importlib.util.find_spec("apprise") is None:
        pytest.skip("apprise is not installed")
    code = (
        "import sys, apprise; there = apprise.Apprise(); assert there.add(sys.argv[1]); "
        "sys.exit(0 if there.notify(title=sys.argv[2], body=sys.argv[3]) else 9)"
    )
    url = sender.channels["partner-chat"]["url"]
    done = subprocess.run(
        [sys.executable, "-c", code, url, title, body],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 0


def test_what_apprise_really_sends_arrives(shared_sender: Sender) -> None:
    text = f"Orders may fail for some seconds.\n\nNext update at 19:30 UTC.\n\nRef {REFERENCE}"
    assert by_apprise(shared_sender, "Order service: maintenance", text)
    newest = shared_sender.arrived()[0]
    assert newest["how"] == APPRISE
    assert newest["title"] == "Order service: maintenance"
    assert newest["text"] == text
    assert newest["reference"] == REFERENCE
    assert newest["type"] == "info"


def test_apprise_is_told_when_a_message_is_not_taken(sender: Sender) -> None:
    sender.operator.ctl("messages", "temper", "refuse")
    assert not by_apprise(sender, "t", "refused")
    sender.operator.ctl("messages", "temper", "ok")
    assert by_apprise(sender, "t", "taken")
    assert [m["text"] for m in sender.arrived()] == ["taken"]


def test_attachments_are_counted_and_not_kept(shared_sender: Sender) -> None:
    file = {"filename": "a.txt", "base64": "c2VjcmV0", "mimetype": "text/plain"}
    assert shared_sender.notify("with a file", attachments=[file, file]).json == {"status": "ok"}
    assert shared_sender.arrived()[0]["attachments"] == 2
    kept = (shared_sender.lab.root / "partner" / "messages.jsonl").read_text()
    assert "c2VjcmV0" not in kept


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"message": " "}, 400),
        ({"message": 7}, 400),
        ({"message": "m", "title": ["t"]}, 400),
        ([1], 400),
        (b"no json", 400),
        (b"", 400),
        (b'{"message": "cut', 400),
        (b"[" * 100_000, 400),
        (b'\xff{"message": "m"}', 400),
        ({"message": "m" * 262_144}, 413),
    ],
)
def test_what_is_no_message_is_refused_and_not_kept(
    shared_sender: Sender, body: Any, status: int
) -> None:
    before = shared_sender.arrived()
    for reply in (shared_sender.ask("POST", "/notify", body), shared_sender.page("POST", "", body)):
        assert reply.status == status, reply.text
        assert reply.json["error"]
    assert shared_sender.arrived() == before


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (["POST /notify HTTP/1.1", "Transfer-Encoding: chunked"], b"2\r\n{}\r\n0\r\n\r\n", 411),
        (["POST /notify HTTP/1.1", "Content-Length: -1"], b"", 400),
        (["POST /notify HTTP/1.1", "Content-Length: 1_0"], b"", 400),
        (["POST /notify HTTP/1.1"], b"", 400),
        (["DELETE /v1/pages/x/incidents/y HTTP/1.1"], b"", 501),
        (["OPTIONS /notify HTTP/1.1", "Origin: https://example.com"], b"", 501),
        (["GET /notify HTTP/1.1"], b"", 404),
        (["GET /elsewhere HTTP/1.1"], b"", 404),
        (["PUT /notify HTTP/1.1", "Content-Length: 2"], b"{}", 404),
        (["BREW /messages HTTP/1.1"], b"", 501),
    ],
)
def test_odd_requests_are_answered_and_the_partner_goes_on(
    shared_sender: Sender, lines: list[str], body: bytes, status: int
) -> None:
    assert shared_sender.raw(lines, body) == status
    assert shared_sender.ask("GET", "/messages.json").status == 200


def test_what_is_left_of_a_refused_body_is_not_the_next_request(shared_sender: Sender) -> None:
    smuggled = b"GET /messages.json HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /notify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared_sender.port), timeout=10) as there:
        there.sendall(head + smuggled)
        there.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := there.recv(65_536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 411")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_page_of_the_web_cannot_send(shared_sender: Sender) -> None:
    """What a browser sends elsewhere without asking is no JSON."""
    before = shared_sender.arrived()
    reply = shared_sender.ask("POST", "/notify", {"message": "m"}, **{"Content-Type": "text/plain"})
    assert reply.status == 415
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert shared_sender.arrived() == before


def test_who_sends_half_a_message_holds_up_nobody(shared_sender: Sender) -> None:
    with socket.create_connection(("127.0.0.1", shared_sender.port), timeout=10) as slow:
        slow.sendall(b'POST /notify HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"mess')
        assert shared_sender.notify("quicker").status == 200


def test_a_reference_that_arrives_again_is_counted(sender: Sender) -> None:
    for _ in range(3):
        sender.notify(f"again\n\nRef {REFERENCE}")
    sender.notify("no reference")
    sender.notify("no reference")
    sender.incident(body="the other way", metadata={"run": {"entry": REFERENCE}})
    times = [(m["how"], m["reference"], m["times"]) for m in sender.arrived()]
    assert times == [
        (STATUS_PAGE, REFERENCE, 1),
        (APPRISE, "", 1),
        (APPRISE, "", 1),
        *[(APPRISE, REFERENCE, 3)] * 3,
    ]
    assert sender.ask("GET", "/messages").text.count("arrived 3 times") == 3


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (f"Text.\n\nRef {REFERENCE}", REFERENCE),
        ({"a": [{"b": REFERENCE}]}, REFERENCE),
        (f"corrects {REFERENCE}, is 20261124-190000-full-upgrade-4f2a/12.", REFERENCE[:-1] + "12"),
        ({"first": f"{REFERENCE[:-1]}1", "last": REFERENCE}, REFERENCE),
        (f"x-{REFERENCE}", ""),
        (f"{REFERENCE}/4", ""),
        ("2026-11-24 19:00, 3/4 done", ""),
        ({REFERENCE: 1, "n": None}, ""),
    ],
)
def test_a_reference_is_found_where_it_stands(place: object, found: str) -> None:
    assert reference_in(place) == found
    assert reference_in(place, "20270101-000000-other-run-0000/1").startswith(found or "2027")


def test_a_reference_is_found_beside_the_text(shared_sender: Sender) -> None:
    shared_sender.notify("m", entry=REFERENCE)
    body = {"message": "m"}
    shared_sender.ask("POST", "/notify", body, **{"X-Entry": REFERENCE})
    shared_sender.ask("POST", f"/notify/?entry={REFERENCE}", body)
    assert [m["reference"] for m in shared_sender.arrived()[:3]] == [REFERENCE] * 3


def test_messages_are_there_again_after_a_restart(sender: Sender) -> None:
    sender.notify("one")
    sender.incident(body="two")
    before = sender.arrived()
    assert [m["number"] for m in before] == [2, 1]
    sender.operator.ctl("restart", "partner")
    assert sender.arrived() == before
    sender.notify("three")
    assert [m["text"] for m in sender.arrived()] == ["three", "two", "one"]
    assert sender.arrived()[0]["number"] == 3


def test_a_line_that_a_crash_cut_off_costs_only_itself(sender: Sender) -> None:
    sender.notify("one")
    sender.operator.ctl("stop", "partner")
    file = sender.lab.root / "partner" / "messages.jsonl"
    file.write_text(file.read_text() + '[]\n{"number": "x"}\n{"number": 2, "at": "2026')
    sender.operator.ctl("start", "partner")
    sender.notify("two")
    sender.operator.ctl("restart", "partner")
    assert [(m["number"], m["text"]) for m in sender.arrived()] == [(2, "two"), (1, "one")]


def test_only_the_newest_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    log = MessageLog(file, most=3)
    for number in range(1, 12):
        log.add(APPRISE, "t" * 600, f"{number} " + "x" * LONGEST_TEXT, "", {})
        assert file.read_bytes().count(b"\n") <= 6
    for seen in (log, MessageLog(file, most=3)):
        assert [m["number"] for m in seen.all()] == [9, 10, 11]
        assert [m["number"] for m in seen.all(after=10)] == [11]
        assert seen.all()[-1]["text"].startswith("11 x")
        assert seen.all()[-1]["text"].endswith(CUT)
    assert len(log.all()[0]["title"]) == 500 + len(CUT)


def test_the_messages_can_be_asked_for_from_a_number_on(sender: Sender) -> None:
    for text in ("one", "two", "three"):
        sender.notify(text)
    sender.incident(body="four")
    answer = sender.ask("GET", "/messages.json?after=2").json
    assert [m["text"] for m in answer["messages"]] == ["four", "three"]
    assert answer["arrived"] == answer["kept"] == 4
    assert answer["channels"] == {APPRISE: 3, STATUS_PAGE: 1}
    assert answer["temper"] == "ok"
    assert len(sender.ask("GET", "/messages.json?after=-x").json["messages"]) == 4


class Page(HTMLParser):
    """What a browser makes of the page: its elements, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_shows_hostile_text_and_obeys_none_of_it(sender: Sender) -> None:
    plain = Page(sender.ask("GET", "/messages").text)
    sender.notify(HOSTILE, title=HOSTILE, type=HOSTILE)
    sender.incident(name=HOSTILE, body=HOSTILE)
    sender.notify("\ud800 half a pair", title="\ud800")
    reply = sender.ask("GET", "/messages")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(reply.text)
    assert page.tags.count("script") == plain.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]
    shown = HOSTILE
    for bad in "\x1b\x07\x9b\u202e":
        assert bad not in reply.text
        shown = shown.replace(bad, "\ufffd")
    assert page.texts.count(shown) == 5
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_can_be_read_by_everybody(sender: Sender) -> None:
    assert "Nothing has arrived yet." in Page(sender.ask("GET", "/").text).texts
    sender.notify("older", title="Older")
    sender.notify("line one\nline two\n\nlast", title="")
    text = sender.ask("GET", "/messages").text
    page = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>Messages at the partner</title>" in text
    assert [t for t in page.tags if re.fullmatch(r"h\d", t)] == ["h1", "h2", "h2"]
    assert {"main", "ol", "article", "time", "dl"} <= set(page.tags)
    assert len(page.ids) == len(set(page.ids))
    for label in re.findall(r'aria-labelledby="([^"]+)"', text):
        assert label in page.ids
    assert 'id="status" role="status"' in text, "a change is read out"
    assert "http-equiv" not in text
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert headings == ["(no title)", "Older"], "the newest comes first"
    assert "line one\nline two\n\nlast" in page.texts
    for path, kind in re.findall(r'(?:href|src)="([^"]+)"()', text):
        assert sender.ask("GET", path).status == 200, kind


def test_the_page_stays_of_a_size_that_people_read(shared_sender: Sender) -> None:
    for number in range(101):
        shared_sender.notify(f"number {number}")
    text = shared_sender.ask("GET", "/messages").text
    assert text.count("<article ") == 100
    assert re.search(r"\d+ older ones with it", text)


@pytest.mark.parametrize(("word", "status"), [("500", 500), ("429", 429), ("refuse", 503)])
def test_in_a_temper_that_takes_nothing_both_channels_are_refused(
    sender: Sender, word: str, status: int
) -> None:
    made = sender.incident(body="before")
    sender.operator.ctl("messages", "temper", word)
    for reply in (
        sender.notify("m"),
        sender.page("POST", "", {"incident": {"name": "n"}}),
        sender.page("PATCH", f"/{made['id']}", {"incident": {"body": "b"}}),
        sender.page("GET"),
    ):
        assert reply.status == status
        assert reply.headers.get("Retry-After") == ("30" if word == "429" else None)
    answer = sender.ask("GET", "/messages.json").json
    assert answer["temper"] == word
    assert [m["text"] for m in answer["messages"]] == ["before"]
    assert f"Temper {word}" in sender.ask("GET", "/messages").text
    sender.operator.ctl("restart", "partner")
    assert sender.notify("m").status == status, "a restart keeps it"
    sender.operator.ctl("messages", "temper", "ok")
    assert sender.notify("m").status == 200


def test_a_hanging_partner_takes_messages_and_never_says_so(sender: Sender) -> None:
    sender.operator.ctl("messages", "temper", "hang")
    with pytest.raises(TimeoutError):
        sender.page("POST", "", {"incident": {"name": "n", "body": "hung"}}, timeout=0.5)
    with pytest.raises(TimeoutError):
        sender.ask("POST", "/notify", {"message": "hung too"}, timeout=0.3)
    assert [m["text"] for m in sender.arrived()] == ["hung too", "hung"], "people can see it"
    connection = http.client.HTTPConnection("127.0.0.1", sender.port, timeout=10)
    body = json.dumps({"message": "waits"})
    connection.request("POST", "/notify", body, {"Content-Type": "application/json"})
    until(lambda: sender.arrived()[0]["text"] == "waits", "the message is there")
    sender.operator.ctl("messages", "temper", "ok")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert sender.page("GET").json[0]["incident_updates"][0]["body"] == "hung"


def test_a_partner_that_hangs_can_be_stopped(sender: Sender) -> None:
    sender.operator.ctl("messages", "temper", "hang")
    with socket.create_connection(("127.0.0.1", sender.port), timeout=10) as there:
        there.sendall(
            b"POST /notify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b'Content-Length: 16\r\n\r\n{"message": "m"}'
        )
        until(sender.arrived, "the message is there")
        began = time.monotonic()
        sender.operator.ctl("stop", "partner")
        assert time.monotonic() - began < 5
        assert there.recv(1) == b""


def test_a_slow_partner_answers_late(sender: Sender) -> None:
    file = sender.lab.root / "partner" / "partner.ini"
    file.write_text(file.read_text().replace("slow_seconds = 5", "slow_seconds = 0.4"))
    sender.operator.ctl("restart", "partner")
    sender.operator.ctl("messages", "temper", "slow")
    began = time.monotonic()
    assert sender.notify("late").status == 200
    assert time.monotonic() - began >= 0.4
    assert sender.arrived()[0]["text"] == "late"


def test_a_temper_that_nobody_knows_is_none(sender: Sender) -> None:
    sender.lab.layout.messages_temper.write_bytes(b"\xff\x00angry")
    assert sender.notify("m").status == 200
    assert sender.ask("GET", "/messages.json").json["temper"] == "ok"


def test_a_message_that_cannot_be_kept_is_not_called_taken(sender: Sender) -> None:
    file = sender.lab.root / "partner" / "messages.jsonl"
    file.mkdir()
    reply = sender.notify("m")
    assert reply.status == 500
    assert str(sender.lab.root) not in reply.text
    file.rmdir()
    assert sender.notify("m").status == 200
