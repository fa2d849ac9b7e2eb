"""What a name server answers: a real one, dnsmasq, on loopback; and servers that misbehave."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runbook_tui.adapters.systems.dns_wire import Answer, BadAnswerError, answer, question
from runbook_tui.domain.systems.asking import FAILED, NOT_ASKED, RESTORED
from runbook_tui.domain.systems.dns import Dns
from runbook_tui.domain.systems.seen import changes
from tests.adapters.systems.conftest import Child

ZONE = (
    "--host-record=app.example.test,192.0.2.7,2001:db8::7,60",
    "--host-record=two.example.test,192.0.2.9",
    "--host-record=two.example.test,192.0.2.8",
    "--cname=www.example.test,app.example.test",
    "--mx-host=example.test,mail.example.test,10",
    "--srv-host=_sip._tcp.example.test,app.example.test,5060,1,2",
    '--txt-record=example.test,v=spf1 -all,a "b"',
    "--caa-record=example.test,0,issue,ca.example",
    "--ptr-record=7.2.0.192.in-addr.arpa,app.example.test",
    "--txt-record=long.example.test,"
    + ",".join(str(n) * 100 for n in range(1, 10))
    + ","
    + "x" * 250,
)
QUESTIONS = (
    "www.example.test A", "App.Example.Test. A", "app.example.test AAAA", "two.example.test A",
    "example.test MX", "_sip._tcp.example.test SRV", "example.test TXT", "example.test CAA",
    "7.2.0.192.in-addr.arpa PTR", "nobody.example.test A", "app.example.test TXT",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        return port


@contextmanager
def dnsmasq(port: int, *zone: str) -> Iterator[None]:
    program = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"
    if not Path(program).exists():
        pytest.skip("dnsmasq is not on this machine")
    who = pwd.getpwuid(os.geteuid()).pw_name
    argv = [
        program, "--keep-in-foreground", "--conf-file=/dev/null", f"--port={port}", f"--user={who}",
        "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
        "--local=/test/", "--local=/arpa/", "--pid-file=", "--log-facility=-", *zone,
    ]  # fmt: skip
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            for line in server.stderr:  # it says when it has begun, once its ports are open
                if "started" in line:
                    break
            else:
                raise AssertionError("dnsmasq ended")
            yield
        finally:
            server.terminate()
            server.wait(10)


def test_records_are_seen_as_they_stand(child: Child) -> None:
    port = free_port()
    with dnsmasq(port, *ZONE):
        seen = child.look(Dns(server="127.0.0.1", port=port, records=QUESTIONS))

    assert seen.lines == {
        "www.example.test A": "CNAME app.example.test., app.example.test. A 192.0.2.7",
        "app.example.test A": "192.0.2.7",
        "app.example.test AAAA": "2001:db8::7",
        "two.example.test A": "192.0.2.8, 192.0.2.9",
        "example.test MX": "10 mail.example.test.",
        "_sip._tcp.example.test SRV": "1 2 5060 app.example.test.",
        "example.test TXT": '"v=spf1 -all" "a \\034b\\034"',
        "example.test CAA": '0 issue "ca.example"',
        "7.2.0.192.in-addr.arpa PTR": "app.example.test.",
        "nobody.example.test A": "no such name",
        "app.example.test TXT": "no record",
    }


def test_another_record_is_a_change_and_another_time_to_live_is_none(child: Child) -> None:
    port = free_port()
    config = Dns(server="127.0.0.1", port=port, records=QUESTIONS)
    with dnsmasq(port, *ZONE):
        before = child.look(config)
    with dnsmasq(port, *(each.removesuffix(",60") for each in reversed(ZONE))):
        assert child.look(config) == before
    with dnsmasq(port, *(each.replace("2001:db8::7", "2001:db8::8") for each in ZONE)):
        ours = child.look(config)
        said = child.restore(config, before, ours)
    with dnsmasq(port, *ZONE):
        again = child.restore(config, before, ours)

    [found] = changes(before, ours)
    assert (found.key, found.was, found.now) == (
        "app.example.test AAAA", "2001:db8::7", "2001:db8::8",
    )  # fmt: skip
    assert said.code == FAILED
    assert "records are put back in their zone, by its owner" in said.out
    assert again.code == RESTORED
    assert not Dns.restores


def test_an_answer_too_long_for_udp_is_asked_for_by_tcp(child: Child) -> None:
    port = free_port()
    with dnsmasq(port, *ZONE):
        seen = child.look(
            Dns(server="127.0.0.1", port=port, records=("long.example.test TXT",), only=())
        )

    assert seen.lines["long.example.test TXT"].startswith('"1111')
    assert seen.objects


def served(reply: Callable[[bytes], list[bytes]], child: Child, **more: str) -> str:
    """What is said of a server that answers one question in this way."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(30)

        def serve() -> None:
            asked, who = server.recvfrom(4096)
            for each in reply(asked):
                server.sendto(each, who)

        thread = threading.Thread(target=serve)
        thread.start()
        said = child.ask(
            Dns(server="127.0.0.1", port=server.getsockname()[1], records=("a.test A",), **more)  # type: ignore[arg-type]
        )
        thread.join()
    assert "Traceback" not in said.err
    return said.err if said.code == NOT_ASKED else said.out


def reply(asked: bytes, flags: int = 0x8180, records: bytes = b"", count: int = 0) -> bytes:
    head = asked[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0)
    return head + asked[12:-11] + records


def test_an_answer_that_is_made_up_is_passed_over(child: Child) -> None:
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])

    def forged(asked: bytes) -> list[bytes]:
        right = reply(asked, records=record, count=1)
        other = bytes([right[0] ^ 1]) + right[1:]
        return [b"", b"x", other, right[:-2], asked, right]

    assert '"a.test A":"192.0.2.1"' in served(forged, child)


@pytest.mark.parametrize(("code", "name"), [(2, "SERVFAIL"), (5, "REFUSED")])
def test_a_server_that_does_not_know_is_no_absent_record(
    child: Child, code: int, name: str
) -> None:
    why = served(lambda asked: [reply(asked, 0x8180 | code)], child)
    assert f"127.0.0.1 answers {name} to a.test A" in why


def test_it_says_why_it_cannot_look(child: Child) -> None:
    port = free_port()
    for records, server, why in (
        (("a.test A",), "127.0.0.1", "127.0.0.1: Connection refused"),
        (("a.test",), "127.0.0.1", "is no question such as"),
        (("a.test NONE",), "127.0.0.1", "is no question such as"),
        (("a..test A",), "127.0.0.1", "its parts have 1 to 63 letters"),
        (("a.test A",), "nobody.invalid", "there is no such server"),
    ):
        assert why in child.refused(Dns(server=server, port=port, records=records))


def test_a_server_that_is_silent_is_given_up(child: Child) -> None:
    why = served(lambda asked: [], child, timeout="1s")
    assert "127.0.0.1 does not answer to a.test A" in why


def test_a_name_that_points_to_itself_ends() -> None:
    asked = question("a.test", 1)
    loop = b"\xc0\x1c"
    with pytest.raises(BadAnswerError):
        answer(reply(asked, records=loop * 9, count=1), asked)
    assert answer(reply(asked), asked) == Answer("NOERROR", (), False)
