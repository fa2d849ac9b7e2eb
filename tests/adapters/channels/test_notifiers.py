"""What Apprise is made to do and not to do, with the services of it that can be run on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from .conftest import RUN, Serve, carrier, channel, outgoing
from .servers import PATIENCE, Connection, Server, answers

WHOLE = f"Orders are paused.\n\nNext update at 20:30 UTC.\n\nRef {RUN}/1"


def json_url(server: Server, rest: str = "/hook") -> str:
    return server.url.replace("http", "json") + rest


async def test_the_message_arrives_as_it_is(serve: Serve) -> None:
    server = serve(answers(200))
    text = "Orders [are](x) *paused*, <b>really</b> &amp; {{so}} :rocket: \\n\n\n- one"
    answered = await carrier("apprise", url=json_url(server)).deliver("it", outgoing(text=text))
    assert (answered.outcome, answered.words) == ("delivered", "accepted by the service")
    [request] = server.requests
    assert request.json["title"] == "Order service: maintenance in progress"
    assert request.json["message"] == f"{text}\n\nRef {RUN}/1"


async def test_the_reference_gives_way_to_the_text(serve: Serve) -> None:
    from msgspec.structs import replace

    from runbook_tui.adapters.channels.carrier import Channels
    from runbook_tui.adapters.channels.config import ChannelConfig

    server = serve(answers(200))
    configured = channel("apprise", name="it", url=json_url(server))
    short = ChannelConfig(replace(configured.channel, longest=70), 10.0, configured.settings)
    await Channels([short]).deliver("it", outgoing())
    assert server.requests[0].json["message"] == outgoing().text


async def test_what_an_address_asks_for_is_not_done(serve: Serve) -> None:
    other = serve(answers(200))
    server = serve(answers(500))
    url = json_url(server, "/hook?retry=3&wait=0.1&optional=yes&redirect=yes&rto=1&cto=1")
    answered = await carrier("apprise", url=url).deliver("it", outgoing())
    assert (answered.outcome, answered.doubtful) == ("failed", True)
    assert len(server.requests) == 1
    server.behaviour = answers(307, headers={"Location": other.url})
    answered = await carrier("apprise", url=url).deliver("it", outgoing())
    assert answered.outcome == "refused"
    assert other.connections == 0


async def test_an_answer_may_take_longer_than_four_seconds(serve: Serve) -> None:
    def slow(connection: Connection) -> None:
        if not connection.closing.wait(4.5):
            connection.answer(200)

    answered = await carrier("apprise", url=json_url(serve(slow))).deliver("it", outgoing())
    assert answered.outcome == "delivered"


@pytest.mark.parametrize(
    "url", ["nonsense", "fax://12345", "json://", "json://127.0.0.1:1/,json://127.0.0.1:2/"]
)
async def test_an_address_of_no_or_of_two_services_is_refused(url: str) -> None:
    answered = await carrier("apprise", url=url).deliver("it", outgoing())
    assert answered.outcome == "refused"
    assert answered.words.startswith("its address is none that Apprise understands")


async def test_some_of_several_recipients_are_unknown(serve: Serve) -> None:
    def behaviour(connection: Connection) -> None:
        connection.answer(200 if len(server.requests) == 1 else 500)

    server = serve(behaviour)
    url = server.url.replace("http", "mmost") + "/abcdefabcdefabcdefabcdef?channel=one,two"
    answered = await carrier("apprise", url=url).deliver("it", outgoing())
    assert len(server.requests) == 2
    assert answered.outcome == "unknown"
    assert answered.words == "not accepted, though 1 of 2 requests were answered with a yes"


async def test_apprise_cannot_be_asked(serve: Serve) -> None:
    server = serve(answers(200))
    assert await carrier("apprise", url=json_url(server)).look("it", outgoing()) is None
    assert server.connections == 0


class Mail:
    """A mail server that takes one mail, or breaks off at a command."""

    def __init__(self, at: str = "", say: bytes = b"") -> None:
        self.mails: list[bytes] = []
        self._at, self._say = at, say
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        port = self._listener.getsockname()[1]
        return f"mailto://127.0.0.1:{port}?from=ops@example.org&to=boss@example.org&mode=insecure"

    def close(self) -> None:
        self._listener.close()
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.settimeout(PATIENCE)
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 here\r\n")
            for line in stream:
                word = line.split()[0].upper().decode()
                if word == self._at:
                    stream.write(self._say)
                    if not self._say:
                        return
                elif word == "DATA":
                    stream.write(b"354 go on\r\n")
                    mail = b""
                    while not mail.endswith(b"\r\n.\r\n"):
                        mail += stream.readline()
                    self.mails.append(mail)
                    if self._at == "END":
                        return
                    stream.write(b"250 taken\r\n")
                else:
                    stream.write(b"250 fine\r\n")
                if word == "QUIT":
                    return


@pytest.fixture
def mails() -> Iterator[list[Mail]]:
    servers: list[Mail] = []
    yield servers
    for each in servers:
        each.close()


@pytest.mark.parametrize(
    ("at", "say", "outcome"),
    [
        ("", b"", "delivered"),
        ("MAIL", b"550 no\r\n", "failed"),
        ("RCPT", b"550 nobody\r\n", "failed"),
        ("DATA", b"", "failed"),
        ("END", b"", "unknown"),
    ],
)
async def test_a_mail_is_there_or_not(mails: list[Mail], at: str, say: bytes, outcome: str) -> None:
    mails.append(Mail(at, say))
    answered = await carrier("apprise", url=mails[0].url).deliver("it", outgoing())
    assert answered.outcome == outcome, answered
    assert len(mails[0].mails) == (outcome in ("delivered", "unknown"))
    assert "example.org" not in answered.words
