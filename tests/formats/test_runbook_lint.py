"""Lint finds what would go wrong at three in the morning, and says where."""

from __future__ import annotations

import pytest

from .lint_texts import CHOICE, DECISION, GATE, NO_RETURN, OK, SECRET, codes, step, steps
from .runbook_texts import loaded, runbook_text


def test_a_good_runbook_has_no_problems() -> None:
    assert loaded(runbook_text(OK)).problems == ()


@pytest.mark.parametrize(
    ("text", "code", "at", "said"),
    [
        (
            runbook_text(steps(OK, OK)),
            "duplicate-id",
            "a, kind: checkli",
            "a second step is called `a`",
        ),
        (
            runbook_text(OK) + "  - {id: work, title: W, steps: []}\n",
            "duplicate-id",
            "work, title: W, ",
            "a second phase is called `work`",
        ),
        (runbook_text(step("items: [x, y, x]")), "duplicate-id", "x]}", "a second item"),
        (
            runbook_text(
                step("question: Q, options: [{id: x, title: X}, {id: x, title: Y}]", "decision")
            ),
            "duplicate-id",
            "x, title: Y}]}",
            "a second option is called `x`",
        ),
        (
            runbook_text(step("items: [x], criteria: [y, x]", "gate")),
            "duplicate-id",
            "x]}",
            "a second item is called `x`",
        ),
        (
            runbook_text(steps(OK, step("needs: [q]", name="b"))),
            "unknown-need",
            "q]}",
            "no step `q`",
        ),
        (runbook_text(step("needs: [a]")), "circular-needs", "a]}", "in a circle: a → a"),
        (
            runbook_text(
                steps(
                    step("needs: [c]"), step("needs: [a]", name="b"), step("needs: [b]", name="c")
                )
            ),
            "circular-needs",
            "a]}",
            "in a circle: a → c → b → a",
        ),
        (
            runbook_text(steps(step("needs: [b]"), step("mutates: false", name="b"))),
            "later-need",
            "b]}",
            "`a` needs `b`, which comes after it",
        ),
        (
            runbook_text(step("when: {parameter: env, is: test}"), CHOICE),
            "unreachable",
            "{parameter: env,",
            "the parameter `env` can only be prod, staging",
        ),
        (
            runbook_text(
                step("when: {parameter: n, any-of: [x, '7']}"),
                "parameters: {n: {type: integer, max: 5}}\n",
            ),
            "unreachable",
            "{parameter: n, a",
            "the turn of `a` never comes: the parameter `n` cannot have this value",
        ),
        (
            runbook_text(steps(DECISION, step("when: {decision: d, is: z}"))),
            "unreachable",
            "{decision: d, is",
            "the decision `d` has only the options x, y",
        ),
        (
            runbook_text(steps(step("when: {decision: d, is: x}"), DECISION)),
            "unreachable",
            "{decision: d, is",
            "the decision `d` comes later",
        ),
        (
            runbook_text(
                steps(step("when: {parameter: env, is: test}"), step("needs: [a]", name="b")),
                CHOICE,
            ),
            "unreachable",
            "a]}",
            "the turn of `b` never comes: it needs `a`, whose turn never comes",
        ),
        (
            runbook_text(steps(OK, step("when: {decision: a, is: x}", name="b"))),
            "unknown-decision",
            "a, is: x}}",
            "`a` is a checklist step, where nothing is chosen",
        ),
        (
            runbook_text(steps(DECISION, step("when: {decision: dd, is: x}"))),
            "unknown-decision",
            "dd, is: x}}",
            "there is no step `dd` (did you mean `d`?)",
        ),
        (
            runbook_text(step("when: {parameter: evn, is: prod}"), CHOICE),
            "undefined-parameter",
            "evn, is: prod}}",
            "there is no parameter `evn` (did you mean `env`?)",
        ),
        (
            runbook_text(step("when: {is: x}")),
            "condition",
            "{is: x}}",
            "names one parameter or one",
        ),
        (
            runbook_text(step("when: {parameter: env}"), CHOICE),
            "condition",
            "{parameter: env}",
            "does not say what the value must be",
        ),
        (
            runbook_text(
                step("when: {parameter: pw, is: x}"), "parameters: {pw: {type: secret}}\n"
            ),
            "secret-condition",
            "pw, is: x}}",
            "a secret, which is not stored and can decide nothing",
        ),
        (runbook_text(step("run: {}", "command")), "command", "{}}", "here is neither"),
        (
            runbook_text(step("run: {argv: [x], shell: y}", "command")),
            "command",
            "{argv: [x], shel",
            "`run` has one of argv and shell, here is both",
        ),
        (
            runbook_text(step("verify: {env: {A: b}}")),
            "command",
            "{env: {A: b}}}",
            "here is neither",
        ),
        (
            runbook_text(step("compensation: {text: t, run: {cwd: x}}")),
            "command",
            "{cwd: x}}}",
            "here is neither",
        ),
        (
            runbook_text(step("effects: [{kind: file, target: x, probe: {cwd: x}}]")),
            "command",
            "{cwd: x}}]}",
            "here is neither",
        ),
        (
            runbook_text(step("run: {argv: [x], host: -oProxyCommand=x}", "command")),
            "command",
            "-oProxyCommand=x",
            "is no host to ssh to",
        ),
        (
            runbook_text(step("run: {argv: [x], env: {A-B: c}}", "command")),
            "command",
            "A-B: c}}}",
            "no environment variable can be called `A-B`",
        ),
        (
            runbook_text(step("run: {argv: [x], timeout: 0s}", "command")),
            "duration",
            "0s}}",
            "is zero",
        ),
        (
            runbook_text(step("mutates: false", "wait")),
            "wait",
            "{id: a, kind: wa",
            "here is none",
        ),
        (
            runbook_text(step("duration: 1m, until: 22:00Z", "wait")),
            "wait",
            "{id: a, kind: wa",
            "here is duration and until",
        ),
        (
            runbook_text(step("until: 25:00Z", "wait")),
            "moment",
            "25:00Z}",
            "there is no such time",
        ),
        (
            runbook_text(step("until: '2026-02-30T10:00Z'", "wait")),
            "moment",
            "'2026-02-30T10:0",
            "day is out of range for month",
        ),
        (
            runbook_text(step("duration: 9999999d", "wait")),
            "duration",
            "9999999d}",
            "longer than a year",
        ),
        (
            runbook_text(
                "- {id: a, kind: checklist, title: A, estimate: {best: 2m, likely: 1m, worst: 3m}}"
            ),
            "estimate",
            "{best: 2m, likel",
            "best ≤ likely ≤ worst does not hold",
        ),
        (
            runbook_text(step("verify: {argv: [x], expect: {matches: '('}}")),
            "bad-pattern",
            "'('}}}",
            "this regular expression is refused: missing ), unterminated subpattern",
        ),
        (
            runbook_text(step("observe: {label: L, pattern: '(a+)+'}")),
            "bad-pattern",
            "'(a+)+'}}",
            "it could take for ever",
        ),
        (runbook_text(step("timer: 0s")), "duration", "0s}", "`timer` is zero"),
        (
            runbook_text(step("condition: {argv: [x], longest: 1m}", "wait")),
            "poll",
            "1m}}",
            "`longest` says nothing: without backoff every interval is the same",
        ),
        (
            runbook_text(step("condition: {argv: [x], backoff: 2, longest: 3s}", "wait")),
            "poll",
            "3s}}",
            "the longest interval is shorter than the first, 5s",
        ),
        (
            runbook_text(step("point-of-no-return: true")),
            "ungated-point-of-no-return",
            "point-of-no-retu",
            "`a` is a point of no return, and no gate stands before it",
        ),
        (
            runbook_text(steps(GATE, NO_RETURN, step("point-of-no-return: true", name="b"))),
            "ungated-point-of-no-return",
            "point-of-no-retu",
            "`b` is a point of no return, and no gate stands before it",
        ),
        (
            runbook_text(
                steps(
                    step("criteria: [x], when: {parameter: env, is: prod}", "gate", "g"), NO_RETURN
                ),
                CHOICE,
            ),
            "ungated-point-of-no-return",
            "point-of-no-retu",
            "the gate before it does not apply whenever it does",
        ),
        (
            runbook_text(step("observe: {label: L, type: choice}")),
            "observe",
            "{label: L, type:",
            "without `choices`",
        ),
        (
            runbook_text(step("observe: {label: L, type: number, min: 2, max: 1}")),
            "observe",
            "2, max: 1}}",
            "min 2 is above max",
        ),
        (
            runbook_text(step("instruction: 'to {{hots}}'")),
            "undefined-parameter",
            "'to {{hots}}'}",
            "`hots`",
        ),
        (
            runbook_text(step("run: {shell: 'echo {{env}}'}", "command"), CHOICE),
            "braces-in-shell",
            "'echo {{env}}'}}",
            'put into shell text: {{env}} (use "$RB_ENV", in double quotes)',
        ),
        (
            runbook_text(step("run: {shell: 'rm -r \"$RB_EVN/\"'}", "command"), CHOICE),
            "undefined-parameter",
            "'rm -r \"$RB_EVN/",
            "no parameter becomes the variable RB_EVN (did you mean `RB_ENV`?)",
        ),
        (
            runbook_text(
                step("run: {argv: [x, '-p{{pw}}']}", "command"),
                "parameters: {pw: {type: secret}}\n",
            ),
            "secret-in-text",
            "'-p{{pw}}']}}",
            "every user of the machine sees what stands here (pass it by environment",
        ),
        (
            runbook_text(step("instruction: '{{pw}}'"), SECRET),
            "secret-in-text",
            "'{{pw}}'}",
            "the log would keep what stands here",
        ),
        (
            runbook_text(step("verify: {argv: [x], expect: {matches: '{{env}}'}}"), CHOICE),
            "braces-in-pattern",
            "'{{env}}'}}}",
            "parameters are not put into regular expressions",
        ),
        (runbook_text(step("role: dba")), "undefined-role", "dba}", "there is no role `dba`"),
        (
            runbook_text(step("approval: {role: dbb}"), "roles: {dba: {}}\n"),
            "undefined-role",
            "dbb}}",
            "(did you mean `dba`?)",
        ),
        (runbook_text(step("observe: {label: 'L '}")), "title", "'L '}}", "has blanks"),
        (
            runbook_text(step('items: ["a\\nb"]')),
            "title",
            '"a\\nb"]}',
            "`items` is one line, here are",
        ),
    ],
)
def test_errors_of_meaning(text: str, code: str, at: str, said: str) -> None:
    """`at` is what stands in the runbook at the place the error names."""
    errors = [p for p in loaded(text).errors if p.code == code]
    assert errors, codes(text)
    assert text.split("\n")[errors[-1].line - 1][errors[-1].col - 1 :].startswith(at)
    assert said in errors[-1].one_line()


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("p: {type: choice}", "`p` is a choice without `choices`"),
        ("p: {choices: [a]}", "`choices` belongs to a choice; this is a string"),
        ("p: {type: choice, choices: [a, a]}", "this choice stands there twice"),
        ("p: {type: choice, choices: [a], default: b}", "`b` is not one of a"),
        ("p: {type: integer, default: x}", "`x` is no whole number"),
        ("p: {type: integer, min: 3, max: 1}", "min 3 is above max"),
        ("p: {min: 3}", "`min` belongs to an integer; this is a string"),
        ("p: {type: integer, pattern: x}", "`pattern` belongs to a string, path or secret"),
        ("p: {pattern: '('}", "this regular expression is refused"),
        ("p: {pattern: '[a-z]+', default: X}", "`X` does not match the pattern [a-z]+"),
        ("p: {default: -rf}", "`-rf` begins with -, which a program could take for an option"),
        ("p: {type: secret, default: x}", "its default can be read by everyone"),
        ("p: {type: secret, rehearsal: x}", "its value for rehearsals can be read by everyone"),
        (
            "p: {type: integer, rehearsal: x}",
            "value for rehearsals does not fit its own rules: p: `x`",
        ),
        ("p-p: {}", "a parameter cannot be called `p-p`"),
        ("Pp: {}", "a parameter cannot be called `Pp`"),
    ],
)
def test_parameters_that_contradict_themselves(parameter: str, said: str) -> None:
    errors = loaded(runbook_text(OK, f"parameters:\n  {parameter}\n")).errors
    assert [said in e.one_line() for e in errors] == [True]
    assert errors[0].line == 7
