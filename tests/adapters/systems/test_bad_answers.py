"""Servers that refuse, mislead, drip or say nothing: each is told in words for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.webhooks import GithubWebhooks, GitlabWebhooks, StripeWebhooks
from tests.adapters.channels.servers import Behaviour, Connection, Server, answers
from tests.adapters.channels.test_outcomes import untrusted

from .conftest import Child
from .hook_servers import Github

Serve = Callable[[Behaviour], Server]
TOKEN = Github.token


def config(server: Server, **more: str) -> GithubWebhooks:
    given = {"url": server.url, "token": TOKEN, "repository": "acme/shop", **more}
    return GithubWebhooks(**given)


SAYS = b'{"message": "No: ' + TOKEN.encode() + b' \\u001b[31m at https://inside.example/x"}'


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (answers(401, SAYS), "the token is refused (401): No: ‹redacted:token› "),
        (answers(403, b"{}"), "the token may not do this (403)"),
        (answers(404), "nothing is there, or the token may not see it (404)"),
        (answers(400, b"<html>no</html>"), "it refuses this (400)"),
        (
            answers(403, b"{}", {"X-RateLimit-Remaining": "0", "Retry-After": "60"}),
            "it has had too many requests (403), it asks to wait for 60 s",
        ),
        (answers(429), "it has had too many requests (429)"),
        (answers(502, b"<h1>Bad"), "the server has a trouble of its own (502)"),
        (
            answers(302, b"", {"Location": "https://elsewhere.example/login"}),
            "it leads elsewhere, which is not followed (302): is its address right?",
        ),
        (
            answers(200, b"<!doctype html><title>Log in"),
            "it answers with something else than JSON: is its address right, and no page to log in"
            " before it?",
        ),
        (answers(200, b'[{"id": 1'), "it answers with something else than JSON"),
        (answers(200, b"[]", {"Content-Length": "900"}), "its answer broke off, or is too long"),
        (answers(200, b'{"id": 1}'), "its answer is not what this API answers"),
        (answers(200, b"[3]"), "its answer is not what this API answers"),
        (answers(200, b""), "its answer is not what this API answers"),
        (answers(200, b'[{"id": 1, "config": {}, "events": "x"}]'), "its answer is not what"),
        (answers(200, b'[{"config": {}, "events": []}]'), "its answer is not what this API"),
        (answers(200, b"[" * 100_000), "it answers with something else than JSON"),
        (lambda connection: None, "the connection broke before an answer"),
        (Connection.hang, "no answer in time"),
        (lambda connection: connection.drip(b"HTTP/1.1 200 OK\r\n"), "no answer in time"),
    ],
    ids=[
        "401", "403", "404", "400", "rate-403", "429", "502", "302", "login", "cut-json",
        "cut-body", "object", "numbers", "nothing", "events", "no-id", "deep", "closed", "hangs",
        "drips",
    ],
)  # fmt: skip
def test_why_it_cannot_be_looked_at(
    serve: Serve, child: Child, behaviour: Behaviour, words: str
) -> None:
    server = serve(behaviour)
    begun = time.monotonic()
    refused = child.refused(config(server, timeout="3s"))
    assert refused.startswith(words)
    assert not any(each in refused for each in (TOKEN, "\x1b", "inside.example", "127.0.0.1"))
    assert time.monotonic() - begun < 20


def test_it_ends_before_its_time_is_over_even_where_a_body_drips(
    serve: Serve, child: Child
) -> None:
    def drips(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")
        connection.drip(b" " * 90)

    refused = child.refused(config(serve(drips), timeout="2s"))
    assert refused == "its answer broke off, or is too long"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "no connection: refused"),
        ("http://name.invalid", "no connection: its name was not found"),
        ("https://anna:pw@github.example", "its address wants to be https://…, without user"),
        ("github.example", "its address wants to be https://…"),
        ("https://[", "its address wants to be https://…"),
        ("file:///etc/passwd", "its address wants to be https://…"),
    ],
)
def test_addresses_that_are_none_or_lead_nowhere(child: Child, url: str, words: str) -> None:
    given = GithubWebhooks(url=url, token=TOKEN, repository="acme/shop")
    assert child.refused(given).startswith(words)


def test_a_plain_server_is_not_spoken_to_where_tls_is_meant(serve: Serve, child: Child) -> None:
    server = serve(answers(200, b"[]"))
    given = config(server, url=server.url.replace("http:", "https:"))
    assert child.refused(given) == "no connection: no TLS with it"


def test_a_certificate_that_nobody_trusts(child: Child, tmp_path: Path) -> None:
    server = Server(answers(200, b"[]"), untrusted(tmp_path))
    refused = child.refused(config(server))
    server.close()
    assert refused.startswith("no connection: its certificate is not trusted")
    assert server.requests == []


@pytest.mark.parametrize(
    "given",
    [
        GithubWebhooks(token=TOKEN),
        GithubWebhooks(token=TOKEN, repository="acme/shop", organisation="acme"),
        GitlabWebhooks(token=TOKEN),
        GithubWebhooks(token=TOKEN, repository="acme"),
        GithubWebhooks(token="a token\nwith lines", repository="acme/shop"),
        GithubWebhooks(token="tökèn", repository="acme/shop"),
        GithubWebhooks(token=" ", repository="acme/shop"),
        StripeWebhooks(token=TOKEN, account="acct_1\r\nX-Other: y"),
    ],
)
def test_what_cannot_be_asked_for_is_said(child: Child, given: SystemBase) -> None:
    assert child.refused(given).startswith(("it wants either", "the repository", "what is to"))


def test_the_token_goes_nowhere_but_to_the_address(serve: Serve, child: Child) -> None:
    """Neither a redirect nor the address of a next page leads it away."""
    elsewhere = serve(answers(200, b"[]"))
    link = {"Link": f'<{elsewhere.url}/repos?page=2&per_page=100>; rel="next"'}

    def pages(connection: Connection) -> None:
        more = {} if "page=2" in connection.request.path else link
        connection.answer(200, b"[]", more)

    server = serve(pages)
    child.look(config(server))
    assert [each.path for each in server.requests] == [
        "/repos/acme/shop/hooks?per_page=100",
        "/repos/acme/shop/hooks?per_page=100&page=2",
    ]
    assert elsewhere.connections == 0


def test_a_list_without_an_end_is_given_up(serve: Serve, child: Child) -> None:
    body = b'{"data": [{"id": "we_1", "enabled_events": []}], "has_more": true}'
    given = StripeWebhooks(url=serve(answers(200, body)).url, token=TOKEN)
    assert child.refused(given) == "its list has more than 200 pages"


def test_what_breaks_while_it_is_put_back_is_not_called_done(serve: Serve, child: Child) -> None:
    site = Github()

    def behaviour(connection: Connection) -> None:
        if connection.request.method == "DELETE":
            return  # the connection closes without an answer
        site(connection)

    given = config(serve(behaviour))
    before = child.look(given)
    site.new({"name": "web", "active": True, "events": [], "config": {"url": "https://a.example"}})
    ours = child.look(given)

    said = child.restore(given, before, ours)

    assert said.code == asking.FAILED
    assert "not put back: 101: the connection broke before an answer; whether it was" in said.out
    assert "not as before: 101: https://a.example" in said.out
