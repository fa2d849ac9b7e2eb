"""What intake says of a package: lists held both ways, what is in it, what it will do."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.findings import Evidence, Finding
from runbook_tui.preflight.check import Check, run_check, run_checks
from runbook_tui.preflight.checks import inventory, manifest, planned_actions
from runbook_tui.preflight.package.members import Limits, Package
from runbook_tui.preflight.package.opening import open_package

from .archives import zip_of

FILES = {"d/a.sh": b"#!/bin/sh\n", "d/b.txt": b"hello\n"}


def sums(files: dict[str, bytes], how: str = "sha256") -> bytes:
    rows = [f"{hashlib.new(how, data).hexdigest()}  {name[2:]}" for name, data in files.items()]
    return "\n".join(rows).encode()


def found(check: Check[Package], path: Path) -> dict[str, Finding]:
    result = run_check(check, open_package(path))
    assert result.ran, result
    return {finding.key: finding for finding in result.findings}


def held(tmp_path: Path, listed: bytes, name: str = "d/SHA256SUMS") -> dict[str, Finding]:
    path = zip_of(tmp_path / "p.zip", *FILES.items(), (name, listed))
    return found(manifest.CHECK, path)


def test_a_list_that_agrees_both_ways_has_nothing_against_it(tmp_path: Path) -> None:
    assert held(tmp_path, sums(FILES)).keys() == {"held"}


def test_what_is_missing_extra_or_changed_is_named_with_its_line(tmp_path: Path) -> None:
    other = {"d/gone": b"x", "d/a.sh": b"another"}
    told = held(tmp_path, sums(other))
    assert told["missing"].severity == told["changed"].severity == "inhibitor"
    assert told["missing"].evidence == (Evidence(place="d/SHA256SUMS", line=1),)
    assert told["changed"].evidence == (Evidence(place="d/SHA256SUMS", line=2),)
    assert told["extra"].subject == "d/b.txt"


def test_sums_that_can_be_forged_and_lines_that_are_none_are_said(tmp_path: Path) -> None:
    told = held(tmp_path, sums(FILES, "md5") + b"\nnonsense here\n", "d/MD5SUMS")
    assert told["weak-sum"].severity == "warning"
    assert told["strange-line"].evidence[0].line == 3


def test_tagged_sums_and_sizes_are_read(tmp_path: Path) -> None:
    tagged = [f"SHA256 ({n[2:]}) = {hashlib.sha256(d).hexdigest()}" for n, d in FILES.items()]
    assert held(tmp_path, "\n".join(tagged).encode()).keys() == {"held"}
    told = held(tmp_path, b"  10 a.sh\n   7 b.txt\n", "d/MANIFEST")
    assert told["changed-size"].subject == "d/b.txt"


def test_a_wheel_is_held_against_its_record(tmp_path: Path) -> None:
    def row(name: str, data: bytes) -> str:
        raw = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        return f"{name},sha256={raw},{len(data)}"

    record = "\n".join([*(row(n, d) for n, d in FILES.items()), "x-1.dist-info/RECORD,,"])
    files = [*FILES.items(), ("x-1.dist-info/RECORD", record.encode())]
    wheel = zip_of(tmp_path / "x-1-py3-none-any.whl", *files)
    assert open_package(wheel).format == "wheel"
    assert found(manifest.CHECK, wheel).keys() == {"held"}
    changed = zip_of(tmp_path / "y.whl", ("d/a.sh", b"other"), *files[1:])
    assert found(manifest.CHECK, changed)["changed"].subject == "d/a.sh"


def test_no_list_at_all_is_said(tmp_path: Path) -> None:
    told = found(manifest.CHECK, zip_of(tmp_path / "p.zip", *FILES.items()))
    assert told["no-list"].severity == "warning"


def test_the_inventory_tells_files_by_what_they_are_for(tmp_path: Path) -> None:
    key = b"-----BEGIN PRIVATE KEY-----\n"
    path = zip_of(
        tmp_path / "p.zip", ("etc/cron.d/x", b"* * * * * root x"), ("x.timer", b"[Timer]"),
        ("bin/x", b"\x7fELF\0"), ("postinst", b"set -e"), ("migrations/1.py", b"def up(): ..."),
        ("ca.pem", b"-----BEGIN CERTIFICATE-----"), ("id", key), ("run", b"#!/bin/bash\n"),
    )  # fmt: skip
    told = found(inventory.CHECK, path)
    assert set(told) == {"cron", "unit", "binary", "script", "migration", "certificate", "key"}
    assert told["script"].title == "2 scripts"
    assert told["key"].severity == "high"


ACTIONS = b"""\
#!/bin/sh
# systemctl stop commented.service
systemctl enable --now shop-export.timer
useradd --system shop
curl -fsS https://get.shop.example/x | sudo sh
echo "shop ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/shop
chmod -R 777 /srv/shop
(crontab -l; echo "0 3 * * * /x") | crontab -
sftp -o StrictHostKeyChecking=no push@sftp.shop.example
export API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345 HOST=db.shop.example
"""


def test_what_a_script_will_do_is_told_with_its_line_and_without_its_secrets(
    tmp_path: Path,
) -> None:
    path = zip_of(
        tmp_path / "p.zip", ("i.sh", ACTIONS), ("s.timer", b"[Timer]\nOnCalendar=*-*-* 03:00\n"),
        ("cron.d/e", b'MAILTO=""\n0 3 * * * root /x\n'), ("x.sql", b"CREATE ROLE reader;"),
        ("sysusers.d/x.conf", b"u shop2 - -\n"),
    )  # fmt: skip
    result = run_check(planned_actions.CHECK, open_package(path))
    told = {(f.key, f.subject): f for f in result.findings}
    expected = {
        ("unit", "shop-export.timer"), ("account", "shop"), ("rights", "/etc/sudoers.d/shop"),
        ("rights", "777 /srv/shop"), ("job", "crontab"), ("host", "sftp.shop.example"),
        ("host", "get.shop.example"), ("host", "db.shop.example"), ("account", "reader"),
        ("unchecked", "StrictHostKeyChecking=no"), ("account", "shop2"),
        ("job", "s.timer: OnCalendar=*-*-* 03:00"), ("job", "0 3 * * *: root /x"),
    }  # fmt: skip
    assert expected <= set(told)
    assert told["unit", "shop-export.timer"].evidence[0].line == 3
    assert any(key == "runs-download" for key, _ in told)
    assert not any("commented" in subject for _, subject in told)
    assert "ghp_" not in repr(result)


def test_a_script_that_cannot_be_read_is_not_known_to_be_fine(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("a.sh", b"#!/bin/sh\n\0"))
    assert found(planned_actions.CHECK, path)["not-readable"].severity == "unknown"


def test_programs_leave_the_room_for_text_to_text(tmp_path: Path) -> None:
    program = b"\x7fELF\0" + bytes(range(256)) * 400
    files = [*((f"bin/{n}", program + bytes([n])) for n in range(20)), ("z.sh", ACTIONS)]
    path = zip_of(tmp_path / "p.zip", *files)
    package = open_package(path, limits=Limits(kept=200_000, kept_total=200_000))
    assert package.members[-1].text == ACTIONS.decode()
    assert all(member.text is None for member in package.members[:-1])


def fails(_: object) -> Iterator[Finding | None]:
    yield Finding(check="x", key="seen", severity="info", title="Seen")
    raise ValueError("no such thing")


def test_a_check_that_fails_or_takes_too_long_passes_nothing() -> None:
    def goes_on(_: object) -> Iterator[Finding | None]:
        while True:
            yield None

    failed = run_check(Check[object]("x", "It", fails), None)
    assert not failed.ran
    assert failed.worst == "unknown"
    assert [f.key for f in failed.findings] == ["seen", "could-not-run"]
    slow = run_check(Check[object]("x", "It", goes_on, limit=0.01), None)
    assert [f.key for f in slow.findings] == ["not-finished"]


async def test_checks_run_side_by_side_and_end_when_they_are_cancelled() -> None:
    import asyncio

    together = threading.Barrier(2, timeout=20)
    running, ended = threading.Event(), threading.Event()

    def meets(_: object) -> Iterator[Finding | None]:
        together.wait()
        yield None

    both = [Check[object](name, name, meets) for name in ("a", "b")]
    assert [result.ran for result in await run_checks(both, None)] == [True, True]

    def goes_on(_: object) -> Iterator[Finding | None]:
        try:
            while True:
                running.set()
                yield None
        finally:
            ended.set()

    task = asyncio.ensure_future(run_checks([Check[object]("c", "c", goes_on)], None))
    await asyncio.to_thread(running.wait, 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended.wait(20)


def test_a_fingerprint_outlives_words_and_evidence_and_their_digest_does_not() -> None:
    one = Finding(check="c", key="k", severity="high", title="A", subject="s")
    seen = (Evidence(place="p", line=3, text="t"),)
    other = Finding(check="c", key="k", severity="info", title="B", subject="s", evidence=seen)
    assert one.fingerprint == other.fingerprint
    assert one.evidence_digest != other.evidence_digest
    moved = Finding(
        check="c", key="k", severity="info", title="B", subject="s",
        evidence=(Evidence(place="p", line=9, text="t"),),
    )  # fmt: skip
    assert moved.evidence_digest == other.evidence_digest


def test_passwords_behind_short_options_are_not_shown(tmp_path: Path) -> None:
    script = (
        b"#!/bin/sh\ncurl -u admin:hunter2xyzzy9 https://svc:hunter2xyzzy9@up.corp.test/x\n"
        b"useradd -m -p hunter2xyzzy9 deploy\n"
        b'echo "0 3 * * * root mysql -phunter2xyzzy9 db" > /etc/cron.d/x\n'
    )
    path = zip_of(tmp_path / "p.zip", ("d/install.sh", script))
    told = found(planned_actions.CHECK, path)
    assert {"host", "account"} <= told.keys()
    assert "hunter2" not in str(told)
