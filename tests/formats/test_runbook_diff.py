"""A changed runbook is told by what it means for the work, not by lines of text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runbook_tui.domain.runbook import Runbook
from runbook_tui.formats.diff import LONGEST, Change, altered_fields, diff, in_words

from .runbook_texts import loaded, runbook_text

BEFORE = runbook_text(
    """
    - {id: a, kind: checklist, title: A, items: [one, two]}
    - id: b
      kind: command
      title: B
      run: {argv: [migrate, --to, '5.0'], timeout: 5m, env: {X: '1'}}
      verify: {argv: [check], expect: {contains: ok}}
    - {id: c, kind: checklist, title: C, instruction: 'Look at the dashboard and wait until green.'}
    - {id: d, kind: checklist, title: D}
    """,
    """\
    links: {ticket: 'https://example.org/1'}
    parameters: {env: {type: choice, choices: [prod, staging]}}
    roles: {dba: {people: [alice]}}
    window: {start: 22:00Z, end: 23:00Z}
    buffer: {percent: 30, reason: usual}
    """,
)


def book(text: str = BEFORE) -> Runbook:
    return loaded(text).runbook


def words(after: str) -> list[str]:
    assert after != BEFORE
    return [in_words(change) for change in diff(book(), book(after))]


def test_the_same_runbook_written_differently_has_no_changes() -> None:
    block = "title: D\n        kind: checklist\n        id: d"
    other = BEFORE.replace("{id: d, kind: checklist, title: D}", block)
    assert diff(book(), book(other + "# more\n")) == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("timeout: 5m", "timeout: 10m", "step b: run.timeout 5m → 10m"),
        ("'5.0'", "'5.1'", "step b: run.argv [migrate, --to, 5.0] → [migrate, --to, 5.1]"),
        ("env: {X: '1'}", "env: {X: '2'}", "step b: run.env.X 1 → 2"),
        ("contains: ok", "equals: ok", "step b: verify.expect.equals nothing → ok"),
        ("items: [one, two]", "items: [one]", "step a: items [one, two] → [one]"),
        ("title: C,", "title: Cc,", "step c: title C → Cc"),
        ("version: 1.0.0", "version: 1.1.0", "runbook: version 1.0.0 → 1.1.0"),
        (
            "example.org/1",
            "example.org/2",
            "runbook: links.ticket https://example.org/1 → https://example.org/2",
        ),
        (
            "choices: [prod, staging]",
            "choices: [prod]",
            "parameter env: choices [prod, staging] → [prod]",
        ),
        ("{env: {", "{envi: {", "parameter env: removed"),
        (
            "staging]}",
            "staging], rehearsal: staging}",
            "parameter env: rehearsal nothing → staging",
        ),
        (
            "22:00Z, end: 23:00Z",
            "22:00, end: 23:00, zone: UTC",
            "runbook: window.zone nothing → UTC",
        ),
        ("end: 23:00Z", "end: 23:00Z, warn: [9m]", "runbook: window.warn [15m, 5m] → [9m]"),
        ("percent: 30", "percent: 40", "runbook: buffer.percent 30.0 → 40.0"),
        ("percent: 30", "duration: 9m", "runbook: buffer.duration nothing → 9m"),
        (
            "title: Work",
            "title: Work\n    outside-window: true",
            "phase work: outside-window false → true",
        ),
        ("title: D}", "title: D, timer: 5m}", "step d: timer nothing → 5m"),
        (
            "title: D}",
            "title: D, point-of-no-return: true}",
            "step d: point-of-no-return false → true",
        ),
        ("people: [alice]", "people: [bob]", "role dba: people [alice] → [bob]"),
        ("title: Work", "title: The work", "phase work: title Work → The work"),
        ("title: D}", "title: D, mutates: true}", "step d: mutates false → true"),
        (
            "kind: checklist, title: D}",
            "kind: wait, title: D, duration: 5m}",
            "step d: kind checklist → wait",
        ),
        ("id: d,", "id: e,", "step e: renamed, was d"),
        (
            "- {id: d, kind: checklist, title: D}",
            "- {id: x, kind: gate, title: X, criteria: [y]}",
            "step d: removed (D, in phase `work`)",
        ),
        (
            "- {id: d, kind: checklist, title: D}",
            "- {id: x, kind: gate, title: X, criteria: [y]}",
            "step x: added (X, in phase `work`: after `c`)",
        ),
    ],
)
def test_each_change_in_one_line(old: str, new: str, told: str) -> None:
    assert told in words(BEFORE.replace(old, new, 1))


def test_only_the_step_that_moved_is_told_as_moved() -> None:
    a, _, rest = BEFORE.partition("      - {id: a")
    line = "      - {id: a" + rest.split("\n", 1)[0] + "\n"
    moved = a + rest.split("\n", 1)[1] + line
    assert words(moved) == [
        "step a: moved; was in phase `work`: first, is in phase `work`: after `d`"
    ]


def test_a_phase_called_before_is_not_read_as_a_word() -> None:
    text = BEFORE.replace("- id: work", "- id: before")
    a, rest = text.split("    steps:\n", 1)
    line = rest.split("\n", 1)[0] + "\n"
    moved = a + "    steps:\n" + rest.split("\n", 1)[1] + line
    assert [in_words(change) for change in diff(book(text), book(moved))] == [
        "step a: moved; was in phase `before`: first, is in phase `before`: after `d`"
    ]


def test_a_step_that_went_to_another_phase_is_told_as_moved() -> None:
    line = "      - {id: d, kind: checklist, title: D}\n"
    after = BEFORE.replace(line, "  - id: late\n    title: Late\n    steps:\n" + line)
    assert words(after) == [
        "phase late: added (Late)",
        "step d: moved; was in phase `work`: after `c`, is in phase `late`: first",
    ]


def test_long_texts_are_cut_around_the_difference() -> None:
    long = BEFORE.replace("Look at", "Look for ten minutes without a break at")
    changes = diff(book(long), book(long.replace("until green.", "until yellow.")))
    assert [in_words(c) for c in changes] == [
        "step c: instruction …and wait until green. → …and wait until yellow."
    ]
    change = diff(book(), book(BEFORE.replace("Look", "Look " + "x" * 500)))[0]
    assert len(change.before) <= LONGEST
    assert len(change.after) <= LONGEST


def test_words_and_estimates_do_not_alter_a_step_and_commands_do() -> None:
    def alters(old: str, new: str) -> list[bool]:
        return [c.alters for c in diff(book(), book(BEFORE.replace(old, new, 1)))]

    assert alters("title: C,", "title: Cc, estimate: 5m,") == [False, False]
    assert alters("Look at", "Watch") == [False]
    assert alters("timeout: 5m", "timeout: 6m") == [True]
    assert alters("version: 1.0.0", "version: 1.0.1") == [False]
    assert alters("title: D}", "title: D, timer: 5m}") == [False]
    assert alters("title: D}", "title: D, point-of-no-return: true}") == [True]
    assert alters("percent: 30", "percent: 40") == [True]
    assert alters("reason: usual", "reason: other") == [False]
    steps = book().phases[0].steps
    changed = book(BEFORE.replace("contains: ok", "contains: yes")).phases[0].steps
    assert altered_fields(steps[1], changed[1]) == ("verify",)
    assert altered_fields(steps[0], changed[0]) == ()


@settings(max_examples=60)
@given(st.permutations(range(8)), st.sets(st.integers(0, 7)))
def test_applying_what_is_told_leads_from_one_order_to_the_other(
    order: list[int], gone: set[int]
) -> None:
    steps = [f"- {{id: s{n}, kind: checklist, title: T{n}}}" for n in range(8)]
    before = book(runbook_text("\n".join(steps)))
    phase = before.phases[0]
    left = tuple(phase.steps[n] for n in order if n not in gone)
    after = replace(before, phases=(replace(phase, steps=left),))
    changes: tuple[Change, ...] = diff(before, after)
    assert {c.id for c in changes if c.what == "removed"} == {f"s{n}" for n in gone}
    moved = {c.id for c in changes if c.what == "moved"}
    stayed = [s.id for s in phase.steps if s.id not in moved and s in left]
    assert [s.id for s in left if s.id not in moved] == stayed


def test_snapshots_surveys_and_where_effects_are_seen_are_told() -> None:
    more = (
        "snapshots: {disk: {restore: {argv: [back]}, loses: orders}}\n"
        "surveys: {etc: {system: files, paths: [etc]}}\n"
    )
    step = (
        "- {id: a, kind: checklist, title: A, effects: [{kind: file, target: t, "
        "at: {system: files, paths: [x]}}]}"
    )
    old = runbook_text(step, more)
    new = old.replace("[back]", "[back, -f]").replace("[etc]", "[etc, srv]").replace("[x]", "[y]")
    told = [in_words(change) for change in diff(book(old), book(new))]
    assert [line.partition(" ")[0] for line in told] == ["snapshot", "survey", "step"]
    assert "disk: restore.argv [back] → [back, -f]" in told[0]
    assert "at: {system: files, paths: [x]}" in told[2]
    assert all(change.alters for change in diff(book(old), book(new)))
    gone = runbook_text(step)
    assert [in_words(change) for change in diff(book(old), book(gone))] == [
        "snapshot disk: removed",
        "survey etc: removed",
    ]


def test_another_kind_of_system_is_told_also_where_all_its_fields_are_the_same() -> None:
    old = runbook_text("- {id: a, kind: checklist, title: A}", "surveys: {p: {system: dpkg}}\n")
    told = [in_words(change) for change in diff(book(old), book(old.replace("dpkg", "rpm")))]
    assert told == ["survey p: system dpkg → rpm"]
