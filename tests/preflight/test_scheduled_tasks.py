"""Jobs that start by themselves: found wherever they stand, and measured by the window."""

from __future__ import annotations

import os
import re
import subprocess
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from preflight.targets import NOW, by_key, result
from runbook_tui.domain.checks.scheduled_tasks import ScheduledTasksCheck
from runbook_tui.domain.findings import CheckResult, Finding, line_digest
from runbook_tui.practice import package
from runbook_tui.preflight.checks.scheduled_tasks import CHECK

WINDOW = datetime(2026, 5, 1, 22, tzinfo=UTC), datetime(2026, 5, 2, 4, tzinfo=UTC)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def check(folder: Path, files: dict[str, str] | None = None, **config: Any) -> CheckResult:
    """What the check says of a tree, in UTC and a window from 22:00 to 04:00 unless told else."""
    tree = folder / "tree"
    tree.mkdir(exist_ok=True)
    write(tree, files or {})
    for script in tree.glob("etc/cron.*ly/*"):
        script.chmod(0o755)
    window = config.pop("window", WINDOW)
    given = {"paths": (str(tree),), "time_zone": "UTC"} | config
    return result(CHECK, ScheduledTasksCheck(**given), folder, window=window)


def only(found: CheckResult, key: str) -> Finding:
    (finding,) = by_key(found)[key]
    return finding


def unpacked_package(folder: Path) -> Path:
    """The practice lab's package, made as the lab makes it, and unpacked."""
    texts = "".join(p.read_text() for p in package.TEMPLATE.rglob("*") if p.is_file())
    values = dict.fromkeys(re.findall(r"@([A-Z0-9_]+)@", texts), "8443")
    package.build(folder / "package.zip", values)
    with zipfile.ZipFile(folder / "package.zip") as archive:
        archive.extractall(folder / "package")
    return folder / "package"


def test_the_packages_job_at_three_is_found_with_its_line(tmp_path: Path) -> None:
    tree = unpacked_package(tmp_path)
    found = check(tmp_path, paths=(str(tree),))
    finding = only(found, "job-due")
    assert finding.severity == "high"
    assert finding.title == "Due in the window: push-export.sh, 2026-05-02 03:00Z"
    first, times = finding.evidence
    assert first.place.endswith("dten-5.0/cron/orders-export")
    assert first.line == 3
    assert first.text.startswith("0 3 * * *  root  /opt/orders/scripts/push-export.sh")
    assert first.text.endswith("[as root; its output is thrown away]")
    assert times.text == "due 2026-05-02 03:00Z (clock UTC, time-zone of the check)"
    assert "`5 4` as minute and hour" in finding.remediation


def test_commenting_out_is_an_edit_of_that_line_and_silences_it(tmp_path: Path) -> None:
    text = "MAILTO=x\n0 3 * * * root /opt/run \xe9\n"
    found = check(tmp_path, {"etc/cron.d/job": text})
    remedy, _move = only(found, "job-due").remedies
    (edit,) = remedy.edits
    path = tmp_path / "tree/etc/cron.d/job"
    raw = path.read_bytes().split(b"\n")
    assert (edit.path, edit.line, edit.find, edit.put) == (str(path), 2, "", "# ")
    assert edit.digest == line_digest(raw[1])
    assert remedy.effect == "cron"
    raw[1] = edit.put.encode() + raw[1]
    path.write_bytes(b"\n".join(raw))
    assert check(tmp_path).worst == "pass"


def test_what_is_not_due_is_announced_or_not(tmp_path: Path) -> None:
    text = "0 12 * * * root /opt/known\n0 13 * * * root /opt/unknown\n"
    found = check(tmp_path, {"etc/cron.d/job": text}, expected=("/opt/known",))
    assert only(found, "job-expected").severity == "info"
    unannounced = only(found, "job-unannounced")
    assert unannounced.severity == "warning"
    assert "/opt/unknown" in unannounced.evidence[0].text
    assert "Next: 2026-05-02 13:00Z" in unannounced.remediation


def test_an_expected_job_in_the_window_is_still_in_the_window(tmp_path: Path) -> None:
    found = check(tmp_path, {"etc/cron.d/job": "0 3 * * * root /opt/known\n"}, expected=("known",))
    assert only(found, "job-due").severity == "high"


def test_of_many_times_five_are_shown(tmp_path: Path) -> None:
    found = check(tmp_path, {"etc/cron.d/job": "*/5 * * * * root /opt/often\n"})
    finding = only(found, "job-due")
    assert "72 times, first 2026-05-01 22:00Z" in finding.title
    assert "22:20Z and 67 more" in finding.evidence[1].text


