"""What one attempt came to, held against servers that fail in every way. The question behind each
is whether the message may be there: only then may it not be sent again."""

from __future__ import annotations

import datetime as dt
import re
import socket
import ssl
import time
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runbook_tui.adapters.http.trouble import seconds_asked
from runbook_tui.domain.messages.channels import Answered

from .conftest import TOKEN, Serve, carrier, outgoing, page
from .servers import Behaviour, Connection, answers

KINDS = ("statuspage", "cachet", "apprise")


async def attempt(kind: str, url: str, timeout: float = 10.0) -> Answered:
    """Sends a run's first message to a server by one kind of channel."""
    if kind == "apprise":
        address = url.replace("http", "json", 1) + "/hook-42/tokenized-path-1"
        channels = carrier(kind, url=address, timeout=timeout)
    elif kind == "statuspage":
        channels = carrier(kind, url=url, page="abcd1234", token=TOKEN, timeout=timeout)
    else:
        channels = carrier(kind, url=url, token=TOKEN, timeout=timeout)
    begin = time.monotonic()
    answered = await channels.deliver("it", outgoing())
    assert time.monotonic() - begin < timeout + 1.5  # a loaded machine, and what ends it
    safe(answered, url)
    return answered


def safe(answered: Answered, url: str) -> None:
    assert answered.words.isprintable()
    assert not re.search(r"\n|\x1b|://|Bearer|OAuth|tokenized|hook-42", answered.words)
    assert TOKEN not in answered.words
    assert url.rpartition(":")[2] not in answered.words


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "outcome", "doubtful", "words"),
    [
        (200, "delivered", False, ""),
        (201, "delivered", False, ""),
        (400, "refused", False, "HTTP 400"),
        (401, "refused", False, "HTTP 401: the token is not accepted"),
        (403, "refused", False, "HTTP 403: the token is not accepted"),
        (404, "refused", False, "HTTP 404: nothing is at this address"),
        (408, "failed", False, "HTTP 408"),
        (422, "refused", False, "HTTP 422"),
        (429, "failed", False, "HTTP 429"),
        (500, "failed", True, "HTTP 500"),
        (502, "failed", True, "HTTP 502"),
        (503, "failed", True, "HTTP 503"),
        (504, "failed", True, "HTTP 504"),
    ],
)
async def test_a_status_says_it(
    serve: Serve, kind: str, status: int, outcome: str, doubtful: bool, words: str
) -> None:
    server = serve(answers(status))
    answered = await attempt(kind, server.url)
    assert (answered.outcome, answered.doubtful) == (outcome, doubtful), answered
    assert answered.words.startswith(words)
    assert len(server.requests) == 1  # never tried again by itself


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(serve: Serve, kind: str, status: int) -> None:
    other = serve(answers(201))
    server = serve(answers(status, headers={"Location": f"{other.url}/there"}))
    answered = await attempt(kind, server.url)
    assert answered.outcome == "refused"
    assert "leads elsewhere" in answered.words
    assert (len(server.requests), other.connections) == (1, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_may_ask_to_wait(serve: Serve, kind: str, status: int) -> None:
    server = serve(answers(status, headers={"Retry-After": "30"}))
    answered = await attempt(kind, server.url)
    assert (answered.outcome, answered.retry_after, answered.doubtful) == ("failed", 30.0, False)
    assert answered.words == f"HTTP {status}, asks for 30 s"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_may_ask_to_wait_until_a_date(serve: Serve, kind: str) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=600)
    date = format_datetime(later, usegmt=True)
    server = serve(answers(429, headers={"Retry-After": date}))
    answered = await attempt(kind, server.url)
    assert answered.retry_after is not None
    assert 500 < answered.retry_after <= 600


def test_what_retry_after_may_be() -> None:
    now = dt.datetime(2026, 11, 24, 19, 0, tzinfo=dt.UTC)
    assert seconds_asked("120", now) == 120
    assert seconds_asked("Tue, 24 Nov 2026 19:01:00 GMT", now) == 60
    assert seconds_asked("Tue, 24 Nov 2026 18:00:00 GMT", now) == 0
    assert seconds_asked("999999999999", now) == 24 * 3600
    assert [seconds_asked(text, now) for text in ("", "soon", "-5", "1.5", "²")] == [None] * 5


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there_is_surely_not_sent(kind: str) -> None:
    with socket.socket() as taken:  # bound and not listening: refuses
        taken.bind(("127.0.0.1", 0))
        answered = await attempt(kind, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (answered.outcome, answered.words) == ("failed", "no connection: refused")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_that_is_not_known_is_surely_not_sent(kind: str) -> None:
    # `.invalid` never resolves (RFC 6761).
    answered = await attempt(kind, "http://status.invalid:80")
    assert answered.outcome == "failed"
    assert answered.words == "no connection: its name was not found"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_that_is_never_made_is_surely_not_sent(kind: str) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # its queue is full: further ones get no answer
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        answered = await attempt(kind, f"http://127.0.0.1:{full.getsockname()[1]}", timeout=3.0)
    assert answered.outcome == "failed"
    assert answered.words in ("no connection: timed out", "no connection in time")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(Connection.hang, id="never answers"),
        pytest.param(
            lambda it: it.drip(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
            id="drips a byte a second",
        ),
    ],
)
async def test_no_answer_in_time_is_unknown(serve: Serve, kind: str, behaviour: Behaviour) -> None:
    # A loaded machine takes seconds to begin with Apprise.
    answered = await attempt(kind, serve(behaviour).url, timeout=8.0 if kind == "apprise" else 4.0)
    assert (answered.outcome, answered.words) == ("unknown", "sent, and no answer in time")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(lambda it: None, id="closes after reading"),
        pytest.param(lambda it: it.send(b"HTTP/1.1 2"), id="closes in the status line"),
        pytest.param(lambda it: it.send(b"SSH-2.0-OpenSSH_9.2\r\n"), id="speaks something else"),
    ],
)
async def test_a_broken_answer_is_unknown(serve: Serve, kind: str, behaviour: Behaviour) -> None:
    answered = await attempt(kind, serve(behaviour).url)
    assert answered.outcome == "unknown", answered
    assert answered.words == "sent, and the connection broke before an answer"


