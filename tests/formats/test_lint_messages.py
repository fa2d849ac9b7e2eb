"""Lint of the drafts of message steps."""

from __future__ import annotations

import pytest

from .runbook_texts import loaded, runbook_text

SOUND = "Orders can be slow in the window. Next update in 30 minutes."


def said(draft: str, audience: str = "customers, support") -> list[str]:
    step = (
        "\n- {id: tell, kind: message, title: Tell, estimate: 1m, "
        f"audience: '{audience}', draft: '{draft}'}}\n"
    )
    parameters = "parameters: {reader: {type: string}}\n" if "reader" in draft else ""
    problems = loaded(runbook_text(step, parameters)).problems
    assert {problem.code for problem in problems} <= {"message-draft"}
    assert all(problem.severity == "warning" for problem in problems)
    return [problem.message for problem in problems]


@pytest.mark.parametrize(
    ("draft", "word"),
    [
        ("We guarantee it.", "“guarantee”"),
        ("It was a human error.", "“human error”"),
        ("It ends at 23:30.", "“23:30”"),
        ("We restart db1.", "“db1”"),
        ("We fail over.", "“fail over”"),
        ("The token is ghp_" + "a1B2" * 10, "something secret"),
        ("Ask TBD.", "“TBD”"),
    ],
)
def test_what_should_not_go_out_is_said_by_day(draft: str, word: str) -> None:
    (message,) = said(draft)
    assert word in message
    assert "a1B2" not in message


def test_a_sound_draft_with_parameters_has_nothing_to_be_said_of() -> None:
    assert said("Dear {{reader}}: " + SOUND) == []


def test_the_same_word_is_said_once() -> None:
    assert len(said("Fully. fully! FULLY?")) == 1


def test_only_a_text_for_colleagues_alone_may_name_machines() -> None:
    assert said("We restart db1.", "on-call and operations") == []
    assert len(said("We restart db1.", "on-call, partners")) == 1
