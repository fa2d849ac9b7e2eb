"""How hosts' results become one: every host ends once, whatever is reported of it."""

from __future__ import annotations

import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.fleet import (
    FleetOutcome,
    FleetResult,
    HostOutcome,
    HostResult,
    Progress,
    batches,
    merge,
    report,
    words,
)
from runbook_tui.domain.fleet_hosts import Address, HostNameError, address, addresses
from runbook_tui.domain.fleet_output import HEAD_CHARACTERS, TAIL_CHARACTERS, HostOutput
from runbook_tui.domain.output import LONGEST_LINE

HOSTS = ("a", "b", "c", "d")
outcomes = st.sampled_from(get_args(HostOutcome))
results = st.builds(
    HostResult,
    host=st.sampled_from((*HOSTS, "stranger")),
    outcome=outcomes,
    exit=st.none() | st.integers(-15, 255),
    begun=st.booleans(),
    may_run=st.booleans(),
)
reports = st.lists(st.one_of(results, st.sampled_from((*HOSTS, "stranger"))), max_size=30)
"""A result, or a host whose turn has come."""


def told(heard: list[HostResult | str], hosts: tuple[str, ...] = HOSTS) -> Progress:
    now = Progress(hosts)
    for one in heard:
        now = now.begin(one) if isinstance(one, str) else now.end(one)
    return now


@given(reports, st.booleans())
def test_every_host_ends_in_exactly_one_result(
    heard: list[HostResult | str], cancelled: bool
) -> None:
    result = told(heard).close(1.0, cancelled=cancelled)
    assert [one.host for one in result.results] == list(HOSTS)
    for one in result.results:
        first = next((r for r in heard if isinstance(r, HostResult) and r.host == one.host), None)
        if first is not None:
            assert one == first, "the first that was reported stays"
        else:
            assert one.outcome == ("lost" if one.host in heard else "not-started")
    assert sum(result.counts.values()) == len(HOSTS)
    assert set(result.failed_hosts) == {o.host for o in result.results if o.outcome != "ok"}
    assert set(result.unsure_hosts) <= set(result.failed_hosts)


@given(reports)
def test_who_is_running_has_begun_and_not_ended(heard: list[HostResult | str]) -> None:
    now = told(heard)
    assert set(now.running) == now.begun - set(now.results)
    assert now.bad == sum(one.outcome != "ok" for one in now.results.values())


@given(reports, st.booleans())
def test_the_state_says_what_the_hosts_say(heard: list[HostResult | str], cancelled: bool) -> None:
    result = told(heard).close(1.0, cancelled=cancelled)
    well = result.counts.get("ok", 0)
    assert (result.state == "ok") == (well == len(HOSTS))
    if cancelled and well < len(HOSTS):
        assert result.state == "cancelled"
    elif 0 < well < len(HOSTS):
        assert result.state == "partial"
    assert result.state in get_args(FleetOutcome)


@given(reports, reports)
def test_trying_again_replaces_only_what_did_not_end_well(
    heard: list[HostResult | str], heard_again: list[HostResult | str]
) -> None:
    first = told(heard).close(1.0)
    again = told(heard_again, first.failed_hosts).close(2.0)
    whole = merge(first, again)
    assert [one.host for one in whole.results] == list(HOSTS)
    assert set(whole.failed_hosts) <= set(first.failed_hosts)
    new = {one.host: one for one in again.results}
    for old, now in zip(first.results, whole.results, strict=True):
        if old.outcome == "ok":
            assert now == old
        elif new[old.host].outcome == "not-started" and old.begun:
            assert now == old, "what is known of it stays known"
        else:
            assert now.outcome == new[old.host].outcome
        assert now.begun >= old.begun
        assert now.may_run >= (old.may_run and old.outcome != "ok")
    assert merge(whole, FleetResult(())).results == whole.results


def test_no_host_at_all_is_not_well() -> None:
    assert FleetResult(()).state == "failed"
    assert words(FleetResult(())) == "no hosts"


def test_the_summary_names_a_few_of_each() -> None:
    ended = [HostResult(f"web{n}", "ok", 0) for n in range(40)]
    ended += [HostResult("db1", "failed", 2), HostResult("db2", "failed", -9)]
    ended += [HostResult(f"far{n}", "unreachable") for n in range(5)]
    assert words(FleetResult(tuple(ended))) == (
        "40 of 47 hosts ok, 2 failed (db1: exit 2, db2: signal 9),"
        " 5 unreachable (far0, far1, far2, and 2 more)"
    )


