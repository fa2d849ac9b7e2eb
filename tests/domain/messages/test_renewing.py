"""New facts in a text that a hand has changed: their words, and not one byte besides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.messages.renewing import renewed_text

Change = dict[str, tuple[UsedFact, UsedFact]]


def fact(name: str, words: str) -> UsedFact:
    return UsedFact(name=name, words=words)


def renew(text: str, used: dict[str, str], new: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    changed: Change = {name: (fact(name, used[name]), fact(name, new[name])) for name in new}
    return renewed_text(text, [fact(*each) for each in used.items()], changed)


def test_words_are_replaced_where_they_stand() -> None:
    text = "Nothing new, says Bob. Next update: 22:30 UTC, or earlier."
    said, missed = renew(text, {"next_update": "22:30 UTC"}, {"next_update": "23:00 UTC"})
    assert said == "Nothing new, says Bob. Next update: 23:00 UTC, or earlier."
    assert missed == ()


def test_new_words_that_are_another_facts_old_ones_are_not_replaced_again() -> None:
    used = {"next_update": "22:30 UTC", "window_end": "23:00 UTC"}
    new = {"next_update": "23:00 UTC", "window_end": "23:30 UTC"}
    said, missed = renew("Next: 22:30 UTC. Ends: 23:00 UTC.", used, new)
    assert said == "Next: 23:00 UTC. Ends: 23:30 UTC."
    assert missed == ()


def test_words_of_two_facts_of_which_one_changed_are_left_to_a_person() -> None:
    used = {"next_update": "23:00 UTC", "window_end": "23:00 UTC"}
    said, missed = renew("Next: 23:00 UTC. Ends: 23:00 UTC.", used, {"next_update": "23:20 UTC"})
    assert said == "Next: 23:00 UTC. Ends: 23:00 UTC."
    assert missed == ("next_update",)


def test_a_time_inside_a_range_is_the_ranges() -> None:
    used = {"next_update": "23:00 UTC", "forecast": "22:40 and 23:00 UTC"}
    text = "Over between 22:40 and 23:00 UTC. Next update: 23:00 UTC."
    said, missed = renew(text, used, {"next_update": "23:20 UTC"})
    assert said == "Over between 22:40 and 23:00 UTC. Next update: 23:20 UTC."
    assert missed == ()


def test_a_part_of_a_longer_number_word_or_time_is_no_fact() -> None:
    used = {"chance": "5 %", "progress": "1 of 12 steps", "step": "move", "late": "yes"}
    new = {"chance": "80 %", "progress": "2 of 12 steps", "step": "start", "late": ""}
    text = "95 % and 1.5 % of remove, yesterday; 11 of 12 steps; re-move; yes"
    said, missed = renew(text, used, new)
    assert said == text
    assert set(missed) == set(new)


def test_what_is_not_there_or_has_no_new_words_is_named() -> None:
    used = {"buffer": "about 20 minutes", "late_by": "about 10 minutes"}
    text = "It is about 10 minutes late."
    said, missed = renew(text, used, {"buffer": "about 5 minutes", "late_by": ""})
    assert (said, missed) == (text, ("buffer", "late_by"))


FREE = st.text(st.sampled_from("abc xyz,.:-/\n%5é\U0001f600"), max_size=20)
WORDS = st.text(st.sampled_from("ABCD 0123%()+*?[]\\"), min_size=3, max_size=12).filter(
    lambda words: words == words.strip()
)


@given(
    st.lists(FREE, min_size=1, max_size=8),
    st.lists(WORDS, min_size=1, max_size=4, unique=True),
    st.lists(WORDS, min_size=4, max_size=4),
    st.data(),
)
def test_what_a_hand_wrote_stays_byte_for_byte(
    written: list[str], old: list[str], new: list[str], data: st.DataObject
) -> None:
    """Hand-written pieces with words of facts between them: all bytes that are not old words come
    out as they went in."""
    pieces = [written[0]]
    for each in written[1:]:
        pieces += [data.draw(st.sampled_from(old)), each]
    text = " ".join(pieces)
    names = [f"fact{n}" for n in range(len(old))]
    used = dict(zip(names, old, strict=True))
    said, _ = renew(text, used, dict(zip(names, new, strict=False)))
    # Walk both: at each place either the same character, or old words that became new ones.
    becomes = [pair for pair in zip(old, new, strict=False) if len(pair[0]) >= 3]
    places = {(0, 0)}
    seen: set[tuple[int, int]] = set()
    while places:
        at, out = places.pop()
        if (at, out) == (len(text), len(said)):
            return
        seen.add((at, out))
        reached = {
            (at + len(a), out + len(b))
            for a, b in becomes
            if text.startswith(a, at) and said.startswith(b, out)
        }
        if at < len(text) and out < len(said) and text[at] == said[out]:
            reached.add((at + 1, out + 1))
        places |= reached - seen
    raise AssertionError((text, said, becomes))


@given(FREE, WORDS, WORDS)
def test_a_text_without_the_words_is_untouched(text: str, old: str, new: str) -> None:
    said, missed = renew(text, {"a": old}, {"a": new})
    if old not in text:
        assert (said, missed) == (text, ("a",))