def test_every_failing_line_is_told_and_none_is_a_pass(tmp_path: Path) -> None:
    text = "61 * * * * root /opt/a\nnonsense\n0 12 * * * root /opt/b\n"
    found = check(tmp_path, {"etc/cron.d/job": text}, expected=("/opt/b",))
    unreadable = by_key(found)["line-unreadable"]
    assert [f.evidence[0].line for f in unreadable] == [1, 2]
    assert {f.severity for f in unreadable} == {"unknown"}
    assert "nothing-due" not in by_key(found)


def test_a_file_that_may_be_a_crontab_is_read_as_one(tmp_path: Path) -> None:
    files = {"pkg/cron/README": "Read me: nothing here\n", "pkg/cron/job": "0 3 * * root /opt/a\n"}
    found = check(tmp_path, files)
    assert only(found, "line-unreadable").evidence[0].place.endswith("cron/job")


def test_the_labs_own_jobs_are_found(tmp_path: Path) -> None:
    etc = Path(package.__file__).parent / "template/lab/etc"
    found = check(tmp_path, paths=(str(etc),), expected=("orders-count",))
    assert only(found, "job-due").evidence[0].place.endswith("etc/crontab")
    assert only(found, "job-expected").evidence[0].line == 2
    assert "there is no cron.hourly beside it" in only(found, "job-idle").title


def test_guarded_scripts_without_a_crontab_are_known_where_a_timer_stands_for_them(
    tmp_path: Path,
) -> None:
    script = (
        "#!/bin/sh\nif [ -d /run/systemd/system ]; then\n    # the timer does it\n    exit 0\nfi\n"
    )
    files = {
        "etc/cron.daily/man-db": script,
        "lib/systemd/system/man-db.timer": "[Timer]\nOnCalendar=12:00\n",
    }
    found = check(tmp_path, files, expected=("man-db.timer",))
    assert "man-db.timer stands for it" in only(found, "job-idle").title
    assert "time-unknown" not in by_key(found)


def test_a_tree_without_jobs_passes_and_says_what_was_looked_at(tmp_path: Path) -> None:
    found = check(tmp_path, {"etc/hosts": "127.0.0.1 localhost\n", "README": "cron\n"})
    (finding,) = found.findings
    assert finding.severity == "pass"
    assert "0 jobs in 2 files, clock: UTC (time-zone of the check)" in finding.title


def test_the_clock_is_the_one_that_is_set_and_is_named(tmp_path: Path) -> None:
    files = {"etc/cron.d/job": "30 0 * * * root /opt/a\n", "etc/timezone": "Europe/Berlin\n"}
    finding = only(check(tmp_path, files, time_zone=None), "job-due")
    assert "2026-05-02 00:30 CEST (22:30Z)" in finding.title
    assert "clock Europe/Berlin, /etc/timezone in" in finding.evidence[1].text
    wrong = check(tmp_path, time_zone="Europe/Nowhere")
    assert only(wrong, "no-such-zone").severity == "unknown"


def test_cron_tz_moves_a_job_only_where_cron_reads_it(tmp_path: Path) -> None:
    text = "CRON_TZ=Asia/Tokyo\n0 3 * * * root /opt/tokyo\n0 8 * * * root /opt/morning\n"
    found = check(tmp_path, {"etc/cron.d/job": text})
    tokyo, morning = by_key(found)["job-may-be-due"]
    assert "by CRON_TZ only where cron is cronie; else by UTC" in tokyo.title
    assert morning.evidence[1].text.startswith("due 2026-05-02 08:00 JST (23:00Z)")


def test_reboot_jobs_are_told_apart(tmp_path: Path) -> None:
    found = check(tmp_path, {"var/spool/cron/crontabs/orders": "@reboot /opt/start\n"})
    finding = only(found, "job-at-start")
    assert finding.severity == "warning"
    assert finding.evidence[0].text == "@reboot /opt/start"