def test_the_report_has_what_every_host_said() -> None:
    one = HostResult("a", "failed", 3, 1.25, "why", "out\n", "why\nmore\n", 7, True, True)
    assert report(FleetResult((one,))) == (
        "=== a: failed, exit 3 after 1.2 s, something may still run there\n    why\nout\n"
        "[stderr] why\n[stderr] more\n… 7 bytes are not stored …\n"
        "=== 0 of 1 host ok, 1 failed (a: exit 3)\n"
    )


@given(st.lists(st.text(min_size=1, max_size=3), max_size=20), st.integers(-2, 9))
def test_batches_hold_every_host_once_in_order(hosts: list[str], size: int) -> None:
    made = batches(hosts, size)
    assert [host for batch in made for host in batch] == hosts
    assert all(1 <= len(batch) <= max(1, size) for batch in made)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("web1", Address("web1", "web1")),
        ("root@web1.example.org.", Address("root@web1.example.org.", "web1.example.org.", "root")),
        ("web1:2222", Address("web1:2222", "web1", None, 2222)),
        ("ssh://me@web1:2222", Address("ssh://me@web1:2222", "web1", "me", 2222)),
        ("ssh://web1/", Address("ssh://web1/", "web1")),
        ("me@corp@web1", Address("me@corp@web1", "web1", "me@corp")),
        ("::1", Address("::1", "::1")),
        ("root@[fe80::1%eth0]:22", Address("root@[fe80::1%eth0]:22", "fe80::1%eth0", "root", 22)),
        ("[2001:db8::1]", Address("[2001:db8::1]", "2001:db8::1")),
        ("127.0.0.1:22", Address("127.0.0.1:22", "127.0.0.1", None, 22)),
    ],
)
def test_what_an_entry_stands_for(entry: str, expected: Address) -> None:
    assert address(entry) == expected


@pytest.mark.parametrize(
    "entry",
    [
        "-oProxyCommand=x",
        "root@-web",
        "web-:1",
        "web:0",
        "web:65536",
        "web:x",
        "web:",
        "@web",
        "-x@web",
        "$x@web",
        "a:b:c",
        "[::1",
        "[web]:22",
        "::1%$(id)",
        "a..b",
        "ssh://",
        "ssh://-x",
        "http://web",
        "web/x",
        "wéb",
        "a%b",
        "",
        " web",
        "web\n",
        "a b",
        "web\x00",
        "a\u202eb",
        "a" * 254,
    ],
)
def test_what_names_no_host(entry: str) -> None:
    with pytest.raises(HostNameError) as caught:
        address(entry)
    assert str(caught.value).isprintable()


@given(st.text(alphabet=string.printable + "é\u202e\0", max_size=30))
def test_no_entry_gets_anything_odd_through(entry: str) -> None:
    try:
        found = address(entry)
    except HostNameError:
        return
    for part in (found.host, found.user or "x"):
        assert not part.startswith("-")
        assert not set(part) & set(" \t\r\n\"'`$\\;&|<>(){}*?!#,/")
    assert found.command.isprintable()


def test_a_host_named_twice_is_one() -> None:
    assert [one.entry for one in addresses(["a", "b", "a"])] == ["a", "b"]


@given(
    st.lists(st.tuples(st.sampled_from(["out", "err"]), st.binary(max_size=200)), max_size=20),
)
def test_output_comes_whole_however_it_is_cut_into_chunks(chunks: list[tuple[str, bytes]]) -> None:
    kept, whole = HostOutput(), {"out": b"", "err": b""}
    lines: dict[str, list[str]] = {"out": [], "err": []}
    for stream, chunk in chunks:
        whole[stream] += chunk
        lines[stream] += kept.feed(stream, chunk)  # type: ignore[arg-type]
    kept.finish(lambda stream, more: lines[stream].extend(more))
    for stream, data in whole.items():
        parts = data.split(b"\n")
        expected = parts[:-1] if not parts[-1] else parts
        assert lines[stream] == [part.decode("utf-8", "replace").rstrip("\r") for part in expected]
        assert kept.text(stream) == "".join(f"{line}\n" for line in lines[stream])  # type: ignore[arg-type]
    assert kept.cut == 0


@pytest.mark.parametrize(
    "flood", [b"x" * 1_000_000, b"\n" * 1_000_000, b"some words\n" * 90_000, b"50 %\r" * 200_000]
)
def test_a_flood_is_kept_by_its_beginning_and_its_end(flood: bytes) -> None:
    kept = HostOutput()
    for n in range(0, len(flood), 7_919):
        kept.feed("out", flood[n : n + 7_919])
    kept.feed("out", b"\nthe end\n")
    text = kept.text("out")
    assert len(text) < HEAD_CHARACTERS + 2 * TAIL_CHARACTERS + 2 * LONGEST_LINE
    assert text.endswith("the end\n")
    assert kept.last_line == "the end"
    assert kept.cut > len(flood) // 2
