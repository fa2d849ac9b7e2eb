"""The shortest legal path between two versions.

The shortest has the fewest installations, stops within a hop counted. Of several that are equally
short, the one whose first hop leads farthest, then whose second does, and so on; of several hops
between the same two versions, the one with the fewest stops, then the first in the matrix. A path
goes one way only: to newer versions, or, by hops that say so, to older ones.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from runbook_tui.preflight.versions.matrix import Matrix, ReadHop
from runbook_tui.preflight.versions.order import Version


@dataclass(frozen=True)
class Leg:
    """One hop as it is taken: `through` are its stops, `end` where it leads."""

    start: Version
    through: tuple[Version, ...]
    end: Version
    hop: ReadHop


@dataclass(frozen=True)
class Stuck:
    """Why there is no path. `reached`: every version that can be reached, nearest to the goal
    first; the last is where it began. `into`: the hops that lead to the goal.
    """

    reached: tuple[Version, ...]
    into: tuple[ReadHop, ...]


def find_path(matrix: Matrix, start: Version, goal: Version) -> tuple[Leg, ...] | Stuck:
    """The shortest legal path from `start` to `goal`, which must not be equal; or why none is."""
    down = goal < start
    nodes = _nodes(matrix, start, goal)  # from start to goal, in their order
    legs = _legs(matrix, nodes, down)
    last = len(nodes) - 1
    # Every leg leads on in the order of the nodes, so one pass from the goal backwards is enough.
    costs: list[int | None] = [None] * len(nodes)
    following = [0] * len(nodes)
    costs[last] = 0
    for begin in range(last - 1, -1, -1):
        for end in range(last, begin, -1):  # the farthest first: it stays where others are as good
            onward = costs[end]
            if onward is None or (begin, end) not in legs:
                continue
            whole = onward + 1 + len(legs[begin, end].through)
            known = costs[begin]
            if known is None or whole < known:
                costs[begin], following[begin] = whole, end
    if costs[0] is None:
        return _stuck(matrix, nodes, legs, down)
    found, at = [], 0
    while at != last:
        found.append(legs[at, following[at]])
        at = following[at]
    return tuple(found)


def _nodes(matrix: Matrix, start: Version, goal: Version) -> list[Version]:
    """Every version that a path may stop at, from `start` to `goal`, each once."""
    candidates = [each.version for each in matrix.releases if each.release.stop]
    candidates += [hop.land for hop in matrix.hops if hop.land is not None]
    low, high = min(start, goal), max(start, goal)
    between: list[Version] = []
    for version in sorted(each for each in candidates if low < each < high):
        if not between or between[-1] != version:
            between.append(version)
    return [start, *(between if start < goal else reversed(between)), goal]


def _legs(matrix: Matrix, nodes: list[Version], down: bool) -> dict[tuple[int, int], Leg]:
    """The best hop between any two nodes, the earlier one first, where there is one."""
    legs: dict[tuple[int, int], Leg] = {}
    for hop in matrix.hops:
        if hop.hop.downgrade != down:
            continue
        starts = [number for number, node in enumerate(nodes) if node in hop.start]
        ends = [number for number, node in enumerate(nodes) if node in hop.end]
        for begin in starts:
            for end in ends[bisect_right(ends, begin) :]:
                start, land = nodes[begin], nodes[end]
                low, high = (land, start) if down else (start, land)
                through = tuple(stop for stop in hop.stops if low < stop < high)
                known = legs.get((begin, end))
                if known is None or len(through) < len(known.through):
                    legs[begin, end] = Leg(start, through[::-1] if down else through, land, hop)
    return legs


def _stuck(
    matrix: Matrix, nodes: list[Version], legs: dict[tuple[int, int], Leg], down: bool
) -> Stuck:
    reached = {0}
    for begin, end in sorted(legs):
        if begin in reached:
            reached.add(end)
    into = tuple(h for h in matrix.hops if h.hop.downgrade == down and nodes[-1] in h.end)
    return Stuck(tuple(nodes[n] for n in sorted(reached, reverse=True)), into)