def test_scripts_of_run_parts_get_the_time_of_the_line_that_runs_them(tmp_path: Path) -> None:
    files = {
        "etc/crontab": "25 23 * * * root cd / && run-parts --report /etc/cron.daily\n",
        "etc/cron.daily/backup": "#!/bin/sh\nexec /opt/backup\n",
        "etc/cron.daily/backup.dpkg-old": "#!/bin/sh\n",
        "etc/cron.weekly/reindex": "#!/bin/sh\n",
    }
    found = check(tmp_path, files)
    finding = only(found, "job-due")
    assert finding.title == "Due in the window: cron.daily/backup, 2026-05-01 23:25Z"
    assert [e.line for e in finding.evidence if e.line] == [1]
    (remedy,) = finding.remedies
    assert remedy.argv[:2] == ("chmod", "a-x")
    assert remedy.undo[:2] == ("chmod", "ugo+x")
    timeless = only(found, "time-unknown")
    assert timeless.severity == "unknown"
    assert timeless.evidence[0].place.endswith("cron.weekly/reindex")
    assert "looked at by itself" in only(found, "job-idle").title


def test_a_script_that_run_parts_passes_over_starts_nothing_until_it_is_taken_back(
    tmp_path: Path,
) -> None:
    files = {
        "etc/crontab": "25 23 * * * root run-parts /etc/cron.daily\n",
        "etc/cron.daily/backup": "#!/bin/sh\nexec /opt/backup\n",
    }
    (remedy,) = only(check(tmp_path, files), "job-due").remedies
    script = tmp_path / "tree/etc/cron.daily/backup"
    config = ScheduledTasksCheck(paths=(str(tmp_path / "tree"),), time_zone="UTC")
    for argv, key in ((remedy.argv, "job-idle"), (remedy.undo, "job-due")):
        subprocess.run(argv, check=True)
        found = by_key(result(CHECK, config, tmp_path, window=WINDOW))[key]
        assert "cron.daily/backup" in found[0].title + found[-1].title
    assert script.stat().st_mode & 0o777 == 0o755


def test_a_line_that_leaves_its_work_to_a_timer_is_no_double_run(tmp_path: Path) -> None:
    guarded = "30 23 * * * root test -e /run/systemd/system || /sbin/scrub_all -A\n"
    files = {
        "etc/cron.d/scrub_all": guarded,
        "lib/systemd/system/scrub_all.timer": "[Timer]\nOnCalendar=*-*-* 12:00\n",
    }
    found = check(tmp_path, files, expected=("scrub_all.timer",))
    assert "scrub_all.timer stands for it" in only(found, "job-idle").title
    assert found.worst == "info" or found.worst == "pass"
    (tmp_path / "tree/lib/systemd/system/scrub_all.timer").unlink()
    assert "no timer for it seen" in only(check(tmp_path), "job-due").evidence[1].text


def test_a_guard_that_runs_only_under_systemd_is_none(tmp_path: Path) -> None:
    text = "30 23 * * * root [ -d /run/systemd/system ] && /sbin/scrub_all\n"
    found = check(tmp_path, {"etc/cron.d/scrub_all": text})
    assert only(found, "job-due")


