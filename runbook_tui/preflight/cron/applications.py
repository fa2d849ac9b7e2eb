"""Schedules that applications keep themselves, by pattern: what looks like one, and its time.

Each pattern is one of a scheduler's own documentation, named beside it. Quantifiers are bounded, so
that no line makes one slow. What is found may be dead code: it says "may".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.preflight.cron.fields import BadTimeError, CronTime, cron_time

LONGEST_LINE = 2_000
_Q = r"[\"'`]"
_S = r"\s{0,9}"
_FIELD = r"[-\w*/,?#~]{1,80}"
_CRON = rf"(?P<cron>(?:@\w{{4,10}}|{_FIELD}(?: {{1,4}}{_FIELD}){{4,6}}))"
_FIVE = rf"(?P<cron>{_FIELD}(?: {{1,4}}{_FIELD}){{4}})"
_YAML = (".yaml", ".yml", ".json")
_CODE_JS = (".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx")
_KEYWORD = re.compile(r"(\w{1,20})\s{0,5}=\s{0,5}(?:[\"']([^\"']{1,60})[\"']|(\d{1,4}))")
_NUMBER_NAMES = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


@dataclass(frozen=True)
class Scheduler:
    """One application scheduler. `zone`: the one that it uses by itself; empty: the machine's."""

    name: str
    suffixes: tuple[str, ...]
    pattern: re.Pattern[str]
    zone: str = ""
    seconds: bool = False
    """Whether six fields begin with seconds."""
    places: str = ""
    """What the path must have in it."""


def _scheduler(
    name: str, suffixes: tuple[str, ...], *pattern: str, zone: str = "", seconds: bool = False,
    places: str = "",
) -> Scheduler:  # fmt: skip
    return Scheduler(name, suffixes, re.compile("".join(pattern)), zone, seconds, places)


SCHEDULERS = (
    # https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html: UTC unless set otherwise
    _scheduler("Celery beat", (".py",), r"\bcrontab\((?P<keywords>[^()]{0,300})\)", zone="UTC"),
    # https://apscheduler.readthedocs.io/en/3.x/modules/triggers/cron.html
    _scheduler("APScheduler", (".py",), rf"\bfrom_crontab\({_S}{_Q}{_CRON}{_Q}"),
    _scheduler(
        "APScheduler",
        (".py",),
        r"(?:add_job|scheduled_job)\([^()]{0,200}[\"']cron[\"'](?P<keywords>[^()]{0,300})",
    ),
    _scheduler("APScheduler", (".py",), r"\bCronTrigger\((?P<keywords>[^()]{0,300})\)"),
    # https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html: UTC
    _scheduler(
        "Airflow", (".py",), rf"\bschedule(?:_interval)?{_S}={_S}{_Q}{_CRON}{_Q}", zone="UTC"
    ),
    # https://nodecron.com, https://github.com/kelektiv/node-cron, node-schedule
    _scheduler(
        "node-cron",
        _CODE_JS,
        rf"\b(?:cron\.schedule|scheduleJob|new CronJob|CronJob\.from|@Cron)\({_S}{_Q}{_CRON}{_Q}",
        seconds=True,
    ),
    # https://docs.spring.io/spring-framework/reference/integration/scheduling.html
    _scheduler(
        "Spring @Scheduled",
        (".java", ".kt", ".groovy"),
        rf"@Scheduled\([^()\"]{{0,200}}\bcron{_S}={_S}\"{_CRON}\"",
        seconds=True,
    ),
    # https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
    _scheduler(
        "Quartz",
        (".java", ".kt", ".groovy", ".cs"),
        rf"\b(?:cronSchedule|WithCronSchedule|CronExpression|CronScheduleBuilder\.\w{{1,40}})\({_S}\"{_CRON}\"",
        seconds=True,
    ),
    _scheduler(
        "Quartz", (".xml",), rf"<(?:\w{{1,20}}:)?cron-expression>{_S}{_CRON}{_S}<", seconds=True
    ),
    # https://github.com/javan/whenever
    _scheduler(
        "whenever",
        (".rb",),
        rf"^\s{{0,40}}every\s{{1,9}}(?:{_Q}{_CRON}{_Q}|(?P<words>[^#]{{1,120}}))",
        places="schedule.rb",
    ),
    # https://laravel.com/docs/scheduling
    _scheduler("Laravel", (".php",), rf"->cron\({_S}{_Q}{_CRON}{_Q}"),
    _scheduler("Laravel", (".php",), r"->dailyAt\(\s{0,9}[\"'](?P<clock>\d{1,2}:\d{2})[\"']"),
    _scheduler(
        "Laravel",
        (".php",),
        r"->(?P<words>daily\(\)|hourly\(\)|hourlyAt\([^()]{1,20}\)|everyMinute\(\)|every\w{1,30}Minutes\(\)"
        r"|weekly\(\)|monthly\(\)|twiceDaily\([^()]{0,20}\)|weeklyOn\([^()]{1,30}\))",
    ),
    # https://docs.github.com/actions/reference/events-that-trigger-workflows#schedule: UTC
    _scheduler(
        "GitHub Actions", _YAML, rf"^\s{{0,40}}-\s{{1,9}}cron:{_S}{_Q}?{_CRON}{_Q}?", zone="UTC",
        places=".github/workflows/",
    ),
    # https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/: the controller's zone
    _scheduler(
        "Kubernetes CronJob", _YAML, rf"^\s{{0,40}}\"?schedule\"?:{_S}{_Q}?{_CRON}{_Q}?\s*,?\s*$",
        zone="UTC",
    ),
    # https://github.com/sidekiq-cron/sidekiq-cron
    _scheduler(
        "Sidekiq-cron", _YAML, rf"^\s{{0,40}}(?:-\s{{1,9}})?\"?cron\"?:{_S}{_Q}?{_CRON}{_Q}?\s*$"
    ),
    # Installers that write jobs: crontab(1), systemd-run(1), at(1).
    _scheduler(
        "crontab, by a script",
        (".sh",),
        rf"\b(?:echo|printf)\s{{1,5}}(?:-\w{{1,3}}\s{{1,5}})?{_Q}{_FIVE}\s{{1,9}}\S[^\n]*cron",
    ),
    _scheduler(
        "systemd-run, by a script",
        (".sh",),
        r"\bsystemd-run\b[^\n]{0,200}?--on-(?P<words>(?:calendar|active|boot|startup|unit-active"
        r"|unit-inactive)[= ][\"']?[^\"']{1,60})",
    ),
    _scheduler(
        "at, by a script",
        (".sh",),
        r"(?:^|[|;&])\s{0,9}at\s{1,5}(?:-[fqmM]\s{1,5}(?:[^\s-]\S{0,80}\s{1,5})?){0,3}"
        r"(?P<words>(?:now|midnight|noon|teatime|\d{1,2}:?\d{2})\b[^|;&<]{0,60})",
    ),
    # https://github.com/citusdata/pg_cron: GMT unless cron.timezone says otherwise
    _scheduler(
        "pg_cron",
        (".sql", ".sh", ".py", ".rb"),
        rf"(?i)\bcron\.(?:schedule|schedule_in_database){_S}\((?:[^()]{{0,200}},)?{_S}'{_CRON}'",
        zone="UTC",
    ),
)  # fmt: skip
SCRIPTS = ("", ".sh", ".bash", ".ksh")
"""Suffixes of shell scripts; what has none is one where it begins with ``#!``."""
SUFFIXES = frozenset(suffix for scheduler in SCHEDULERS for suffix in scheduler.suffixes)
HINT = re.compile(
    rb"(?i)cron|schedul|systemd-run|\bat\s|add_job|every\s|->(?:daily|hourly|weekly|monthly|twice|every)"
)
"""What a file has in it somewhere if any pattern fits."""


