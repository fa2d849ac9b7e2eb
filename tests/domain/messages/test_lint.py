"""A message is said conservatively: each rule with texts that must trigger it, and must not."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.messages.fact_names import NAMES
from runbook_tui.domain.messages.grade import reading_grade
from runbook_tui.domain.messages.lint import LONGEST, lint
from runbook_tui.domain.messages.remarks import Facts, Kind, Remark
from runbook_tui.domain.messages.templates import BUILT_IN

NOW = datetime(2026, 11, 24, 22, 10, tzinfo=UTC)
WINDOW = (datetime(2026, 11, 24, 22, 0, tzinfo=UTC), datetime(2026, 11, 25, 2, 0, tzinfo=UTC))
FACTS = Facts("progress", "customers", NOW, WINDOW)
GOOD = (
    "We are upgrading the order service. New orders are accepted; past orders can be slow.\n"
    "We expect to end between 23:30 and 01:00 UTC. Next update at 22:40 UTC.\n"
)

RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "absolute-promise": (
        (
            "We guarantee it.", "This is definitely the last one.", "It works 100 % again.",
            "The upgrade has zero downtime.", "There is no impact.", "It should be fine.",
            "Without any interruption.", "Rest assured.", "It will never be slow.",
            "The service is fully restored.",
        ),
        ("A careful upgrade.", "Some orders are delayed.", "It can be used carefully."),
    ),
    "vague-time": (
        ("Back soon.", "We will write shortly.", "ASAP", "In a few minutes it is over.",
         "any minute now"),
        ("It sooner or later ends.", "In 30 minutes.", "few orders"),
    ),
    "blame": (
        (
            "It was a human error.", "It is the vendor's fault.", "Our provider failed again.",
            "Someone failed to test.", "An engineer forgot it.", "The partner is to blame.",
        ),
        ("Some payments failed.", "The engineer is looking at it.", "The partner works with us."),
    ),
    "cause-guessed": (
        (
            "The root cause is known.", "We think that it is the disk.",
            "This is probably due to load.",
            "It seems to be caused by load.", "It was caused by an update.",
        ),
        ("We see slow answers.", "We are looking for the cause of it.", "The result is good."),
    ),
    "over-too-early": (
        ("This is resolved.", "All clear.", "It is fixed.", "We are back to normal.",
         "It is now over."),
        ("The first step is done.", "We go on watching.", "A fixed price.", "over the night"),
    ),
    "unhedged-time": (
        (
            "It will be back by 23:30 UTC.", "ETA 23:30 UTC.", "We'll be done in 30 minutes.",
            "The service will be available at 23:30 UTC.",
        ),
        (
            "We expect it back by 23:30 UTC.", "It will be available again.",
            "The next update will be ready at 22:40 UTC.", "It began at 22:00 UTC.",
        ),
    ),
    "outside-window": (
        ("It may be slow until 04:00 UTC.",
         "We expect to end at 04:00 UTC.", "From 2026-11-26 22:00 UTC on.", "about 06:00 CET"),
        ("We expect to end at 01:00 UTC.", "about 02:30 CET", "Next update at 03:00 UTC.",
         "at 04:00"),
    ),
    "time-without-zone": (
        ("We expect to end at 23:30.", "at 11 pm", "Between 23:00 and 23:30 it is slow.",
         "at midnight"),
        (
            "at 23:30 UTC", "at 11 pm UTC", "at 00:30 (CET)", "at 00:30 Europe/Berlin",
            "at 23:30+01:00", "at 18:30 (UTC-05:00)", "09:00-10:30 UTC",
            "between 23:00 and 23:30 UTC", "23:00\u201323:30 UTC", "at 23:30Z",
            "a ratio of 3:1", "version 11.30",
        ),
    ),
    "zone-ambiguous": (
        ("at 23:30 CST", "at 23:30 local time", "at 23:30 IST"),
        ("at 23:30 UTC", "at 23:30 CET", "at 23:30 EST"),
    ),
    "next-update-past": (
        ("Next update at 22:05 UTC.", "The next update comes at 2026-11-24 09:00 UTC."),
        ("Next update at 22:40 UTC.", "It began at 22:05 UTC.", "Next update at 23:20 CET.",
            "We write again tomorrow at 21:00 UTC.", "Next update on Friday at 21:00 UTC.",
            "Next update at 21:00 UTC on 3 December."),
    ),
    "next-update-missing": (
        ("We are upgrading.", "The next update will follow.", "We began at 22:00 UTC."),
        (
            "Next update at 22:40 UTC.", "The next update comes within 30 minutes.",
            "There are no further updates.",
        ),
    ),
    "control-sign": (
        ("It is \u241b[31mred.", "Joined \ufffd emoji."),
        ("It is red.", "A family 👨 of emoji."),
    ),
    "placeholder": (
        ("Dear {{customer}}", "At TBD", "[INSERT TIME]", "<service name>", "Hello ___",
         "until [new time]",
            "during {MAINT_WINDOW}", "[affected service] is slow",
         "{% if x %}"),
        ("Dear customer", "[Scheduled maintenance] Orders",
         "[the status page](https://status.example.com)", "a < b", "snake_case"),
    ),
    "internal-name": (
        (
            "We restart db1.", "10.1.2.3 is slow", "orders.prod.internal", "at fe80::1",
            "\\\\files\\share",
            "localhost:8080", "see /etc/orders.ini", "web-prod-03:8443", "our LEDGERBOX is slow",
        ),
        (
            "See https://status.example.com/orders", "update to version 5.0.1.2", "v2 of the app",
            "at 23:30:10 UTC", "UTF-8 and 4xx", "step 3/12", "24/7",
        ),
    ),
    "secret": (
        ("It is ‹redacted:pw› now.", "The token is ghp_" + "a1B2" * 10, "password=correcthorse7",
         "it is Tr0ub4dor-horse-9 now"),
        ("Change your password.", "the token of gratitude"),
    ),
    "jargon": (
        (
            "We fail over.", "A database migration runs.", "The p99 is up.",
            "There are 5xx errors.",
            "The webhook is off.", "We roll back.", "Restarting pods.",
        ),
        ("We switch to the spare system.", "The order service is slow.", "The podium."),
    ),
    "impact-missing": (
        ("We are upgrading the service.",),
        ("Orders are not affected.", "You cannot log in.", "You can still order."),
    ),
    "too-long": (("x" * 281,), ("x" * 280,)),
    "empty": (("", "  \n"), ("a",)),
}  # fmt: skip

BLOCKS = {
    "secret", "internal-name", "placeholder", "next-update-missing", "next-update-past",
    "time-without-zone", "empty", "unreadable", "control-sign",
}  # fmt: skip


def rules(text: str, facts: Facts = FACTS) -> set[str]:
    return {each.rule for each in lint(text, facts)}


def known(rule: str) -> Facts:
    return replace(
        FACTS,
        internal=("ledgerbox",),
        secrets={"token": "Tr0ub4dor-horse-9"},
        longest=280 if rule == "too-long" else None,
    )


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, (must, _) in RULES.items() for text in must]
)
def test_what_must_trigger(rule: str, text: str) -> None:
    assert rule in rules(text, known(rule))


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, (_, not_) in RULES.items() for text in not_]
)
def test_what_must_not_trigger(rule: str, text: str) -> None:
    assert rule not in rules(text, known(rule))


def test_a_conservative_message_has_nothing_to_be_said_of() -> None:
    assert lint(GOOD, FACTS) == ()


def test_every_rule_has_texts_and_its_level() -> None:
    seen: dict[str, str] = {}
    for rule, (must, _) in RULES.items():
        for text in must:
            seen |= {each.rule: each.level for each in lint(text, known(rule))}
    done = replace(FACTS, kind="done")
    seen |= {each.rule: each.level for each in lint("It is over.", done)}
    seen |= {each.rule: each.level for each in lint("x" * (LONGEST + 1), FACTS)}
    assert {rule for rule, level in seen.items() if level == "block"} == BLOCKS
    assert set(seen) == {*RULES, "data-missing", "unreadable"}


def test_colleagues_may_be_told_names_and_words_of_the_trade() -> None:
    text = "db1 fails over to 10.1.2.3; orders are slow. Next update at 22:40 UTC."
    assert {"internal-name", "jargon"} <= rules(text)
    assert rules(text, replace(FACTS, audience="internal")) == set()


def test_the_end_is_said_when_it_is_one_and_with_a_word_about_data() -> None:
    over = replace(FACTS, kind="post-watch", going_on=False, reviewed=True)
    text = "The upgrade is over and everything works. The root cause is fixed."
    assert rules(text, over) == {"data-missing", "impact-missing"}
    assert rules(text + " No order was lost; nothing for you to do.", over) == set()


def test_a_secret_is_never_repeated_in_a_remark() -> None:
    text = "Hello\nthe key is Tr0ub4dor-horse-9\nNext update at 22:40 UTC, no action needed."
    (remark,) = lint(text, known("secret"))
    assert text[remark.start : remark.end] == "the key is Tr0ub4dor-horse-9"
    assert "Tr0ub4dor" not in repr(remark)


def test_what_blocks_comes_first_and_its_place_is_where_it_stands() -> None:
    text = "Soon, by 23:30, it will be back by then. Next update at 22:40 UTC, no action needed."
    first, *rest = lint(text, FACTS)
    assert (first.rule, text[first.start : first.end]) == ("time-without-zone", "23:30")
    assert [each.rule for each in rest] == ["vague-time", "unhedged-time"]


@given(st.text(st.sampled_from("a1:.{}[]<>_/-+ \nZUTCpm\u2013é\\@%"), max_size=400))
def test_any_text_is_looked_at_and_every_place_is_inside_of_it(text: str) -> None:
    for each in lint(text, FACTS):
        assert isinstance(each, Remark)
        assert 0 <= each.start <= each.end <= len(text)
        assert each.rule == "secret" or each.said == text[each.start : each.end] or not each.said


@pytest.mark.parametrize("kind", ["done", "rollback", "post-watch"])
def test_an_end_owes_a_word_about_data(kind: Kind) -> None:
    facts = replace(FACTS, kind=kind)
    assert "data-missing" in rules("The work is over. This is the last update.", facts)
    assert "data-missing" not in rules("No order was lost. This is the last update.", facts)
    assert "data-missing" not in rules("The work goes on.")


def test_what_is_too_long_to_be_looked_at_says_so() -> None:
    assert "unreadable" in rules("x" * (LONGEST + 1))
    assert "unreadable" not in rules("x" * LONGEST)


def test_the_documentation_has_every_rule_with_its_level() -> None:
    page = (Path(__file__).parents[3] / "docs" / "messages.md").read_text(encoding="utf-8")
    rows = page[page.index("## Rules") :].splitlines()
    told = {
        rule: cells[2].strip()
        for cells in (row.split("|") for row in rows if row.startswith("| `"))
        for rule in re.findall(r"`([a-z-]+)`", cells[1])
    }
    assert {rule for rule, level in told.items() if level == "block"} == BLOCKS
    assert set(told) == {*RULES, "data-missing", "unreadable"}


def test_the_documentation_has_every_fact_and_kind() -> None:
    page = (Path(__file__).parents[3] / "docs" / "messages.md").read_text(encoding="utf-8")
    assert set(NAMES) <= set(re.findall(r"`([a-z_]+)`", page))
    assert set(BUILT_IN) <= set(re.findall(r"`([a-z-]+)`", page))


def test_the_reading_grade_follows_its_formula() -> None:
    assert reading_grade("Too short to say.") is None
    easy = "We look at it now. You can go on. All is as it was. We will say more."
    hard = (
        "Considerable infrastructural modifications necessitate comprehensive organisational "
        "communication regarding prospective unavailability, notwithstanding precautions."
    )
    low, high = reading_grade(easy), reading_grade(hard)
    assert low == 1
    words = hard.split()
    letters = sum(c.isalpha() for c in hard)
    assert high == math.ceil(4.71 * letters / len(words) + 0.5 * len(words) - 21.43)


@pytest.mark.parametrize("run", ["20261125-upgrade-z8am", "20261125-upgrade-08am", "friday-8pm"])
def test_the_name_of_a_run_is_no_time(run: str) -> None:
    text = f"alice drives {run}; 3 of 9 steps done. {GOOD}"
    assert not lint(text, replace(FACTS, audience="internal", run=run))
    assert "time-without-zone" in {each.rule for each in lint("At 8am we begin.", FACTS)}


def test_letters_before_digits_make_a_name_and_no_time() -> None:
    assert not lint(GOOD + "Build z8am.", FACTS)
    named = lint("It began on 2026-11-24T22:05, we write again.", FACTS)
    assert "time-without-zone" in {each.rule for each in named}