def test_anacron_and_at_are_read(tmp_path: Path) -> None:
    at = int((datetime(2026, 5, 1, 23, 15, tzinfo=UTC).timestamp()) // 60)
    files = {
        "etc/anacrontab": (
            "RANDOM_DELAY=45\nSTART_HOURS_RANGE=3-22\n"
            "1\t5\tbackup\tnice /opt/backup\n7 five bad line\n"
        ),
        f"var/spool/cron/atjobs/a0001f{at:08x}": (
            "#!/bin/sh\n# atrun uid=0 gid=0\numask 22\ncd /root || {\n\t echo no >&2\n\t exit 1\n"
            "}\n/opt/once --all >/dev/null 2>&1\n"
        ),
    }
    found = check(tmp_path, files)
    once = only(found, "job-due")
    assert once.title == "Due in the window: job 31 of at: once, 2026-05-01 23:15Z"
    assert once.evidence[0].line == 8
    assert "as root; its output is thrown away" in once.evidence[0].text
    assert "atrm 31" in once.remediation
    assert only(found, "job-may-be-due").severity == "warning"
    assert only(found, "line-unreadable").evidence[0].line == 4


def test_timers_are_judged_as_cron_jobs_are(tmp_path: Path) -> None:
    files = {
        "systemd/export.timer": "[Timer]\nOnCalendar=*-*-* 03:00\nPersistent=true\n",
        "systemd/broken.timer": "[Timer]\nOnCalendar=now and then\n",
    }
    found = check(tmp_path, files)
    due = only(found, "job-due")
    assert due.title == "Due in the window: export.timer, 2026-05-02 03:00Z"
    assert "catches up on a missed start" in due.evidence[1].text
    assert "whether it is enabled is not seen here" in due.evidence[1].text
    assert "OnCalendar=2026-05-02 04:05" in due.remediation
    assert only(found, "timer-unreadable").evidence[0].line == 2


APPLICATIONS = {
    "app/celery.py": ("    'schedule': crontab(hour=3, minute=15),", True),
    "app/sched.py": ("s.add_job(run, 'cron', hour='2', minute=30)", True),
    "app/sched2.py": ("s.add_job(run, CronTrigger.from_crontab('0 12 * * *'))", False),
    "dags/etl.py": ("with DAG('etl', schedule='0 1 * * *') as dag:", True),
    "jobs/index.js": ("cron.schedule('0 0 3 * * *', () => run());", True),
    "src/Job.java": ('    @Scheduled(cron = "0 15 3 * * *")', True),
    "src/Trigger.java": ('.withSchedule(cronSchedule("0 0 12 * * ?"))', False),
    "conf/quartz.xml": ("<cron-expression>0 0 3 ? * MON-SAT</cron-expression>", True),
    "config/schedule.rb": ("every 1.day, at: '3:00 am' do", None),
    "app/Kernel.php": ("$schedule->command('x')->dailyAt('23:30');", True),
    "app/Kernel2.php": ("$schedule->command('x')->cron('0 12 * * *');", False),
    ".github/workflows/nightly.yml": ("    - cron: '30 2 * * *'", True),
    "k8s/cronjob.yaml": ('  schedule: "0 3 * * *"', True),
    "config/sidekiq.yml": ("  cron: '0 3 * * *'", True),
    "install.sh": ("(crontab -l; echo '0 3 * * * /opt/run') | crontab -", True),
    "postinst": ('echo "0 3 * * * root /opt/run" >/etc/cron.d/run', True),
    "later.sh": ("systemd-run --on-calendar='*-*-* 03:00' /opt/run", None),
    "once.sh": ("at -f /opt/run 03:00 tomorrow", None),
    "db/jobs.sql": ("SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM');", True),
}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_schedules_of_applications_are_found_and_only_may_be_due(tmp_path: Path, name: str) -> None:
    line, due = APPLICATIONS[name]
    found = check(tmp_path, {name: f"#!/bin/sh\n{line}\n"})
    finding = only(found, "app-job-may-be-due" if due else "app-job")
    assert finding.severity == ("warning" if due else "info")
    assert finding.evidence[0].line == 2


def test_without_a_window_whether_it_is_due_is_not_known(tmp_path: Path) -> None:
    files = {"etc/cron.d/job": "0 19 * * * root /opt/a\n"}
    found = check(tmp_path, files, window=None)
    assert only(found, "no-window").severity == "unknown"
    assert "not due" not in only(found, "job-unannounced").title
    within = check(tmp_path, window=None, within="2h")
    assert only(within, "job-due").title.endswith("2026-05-01 19:00Z")
    assert datetime(2026, 5, 1, 18, tzinfo=UTC) == NOW


def program(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name, found before the machine's own."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


def test_the_machine_is_asked_for_its_crontab_and_timers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "crontab", "echo '0 3 * * * /opt/own'", monkeypatch)
    at = int(datetime(2026, 5, 1, 23, tzinfo=UTC).timestamp() * 1_000_000)
    timers = (
        f'[{{"next":{at},"left":1,"last":null,"passed":0,"unit":"a.timer","activates":"a.service"}},'
        '{"next":null,"left":null,"last":0,"passed":0,"unit":"b.timer","activates":"b.service"}]'
    )
    program(tmp_path, "systemctl", f"echo '{timers}'", monkeypatch)
    found = check(tmp_path, crontab=True, timers=True)
    own, timer = by_key(found)["job-due"]
    assert (own.evidence[0].place, own.evidence[0].line) == ("crontab -l", 1)
    assert own.remedies == ()
    assert timer.title == "Due in the window: a.timer, 2026-05-01 23:00Z"
    assert timer.remedies[0].argv == ("systemctl", "disable", "--now", "a.timer")
    assert "b.timer" in only(found, "job-idle").title


def test_no_crontab_is_none_and_no_answer_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "crontab", "echo 'no crontab for you' >&2; exit 1", monkeypatch)
    assert check(tmp_path, crontab=True).worst == "pass"
    program(tmp_path, "crontab", "echo 'you may not' >&2; exit 1", monkeypatch)
    program(tmp_path, "systemctl", "echo 'no bus' >&2; exit 1", monkeypatch)
    found = check(tmp_path, crontab=True, timers=True)
    assert [f.severity for f in by_key(found)["no-answer"]] == ["unknown", "unknown"]
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    gone = check(tmp_path, crontab=True)
    assert "is not on this machine" in only(gone, "no-answer").title


