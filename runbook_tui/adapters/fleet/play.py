"""The playbook that runs one command on hosts, as text, and what its events say.

Nothing of the command is a template: every text is tagged ``!unsafe`` and written with escapes
that YAML reads back letter by letter.
Sources: ansible-core's documentation of `ansible.builtin.shell`, "Advanced playbook syntax"
(unsafe strings), "Playbook keywords"; ansible-runner's "Event Structure".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from runbook_tui.adapters.fleet.remote import (
    CLEAR,
    END,
    HOST_VARIABLE,
    LONGEST_COMMAND,
    MARK_VARIABLE,
    PATH,
    checked,
    folder,
    quoted,
)
from runbook_tui.domain.fleet import SUMMARY_LENGTH, FleetJob, HostOutcome, HostResult
from runbook_tui.domain.fleet_output import HostOutput
from runbook_tui.domain.output import ANSWER_BYTES, last_drawn
from runbook_tui.domain.text import safe_line

SPARE_SECONDS = 30
"""How long after the command's own limit ansible gives up on a host."""
NO_FOLDER = "cannot enter the folder"
# Ends itself on the far side: ansible does not when a task takes too long.
_LIMITED = (
    'w=$1 n=$2 d=$3; shift 3; if [ -n "$d" ]; then cd "$d" 2>/dev/null'
    f' || {{ printf "%s: {NO_FOLDER}\\n" "$w" >&2; exit 126; }}; fi;'
    " if command -v timeout >/dev/null 2>&1;"
    ' then exec timeout -k 5 "$n" "$@" </dev/null; else exec "$@" </dev/null; fi'
)
_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}


def run_play(job: FleetJob, tag: str) -> str:
    """The playbook that runs a job. Raises ValueError where it cannot be one."""
    checked(job.argv, job.env)
    given = {"PATH": PATH, **job.env, MARK_VARIABLE: job.mark, HOST_VARIABLE: tag}
    assignments = [f"{name}={value}" for name, value in given.items()]
    limit = str(max(1, math.ceil(job.timeout)))
    inner = ["/bin/sh", "-c", _LIMITED, "sh", tag, limit, folder(job.cwd), *job.argv]
    words = ["/bin/sh", "-c", CLEAR, "sh", *assignments, *inner]
    return _play(job.hosts, words, math.ceil(job.timeout) + SPARE_SECONDS)


def end_play(hosts: Iterable[str], tag: str, grace: float) -> str:
    """The playbook that ends what `run_play` started; says ``gone`` or ``left``."""
    words = ["/bin/sh", "-c", END, "sh", tag, "0", str(max(1, round(grace * 10)))]
    return _play(hosts, words, SPARE_SECONDS)


def _play(hosts: Iterable[str], words: Iterable[str], limit: int) -> str:
    line = "exec " + " ".join(map(quoted, words))
    if len(line.encode("utf-8", "surrogateescape")) > LONGEST_COMMAND:
        raise ValueError(f"the command has more than {LONGEST_COMMAND:,} bytes")
    # `shell`, since `command` would put variables into its arguments.
    lines = [
        f"- hosts: [{', '.join(_scalar(host) for host in hosts)}]",
        "  gather_facts: false",
        "  strategy: free",
        "  tasks:",
        "    - name: the command",
        f"      timeout: {limit}",
        "      changed_when: false",
        "      ansible.builtin.shell:",
        "        executable: /bin/sh",
        "        strip_empty_ends: false",
        f"        cmd: !unsafe {_scalar(line)}",
    ]
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """A double-quoted YAML scalar (YAML 1.1, section 5.6) that any reader reads back alike."""
    if "\0" in text:
        raise ValueError("there is a NUL in the command")
    parts = (c if c in _PLAIN else f"\\U{ord(c):08x}" for c in text)
    return f'"{"".join(parts)}"'


def result_of(
    event: Mapping[str, Any], job: FleetJob, tag: str, output: HostOutput
) -> HostResult | None:
    """What a job event says of a host, or None where it says nothing final. `output` is fed with
    what the host said."""
    kind = event.get("event")
    data = event.get("event_data") or {}
    host, res = str(data.get("host", "")), data.get("res") or {}
    if kind not in ("runner_on_ok", "runner_on_failed", "runner_on_unreachable"):
        return None
    duration = data.get("duration")
    seconds = float(duration) if isinstance(duration, int | float) else 0.0
    said = str(res.get("msg", "")).strip()
    if kind == "runner_on_unreachable":
        # What ssh says when a connection ends that once was there: then it had begun.
        broke = any(word in said for word in ("closed", "Broken pipe", "Connection reset"))
        outcome: HostOutcome = "lost" if broke else "unreachable"
        return HostResult(
            host, outcome, None, seconds, _short(job, said, 400), begun=broke, may_run=broke
        )
    code = res.get("rc")
    if "timedout" in res:
        words = "ansible gave up on it"
        return HostResult(host, "timed-out", None, seconds, words, begun=True, may_run=True)
    if not isinstance(code, int) or "stdout" not in res or "cmd" not in res:
        # The module itself did not run: no Python there, no right to become another account. Where
        # it broke in the middle, the command may have begun.
        said = " ".join([said, str(res.get("module_stderr", "")).strip()]).strip()
        broke = isinstance(code, int) and code not in (0, 126, 127) and "module_stderr" in res
        outcome = "lost" if broke else "not-started"
        text = _short(job, said or "it did not start", 400)
        return HostResult(host, outcome, None, seconds, text, begun=broke, may_run=broke)
    out, err = str(res.get("stdout", "")), str(res.get("stderr", ""))
    if code == 126 and f"{tag}: {NO_FOLDER}" in err:
        return HostResult(
            host, "not-started", None, seconds, f"the folder {safe_line(job.cwd)} is not there"
        )
    output.feed("out", out.encode("utf-8", "replace"))
    output.feed("err", err.encode("utf-8", "replace"))
    output.finish(lambda *_: None)
    outcome, text = _judged(job, code, out, seconds, output)
    return HostResult(
        host,
        outcome,
        code,
        seconds,
        _short(job, text, SUMMARY_LENGTH),
        output.text("out"),
        output.text("err"),
        output.cut,
        begun=True,
    )


def _judged(
    job: FleetJob, code: int, out: str, seconds: float, output: HostOutput
) -> tuple[HostOutcome, str]:
    # `timeout` says 124, and 137 where it had to kill; a command may say so, too, but sooner.
    if code in (124, 137) and seconds >= job.timeout:
        return "timed-out", output.last_line
    wrong = job.judge(code, out[:ANSWER_BYTES])
    if wrong is None:
        return "ok", output.last_line
    return "failed", wrong or output.last_error


def _short(job: FleetJob, text: str, limit: int) -> str:
    last = last_drawn(job.clean(text)) if "\n" not in text else job.clean(text)
    return safe_line(last, limit)
