"""The examples in the documentation are what they show: runbooks, steps, checks, matrices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.runbook_effects import Snapshot
from runbook_tui.domain.runbook_model import Command, Model
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.formats.decode import decode
from runbook_tui.formats.load import load_files
from runbook_tui.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode, parse
from runbook_tui.formats.problem import ProblemList
from runbook_tui.preflight.config.matrix import KeyMatrix
from runbook_tui.preflight.registry import KINDS
from runbook_tui.preflight.secrets.baseline import Baseline
from runbook_tui.preflight.versions.matrix import PathMatrix

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    *sorted(DOCS.glob("preflight*.md")),
    *sorted(DOCS.glob("preflight/*.md")),
    DOCS / "runbook-format.md",
    DOCS / "fleet.md",
    DOCS / "effects.md",
)
INCLUDED = b"- {id: before, title: Before, steps: [{id: snapshot, kind: checklist, title: Copy}]}\n"


class Checks(Model, frozen=True, kw_only=True):
    checks: dict[str, CheckConfig]


class Steps(Model, frozen=True, kw_only=True):
    steps: tuple[Step, ...]


class Runs(Model, frozen=True, kw_only=True):
    run: Command


class Surveys(Model, frozen=True, kw_only=True):
    surveys: dict[str, SystemConfig]


class Snapshots(Model, frozen=True, kw_only=True):
    snapshots: dict[str, Snapshot]


WHOLE: dict[str, type[Model]] = {
    "checks": Checks,
    "run": Runs,
    "surveys": Surveys,
    "snapshots": Snapshots,
    "keys": KeyMatrix,
    "hops": PathMatrix,
    "accepted": Baseline,
}
"""What a document is, by a key that it has."""


def examples() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.finditer(r"^```yaml\n(.*?)^```", page.read_text(), re.M | re.S):
            line = page.read_text()[: block.start()].count("\n") + 1
            yield f"{page.relative_to(DOCS)}:{line}", block[1]


EXAMPLES = list(examples())


def kinds(node: Node | None) -> Iterator[str]:
    """Every `kind` anywhere in it that is one of checks."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from kinds(item)
    elif isinstance(node, MappingNode):
        kind = node.get("kind")
        if isinstance(kind, ScalarNode) and kind.text in KINDS:
            yield kind.text
        for _, value in node.entries:
            yield from kinds(value)


@pytest.mark.parametrize(("where", "text"), EXAMPLES, ids=[where for where, _ in EXAMPLES])
def test_an_example_is_what_it_shows(where: str, text: str) -> None:
    problems = ProblemList()
    root = parse(text, where, problems).root
    found: object = None
    if isinstance(root, SequenceNode):
        wrapped = "steps:\n" + "".join(f"  {line}\n" for line in text.splitlines())
        root = parse(wrapped, where, problems).root
        assert root is not None
        found = decode(root, Steps, problems)
    elif isinstance(root, MappingNode) and root.get("format") and root.get("phases"):
        given = {"it.yaml": text.encode(), "phases/preflight.yaml": INCLUDED}
        problems = ProblemList()
        loaded = load_files("it.yaml", given)
        assert not loaded.errors
        found = loaded.runbook
    else:
        assert isinstance(root, MappingNode)
        found = decode(root, next(WHOLE[key] for key in WHOLE if root.get(key)), problems)
    assert [each.one_line() for each in problems.found] == []
    assert found is not None


def test_every_kind_of_check_has_a_page_and_an_example() -> None:
    roots = [parse(text, where, ProblemList()).root for where, text in EXAMPLES]
    assert {kind for root in roots for kind in kinds(root)} >= set(KINDS)
    index = (DOCS / "preflight.md").read_text()
    for kind in KINDS:
        page = re.search(rf"^\| \[`{kind}`\]\((preflight/[\w-]+\.md)(?:#[\w-]+)?\)", index, re.M)
        assert page is not None, kind
        assert (DOCS / page[1]).is_file()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: str(p.relative_to(DOCS)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#\s]+\.md)(?:#[\w-]+)?\)", page.read_text()):
        assert (page.parent / target).is_file(), target
