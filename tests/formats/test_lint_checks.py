"""Lint of `checks:` and `hosts:`: what is not there, what nobody heeds, what could not be run."""

from __future__ import annotations

import pytest

from runbook_tui.formats.load import RunbookError

from .runbook_texts import loaded, runbook_text

STEPS = """
- {id: look, kind: preflight, title: Look, checks: [jobs], estimate: 5m}
- {id: go, kind: gate, title: Go, criteria: [x], estimate: 5m}
"""
CHECKS = """\
checks:
  jobs: {kind: scheduled-tasks, paths: [etc]}
"""


def codes(steps: str = STEPS, more: str = CHECKS) -> dict[str, str]:
    """Code to message of every problem."""
    try:
        problems = loaded(runbook_text(steps, more)).problems
    except RunbookError as error:
        problems = error.problems
    return {problem.code: problem.message for problem in problems}


def test_a_sound_one_has_nothing_to_be_said() -> None:
    assert codes() == {}


def test_a_check_that_is_not_there_and_one_that_nobody_runs() -> None:
    found = codes(STEPS.replace("[jobs]", "[jbos]"))
    assert "no check `jbos`" in found["undefined-check"]
    assert "no preflight step runs the check `jobs`" in found["unused-check"]
    assert "stands twice" in codes(STEPS.replace("[jobs]", "[jobs, jobs]"))["undefined-check"]


def test_all_checks_run_where_none_is_named() -> None:
    assert codes(STEPS.replace(", checks: [jobs]", "")) == {}


def test_findings_that_stop_nobody() -> None:
    only = STEPS.splitlines()[1] + "\n"
    assert "stops nobody" in codes(only)["preflight-without-gate"]
    advisory = only.replace("estimate", "advisory: true, estimate")
    assert "decides on what it finds" in codes(advisory)["advice-to-nobody"]


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("{kind: scheduled-taks, paths: [etc]}", "unknown-kind"),
        ("{kind: scheduled-tasks}", "missing-key"),
        ("{kind: scheduled-tasks, paths: []}", "bad-value"),
        ("{kind: scheduled-tasks, paths: [etc], valid-for: 0s}", "duration"),
        ("{kind: endpoints, paths: ['{{nope}}']}", "undefined-parameter"),
        ("{kind: command, run: {}}", "command"),
        ("{kind: command, run: {argv: [x], shell: x}}", "command"),
        ("{kind: upgrade-path, matrix: m.yaml, to: '1', installed: {}}", "installed"),
        ("{kind: upgrade-path, matrix: m.yml, to: '1', installed: {dpkg: a, rpm: b}}", "installed"),
        ("{kind: upgrade-path, matrix: m.yaml, to: '1', installed: {dpkg: a, pattern: '('}}",
         "bad-pattern"),
        ("{kind: config-keys, matrix: keys-postgres, paths: [etc], to: '18'}", "undefined-matrix"),
    ],
)  # fmt: skip
def test_what_a_check_cannot_be(check: str, code: str) -> None:
    found = codes(more=f"checks:\n  jobs: {check}\n")
    assert code in found, found


def test_a_secret_stands_nowhere_but_where_it_is_kept() -> None:
    secret = "parameters: {pw: {type: secret, description: d}}\n"
    scratch = "{kind: migrations, paths: [m], scratch: 'postgresql://u:{{pw}}@127.0.0.1/x'}"
    assert codes(more=f"{secret}checks:\n  jobs: {scratch}\n") == {}
    seen = "{kind: endpoints, paths: ['{{pw}}']}"
    assert "secret-in-text" in codes(more=f"{secret}checks:\n  jobs: {seen}\n")
    env = "{kind: command, run: {argv: [x], env: {PW: '{{pw}}'}}}"
    assert codes(more=f"{secret}checks:\n  jobs: {env}\n") == {}


@pytest.mark.parametrize(
    ("run", "says"),
    [
        ("{argv: [x], hosts: [web1, 'root@web2:2222', '{{h}}']}", ""),
        ("{argv: [x], hosts: ['-oProxyCommand=x']}", "host"),
        ("{argv: [x], hosts: [web1, web1]}", "stands twice"),
        ("{argv: [x], host: a, hosts: [b]}", "both `host` and `hosts`"),
        ("{argv: [x], inventory: hosts.ini}", "without `hosts`"),
        ("{argv: [x], inventory: hosts.ini, hosts: ['web:!web3']}", ""),
    ],
)
def test_hosts(run: str, says: str) -> None:
    step = f"- {{id: a, kind: command, title: A, estimate: 5m, run: {run}}}\n"
    more = "parameters: {h: {type: string, default: web3, description: d}}\n"
    found = codes(step, more)
    found.pop("unused-parameter", None)
    assert (says in found.get("command", "")) if says else not found, found


def test_a_wait_asks_one_machine() -> None:
    wait = "- {id: w, kind: wait, title: W, condition: {argv: [x], hosts: [a]}}\n"
    assert "not many" in codes(wait, "")["command"]
