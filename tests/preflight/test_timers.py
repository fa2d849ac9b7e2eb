"""When timers are due: agreement with the real `systemd-analyze`, drop-ins, links, spans."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.preflight.cron.clock import Clock
from runbook_tui.preflight.cron.jobs import Found, Job
from runbook_tui.preflight.cron.zones import zone_named
from runbook_tui.preflight.systemd.calendar import BadCalendarError, calendar
from runbook_tui.preflight.systemd.calendar_times import elapses
from runbook_tui.preflight.systemd.spans import span
from runbook_tui.preflight.systemd.timer_jobs import timer_jobs
from runbook_tui.preflight.trees import Tree

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
BASE = datetime(2026, 5, 1, 18, tzinfo=UTC)
WINDOW = datetime(2026, 5, 1, 22, tzinfo=UTC), datetime(2026, 5, 2, 4, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")

# Every example of systemd.time(7), and the edges of its grammar.
EXPRESSIONS = (
    """
Sat,Thu,Mon..Wed,Sat..Sun|Mon,Sun 12-*-* 2,1:23|Wed *-1|Wed..Wed,Wed *-1|Wed, 17:48
Wed..Sat,Tue 12-10-15 1:2:3|*-*-7 0:0:0|10-15|monday *-12-* 17:00|Mon,Fri *-*-3,1,2 *:30:45
12,14,13,12:20,10,30|12..14:10,20,30|mon,fri *-1/2-1,3 *:30:45|03-05 08:05:40|08:05:40|05:40
Sat,Sun 12-05 08:05:40|Sat,Sun 08:05:40|2003-03-05 05:40|05:40:23.4200004/3.1700005
2003-02..04-05|2003-03-05 05:40 UTC|2003-03-05|03-05|hourly|daily|daily UTC|monthly|weekly
weekly Pacific/Auckland|yearly|annually|*:2/3|minutely|quarterly|semiannually|*-02~03
Mon *-05~07/1|*-*~1|*-*~3..1|*-*~1..3|*-*~01..05/2|*-*~05/2|Mon..Fri *-02~03/2 10:00
*-*-* 07..23:30|*-*-* 6,18:00|*-*-* 02:30 Europe/Berlin|*:0/30 Europe/Berlin|Sun 03:10|Sun..Mon
Fri..Mon|Mon-Fri 10:00|*:*|*:*:*|*:*:0/15|*-*-1..7/3 4:5|*-*-1..7/30 4:5|2027..2029-*-31 12:00
2025/2-01-01|*-2/3-29|24:00|12:60|*-13-01|2026-02-30|*/2:00|*/5-*-*|garbage|Mon|3|*-*-*|* *:00
mon,TUE *-*-* 1|1..5:00|5..1:00|*-*-*/2|*,5:00|5,*/6:00|12:00:00 Europe/London|12:00 CEST
12:00 Nowhere/Land|2026-05-02 03:00:00.5|0/0:00|Thu *-*-22..28|Tue *-*~7/1 09:00|*-06-31|*-*-0
70-01-01|2026-5-1 18:0:0|2026-05-01 18:00:01|Mon.. 10:00|Mon,,Tue|bi-annually
Monday,Friday   10:00
""".strip()
    .replace("\n", "|")
    .split("|")
)


def ours(text: str, base: datetime, count: int) -> list[datetime] | None:
    """The next times by our reading, whole seconds; None where it is refused."""
    try:
        event = calendar(text)
    except BadCalendarError:
        return None
    zone = zone_named(event.zone) if event.zone else UTC_ZONE
    if zone is None:
        return None
    return [at.replace(microsecond=0) for at in islice(elapses(event, zone, base), count)]


def theirs(text: str, base: datetime, count: int) -> list[datetime] | None:
    """The next times as systemd works them out."""
    assert ANALYZE is not None
    done = subprocess.run(
        [ANALYZE, "calendar", f"--iterations={count}", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC",
         "--", text],
        capture_output=True, text=True, check=False, env={"TZ": "UTC", "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode:
        return None
    found = re.findall(r"(?:elapse|Iter\. #\d+): \w{3} ([\d-]+ [\d:]+)(?:\.\d+)? UTC", done.stdout)
    return [datetime.strptime(at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for at in found]


@needs_systemd
def test_every_expression_comes_when_systemd_says() -> None:
    differ = {
        text: (ours(text, BASE, 6), theirs(text, BASE, 6))
        for text in EXPRESSIONS
        if ours(text, BASE, 6) != theirs(text, BASE, 6)
    }
    assert len(EXPRESSIONS) > 90
    assert differ == {}


@needs_systemd
@pytest.mark.parametrize("base", ["2026-03-28T12:00", "2026-10-24T12:00"])
@pytest.mark.parametrize(
    "text", ["*-*-* 02:30", "*:0/20", "*-*-* 2,3:00", "Sun 02:00", "*-*-* 01..03:15:30"]
)
def test_clocks_put_on_and_back_are_taken_as_systemd_takes_them(text: str, base: str) -> None:
    moment = datetime.fromisoformat(base).replace(tzinfo=UTC)
    for zone in ("Europe/Berlin", "America/Santiago"):
        whole = f"{text} {zone}"
        assert ours(whole, moment, 40) == theirs(whole, moment, 40)


values = st.integers(0, 23).map(str)
components = st.one_of(
    st.just("*"),
    values,
    st.tuples(st.integers(0, 12), st.integers(0, 23)).map(lambda p: f"{p[0]}..{p[1]}"),
    st.tuples(st.integers(0, 23), st.integers(0, 9)).map(lambda p: f"{p[0]}/{p[1]}"),
    st.lists(values, min_size=2, max_size=3).map(",".join),
)


@needs_systemd
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("", "Mon ", "Sat,Sun ", "Tue..Thu ")),
    st.one_of(st.just("*-*"), st.integers(0, 13).map(lambda month: f"*-{month}")),
    st.sampled_from("-~"),
    components,
    components,
    components,
)
def test_made_up_expressions_agree_too(
    days: str, month: str, way: str, day: str, hour: str, minute: str
) -> None:
    text = f"{days}{month}{way}{day} {hour}:{minute}"
    assert ours(text, BASE, 3) == theirs(text, BASE, 3)


@needs_systemd
def test_spans_are_as_long_as_systemd_says() -> None:
    assert ANALYZE is not None
    texts = ["50", "2h", "5h 30min", "1week2days", "3M", "1y 12month", "500ms", "1.5h", "55s500ms"]
    for text in texts:
        done = subprocess.run(
            [ANALYZE, "timespan", text], capture_output=True, text=True, check=True
        )
        match = re.search(r"(?:μs|us): (\d+)", done.stdout)
        assert match is not None
        assert span(text) == timedelta(microseconds=int(match[1])), text
    assert span("soon") is None
    assert span("") is None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="*,./-~:0123456789MonSuTC ", max_size=60))
def test_no_text_makes_the_reader_fail_otherwise_than_by_refusing(text: str) -> None:
    try:
        event = calendar(text)
    except BadCalendarError:
        return
    zone = zone_named(event.zone) if event.zone else UTC_ZONE
    list(islice(elapses(event, zone or UTC_ZONE, BASE), 2))


def write(folder: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(folder, "etc")


def jobs(tree: Tree) -> dict[str, Job]:
    found = Found()
    timers = [(tree, path) for path in tree.files() if path.suffix == ".timer"]
    for _ in timer_jobs(timers, [tree], Clock(UTC_ZONE, "the test"), found):
        pass
    assert found.trouble == []
    return {job.title: job for job in found.jobs}


def test_drop_ins_change_a_timer_and_an_empty_value_takes_back(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "systemd/system/a.timer": "[Timer]\nOnCalendar=*-*-* 12:00\n[Install]\nWantedBy=x\n",
            "systemd/system/a.timer.d/night.conf": "[Timer]\nOnCalendar=\nOnCalendar=*-*-* 23:30\n",
        },
    )
    job = jobs(tree)["a.timer"]
    assert job.runs(WINDOW, BASE).times == (datetime(2026, 5, 1, 23, 30, tzinfo=UTC),)
    assert job.evidence[0].place == "etc/systemd/system/a.timer.d/night.conf"
    assert job.evidence[0].line == 3


def test_links_tell_which_timers_are_on_and_are_not_followed(tmp_path: Path) -> None:
    text = "[Timer]\nOnCalendar=*-*-* 23:30\n[Install]\nWantedBy=timers.target\n"
    tree = write(
        tmp_path,
        {f"systemd/system/{name}.timer": text for name in ("on", "off", "masked", "many@")},
    )
    wants = tmp_path / "systemd/system/timers.target.wants"
    wants.mkdir()
    (wants / "on.timer").symlink_to("/nowhere/on.timer")
    (wants / "many@one.timer").symlink_to("/nowhere/many@.timer")
    run = tmp_path / "run/systemd/system"
    run.mkdir(parents=True)
    (run / "masked.timer").symlink_to("/dev/null")
    found = jobs(tree)
    assert found["on.timer"].idle == ""
    assert found["on.timer"].remedies[0].argv == ("systemctl", "disable", "--now", "on.timer")
    assert found["on.timer"].remedies[0].undo == ("systemctl", "enable", "--now", "on.timer")
    assert found["many@one.timer"].idle == ""
    assert found["off.timer"].idle == "it is not enabled"
    assert found["masked.timer"].idle == "it is masked"


def test_the_file_in_etc_stands_before_the_one_in_lib(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "etc/systemd/system/a.timer": "[Timer]\nOnCalendar=*-*-* 12:00\n",
            "lib/systemd/system/a.timer": "[Timer]\nOnCalendar=*-*-* 23:00\n",
        },
    )
    assert jobs(tree)["a.timer"].when == "*-*-* 12:00"


def test_a_random_delay_makes_it_may_be(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {"a.timer": "[Timer]\nOnCalendar=*-*-* 18:30\nRandomizedDelaySec=6h\n"},
    )
    runs = jobs(tree)["a.timer"].runs(WINDOW, BASE)
    assert runs.certain == "may"
    assert runs.why == "up to 6 h later"


def test_a_timer_that_repeats_often_enough_is_due_whenever_it_ran_last(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "often.timer": "[Timer]\nOnBootSec=5min\nOnUnitActiveSec=10min\n",
            "daily.timer": "[Timer]\nOnBootSec=5min\nOnUnitActiveSec=1d\n",
        },
    )
    found = jobs(tree)
    assert found["often.timer"].runs(WINDOW, BASE).certain == "will"
    assert found["daily.timer"].runs(WINDOW, BASE).certain == "may"
