"""No pattern from a runbook can hang the program."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain import units
from runbook_tui.domain.regexes import LONGEST_MATCHED, compile_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9]+(\.[0-9]+)*",
        r"([0-9]+\.)*[0-9]+",
        r"(foo|bar)+",
        r"[a-z]*x[a-z]*",
        r"(?i)ok|done",
        r"^\w+(,\w+)*$",
        r"(/[^/]+)+",
        r"(ab?c)*",
        r"(?:[a-z]+://)?(\S+)",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        r".*foo.*bar.*",
        r"(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e).+",
        r"(\d+)-\1",
        "([äö]+,)*",
        units.SEMVER_PATTERN,
        units.SLUG_PATTERN,
        units.MOMENT_PATTERN,
    ],
)
def test_the_patterns_people_write_are_let_through(pattern: str) -> None:
    assert isinstance(compile_pattern(pattern), re.Pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a|aa)+$",
        "(.*,)*x",
        r"(\w+\s?)*$",
        "(x?y?)*z",
        "(|a)+",
        "(a?a?c)*",
        "(a*ba*)*",
        "(a(()b?)?)*",
        "(a*b(|.))*b",
        "(a()*)*b",
        "((a+)b?)*$",
        "(.*a){20}",
        ".*.*.*.*b",
        "(.*)?(.*)?(.*)?(.*)?(.*)?b",
        ".{0,99}.{0,99}.{0,99}.{0,99}.{0,99}b",
        "(a*|b)a*a*a*a*c",
        "(?=(a+)+$)b",
        "[[:alpha:]]+",
        "(",
        "*",
        "a{99999999999}",
        "x" * 1_001,
        "(" * 499 + "a" + ")" * 499,
    ],
)
def test_patterns_that_are_broken_or_could_hang_are_refused(pattern: str) -> None:
    assert isinstance(compile_pattern(pattern), str)


PIECES = st.sampled_from(
    [
        r"a",
        r"b",
        r"c",
        r"[ab]",
        r".",
        r"\w",
        r"*",
        r"+",
        r"?",
        r"{2,}",
        r"|",
        r"(",
        r"(?:",
        r")",
        r")*",
        r")+",
        r")?",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=14).map("".join))
def test_what_is_let_through_answers_on_hostile_text_at_once(pattern: str) -> None:
    compiled = compile_pattern(pattern)
    if isinstance(compiled, str):
        return
    for text in ("a" * 60, "ab" * 30, "abc" * 20, "a" * LONGEST_MATCHED):
        start = time.process_time()
        compiled.fullmatch(text + "!")
        assert time.process_time() - start < 5, pattern
