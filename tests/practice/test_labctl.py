"""labctl: exit codes that scripts can rely on, one clear line, nothing for a terminal to obey."""

from __future__ import annotations

import subprocess

import pytest

from practice.driving import Operator
from runbook_tui.practice.lab import Lab


@pytest.mark.parametrize("verb", ["start", "stop", "restart"])
def test_a_unit_that_was_renamed_is_not_found_as_systemctl_says_it(
    stopped_lab: Lab, verb: str
) -> None:
    said = Operator(stopped_lab).refused(verb, "order-api.service", code=5)
    assert said == f"Failed to {verb} order-api.service: Unit order-api.service not found."


def test_is_active_answers_on_standard_output(operator: Operator) -> None:
    assert operator.ctl("is-active", "orders.service") == "active"
    operator.ctl("stop", "client")
    done = operator.try_("is-active", "client")
    assert (done.returncode, done.stdout) == (3, "inactive\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["probe", "version"], "does not answer"),
        (["smoke"], "does not answer"),
        (["webhook", "register"], "did not answer"),
        (["chain", "verify"], "does not answer"),
        (["load", "status"], "has seen nothing"),
    ],
)
def test_what_is_down_is_named_and_is_an_outside_failure(
    stopped_lab: Lab, words: list[str], said: str
) -> None:
    assert said in Operator(stopped_lab).refused(*words, code=3)


def test_a_client_just_started_gets_the_time_for_its_first_second(operator: Operator) -> None:
    operator.lab.layout.load_stats.unlink(missing_ok=True)
    assert "requests/s" in operator.ctl("load", "status")


@pytest.mark.parametrize(
    "words",
    [
        ["probe", "flag", "nope"],
        ["cron", "disable", "nope"],
        ["cron", "enable", "orders-report"],
        ["snapshot", "restore", "nope"],
        ["release", "activate", "6.0"],
        ["release", "activate", "4.2"],
        ["chain", "remove"],
        ["chain", "install", "--sha256", "0" * 64],
        ["config", "discard"],
        ["backoff", "tune", "--ms", "1,2"],
        ["load", "compare"],
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(stopped_lab: Lab, words: list[str]) -> None:
    before = stopped_lab.layout.config.read_bytes()
    assert Operator(stopped_lab).refused(*words)
    assert stopped_lab.layout.config.read_bytes() == before


@pytest.mark.parametrize(
    "words", [[], ["nope"], ["start"], ["migrate", "--to", "6.0"], ["package", "grep", "("]]
)
def test_bad_usage_is_exit_2(stopped_lab: Lab, words: list[str]) -> None:
    Operator(stopped_lab).refused(*words, code=2)


def test_files_that_somebody_broke_are_named(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    stopped_lab.layout.flags.write_text('{"flags": [1]}')
    assert "flagd/flags.json cannot be read" in operator.refused("flag", "on", "x", code=3)
    stopped_lab.layout.config.write_text("nonsense")
    assert "orders.ini cannot be used" in operator.refused("config", "convert", code=2)
    (stopped_lab.layout.units / "orders.service").write_text("[Service]\n")
    assert "orders.service cannot be used" in operator.refused("start", "orders")
    (stopped_lab.root / "lab.json").write_text("[]")
    assert "lab.json is not a lab's" in operator.refused("status", code=2)


def test_foreign_text_reaches_the_terminal_without_its_control_characters(
    stopped_lab: Lab,
) -> None:
    evil = "0 4 * * * root \x1b]0;owned\x07\u202e true\n"
    (stopped_lab.layout.cron / "evil").write_text(evil)
    said = Operator(stopped_lab).ctl("cron", "list")
    assert "root \ufffd]0;owned\ufffd\ufffd true" in said


def test_a_disabled_job_comes_back_as_it_was(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    file = stopped_lab.layout.cron / "orders-report"
    before = file.read_bytes()
    operator.ctl("cron", "disable", "orders-report")
    assert operator.ctl("probe", "job", "orders-report") == "orders-report is disabled"
    operator.ctl("cron", "enable", "orders-report")
    assert file.read_bytes() == before


def test_labctl_works_from_any_folder_and_without_the_callers_environment(
    stopped_lab: Lab,
) -> None:
    done = subprocess.run(
        [stopped_lab.layout.labctl, "release", "current"],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "4.2\n"
