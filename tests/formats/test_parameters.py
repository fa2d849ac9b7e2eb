"""Parameters reach text and commands as the operator gave them, or not at all."""

from __future__ import annotations

import pytest

from runbook_tui.cli.values import for_rehearsals
from runbook_tui.domain.parameters import (
    check_value,
    env_name,
    parameter_names,
    resolve,
    substitute,
)
from runbook_tui.domain.runbook import Parameter

from .runbook_texts import loaded, runbook_text


def test_text_names_parameters_and_leaves_other_templates_alone() -> None:
    text = "psql -d {{db}} {{ port }} {{db}} {{.State.Running}} {{json .}} {{range .X}} ${{{x}"
    assert parameter_names(text) == ("db", "port")
    assert substitute(text, {"db": "{{port}}", "port": "5432"}) == (
        "psql -d {{port}} 5432 {{port}} {{.State.Running}} {{json .}} {{range .X}} ${{{x}"
    )


def test_a_parameter_without_a_value_is_never_left_in_a_command() -> None:
    with pytest.raises(KeyError, match="db"):
        substitute("drop {{db}}", {})


def test_the_environment_name() -> None:
    assert env_name("target_dir") == "RB_TARGET_DIR"


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (Parameter(), ["a", "a b", "ä", "x" * 1_000], ["", "-rf", "a\nb", "a\0", "x\x1b[m", " a"]),
        (Parameter(), ["{{x}}"], ["x" * 1_001, "a\u202eb", "a\u200bb", "\ud800"]),
        (Parameter(required=False), ["", "a"], ["-a"]),
        (Parameter(pattern="[a-z]+"), ["abc"], ["abc1", "1abc", "abc\n", "", "a" * 257]),
        (Parameter(pattern="-?[a-z]+"), ["-abc"], ["--abc"]),
        (Parameter(pattern="(a+)+"), [], ["a"]),
        (Parameter(type="integer"), ["0", "42", "007"], ["", "4.2", "x", "-1", "１", "9" * 19]),
        (Parameter(type="integer", min=-5, max=5), ["-5", "5"], ["-6", "6"]),
        (Parameter(type="choice", choices=("a", "-b")), ["a", "-b"], ["c", "", "A"]),
        (Parameter(type="duration"), ["5m", "1h30m", "1h 30m"], ["5", "5 minutes", "5m\n", "-5m"]),
        (Parameter(type="path"), ["/srv/x", "x/y", "~/x"], ["-x", "", "a\nb"]),
        (
            Parameter(type="secret"),
            ["abcd", "-abc", "a\nbc", " abcd "],
            ["", "ab\0c", "x" * 32_001],
        ),
    ],
)
def test_which_values_a_parameter_takes(
    parameter: Parameter, good: list[str], bad: list[str]
) -> None:
    assert [(v, check_value("p", parameter, v)) for v in good] == [(v, None) for v in good]
    for value in bad:
        reason = check_value("p", parameter, value)
        assert reason is not None, value
        assert reason.startswith("p: ")
        assert reason.isprintable()


def test_a_refused_secret_is_not_told() -> None:
    reason = check_value("pw", Parameter(type="secret", pattern="[0-9]{8}"), "hunter2")
    assert reason == "pw: the secret does not match the pattern [0-9]{8}"


def test_a_rehearsal_has_values_of_its_own_and_a_live_run_never_sees_them() -> None:
    runbook = loaded(
        runbook_text(
            "- {id: a, kind: checklist, title: A}",
            """\
            parameters:
              host: {rehearsal: staging.example.org}
              database: {default: orders, rehearsal: orders_copy}
              note: {required: false}
              port: {type: integer, default: '5432'}
            """,
        )
    ).runbook
    rehearsed = {
        "host": "staging.example.org",
        "database": "orders_copy",
        "note": "",
        "port": "5432",
    }
    assert resolve(runbook, for_rehearsals(runbook)) == (rehearsed, ())
    given = {"host": "test.example.org", "database": "x"}
    assert resolve(runbook, for_rehearsals(runbook) | given)[0] == rehearsed | given
    values, problems = resolve(runbook, {})
    assert values == {"database": "orders", "note": "", "port": "5432"}
    assert problems == ("host: a value is needed",)


def test_a_run_starts_with_what_was_given_and_with_defaults() -> None:
    runbook = loaded(
        runbook_text(
            "- {id: a, kind: checklist, title: A}",
            """\
            parameters:
              where: {type: choice, choices: [prod, staging], default: staging}
              port: {type: integer, min: 1, max: 65535}
              note: {required: false}
              token: {type: secret}
            """,
        )
    ).runbook
    values, problems = resolve(runbook, {"port": "99999", "prot": "1", "token": ""})
    assert values == {"where": "staging", "note": ""}
    assert problems == (
        "prot: the runbook has no such parameter, did you mean port?",
        "port: 99999 is above 65535",
        "token: a value is needed",
    )
    values, problems = resolve(runbook, {"port": "5432", "token": "s3cret", "where": "prod"})
    assert problems == ()
    assert values == {"where": "prod", "port": "5432", "note": "", "token": "s3cret"}
