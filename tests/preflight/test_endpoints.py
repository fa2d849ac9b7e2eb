"""What an operator relies on: every host that is talked to is named once with all its places, what
is wanted is not asked about again, and what has been replaced can be redirected in one go."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.domain.checks.endpoints import EndpointsCheck
from runbook_tui.domain.findings import ASK_SOMEBODY, CheckResult, Finding, line_digest
from runbook_tui.practice.package import TEMPLATE
from runbook_tui.preflight.checks.endpoints import CHECK
from runbook_tui.preflight.hosts import names
from runbook_tui.preflight.hosts.allowing import AllowList, BadEntryError, split
from runbook_tui.preflight.hosts.endpoints import in_line
from runbook_tui.preflight.trees import Tree
from tests.preflight.targets import by_key, result


def check(folder: Path, **more: object) -> CheckResult:
    network = more.pop("network", None)
    given_network = {} if network is None else {"network": network}
    return result(CHECK, EndpointsCheck(paths=(".",), **more), folder, **given_network)  # type: ignore[arg-type]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asked(found: CheckResult) -> list[Finding]:
    return [each for each in found.findings if each.severity in ASK_SOMEBODY]


FORMS = [
    ("app.ini", "url = https://api.partner.example/v1\n", "api.partner.example", "unknown-host"),
    (
        "app.ini",
        "db = jdbc:postgresql://db7.corp.example:5432/x\n",
        "db7.corp.example",
        "unknown-host",
    ),
    (
        "app.ini",
        "db = jdbc:oracle:thin:@ora.corp.example:1521:X\n",
        "ora.corp.example",
        "unknown-host",
    ),
    ("app.ini", "q = amqp://u:p@mq.corp.example/v\n", "mq.corp.example", "unknown-host"),
    ("app.ini", "smtp_host = mail.partner.de\n", "mail.partner.de", "file-push"),
    ("main.cf", "relayhost = [smtp.partner.de]:587\n", "smtp.partner.de", "file-push"),
    ("app.ini", "db_host = db7\n", "db7", "unknown-host"),
    ("app.ini", "host = 10.20.30.40\n", "10.20.30.40", "unknown-host"),
    ("app.ini", "listen_to = 10.20.30.40:9000\n", "10.20.30.40", "unknown-host"),
    ("app.ini", "peer = [2a01:4f8::17]:9000\n", "2a01:4f8::17", "unknown-host"),
    ("app.conf", "server ntp1.partner.net iburst\n", "ntp1.partner.net", "unknown-host"),
    (
        "app.yaml",
        "bootstrap.servers: kafka1.partner.io:9092\n",
        "kafka1.partner.io",
        "unknown-host",
    ),
    ("app.json", '{"webhook_url": "https://hooks.partner.io/x"}\n', "hooks.partner.io", "webhook"),
    ("run.sh", "curl -X POST https://crm.partner.io/hooks -d @x\n", "crm.partner.io", "webhook"),
    ("run.sh", "SFTP_HOST=sftp.partner.example\n", "sftp.partner.example", "file-push"),
    ("run.sh", "sftp -b batch up@files.partner.de\n", "files.partner.de", "file-push"),
    ("run.sh", "sftp up@filehost <<END\n", "filehost", "file-push"),
    ("run.sh", "scp x.csv up@files.partner.de:/in/\n", "files.partner.de", "file-push"),
    ("run.sh", "rsync -a x/ files.partner.de::mod/\n", "files.partner.de", "file-push"),
    ("run.sh", "nc -z gw.partner.de 443\n", "gw.partner.de", "unknown-host"),
    (
        "run.sh",
        "export https_proxy=http://proxy.corp.example:3128\n",
        "proxy.corp.example",
        "unknown-host",
    ),
    ("run.sh", "ftp -n ftp.partner.de\n", "ftp.partner.de", "file-push"),
    (
        "cron.d/x",
        "0 3 * * * root wget -q https://feeds.partner.de/x\n",
        "feeds.partner.de",
        "unknown-host",
    ),
    (
        "x.service",
        "[Service]\nExecStart=/usr/bin/curl gw.partner.de/ping\n",
        "gw.partner.de",
        "unknown-host",
    ),
    (
        "x.sql",
        "INSERT INTO s VALUES ('url', 'http://old.partner.de/');\n",
        "old.partner.de",
        "unknown-host",
    ),
    ("x.py", 'API = "https://api.partner.de"\n', "api.partner.de", "unknown-host"),
    ("x.xml", '<server host="as400.partner.de"/>\n', "as400.partner.de", "unknown-host"),
    ("x.ini", "mongo = mongodb://m1.partner.de:27017/db\n", "m1.partner.de", "unknown-host"),
]


@pytest.mark.parametrize(("name", "text", "host", "key"), FORMS)
def test_an_endpoint_is_found_in_whatever_form_it_stands(
    tmp_path: Path, name: str, text: str, host: str, key: str
) -> None:
    write(tmp_path, name, text)
    found = asked(check(tmp_path))
    assert [(each.subject, each.key) for each in found] == [(host, key)]
    assert found[0].severity == ("warning" if key == "unknown-host" else "high")
    assert len(found[0].evidence) == 1


NONE = [
    ("app.xml", '<a xmlns="http://www.partner.de/ns">\n'),
    ("app.json", '{"$schema": "https://flagd.dev/schema/v0/flags.json"}\n'),
    ("x.service", "Documentation=https://docs.partner.de/x\n"),
    ("app.ini", "url = https://www.example.com/\n"),
    ("app.ini", "host = 192.0.2.17\n"),
    ("app.ini", "host = [2001:db8::1]:80\n"),
    ("app.ini", "version = 1.2.3.4\n"),
    ("app.ini", "netmask = 255.255.255.0\n"),
    ("app.ini", "trusted = 10.0.0.0/8\n"),
    ("app.py", "from main import server.host\nurl = main.py\n"),
    ("app.ini", "target = backup.sh\n"),
    ("app.ini", "proxy = none\n"),
    ("app.ini", "host = localhost\n"),
    ("app.ini", "url = http://127.0.0.1:8080/\n"),
    ("app.ini", "peer = http://[::1]:8080/\n"),
    ("app.ini", "# url = https://old.partner.de/\n"),
    ("app.xml", "<!--\nhttp://old.partner.de/\n-->\n"),
    ("README.md", "See https://docs.partner.de/\n"),
    ("run.sh", 'curl "https://$HOST/x"\n'),
    ("app.yaml", "url: https://{{ host }}/x\n"),
    ("app.html.twig", '<a class="x" href="https://www.partner.de/">us</a>\n'),
    ("app.ini", "file = file:///etc/passwd\n"),
    ("core.schema", "attributetype ( 2.5.4.15 NAME 'x' )\n"),
]


@pytest.mark.parametrize(("name", "text"), NONE)
def test_what_is_no_endpoint_asks_nobody(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    assert asked(check(tmp_path)) == []


def test_what_asks_nobody_is_counted_with_its_places(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.sh",
        'curl "https://$HOST/x"\n# curl https://old.partner.de/\ncurl http://localhost/\n',
    )
    write(tmp_path, "a.xml", '<a xmlns="http://www.w3.org/1999/xlink"/>\n')
    keys = by_key(check(tmp_path))
    for key in ("computed", "commented", "this-machine", "documentation"):
        assert [each.severity for each in keys[key]] == ["info"], key
        assert len(keys[key][0].evidence) == 1


def test_one_host_is_one_finding_with_every_place(tmp_path: Path) -> None:
    write(tmp_path, "a.sh", "curl https://api.partner.de/a\ncurl https://API.partner.de/b\n")
    write(tmp_path, "b.ini", "url = http://api.partner.de:8080/\n")
    (found,) = asked(check(tmp_path))
    assert sorted((each.place, each.line) for each in found.evidence) == [
        ("./a.sh", 1),
        ("./a.sh", 2),
        ("./b.ini", 1),
    ]


@pytest.mark.parametrize(
    "allow",
    ["api.partner.de", "API.partner.de", "api.partner.de:443", "*.partner.de", "*.de"],
)
def test_what_is_allowed_asks_nobody_and_is_counted(tmp_path: Path, allow: str) -> None:
    write(tmp_path, "a.sh", "curl https://api.partner.de/a\n")
    found = check(tmp_path, allow=(allow,))
    assert asked(found) == []
    assert "allowed hosts 1, in places 1" in by_key(found)["allowed"][0].title


@pytest.mark.parametrize(
    "allow", ["api.partner.de:80", "partner.de", "*.api.partner.de", "10.0.0.0/8"]
)
def test_what_is_not_quite_allowed_is_asked_about(tmp_path: Path, allow: str) -> None:
    write(tmp_path, "a.sh", "curl https://api.partner.de/a\n")
    assert len(asked(check(tmp_path, allow=(allow,)))) == 1


def test_a_network_allows_its_addresses(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "a_host = 10.1.2.3\nb_host = 10.2.2.3\nc = http://[fd00::7]/\n")
    found = asked(check(tmp_path, allow=("10.1.0.0/16", "fd00::/8")))
    assert [each.subject for each in found] == ["10.2.2.3"]
    assert "(internal)" in found[0].title


@pytest.mark.parametrize("entry", ["a.de:x", "10.0.0.0/99", "a b", "", "a.de:70000"])
def test_a_list_that_means_nothing_is_no_pass(tmp_path: Path, entry: str) -> None:
    (found,) = check(tmp_path, allow=(entry,)).findings
    assert (found.key, found.severity) == ("bad-list", "unknown")


def test_a_redirect_has_every_edit_and_leaves_the_rest_to_a_person(tmp_path: Path) -> None:
    old, new = "sftp-old.partner.de", "sftp-new.partner.de"
    first = write(tmp_path, "a.sh", f"HOST={old}\nsftp up@{old} # {old}\nsftp x@not-{old}\n")
    write(tmp_path, "b.sh", f"sftp up@{old} || sftp up@{new}\n")
    write(tmp_path, "c.sh", f"sftp up@{old} up@my.{old}\n")
    write(tmp_path, "d.md", f"{old}\n")
    (one,) = asked(check(tmp_path, redirect={old: new}, allow=("*.partner.de",)))
    assert (one.key, one.severity, one.subject) == ("redirect", "high", old)
    (remedy,) = one.remedies
    lines = first.read_bytes().split(b"\n")
    assert {(Path(e.path).name, e.line, e.find, e.put, e.digest) for e in remedy.edits} == {
        ("a.sh", 1, old, new, line_digest(lines[0])),
        ("a.sh", 2, old, new, line_digest(lines[1])),
    }
    assert "2 of the places have to be changed by hand" in one.remediation


def test_a_redirect_of_a_port_changes_the_port(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "a = http://h.partner.de:80/\nb = http://h.partner.de:81/\n")
    found = check(
        tmp_path, redirect={"h.partner.de:80": "n.partner.de:8080"}, allow=("h.partner.de:81",)
    )
    (one,) = asked(found)
    (edit,) = one.remedies[0].edits
    assert (edit.line, edit.find, edit.put) == (1, "h.partner.de:80", "n.partner.de:8080")


def test_a_redirect_of_a_host_keeps_the_port(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "a = http://h.partner.de:81/\n")
    (one,) = asked(check(tmp_path, redirect={"h.partner.de": "n.partner.de"}))
    (edit,) = one.remedies[0].edits
    assert (edit.find, edit.put) == ("h.partner.de", "n.partner.de")


def test_the_files_of_a_package_get_no_edits(tmp_path: Path) -> None:
    write(tmp_path, "a.sh", "curl https://old.partner.de/\n")
    write(tmp_path, "p.zip", b"x")
    config = EndpointsCheck(paths=("p.zip",), redirect={"old.partner.de": "new.partner.de"})
    unpacked = Tree(tmp_path, "p.zip!", editable=False)
    (found,) = asked(result(CHECK, config, tmp_path, unpack=lambda _path, _text: unpacked))
    assert (found.key, found.remedies) == ("redirect", ())
    assert found.evidence[0].place == "p.zip!a.sh"


def test_a_look_alike_is_shown_as_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "url = https://аpi.partner.de/\n")  # a Cyrillic first letter
    (found,) = asked(check(tmp_path, allow=("api.partner.de",)))
    assert found.subject == "xn--pi-7kc.partner.de" or found.subject.startswith("xn--")


def test_no_secret_of_a_line_is_shown(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "url = https://bob:hunter2hunter2@api.partner.de/\n")
    (found,) = asked(check(tmp_path))
    assert "hunter2" not in found.evidence[0].text
    assert "\x1b" not in found.evidence[0].text


def test_the_trap_of_the_exercise_is_found() -> None:
    redirect = {"sftp-legacy.dten.example": "sftp-gateway.dten.example"}
    (found,) = asked(check(TEMPLATE, redirect=redirect))
    assert (found.key, found.subject) == ("redirect", "sftp-legacy.dten.example")
    assert [(e.place, e.line) for e in found.evidence] == [("./scripts/push-export.sh", 3)]
    assert len(found.remedies[0].edits) == 1


class Unasked(LocalNetwork):
    def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
        raise AssertionError("nobody asked for it")


def test_nothing_is_connected_to_unless_asked(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "url = https://api.partner.de/\n")
    assert check(tmp_path, network=Unasked()).ran


def test_a_probe_tells_what_can_be_reached(tmp_path: Path) -> None:
    class Loopback(LocalNetwork):
        """Names of the test, all of them this machine."""

        def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
            return super().connect("127.0.0.1", port, limit=limit)

    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        open_, closed = server.getsockname()[1], unused.getsockname()[1]
        write(
            tmp_path,
            "a.ini",
            f"a = http://a.partner.de:{open_}/\nb = http://b.partner.de:{closed}/\n",
        )
        found = {
            each.subject: each for each in asked(check(tmp_path, probe=True, network=Loopback()))
        }
    texts = {host: each.evidence[-1].text for host, each in found.items()}
    assert texts == {
        "a.partner.de": "can be reached from here",
        "b.partner.de": "cannot be reached from here: refused",
    }


def test_a_path_that_is_not_there_is_no_pass(tmp_path: Path) -> None:
    found = result(CHECK, EndpointsCheck(paths=("no",)), tmp_path)
    assert [each.severity for each in found.findings] == ["unknown"]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("h", "h", None), ("H.de:1", "h.de", 1), ("[::1]:2", "::1", 2), ("::1", "::1", None)],
)
def test_an_entry_of_a_list_is_host_and_port(text: str, host: str, port: int | None) -> None:
    assert split(text) == (host, port)


def test_an_allow_list_says_no_by_itself() -> None:
    assert not AllowList(()).has("a.de", 1)
    with pytest.raises(BadEntryError):
        AllowList(("*.",))


@pytest.mark.parametrize("format_", ["conf", "code", "shell", "yaml"])
@pytest.mark.parametrize(
    "line",
    [
        "host" * 1000, "host = " * 570, "a." * 2000, "a@" * 2000, "://" * 1300, "http://" * 570,
        "sftp " * 800, "sftp " + "a@b " * 900, "1.2.3." * 660, "[" + ":" * 3990, "[a:b" * 1000,
        "server " + "a-" * 1990, "user@" + "a." * 1990 + ":", "x.y:" * 1000, "url" + " " * 3990,
    ],
)  # fmt: skip
def test_a_hostile_line_takes_no_time(line: str, format_: str) -> None:
    begun = time.perf_counter()
    list(in_line(line[:4000], format_))  # type: ignore[arg-type]
    assert time.perf_counter() - begun < 0.5


@given(st.text(max_size=400))
def test_any_line_is_read_and_every_place_is_where_it_says(text: str) -> None:
    for found in in_line(text, "conf"):
        if hasattr(found, "host"):
            assert text[found.begin : found.end] == found.host


@given(st.text(max_size=100))
def test_any_host_has_a_plain_form_that_a_terminal_can_show(text: str) -> None:
    if names.is_host(text):
        assert names.plain(text).isascii()


def test_an_old_host_is_found_wherever_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "job").write_text(
        "0 3 * * * root /opt/push --to old.corp.test\n"
        "# /opt/push --to old.corp.test\n"
        "0 4 * * * root /opt/push --to my-old.corp.test --not old.corp.tester\n"
    )
    config = EndpointsCheck(paths=(str(tmp_path),), redirect={"old.corp.test": "new.corp.test"})
    keys = by_key(result(CHECK, config, tmp_path))
    (found,) = keys["redirect"]
    assert [each.line for each in found.evidence] == [1]
    (remedy,) = found.remedies
    assert [(e.line, e.find, e.put) for e in remedy.edits] == [
        (1, "old.corp.test", "new.corp.test")
    ]
