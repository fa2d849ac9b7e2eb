"""A path between versions is legal, and none is shorter."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.preflight.versions.matrix import Hop, PathMatrix, Release, understood
from runbook_tui.preflight.versions.paths import Leg, Stuck, find_path

# --- paths --------------------------------------------------------------------------------------

Span = tuple[int, int]
"""From, to below."""
PlainHop = tuple[Span, Span, list[int], bool]
spans = st.tuples(st.integers(1, 7), st.integers(1, 4)).map(lambda s: (s[0], s[0] + s[1]))
hops = st.tuples(
    spans, spans, st.lists(st.integers(1, 9), max_size=2, unique=True).map(sorted), st.booleans()
)


def as_matrix(stops: set[int], plain: list[PlainHop]) -> PathMatrix:
    return PathMatrix(
        product="it",
        ecosystem="generic",
        releases=tuple(Release(version=str(stop)) for stop in sorted(stops)),
        hops=tuple(
            Hop(
                from_=f">={begin[0]},<{begin[1]}",
                to=f">={end[0]},<{end[1]}",
                stops=tuple(map(str, through)),
                downgrade=down,
            )
            for begin, end, through, down in plain
        ),
    )


def cheapest(stops: set[int], plain: list[PlainHop], start: int, goal: int) -> int | None:
    """Installations of the cheapest legal path: every sequence of stops is tried."""
    down, low, high = goal < start, min(start, goal), max(start, goal)
    between = sorted((s for s in stops if low < s < high), reverse=down)

    def cost(a: int, b: int) -> int | None:
        legal = [
            1 + sum(min(a, b) < stop < max(a, b) for stop in through)
            for begin, end, through, back in plain
            if back == down and begin[0] <= a < begin[1] and end[0] <= b < end[1]
        ]
        return min(legal, default=None)

    best: int | None = None
    for many in range(len(between) + 1):
        for chosen in itertools.combinations(between, many):
            costs = [cost(a, b) for a, b in itertools.pairwise((start, *chosen, goal))]
            if None in costs:
                continue
            whole = sum(c for c in costs if c is not None)
            best = whole if best is None else min(best, whole)
    return best


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.integers(1, 9), max_size=6),
    st.lists(hops, min_size=1, max_size=6),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_path_is_legal_and_none_is_shorter(
    stops: set[int], plain: list[PlainHop], start: int, goal: int
) -> None:
    if start == goal:
        return
    matrix = understood(as_matrix(stops, plain))
    version = matrix.order.version
    found = find_path(matrix, version(str(start)), version(str(goal)))
    best = cheapest(stops, plain, start, goal)
    if isinstance(found, Stuck):
        assert best is None
        assert found.reached[-1].text == str(start)
        return
    assert found[0].start.text == str(start)
    assert found[-1].end.text == str(goal)
    for leg in found:
        assert leg.start in leg.hop.start
        assert leg.end in leg.hop.end
        assert leg.hop.hop.downgrade == (goal < start)
    for one, two in itertools.pairwise(found):
        assert one.end == two.start
    assert sum(1 + len(leg.through) for leg in found) == best
    assert find_path(matrix, version(str(start)), version(str(goal))) == found


def test_of_equally_short_paths_it_takes_the_one_that_leads_farthest_first() -> None:
    plain: list[PlainHop] = [((1, 2), (2, 6), [], False), ((2, 6), (9, 10), [], False)]
    matrix = understood(as_matrix({2, 3, 5}, plain))
    found = find_path(matrix, matrix.order.version("1"), matrix.order.version("9"))
    assert not isinstance(found, Stuck)
    assert [leg.end.text for leg in found] == ["5", "9"]


def test_stops_of_a_hop_that_are_passed_already_do_not_count() -> None:
    matrix = understood(as_matrix(set(), [((1, 5), (6, 7), [2, 4], False)]))
    legs = find_path(matrix, matrix.order.version("3"), matrix.order.version("6"))
    assert isinstance(legs, tuple)
    assert isinstance(legs[0], Leg)
    assert [stop.text for stop in legs[0].through] == ["4"]
