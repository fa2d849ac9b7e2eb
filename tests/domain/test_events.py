"""Events as JSON on one line, and in words."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.events import EffectEvent
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.narrative import sentence, tell
from runbook_tui.domain.pin import Pin
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.runbook import ChecklistStep, CommandStep
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.domain.scrub import FREE_TEXT, scrub
from runbook_tui.domain.text import safe_text

from .play import START, at, pin_of, plan_of

KINDS: tuple[type[ev.Event], ...] = ev.AnyEvent.__args__

NUMBERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(Pin, st.just(pin_of(plan_of())))
EFFECTS = st.builds(
    Effect,
    kind=st.sampled_from(("file", "flag", "webhook")),
    target=st.text(),
    before=st.text(),
    owner=st.text(),
    compensation=st.one_of(st.none(), st.builds(Compensation, text=st.text())),
    probe=st.one_of(st.none(), st.just(Verify(argv=("true",)))),
    temporary=st.booleans(),
)
BACK = st.sampled_from(
    (
        ChecklistStep(id="back-1-7", title="Take back", items=("by hand",)),
        CommandStep(id="back-1-8", title="Take back", run=Command(argv=("true",)), mutates=True),
    )
)


def some(kind: type[ev.Event]) -> st.SearchStrategy[ev.AnyEvent]:
    """Any event of a type, its texts any text that is Unicode."""
    hints: dict[str, st.SearchStrategy[object]] = {
        name: FLOATS for name in ("seconds",) if name in kind.__struct_fields__
    }
    if "steps" in kind.__struct_fields__:
        hints["steps"] = st.lists(BACK, max_size=2).map(tuple)
    if "effect" in kind.__struct_fields__ and issubclass(kind, EffectEvent):
        hints["effect"] = EFFECTS
    return st.builds(kind, **hints)


EVENTS = st.one_of([some(kind) for kind in KINDS])
ZONES = st.sampled_from((UTC, timezone(timedelta(hours=-8)), timezone(timedelta(minutes=345))))
MOMENTS = st.builds(
    lambda late, zone, boot: Moment(
        (START + timedelta(microseconds=late)).astimezone(zone), boot, "3f1c"
    ),
    st.integers(0, 10**15),
    ZONES,
    FLOATS,
)
ENTRIES = st.builds(ev.Entry, seq=st.integers(1, 2**62), at=MOMENTS, by=st.text(), event=EVENTS)


@given(ENTRIES)
def test_every_entry_comes_back_from_its_json(entry: ev.Entry) -> None:
    assert ev.decode(ev.encode(entry)) == entry


@given(ENTRIES)
def test_the_json_is_one_line_that_a_terminal_can_show(entry: ev.Entry) -> None:
    line = ev.encode(entry)
    assert line == safe_text(line, keep_newlines=False)
    assert "\n" not in line
    assert json.loads(line)["seq"] == entry.seq


def test_the_json_is_plain_enough_for_other_programs() -> None:
    entry = ev.Entry(
        seq=3, at=at(5), by="alice", event=ev.StepSkipped(step="a", reason="half \x9b \U000e0041")
    )
    assert json.loads(ev.encode(entry)) == {
        "v": 1,
        "seq": 3,
        "at": {"wall": "2026-05-01T22:00:05Z", "boot": 1005.0, "boot_id": "boot-1"},
        "by": "alice",
        "event": {"type": "step-skipped", "step": "a", "reason": "half \x9b \U000e0041"},
    }


def test_the_names_of_events_never_change() -> None:
    # Old logs are read by these names.
    assert sorted(str(kind.__struct_config__.tag) for kind in KINDS) == [
        "approved",
        "check-reported",
        "clock-jumped",
        "command-finished",
        "command-interrupted",
        "command-started",
        "deadline-answered",
        "decision-recorded",
        "decision-revisited",
        "delivery-begun",
        "delivery-ended",
        "delivery-settled",
        "effect-added",
        "effect-answered",
        "effect-intended",
        "effect-said",
        "effect-seen",
        "evidence-added",
        "finding-waived",
        "gate-decided",
        "item-ticked",
        "note-added",
        "option-chosen",
        "redline-added",
        "remark-overruled",
        "remedy-begun",
        "remedy-ended",
        "rollback-begun",
        "rollback-ended",
        "run-aborted",
        "run-closed",
        "run-continued",
        "run-paused",
        "run-resumed",
        "run-started",
        "runbook-amended",
        "step-deferred",
        "step-delegated",
        "step-done",
        "step-failed",
        "step-overridden",
        "step-reopened",
        "step-skipped",
        "step-started",
        "survey-taken",
        "taken-back",
        "timer-extended",
        "unknown-settled",
        "update-approved",
        "update-drafted",
        "update-overdue",
        "update-sent",
        "update-withdrawn",
        "value-observed",
        "wait-over",
        "window-extended",
    ]


GOOD = ev.encode(ev.Entry(seq=1, at=at(0), by="alice", event=ev.ClockJumped(seconds=1.5)))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        "\0",
        "\ufeff" + GOOD,
        GOOD + GOOD,
        GOOD[:-1],
        GOOD.replace('"v":1', '"v":2'),
        GOOD.replace('"seq":1', '"seq":0'),
        GOOD.replace('"seq":1', '"seq":1.5'),
        GOOD.replace('"seq":1', '"seq":' + "9" * 5_000),
        GOOD.replace("clock-jumped", "clock-stopped"),
        GOOD.replace("clock-jumped", "\\u001b[2J"),
        GOOD.replace("1.5", "1e999"),
        GOOD.replace("1.5", "null"),
        GOOD.replace("1.5", "NaN"),
        GOOD.replace('"alice"', '"\\udc80"'),
        GOOD.replace('"alice"', '"\udc80"'),
        GOOD.replace("2026-05-01T22:00:00Z", "2026-05-01T22:00:00"),
        GOOD.replace("2026-05-01T22:00:00Z", "0001-01-01T00:00:00+14:00"),
        GOOD.replace("2026-05-01T22:00:00Z", "9999-12-31T23:59:59-14:00"),
        GOOD.replace("2026-05-01T22:00:00Z", "yesterday"),
        "[" * 200_000,
        '{"at":' * 200_000,
        GOOD.replace('"alice"', "[" * 100_000 + "]" * 100_000),
    ],
    ids=range(26),
)
def test_what_is_no_event_is_said_so_and_nothing_else_happens(line: str) -> None:
    with pytest.raises(ev.EventError, match="not a readable event") as caught:
        ev.decode(line)
    assert str(caught.value) == safe_text(str(caught.value), keep_newlines=False)


@given(st.one_of(st.binary(), st.text(alphabet=st.characters())))
@example(GOOD.encode().replace(b"alice", b"\xff"))
def test_garbage_is_refused(line: bytes | str) -> None:
    with pytest.raises(ev.EventError):
        ev.decode(line)


@given(ENTRIES, st.data())
def test_a_damaged_line_is_an_event_or_refused(entry: ev.Entry, data: st.DataObject) -> None:
    line = bytearray(ev.encode(entry).encode())
    line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = ev.decode(bytes(line))
    except ev.EventError:
        return
    assert ev.decode(ev.encode(found)) == found


def test_fields_of_later_versions_do_not_hide_an_event() -> None:
    line = GOOD.replace('"by":', '"from_the_future":{"x":1},"by":')
    assert ev.decode(line) == ev.decode(GOOD)


def test_what_the_log_cannot_hold_is_known_before() -> None:
    assert ev.storable(ev.RunResumed(host="db1"))
    assert not ev.storable(ev.RunResumed(host="db\udc80"))


# --- in words


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__struct_config__.tag))
@given(st.data())
def test_every_event_is_told_in_a_safe_sentence(kind: type[ev.Event], data: st.DataObject) -> None:
    event = data.draw(some(kind))
    told = tell(event)
    assert told.verb
    assert told.mark in ("good", "bad", "warn", "plain")
    assert "records" not in told.verb, "this type has no words of its own"
    assert told.words == safe_text(told.words)
    line = sentence(ev.Entry(seq=1, at=at(0), by="bob\x1b[2J", event=event))
    assert line.startswith("bob␛[2J ")
    assert line.strip() == safe_text(line, keep_newlines=False)


def test_the_story_reads_as_sentences() -> None:
    events = (
        ev.RunStarted(run="r", pin=pin_of(plan_of()), mode="live", folder="/"),
        ev.StepStarted(step="b", deviation="first"),
        ev.CommandStarted(step="b", purpose="run", attempt=2, line="true", host="db1"),
        ev.CommandFinished(
            step="b", purpose="run", attempt=2, outcome="failed", exit=-9, seconds=250
        ),
        ev.CommandFinished(step="b", purpose="verify", attempt=3, outcome="ok", seconds=0.26),
        ev.GateDecided(step="g", go=False, reason="lag"),
        ev.ValueObserved(step="b", label="replicas", value="3/3"),
        ev.StepOverridden(step="b", reason="x", missing=("not verified", "no go")),
        ev.TakenBack(step="b", seq=7, what="tick"),
        ev.ClockJumped(seconds=-3600.25),
    )
    assert [sentence(ev.Entry(seq=1, at=at(0), by="alice", event=event)) for event in events] == [
        "alice starts upgrade v1.0.0 (live)",
        "alice starts b out of order",
        "alice runs b on db1",
        "alice sees the command of b fail (signal 9, 04:10)",
        "alice sees b verified (0.3 s)",
        "alice says NO-GO at g",
        "alice observes in b: replicas = 3/3",
        "alice overrides b (not verified; no go)",
        "alice takes back in b: tick (event 7)",
        "alice notices the wall clock jumped back 3600.2 s",
    ]


# --- cleaned before they are committed


@given(EVENTS)
def test_cleaning_leaves_names_and_numbers_alone(event: ev.AnyEvent) -> None:
    clean = scrub(event, Redactor({"pw": "hunter22"}))
    assert type(clean) is type(event)
    for name in event.__struct_fields__:
        if name not in FREE_TEXT:
            assert getattr(clean, name) == getattr(event, name)
    assert scrub(clean, Redactor({"pw": "hunter22"})) == clean


def test_what_people_and_programs_say_is_cleaned() -> None:
    redactor = Redactor({"pw": "hunter22"})
    said = ev.StepOverridden(
        step="a", reason="it is hunter22\x1b[2J", missing=("see hunter22", "fine")
    )
    assert scrub(said, redactor) == ev.StepOverridden(
        step="a", reason="it is ‹redacted:pw›␛[2J", missing=("see ‹redacted:pw›", "fine")
    )
    finished = ev.CommandFinished(
        step="a", purpose="run", attempt=1, outcome="ok", summary="token=abcdef"
    )
    assert scrub(finished, redactor).summary == "token=‹redacted›"  # type: ignore[union-attr]


def test_every_free_text_of_an_event_is_known() -> None:
    """A new event with a new text field must say whether it is free text or a name."""
    names = {
        "run", "pin", "mode", "folder", "parameters", "secrets", "host", "program", "step",
        "item", "purpose", "outcome", "evidence", "label", "unit", "name", "path", "option",
        "what", "gives_up", "check", "digest", "fingerprint", "severity", "effect", "hosts", "seal",
        "channel", "rule", "reference", "thread", "approved_by", "source", "survey", "key",
        "before", "after", "kept", "occasion", "answer", "scope", "of", "takes", "covers", "again",
        "chosen", "present",
    }  # fmt: skip
    texts = {
        name
        for kind in KINDS
        for name, type_ in kind.__annotations__.items()
        if "str" in str(type_) or name in ("pin", "mode", "purpose", "outcome")
    }
    assert texts - FREE_TEXT <= names
