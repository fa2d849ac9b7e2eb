"""A command of the team's own as a check: run here, to its end or its limit."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain.checks.custom import CustomCheck
from runbook_tui.domain.findings import Finding, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.command.judging import Ending, judge
from runbook_tui.preflight.target import Target

NAME = "command"


def find(target: Target[CustomCheck]) -> Iterator[Finding | None]:
    """What the command says."""
    config, run = target.config, target.config.run
    if config.hosts or run.host is not None:
        yield unknown(NAME, "The command is for other hosts, and was not run there", "not-run")
        return
    argv = ["/bin/sh", "-c", run.shell] if run.shell is not None else [*run.argv]
    if not argv:
        yield unknown(NAME, "There is no command to run", "not-run")
        return
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
    shown = safe_line(redact(run.shell or " ".join(argv), target.secrets), 60)
    yield from judge(NAME, config.title or shown, ending)


CHECK: Check[Target[CustomCheck]] = Check(NAME, "Command", find)
