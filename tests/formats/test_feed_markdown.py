"""The feed as Markdown: foreign text stays text, and a file in which nothing is ever changed."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed import append_only
from runbook_tui.formats.feed.append_only import EditedError
from runbook_tui.formats.feed.entries import anchor, cleaned, fingerprint, in_order, paragraphs
from runbook_tui.formats.feed.markdown import entry_markdown
from tests.formats import feed_entries as fe

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN = {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline"}
INLINE = {"text", "text_special", "hardbreak", "softbreak", "code_inline"}


def shown(token: Token) -> str:
    """What a reader sees of a paragraph; references and escapes are resolved."""
    breaks = {"hardbreak": "\n", "softbreak": "\n"}
    children = token.children or []
    return "".join(breaks.get(child.type, child.content) for child in children)


def as_read(text: str) -> str:
    """What Markdown says of blanks at the beginning of a line, which are shown as fixed ones."""
    lines = []
    for line in text.split("\n"):
        rest = line.lstrip(" \t")
        lead = line[: len(line) - len(rest)].expandtabs(4)
        lines.append("\xa0" * len(lead) + rest)
    return "\n".join(lines)


def test_an_entry_is_a_heading_its_text_and_what_it_is() -> None:
    text = entry_markdown(fe.entry(4, corrects=f"{fe.RUN}/3", text="It works.\n- most\n- of it"))
    assert text == (
        "## 2026-11-24 20:30 UTC: The order service: planned work in progress\n\n"
        "It works.  \n\\- most  \n\\- of it\n\n"
        "State: in progress. Next update by 21:00 UTC. "
        f"Corrects update `{fe.RUN}/3`. Update `{fe.RUN}/4`.\n"
    )


def test_a_rehearsal_says_so_in_its_heading() -> None:
    assert "UTC: Rehearsal: none of this is happening: The" in entry_markdown(
        fe.entry(rehearsal=True)
    )


@pytest.mark.parametrize("hostile", fe.HOSTILE)
@pytest.mark.parametrize("around", ["{}", "a\n{}\nb", "a\n\n{}\n\nb", "a {} b", "  {}", "{} b"])
def test_each_piece_of_markup_stays_text_wherever_it_stands(hostile: str, around: str) -> None:
    text = around.format(hostile)
    stays_text(fe.entry(1, text=text, title=text, id=text, corrects=text))


@given(fe.entries)
def test_foreign_text_is_never_markup_and_is_read_as_it_was(entry: FeedEntry) -> None:
    stays_text(entry)


def stays_text(entry: FeedEntry) -> None:
    """A reader of Markdown finds a heading and paragraphs, and in them what was told."""
    tokens = READER.parse(entry_markdown(entry))
    assert {token.type for token in tokens} <= PLAIN
    inline = [token for token in tokens if token.type == "inline"]
    for token in inline:
        assert {child.type for child in token.children or []} <= INLINE
    assert all(token.tag == "h2" for token in tokens if token.type == "heading_open")
    heading, *parts, about = inline
    clean = cleaned(entry)
    assert shown(heading).rstrip().endswith(clean.title.rstrip())
    # The reader takes blanks of every kind off the ends of a paragraph.
    told = [as_read(part).strip() for part in paragraphs(clean.text)]
    assert [shown(part).strip() for part in parts] == told
    assert anchor(clean.id) in shown(about)


@given(fe.entries)
def test_the_file_is_harmless_where_a_server_calls_it_html(entry: FeedEntry) -> None:
    text = entry_markdown(entry)
    assert "<" not in text
    assert "{{" not in text
    assert "{%" not in text


@given(st.lists(fe.entries, max_size=5, unique_by=lambda each: anchor(cleaned(each).id)), fe.texts)
def test_what_was_appended_is_known_again(entries: list[FeedEntry], title: str) -> None:
    data = append_only.begin(title)
    for each in entries:
        longer = append_only.append(data, each)
        assert longer.startswith(data)
        data = longer
    clean = [cleaned(each) for each in entries]
    assert append_only.read(data) == {anchor(each.id): fingerprint(each) for each in clean}


@given(st.data())
def test_every_edit_is_noticed(data: st.DataObject) -> None:
    whole = append_only.begin(fe.TITLE)
    for each in fe.story():
        whole = append_only.append(whole, each)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
                whole[:at] + whole[at + 1 :],
                whole[:at] + b"x" + whole[at:],
                whole + b"\n",
                whole.replace(b"\n", b"\r\n"),
            ]
        )
    )
    with pytest.raises(EditedError):
        append_only.read(changed)


def test_an_older_state_of_the_file_is_whole() -> None:
    older = append_only.append(append_only.begin(fe.TITLE), fe.entry(1))
    append_only.append(older, fe.entry(2))
    assert list(append_only.read(older)) == [f"{fe.RUN}/1"]


def test_anybody_can_check_a_seal_with_other_programs() -> None:
    data = append_only.append(append_only.begin(fe.TITLE), fe.entry(1))
    sealed, _, digest = data.rpartition(b" above=")
    assert digest == hashlib.sha256(sealed).hexdigest().encode() + b" -->\n"


def test_an_empty_file_is_an_edited_one() -> None:
    with pytest.raises(EditedError):
        append_only.read(b"")


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        entry_markdown(fe.entry(at=datetime(2026, 11, 24, 19)))  # noqa: DTZ001


def test_within_a_run_the_number_decides_where_the_clock_was_put_back() -> None:
    late = fe.entry(2, at=fe.BEGAN)
    early = fe.entry(1, at=fe.BEGAN + fe.EVERY)
    other = fe.entry(1, run="another", at=fe.BEGAN + fe.EVERY / 2)
    assert in_order([late, other, early]) == (other, early, late)
