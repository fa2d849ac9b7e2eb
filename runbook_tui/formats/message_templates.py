"""Fills message templates in: Jinja, sandboxed, and no more of it than a message needs.

Beyond Jinja's own sandbox only text, names, `if`, comparisons, joining with ``~`` and a few filters
are there. So a template takes time and room in proportion to its length, whatever it says, and
reaches nothing but the facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.text import safe_line, safe_text

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 8_000
"""Characters of a template."""
LONGEST_FILLED = 200_000
"""Characters that its names may stand for, all together."""
FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")


class TemplateError(Exception):
    """A template that cannot be used: why, in one safe line, and where. `line` counts from 1."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(safe_line(reason, 200))
        self.line = line


@dataclass(frozen=True)
class Filled:
    """A text, and the facts that its template names."""

    text: str
    used: tuple[UsedFact, ...]


def fill(template: str, facts: Mapping[str, UsedFact], parameters: Mapping[str, str]) -> Filled:
    """The template's text. A fact goes before a parameter of the same name; a name that is neither
    stays in the text as ``{{ name }}``, where the lint finds it. Raises TemplateError."""
    from jinja2 import TemplateError as JinjaError

    ready = _ready(template)
    values = {**parameters, **{name: fact.words for name, fact in facts.items()}}
    if sum(many * len(values.get(name, "")) for name, many in ready.names.items()) > LONGEST_FILLED:
        raise TemplateError(f"filled in it could have more than {LONGEST_FILLED:,} characters")
    try:
        text = ready.template.render(values)
    except JinjaError as error:
        raise TemplateError(str(error)) from error
    except Exception as error:  # an expression of the template's: TypeError, ValueError …
        raise TemplateError(f"{type(error).__name__}: {error}") from error
    used = tuple(fact for name, fact in facts.items() if name in ready.names)
    return Filled(unwrapped(safe_text(text)), used)


# Begins only where no blank stands before it: else a long run of blanks is tried from each of them.
_WRAPPED = re.compile(r"(?<=\S)[ \t]*\n[ \t]*(?=\S)(?![-*•] |\d{1,3}[.)] )")


def unwrapped(text: str) -> str:
    """The text without the line ends that an editor put into its paragraphs: readers' lines are
    as long as their screens. Empty lines and lists stay."""
    return _WRAPPED.sub(" ", text.strip())


@dataclass(frozen=True)
class _Ready:
    template: Template
    names: Mapping[str, int]
    """How often each name stands in it."""


@lru_cache(maxsize=64)  # a draft is held against its template at every look at it
def _ready(template: str) -> _Ready:
    tree = _tree(template)
    try:
        return _Ready(_environment().from_string(template), _names(tree))
    except Exception as error:  # what Python itself cannot compile: SyntaxError, RecursionError …
        raise TemplateError(f"it cannot be used: {type(error).__name__}") from error


def names(template: str) -> frozenset[str]:
    """The names that a template uses. Raises TemplateError where it is none."""
    return frozenset(_names(_tree(template)))


def _names(tree: nodes.Template) -> dict[str, int]:
    from jinja2 import nodes as n

    found: dict[str, int] = {}
    todo: list[n.Node] = [tree]
    while todo:
        node = todo.pop()
        todo.extend(node.iter_child_nodes())
        if isinstance(node, n.Name):
            found[node.name] = found.get(node.name, 0) + 1
    return found


def _tree(template: str) -> nodes.Template:
    from jinja2 import TemplateSyntaxError

    if len(template) > LONGEST:
        raise TemplateError(f"a template has at most {LONGEST:,} characters")
    try:
        tree = _environment().parse(template)
    except TemplateSyntaxError as error:
        raise TemplateError(str(error.message), error.lineno) from error
    except RecursionError as error:
        raise TemplateError("it is nested too deeply") from error
    _only_what_is_needed(tree)
    return tree


def _only_what_is_needed(tree: nodes.Template) -> None:
    from jinja2 import nodes as n

    allowed = (
        n.Template, n.Output, n.TemplateData, n.Name, n.Const, n.If, n.CondExpr, n.Test, n.Compare,
        n.Operand, n.And, n.Or, n.Not, n.Concat,
    )  # fmt: skip
    todo: list[n.Node] = [tree]
    while todo:
        node = todo.pop()
        todo.extend(node.iter_child_nodes())
        if isinstance(node, n.Name) and node.name == "self":
            raise TemplateError("“self” is the template's own, and no name here", node.lineno)
        if isinstance(node, n.Filter):
            if node.name not in FILTERS:
                raise TemplateError(f"there is no filter {node.name} here", node.lineno)
        elif not isinstance(node, allowed):
            what = type(node).__name__.lower()
            raise TemplateError(
                f"a message needs no “{what}”: only {{{{ name }}}}, if, ~ and "
                f"{', '.join(FILTERS)} are here",
                node.lineno,
            )


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import DebugUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Messages are plain text: what shows them escapes it.
    environment = ImmutableSandboxedEnvironment(
        undefined=DebugUndefined, autoescape=False, trim_blocks=True, cache_size=64
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment
