"""What a command said: bounded in memory, and nothing silently lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.evidence import output_text
from runbook_tui.domain.job import Ended
from runbook_tui.domain.output import (
    CUT,
    HEAD_BYTES,
    LONGEST_ANSWER,
    LONGEST_LINE,
    TAIL_BYTES,
    OutputStore,
    Stream,
    as_lines,
    last_drawn,
)
from runbook_tui.domain.redact import Redactor


def finished(store: OutputStore) -> list[tuple[Stream, str]]:
    found: list[tuple[Stream, str]] = []
    store.finish(lambda stream, lines: found.extend((stream, line) for line in lines))
    return found


@given(st.lists(st.tuples(st.sampled_from(("out", "err")), st.binary(max_size=20)), max_size=20))
def test_lines_are_the_same_however_they_are_cut_into_chunks(
    chunks: list[tuple[Stream, bytes]],
) -> None:
    whole: dict[Stream, bytes] = {"out": b"", "err": b""}
    store = OutputStore()
    seen: dict[Stream, list[str]] = {"out": [], "err": []}
    for stream, chunk in chunks:
        whole[stream] += chunk
        seen[stream] += store.feed(stream, chunk)
    for stream, line in finished(store):
        seen[stream].append(line)
    for stream, data in whole.items():
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        expected = [line.rstrip(b"\r").decode("utf-8", "replace") for line in lines]
        assert seen[stream] == expected
    assert store.cut == 0
    kept = store.head()
    assert kept.count("[stderr] ") >= len(seen["err"])
    assert store.answer == whole["out"].decode("utf-8", "replace")


def test_a_letter_split_between_chunks_stays_whole() -> None:
    store = OutputStore()
    data = "größe ✓\n".encode()
    lines = [line for n in range(len(data)) for line in store.feed("out", data[n : n + 1])]
    assert lines == ["größe ✓"]


def test_redrawn_lines_are_shown_as_last_drawn_and_kept_whole() -> None:
    store = OutputStore()
    lines = store.feed("err", b" 10%\r 50%\r100%\r\ndone\r\n")
    assert [last_drawn(line) for line in lines] == ["100%", "done"]
    assert as_lines(store.head()) == "".join(
        f"[stderr] {line}\n" for line in (" 10%", " 50%", "100%", "done")
    )


def test_a_progress_bar_without_end_is_kept_line_by_line() -> None:
    store = OutputStore()
    for n in range(5_000):
        store.feed("out", b"%d percent\r" % n)
    finished(store)
    kept = as_lines(store.head()).splitlines()
    assert kept == [f"{n} percent" for n in range(5_000)]
    assert last_drawn(store.last_line) == "4999 percent"
    assert store.cut == 0


def output_of(secret: str, *chunks: bytes) -> str:
    """The evidence of a command that said this."""
    redactor = Redactor({"pw": secret})
    store = OutputStore(redactor.line)
    for chunk in chunks:
        store.feed("out", chunk)
    finished(store)
    ended = Ended("exited", 0, 0.1, store)
    return output_text("it", ended, redactor).decode()


def test_what_was_drawn_over_is_in_the_evidence() -> None:
    assert "half\nwhole\n" in output_of("hunter2secret", b"half\rwhole\n")


@pytest.mark.parametrize(
    "said",
    [
        b"hunter2secre\rt",
        b"hunter2\0secret",
        b"hunter2X\bsecret",
        b"h\bhu\bun\bnt\bte\ber\br2\b2s\bse\bec\bcr\bre\bet\bt",
        "hunter2\u200bsecret".encode(),
        "hun\u2060ter2\u00adsecret".encode(),
        b"hunter2\x1b[31msecret",
        b"50%\rhunter2\rsecret\r100%",
        b"password: hunter2\rsecret",
    ],
)
def test_a_secret_is_redacted_whatever_is_put_into_it(said: bytes) -> None:
    for data in (said, said + b"\n", b"x" * 9_000 + b"\r" + said + b"\n"):
        told = output_of("hunter2secret", data)
        bare = re.sub(r"[^a-z0-9]", "", told)
        assert "hunter2secre" not in bare
        assert "2secret" not in bare


def test_what_hides_nothing_stays() -> None:
    assert "10%\n20%\na\u2400b\n" in output_of("hunter2secret", b"10%\r20%\ra\0b\n")


@pytest.mark.parametrize("line", [b"x" * 100, b"", b"y" * (LONGEST_LINE - 1)])
def test_head_tail_and_cut_add_up(line: bytes) -> None:
    count = (HEAD_BYTES + TAIL_BYTES) * 2 // (len(line) + 1) // (1 if line else 64) + 10
    store = OutputStore()
    for start in range(0, count, 1_000):
        store.feed("out", (line + b"\n") * min(1_000, count - start))
    finished(store)
    head, tail = store.head(), store.tail()
    assert len(head) + len(tail) + store.cut == count * (len(line) + 1)
    assert store.cut > 0
    assert head
    assert tail
    assert len(head) <= HEAD_BYTES
    assert len(tail) <= TAIL_BYTES
    assert store.size <= HEAD_BYTES + TAIL_BYTES
    assert len(store.answer) <= LONGEST_ANSWER


def test_a_line_without_end_is_cut_and_says_so() -> None:
    store = OutputStore()
    shown: list[str] = []
    for _ in range(100):
        shown += store.feed("out", b"z" * 65_536)
    shown += store.feed("out", b"\nafter\n")
    assert shown[-1] == "after"
    assert len(shown) == 2
    assert shown[0].endswith(CUT)
    assert len(shown[0]) <= LONGEST_LINE + len(CUT)
    assert store.cut == 100 * 65_536 - len(shown[0].removesuffix(CUT))
    assert store.last_line == "after"


@pytest.mark.parametrize("offset", range(-24, 25, 3))
@pytest.mark.parametrize("chunk", [1_000, 8_192, 65_536])
def test_no_part_of_a_secret_is_left_where_a_line_is_cut(offset: int, chunk: int) -> None:
    secret = "tr0ub4dor-and-three"
    redactor = Redactor({"pw": secret})
    store = OutputStore(redactor.line)
    data = b"a" * (LONGEST_LINE + offset) + secret.encode() + b"b" * 200_000 + b"\nend\n"
    lines = [
        line for n in range(0, len(data), chunk) for line in store.feed("out", data[n : n + chunk])
    ]
    told = "\n".join(redactor.line(line) for line in lines)
    assert not any(secret[n : n + 4] in told for n in range(len(secret) - 3))


def test_the_last_line_is_the_last_that_says_anything() -> None:
    store = OutputStore()
    store.feed("out", b"first\nsecond\n \n\n")
    assert store.last_line == "second"
    assert OutputStore().last_line == ""
