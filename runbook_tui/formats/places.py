"""Where each part of a runbook stands in its files."""

from __future__ import annotations

from runbook_tui.formats.nodes import MappingNode, Node, SequenceNode
from runbook_tui.formats.problem import Location


class SourceMap:
    """Where each part of a runbook stands, by its path: ``("phases", 0, "steps", 3, "needs", 1)``.

    Keys are as in YAML or as in the model (``any-of`` or ``any_of``), includes already resolved.
    Nothing is stored but the nodes; a place is looked up when it is asked for.
    """

    def __init__(self, root: Node) -> None:
        self._root = root

    def at(self, *path: str | int) -> Location:
        """The place of a value; of the nearest thing around it where it is not written down."""
        node = self._root
        for part in path:
            inner = self._child(node, part)
            if inner is None:
                break
            node = inner[1]
        return node.at

    def key(self, *path: str | int) -> Location:
        """The place of the key that a value belongs to; like `at` where there is none."""
        node = self._root
        place = node.at
        for part in path:
            inner = self._child(node, part)
            if inner is None:
                break
            place, node = inner
        return place

    @staticmethod
    def _child(node: Node, part: str | int) -> tuple[Location, Node] | None:
        if isinstance(node, SequenceNode) and isinstance(part, int):
            if 0 <= part < len(node.items):
                return node.items[part].at, node.items[part]
        elif isinstance(node, MappingNode):
            names = {str(part), str(part).replace("_", "-"), str(part).rstrip("_")}
            for key, value in node.entries:
                if key.text in names:
                    return key.at, value
        return None