@pytest.mark.parametrize("kind", ["statuspage", "cachet"])
@pytest.mark.parametrize("rest", ["hang", "close"])
async def test_a_yes_counts_though_its_body_never_comes(serve: Serve, kind: str, rest: str) -> None:
    def behaviour(connection: Connection) -> None:
        connection.send(b'HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n{"id": "x"')
        if rest == "hang":
            connection.hang()

    answered = await attempt(kind, serve(behaviour).url, timeout=3.0)
    assert (answered.outcome, answered.words) == ("delivered", "HTTP 201")


async def test_a_yes_of_somebody_else_is_unknown(serve: Serve) -> None:
    login = b"<!doctype html><title>Please log in</title>"
    answered = await attempt("statuspage", serve(answers(200, login)).url)
    assert answered.outcome == "unknown"
    assert answered.words == "HTTP 200, and no answer of this API"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_certificate_that_nobody_trusts(serve: Serve, kind: str, tmp_path: Path) -> None:
    server = serve(answers(201), tls=untrusted(tmp_path))
    url = server.url if kind != "apprise" else server.url + "/?verify=no"
    answered = await attempt(kind, url)
    assert answered.outcome == "failed"
    assert answered.words.startswith("no connection: its certificate is not trusted")
    assert server.requests == []


def untrusted(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    both = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b'{"error": "name is too long"}', "HTTP 422: name is too long"),
        (b'{"errors": {"name": ["is missing"]}}', "HTTP 422: is missing"),
        (b'{"error": "\\u001b]0;owned\\u0007\\u202e x\\ny"}', "HTTP 422: ␛]0;owned␇� x y"),
        (b'{"message": "see https://status.internal/x?t=1 now"}', "HTTP 422: see … now"),
        (b'{"error": "<b>no</b>"}', "HTTP 422"),
        (b"<html><h1>no", "HTTP 422"),
        (b'{"error": ["' + b"x" * 500 + b'"]}', "HTTP 422: " + "x" * 119 + "…"),
        (b"[" * 100_000, "HTTP 422"),
    ],
)
async def test_what_a_server_says_is_shown_in_one_safe_line(
    serve: Serve, said: bytes, shown: str
) -> None:
    assert (await attempt("statuspage", serve(answers(422, said)).url)).words == shown


@pytest.mark.parametrize("before", [100, 106, 112, 116, 118, 120])
async def test_a_token_that_is_said_back_is_taken_out_whole(serve: Serve, before: int) -> None:
    said = b'{"error": "' + b"a " * (before // 2) + TOKEN.encode() + b'"}'
    words = (await attempt("statuspage", serve(answers(422, said)).url)).words
    assert TOKEN[:8] not in words


async def test_a_token_in_an_identifier_is_not_kept(serve: Serve) -> None:
    said = b'{"id": "x' + TOKEN.encode() + b'"}'
    answered = await page(serve(answers(201, said))).deliver("it", outgoing())
    assert (answered.outcome, answered.thread) == ("delivered", "")


async def test_a_netrc_does_not_replace_the_token(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(answers(201))
    await page(server).deliver("it", outgoing())
    assert server.requests[0].headers["authorization"] == f"OAuth {TOKEN}"


async def test_a_proxy_of_the_environment_is_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(answers(201))
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", proxy.url)
    channels = carrier("cachet", url="http://status.invalid/api", token=TOKEN)
    assert (await channels.deliver("it", outgoing())).outcome == "delivered"
    assert proxy.requests[0].path == "http://status.invalid/api/incidents"


async def test_a_proxy_that_lets_nothing_through_is_surely_not_sent(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(answers(403))
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("https_proxy", proxy.url)
    channels = carrier("cachet", url="https://status.invalid/api", token=TOKEN)
    answered = await channels.deliver("it", outgoing())
    assert proxy.requests[0].method == "CONNECT"
    assert answered.outcome == "failed"
    assert answered.words == "no connection: the proxy let nothing through"
