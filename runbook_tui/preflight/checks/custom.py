"""A command of the team's own as a check: run here, to its end or its limit."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.findings import Finding, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.command.elsewhere import on_hosts
from runbook_tui.preflight.command.judging import Ending, judge
from runbook_tui.preflight.target import Target

NAME = "command"


def find(target: Target[CommandCheck]) -> Iterator[Finding | None]:
    """What the command says."""
    config, run = target.config, target.config.run
    argv = ["/bin/sh", "-c", run.shell] if run.shell is not None else [*run.argv]
    if not argv:
        yield unknown(NAME, "There is no command to run", "not-run")
        return
    name = config.title or safe_line(redact(run.shell or " ".join(argv), target.secrets), 60)
    hosts = run.hosts or ((run.host,) if run.host is not None else ())
    if hosts:
        yield from on_hosts(NAME, name, target, hosts, argv)
        return
    target.tell("running")
    yield None
    cwd = target.path(run.cwd) if run.cwd is not None else target.folder
    limit = min(seconds(config.timeout), seconds(run.timeout))
    answer = target.tools.run(argv, cwd=cwd, env=run.env, limit=limit)
    yield None
    ending = Ending(
        answer.exit,
        answer.out.decode("utf-8", "replace"),
        answer.err.decode("utf-8", "replace"),
        answer.trouble,
        answer.cut,
        secrets=target.secrets,
    )
    yield from judge(NAME, name, ending)


CHECK: Check[Target[CommandCheck]] = Check(NAME, "Command", find)
