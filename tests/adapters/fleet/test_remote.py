"""What is dropped of a host's answer and what is not, byte by byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.adapters.fleet.remote import NOISE_KEPT, Entrance, Marker

MARKER = Marker("0123456789abcdef", "fedcba9876543210")
WORD = MARKER.word.encode()


@given(st.binary(max_size=5_000), st.binary(max_size=300), st.integers(1, 400))
def test_what_comes_before_the_marker_is_dropped_however_it_arrives(
    noise: bytes, mine: bytes, size: int
) -> None:
    entrance = Entrance(MARKER)
    sent = noise + WORD + b" at 4711\n" + mine
    got = b"".join(entrance.feed("out", sent[n : n + size]) for n in range(0, len(sent), size))
    assert got == mine
    assert entrance.pid == 4711


@given(st.binary(max_size=5_000))
def test_without_a_marker_nothing_is_let_in_and_little_is_kept(noise: bytes) -> None:
    entrance = Entrance(MARKER)
    for n in range(0, len(noise), 97):
        assert entrance.feed("out", noise[n : n + 97]) == b""
    assert entrance.pid == 0
    assert len(entrance.noise.encode()) <= 3 * NOISE_KEPT


def test_a_marker_with_nonsense_after_it_opens_nothing() -> None:
    for said in (b" at x\n", b" at\n", b" at -1\n", b" \xff\n", b" at 99999999999999999999\n"):
        entrance = Entrance(MARKER)
        entrance.feed("out", WORD + said)
        assert entrance.pid == 0


def test_a_host_that_never_ends_its_marker_fills_no_memory() -> None:
    entrance = Entrance(MARKER)
    entrance.feed("out", WORD)
    for _ in range(100):
        entrance.feed("out", b"x" * 10_000)
    assert len(entrance.noise) <= NOISE_KEPT
