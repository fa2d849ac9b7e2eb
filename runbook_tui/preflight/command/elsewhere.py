"""A command of the team's own as a check on many machines: each one judged by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.findings import Finding, unknown
from runbook_tui.domain.fleet import FleetError, FleetJob, HostResult
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.command.judging import Ending, judge
from runbook_tui.preflight.target import Target


def on_hosts(
    check: str, name: str, target: Target[CommandCheck], hosts: Sequence[str], argv: Sequence[str]
) -> Iterator[Finding | None]:
    """What the command says on each host. One that could not be reached is unknown, by itself.

    A command with a secret is not sent: it would stand in a command line there.
    """
    config, run = target.config, target.config.run
    if target.fleet is None:
        yield unknown(check, f"{name}: nothing here runs commands on other hosts", "not-run")
        return
    sent = [*argv, *run.env.values()]
    if any(value and value in text for value in target.secrets.values() for text in sent):
        yield unknown(check, f"{name}: a secret is not sent to another host", "not-run")
        return
    yield None
    job = FleetJob(
        (),
        tuple(argv),
        dict(run.env),
        run.cwd or "",
        min(seconds(config.timeout), seconds(run.timeout)),
        f"check/{target.name}",
        at_once=run.at_once,
        stop_after=run.stop_after,
    )
    inventory = str(target.path(run.inventory)) if run.inventory is not None else ""
    try:
        result = target.fleet(hosts, inventory, job)
    except FleetError as error:
        yield unknown(check, safe_line(f"{name}: {error}"), "not-run")
        return
    for one in result.results:
        yield from judge(check, name, _ending(one, target))


def _ending(one: HostResult, target: Target[CommandCheck]) -> Ending:
    ended = one.outcome in ("ok", "failed")
    trouble = "" if ended else f"{one.outcome.replace('-', ' ')}: {one.summary}".rstrip(": ")
    return Ending(
        one.exit if ended else None,
        one.out,
        one.err,
        trouble,
        bool(one.cut),
        subject=one.host,
        secrets=target.secrets,
    )