def test_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    found = check(tmp_path, paths=("nowhere",))
    assert only(found, "not-there").severity == "unknown"
    assert found.worst == "unknown"


def test_foreign_text_neither_reaches_the_terminal_nor_gives_secrets_away(tmp_path: Path) -> None:
    text = "0 3 * * * root /opt/run \x1b[31m --password=Quarry-58-trombone\n"
    found = check(tmp_path, {"etc/cron.d/job": text})
    shown = repr(found.findings)
    assert "\\x1b" not in shown
    assert "trombone" not in shown


def test_fingerprints_stay_when_lines_move(tmp_path: Path) -> None:
    line = "0 3 * * * root /opt/run\n"
    before = only(check(tmp_path, {"etc/cron.d/job": line}), "job-due")
    after = only(check(tmp_path, {"etc/cron.d/job": "# moved\n\n" + line}), "job-due")
    assert before.fingerprint == after.fingerprint
    assert before.evidence_digest == after.evidence_digest


def test_the_same_line_twice_is_one_finding_with_two_edits(tmp_path: Path) -> None:
    found = check(tmp_path, {"etc/cron.d/job": "0 3 * * * root /opt/run\n" * 2})
    finding = only(found, "job-due")
    assert [edit.line for edit in finding.remedies[0].edits] == [1, 2]


@pytest.mark.parametrize(
    "piece", ["*/", "* ", "0,", "[ -x ", "test -x ", "/a", ">&", "run-parts ", "'", "every ", "\\ "]
)
def test_no_line_makes_it_slow(tmp_path: Path, piece: str) -> None:
    line = (piece * 2_000)[:2_000]
    files = {
        "etc/cron.d/a": f"0 3 * * * root {line}\n{line}\n" * 20,
        "etc/anacrontab": f"{line}\n" * 20,
        "systemd/a.timer": f"[Timer]\nOnCalendar={line}\nOnBootSec={line}\n",
        "app/a.py": f"crontab({line}\nschedule='{line}\n" * 20,
        "app/schedule.rb": f"every {line}\n" * 20,
        "app/a.php": f"->cron('{line}\n->daily {line}\n" * 20,
    }
    began = time.monotonic()
    check(tmp_path, files)
    assert time.monotonic() - began < 5


def test_a_huge_file_and_a_binary_one_are_not_known_rather_than_passed(tmp_path: Path) -> None:
    write(tmp_path / "tree", {"etc/cron.d/big": "# x\n" * 400_000})
    (tmp_path / "tree/etc/cron.d/binary").write_bytes(b"\x7fELF\0\0")
    found = check(tmp_path)
    assert [f.severity for f in by_key(found)["file-unreadable"]] == ["unknown", "unknown"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"outside/job": "0 3 * * * root /opt/run\n"})
    (tmp_path / "tree/etc/cron.d").mkdir(parents=True)
    (tmp_path / "tree/etc/cron.d/job").symlink_to(tmp_path / "outside/job")
    assert "job-due" not in by_key(check(tmp_path))


def test_it_can_be_ended_between_two_files(tmp_path: Path) -> None:
    for number in range(50):
        write(tmp_path, {f"tree/etc/cron.d/job{number}": "0 12 * * * root /opt/run\n"})
    config = ScheduledTasksCheck(paths=(str(tmp_path / "tree"),), time_zone="UTC")
    from preflight.targets import target

    steps = sum(1 for _ in CHECK.find(target(config, tmp_path, window=WINDOW)))
    assert steps > 100
    assert WINDOW[1] - WINDOW[0] == timedelta(hours=6)


def test_a_job_in_the_window_can_be_moved_behind_it_and_back(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "etc/cron.d/a": "TZ=UTC\n0  3 * * * root /opt/push\n",
            "etc/cron.d/b": "*/5 3 * * * root /opt/poll\n",
            "etc/cron.d/c": "0 3 * * * root /opt/push --at '0 3'\n",
        },
    )
    config = ScheduledTasksCheck(paths=("etc",), time_zone="UTC")
    found = by_key(result(CHECK, config, tmp_path, window=WINDOW))["job-due"]
    moved = {
        Path(f.remedies[0].edits[0].path).name: [r for r in f.remedies if "Move" in r.label]
        for f in found
    }
    (remedy,) = moved["a"]
    assert remedy.label == "Move it to 04:05, after the window"
    assert [(e.line, e.find, e.put) for e in remedy.edits] == [(2, "0  3", "5 4")]
    # Not where the time is no plain one, or stands in the line twice.
    assert moved["b"] == moved["c"] == []
