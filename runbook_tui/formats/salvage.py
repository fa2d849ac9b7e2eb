"""Lints what is left of a runbook with errors of form, so that one of them hides no others.

What could not be read is dropped from the nodes (an unknown key, a field, at worst a step) until
the rest is a runbook. What lint then says only because something was dropped is not passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property

from runbook_tui.domain.runbook import Runbook
from runbook_tui.formats.decode import decode
from runbook_tui.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runbook_tui.formats.places import SourceMap
from runbook_tui.formats.problem import Location, Problem, ProblemList, TooManyProblemsError

MOST_ROUNDS = 6
"""Each drops what the one before left without something it needs."""
_FILLED = {"format": "1", "id": "", "title": "…", "version": "0.0.0", "owner": "…"}
"""What can be missing without taking its runbook, phase or step with it."""
_UNNAMED = "unnamed-"
_QUOTED = re.compile(r"`([^`]*)`")
_LACKING = {
    "unverified-change": ("verify", "observe"),
    "no-way-back": ("compensation", "effects"),
    "no-estimate": ("estimate",),
}
"""What is missed by what lint says."""
_NAMING = frozenset(
    {
        "unknown-need",
        "unknown-decision",
        "undefined-parameter",
        "undefined-role",
        "unreachable",
    }
)
_UNUSED = frozenset({"unused-parameter", "unused-role"})
_OF_THE_WHOLE = frozenset({"no-steps", "empty-phase", "does-not-fit", "unknown-need"})
_ELSEWHERE = _UNUSED | {"unknown-decision"}


class _Gone:
    """What was dropped."""

    def __init__(self, blind: bool) -> None:
        self.blind = blind
        """Something is missing whose content nobody knows: an include, a step."""
        self.steps = blind
        self.names: set[str] = set()
        self.text: list[str] = []
        self.keys: dict[str, set[str]] = {}
        """Dropped keys by the id of what they stood in; "" is the runbook."""

    def entry(self, owner: MappingNode, key: ScalarNode, value: Node) -> None:
        own = owner.get("id")
        name = own.text if isinstance(own, ScalarNode) else ""
        self.keys.setdefault(name, set()).add(key.text)
        self.names.add(key.text)
        if key.text == "id" and isinstance(value, ScalarNode):
            self.names.add(value.text)
        self.node(value)

    def node(self, node: Node) -> None:
        for inner in _under(node):
            if isinstance(inner, ScalarNode):
                self.text.append(inner.text)
            elif isinstance(inner, MappingNode):
                self.steps = self.steps or inner.get("kind") is not None or inner is node
                own = inner.get("id")
                self.names.update(key.text for key, _ in inner.entries)
                if isinstance(own, ScalarNode):
                    self.names.add(own.text)

    @cached_property
    def all_text(self) -> str:
        """What was written in what was dropped, for looking names up once all is known."""
        return "\n".join(self.text)

    def explains(self, problem: Problem) -> bool:
        """Whether lint says it only because of what was dropped."""
        quoted = _QUOTED.findall(problem.message)
        if any(name.startswith(_UNNAMED) for name in quoted):
            return True
        if self.blind and problem.code in _OF_THE_WHOLE | _ELSEWHERE:
            return True
        if self.steps and problem.code in _OF_THE_WHOLE - {"unknown-need"}:
            return True
        if problem.code in _NAMING and any(name in self.names for name in quoted[:2]):
            return True
        if problem.code in _UNUSED and any(name and name in self.all_text for name in quoted[:1]):
            return True
        lacking = _LACKING.get(problem.code, ())
        dropped = self.keys.get(quoted[0], set()) if quoted else set()
        return any(get_close_matches(key, lacking, n=1) for key in dropped)


def _under(node: Node) -> Iterator[Node]:
    todo, seen = [node], set()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, SequenceNode):
            todo.extend(node.items)
        elif isinstance(node, MappingNode):
            todo.extend(value for _, value in node.entries)


class _Pruner:
    """Takes out what the problems of one reading are about."""

    def __init__(self, problems: Iterable[Problem], gone: _Gone) -> None:
        self._gone = gone
        self._keys: set[Location] = set()
        self._values: set[Location] = set()
        self._kinds: set[Location] = set()
        self._absent: dict[Location, set[str]] = {}
        self._done: dict[int, Node | None] = {}
        for problem in problems:
            at = Location(problem.file, problem.line, problem.col)
            match problem.code:
                case "unknown-key":
                    self._keys.add(at)
                case "bad-value":
                    self._keys.add(at)
                    self._values.add(at)
                case "wrong-type":
                    self._values.add(at)
                case "unknown-kind":
                    self._kinds.add(at)
                case "missing-key":
                    name = (_QUOTED.findall(problem.message) or [""])[0]
                    self._absent.setdefault(at, set()).add(name)
                case _:
                    pass

    def pruned(self, node: Node) -> Node | None:
        """`node` without what is wrong in it; None where it is wrong as a whole."""
        if id(node) not in self._done:
            self._done[id(node)] = self._pruned(node)
        return self._done[id(node)]

    def _pruned(self, node: Node) -> Node | None:
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if node.at in self._values:
            return None
        if isinstance(node, SequenceNode):
            items = [(item, self.pruned(item)) for item in node.items]
            for item, kept in items:
                if kept is None:
                    self._gone.node(item)
            left = tuple(kept for _, kept in items if kept is not None)
            return SequenceNode(node.file, node.line, node.col, left)
        return node

    def _mapping(self, node: MappingNode) -> Node | None:
        # It begins where its first key does: a value that is wrong here is either of the two.
        first = node.entries[0][0].at if node.entries else None
        if node.at in self._values and (first != node.at or node.at not in self._keys):
            return None
        if any(key.text == "kind" and value.at in self._kinds for key, value in node.entries):
            return None
        absent = self._absent.get(node.at, set())
        if not absent <= _FILLED.keys():
            return None
        entries = []
        for key, value in node.entries:
            kept = None if key.at in self._keys else self.pruned(value)
            if kept is None or _emptied(key, value, kept):
                self._gone.entry(node, key, value)
            else:
                entries.append((key, kept))
        for name in absent:
            text = _FILLED[name] or f"{_UNNAMED}{node.line}-{node.col}"
            at = (node.file, node.line, node.col)
            entries.append((ScalarNode(*at, name, True), ScalarNode(*at, text, True)))
        return MappingNode(node.file, node.line, node.col, tuple(entries))


def _emptied(key: ScalarNode, value: Node, kept: Node) -> bool:
    """Whether nothing is left of a list that said something about a step."""
    return (
        isinstance(value, SequenceNode)
        and isinstance(kept, SequenceNode)
        and bool(value.items)
        and not kept.items
        and key.text not in ("phases", "steps")
    )


def lint_the_rest(root: Node, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What lint finds in `root` beside its `problems` of form; nothing where too little is left."""
    from runbook_tui.formats.lint import lint

    found = tuple(problems)
    gone = _Gone(blind=any(problem.code == "include" for problem in found))
    for _ in range(MOST_ROUNDS):
        kept = _Pruner(found, gone).pruned(root)
        if kept is None:
            return ()
        root = kept
        again = ProblemList()
        try:
            runbook = decode(root, Runbook, again)
        except TooManyProblemsError:
            return ()
        if runbook is not None:
            said = lint(runbook, SourceMap(root))
            return tuple(problem for problem in said if not gone.explains(problem))
        found = tuple(again.found)
    return ()


def without_echoes(root: Node, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """`problems` without those that only repeat another: what lacks because an include failed,
    what a tag made of its value."""
    found = tuple(problems)
    included = any(problem.code == "include" for problem in found)
    tagged = {(p.file, p.line, p.col) for p in found if p.code == "tag"}
    # A tag in a file without a plan: what else such a file lacks is not worth listing.
    hopeless = bool(tagged) and not (isinstance(root, MappingNode) and root.get("phases"))

    def echo(problem: Problem) -> bool:
        if problem.code == "bad-value" and included:
            return problem.message in ("`phases` has 0 entries", "`steps` has 0 entries")
        if problem.code == "missing-key":
            return hopeless
        if problem.code in ("wrong-type", "bad-value"):
            return (problem.file, problem.line, problem.col) in tagged
        return False

    return tuple(problem for problem in found if not echo(problem))