@dataclass(frozen=True)
class Schedule:
    """What looks like an application's schedule. `time` is None where it was not worked out."""

    scheduler: str
    number: int
    text: str
    when: str
    time: CronTime | None
    zone: str


def schedules(path: str, text: str) -> Iterator[Schedule]:
    """What a file schedules, if it does; a place in a line once, by the first pattern that fits."""
    fitting = [
        scheduler
        for scheduler in SCHEDULERS
        if path.endswith(scheduler.suffixes) and scheduler.places in path
    ]
    for number, line in enumerate(text.split("\n"), 1):
        line = line[:LONGEST_LINE]
        if line.lstrip().startswith(("#", "//", "--", "*")):
            continue
        for scheduler in fitting:
            match = scheduler.pattern.search(line)
            if match is not None:
                when, time = _time(match.groupdict(), scheduler)
                if when:
                    yield Schedule(scheduler.name, number, line, when, time, scheduler.zone)
                    break


def _time(groups: dict[str, str | None], scheduler: Scheduler) -> tuple[str, CronTime | None]:
    if cron := groups.get("cron"):
        return cron, _five(cron, scheduler.seconds)
    if clock := groups.get("clock"):
        hour, _, minute = clock.partition(":")
        return clock, _read(f"{int(minute)} {int(hour)} * * *")
    if keywords := groups.get("keywords"):
        return keywords.strip(" ,"), _keywords(keywords)
    return (groups.get("words") or "").strip(), None


def _five(cron: str, seconds: bool) -> CronTime | None:
    """The five fields that cron knows, of five, six or seven; None where that says too little."""
    fields = cron.split()
    if len(fields) in (6, 7) and seconds:
        fields = fields[1:6]
        if fields[4].isdecimal():
            return None  # Quartz counts days of the week from 1, Spring from 0: not known which
    if len(fields) > 1:
        fields = ["*" if field == "?" else field for field in fields]
    return _read(" ".join(fields))


def _keywords(text: str) -> CronTime | None:
    """``hour=3, minute=0`` of Celery and APScheduler: what stands before the finest one given is
    0, in Celery everything else is ``*``.
    """
    given: dict[str, str] = {}
    for part in re.findall(
        r"(\w{1,20})\s{0,5}=\s{0,5}(?:[\"']([^\"']{1,60})[\"']|(\d{1,4}))", text
    ):
        given[part[0]] = part[1] or part[2]
    if not {"hour", "minute"} & given.keys():
        return None
    given.setdefault("day_of_month", given.get("day", "*"))
    given.setdefault("month_of_year", given.get("month", "*"))
    if "minute" not in given:
        # APScheduler: minute 0; Celery: every minute. The wider one misses nothing.
        given["minute"] = "*"
    weekday = given.get("day_of_week", "*")
    if any(letter.isdigit() for letter in weekday):
        return None  # Celery counts from Sunday, APScheduler from Monday
    return _read(" ".join(given.get(name, "*") for name in _NUMBER_NAMES))


def _read(text: str) -> CronTime | None:
    try:
        return cron_time(text)
    except BadTimeError:
        return None
