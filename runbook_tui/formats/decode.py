"""Nodes to the model: a decoder made from the model's own types, that reports *every* mistake.

Each Struct is compiled once into closures, which are kept. What a scalar is follows from what is
wanted: where the model wants text, a plain ``5.0``, ``yes`` or ``1.10`` is that text.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from runbook_tui.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runbook_tui.formats.problem import ProblemList, shown
from runbook_tui.formats.scalars import (
    INVALID,
    Decode,
    choice_decoder,
    close,
    is_null,
    number_decoder,
    take_boolean,
    text_decoder,
    wrong,
)

if TYPE_CHECKING:
    from msgspec import inspect

S = TypeVar("S", bound=Struct)


def decode(node: Node, cls: type[S], problems: ProblemList) -> S | None:
    """The `cls` in `node`; None where `problems` has the errors. Raises TooManyProblemsError."""
    result = _struct(cls)(node, problems, "")
    return None if result is INVALID else result


# --- lists and mappings -----------------------------------------------------------------------


def _sequence(item: Decode, lowest: int | None) -> Decode:
    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not isinstance(node, SequenceNode):
            hint = "write it as [a, b] or as lines that begin with `- `"
            return wrong(node, problems, name, "a list", hint)
        if lowest is not None and len(node.items) < lowest:
            problems.add(
                node.at,
                "bad-value",
                f"`{name}` has {len(node.items)} entries",
                f"needs {lowest}",
            )
            return INVALID
        found = tuple([item(child, problems, name) for child in node.items])
        return INVALID if INVALID in found else found

    return take


def _dictionary(key: Decode, value: Decode) -> Decode:
    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not isinstance(node, MappingNode):
            return wrong(node, problems, name, "a mapping", "lines of `name: value`")
        found = {}
        fine = True
        for name_node, child in node.entries:
            word = key(name_node, problems, name)
            content = value(child, problems, name_node.text)
            if word is INVALID or content is INVALID:
                fine = False
            else:
                found[word] = content
        return found if fine else INVALID

    return take


class _Fields(Struct, frozen=True):
    """The plan of one struct."""

    cls: type[Struct]
    noun: str
    by_key: dict[str, tuple[str, Decode]]
    required: tuple[str, ...]
    tag_field: str | None
    tag: str

    @property
    def keys(self) -> list[str]:
        """Every key it may have, in the order of the model."""
        return ([self.tag_field] if self.tag_field else []) + list(self.by_key)


_NOUNS = {"ThreePoint": "three-point estimate", "Poll": "condition", "Condition": "`when`"}
"""What people call a part of the model, where its class name says it badly."""


_seen: dict[type[Struct], inspect.StructType] = {}
"""What was learnt of nested structs on the way: asking for each anew takes three times as long."""


@cache
def _plan(cls: type[Struct]) -> _Fields:
    from msgspec import inspect

    info = _seen.get(cls) or inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    words = _NOUNS.get(cls.__name__) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()
    return _Fields(
        cls=cls,
        noun=words if words[0] == "`" else ("an " if words[0] in "aeiou" else "a ") + words,
        by_key={f.encode_name: (f.name, _compile(f.type)) for f in info.fields},
        required=tuple(f.encode_name for f in info.fields if f.required),
        tag_field=info.tag_field,
        tag=str(info.tag),
    )


def _fill(plan: _Fields, node: MappingNode, problems: ProblemList, others: list[_Fields]) -> Any:
    """The struct of `plan` from `node`. `others` are the kinds it could have been instead."""
    values: dict[str, Any] = {}
    fine = True
    fields = plan.by_key
    missing = dict.fromkeys(plan.required) if plan.required else {}
    for key, child in node.entries:
        field = fields.get(key.text)
        if field is None:
            if key.text != plan.tag_field:
                fine = False
                _unknown_key(plan, key, problems, others)
            continue
        missing.pop(key.text, None)
        value = field[1](child, problems, key.text)
        if value is INVALID:
            fine = False
        else:
            values[field[0]] = value
    for absent in missing:
        fine = False
        problems.add(
            node.at,
            "missing-key",
            f"{plan.noun} needs `{absent}`, which is missing here",
            f"required: {', '.join(plan.required)}",
        )
    return plan.cls(**values) if fine else INVALID


def _unknown_key(
    plan: _Fields, key: ScalarNode, problems: ProblemList, others: list[_Fields]
) -> None:
    owners = [other.tag for other in others if key.text in other.by_key]
    if owners:
        hint = f"it belongs to the kind {' or '.join(owners)}; this is {plan.noun}"
    else:
        hint = close(key.text, plan.keys) or f"{plan.noun} may have: {', '.join(plan.keys)}"
    problems.add(key.at, "unknown-key", f"unknown key {shown(key.text)}", hint)


def _struct(cls: type[Struct]) -> Decode:
    plan: _Fields | None = None

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        nonlocal plan
        if plan is None:  # late, so that only what a runbook uses is compiled
            plan = _plan(cls)
        if not isinstance(node, MappingNode):
            required = ", ".join(plan.required)
            hint = f"with the keys {required}" if required else f"keys: {', '.join(plan.keys)}"
            return wrong(node, problems, name, f"a mapping ({plan.noun})", hint)
        return _fill(plan, node, problems, [])

    return take


# --- unions -----------------------------------------------------------------------------------


def _tagged(classes: list[type[Struct]]) -> Decode:
    plans: dict[str, _Fields] = {}

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not plans:
            plans.update((plan.tag, plan) for plan in map(_plan, classes))
        tag_field = next(iter(plans.values())).tag_field
        assert tag_field is not None
        if not isinstance(node, MappingNode):
            return wrong(node, problems, name, "mappings", f"each with id, title and {tag_field}")
        tag = node.get(tag_field)
        if isinstance(tag, ScalarNode) and tag.text in plans:
            plan = plans[tag.text]
            return _fill(plan, node, problems, [p for p in plans.values() if p is not plan])
        listed = ", ".join(plans)
        if tag is None:
            guess = _likely(node, plans)
            problems.add(
                node.at,
                "missing-key",
                f"`{tag_field}` is missing here",
                f"did you mean `{tag_field}: {guess}`?" if guess else f"one of {listed}",
            )
        elif not isinstance(tag, ScalarNode):
            wrong(tag, problems, tag_field, f"one of {listed}")
        else:
            nearest = get_close_matches(tag.text[:64], list(plans), n=1)
            hint = f"did you mean `{nearest[0]}`? " if nearest else ""
            problems.add(
                tag.at,
                "unknown-kind",
                f"`{tag_field}` cannot be {shown(tag.text)}",
                f"{hint}possible: {listed}",
            )
            if nearest:  # so that the rest of its mistakes are told in the same go
                _fill(plans[nearest[0]], node, problems, [])
        return INVALID

    return take


def _likely(node: MappingNode, plans: dict[str, _Fields]) -> str:
    """The kind that alone has one of the keys written here, else nothing."""
    for key, _ in node.entries:
        owners = [tag for tag, plan in plans.items() if key.text in plan.by_key]
        if len(owners) == 1:
            return owners[0]
    return ""


def _by_shape(scalar: Decode | None, mapping: Decode | None, optional: bool) -> Decode:
    """A union told apart by what stands there: nothing, a text or a mapping."""

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if optional and is_null(node):
            return None
        if isinstance(node, MappingNode) and mapping is not None:
            return mapping(node, problems, name)
        if isinstance(node, ScalarNode) and scalar is not None:
            return scalar(node, problems, name)
        if scalar is not None and mapping is not None:
            return wrong(node, problems, name, "a text or a mapping")
        choice = scalar or mapping
        assert choice is not None
        return choice(node, problems, name)

    return take


def _union(members: tuple[inspect.Type, ...]) -> Decode:
    from msgspec import inspect

    optional = any(isinstance(m, inspect.NoneType) for m in members)
    structs = [m for m in members if isinstance(m, inspect.StructType)]
    others = [m for m in members if not isinstance(m, inspect.StructType | inspect.NoneType)]
    if len(others) > 1:
        raise TypeError(f"no way to tell {others} apart by shape")
    mapping: Decode | None = None
    if len(structs) > 1:
        _seen.update((s.cls, s) for s in structs)
        mapping = _tagged([s.cls for s in structs])
    elif structs:
        mapping = _compile(structs[0])
    scalar = _compile(others[0]) if others else None
    if mapping is not None and scalar is None and not optional:
        return mapping
    return _by_shape(scalar, mapping, optional)


def _compile(kind: inspect.Type, description: str = "") -> Decode:
    """The decoder of a type of the model. Raises TypeError for a type the format does not have."""
    from msgspec import inspect

    if isinstance(kind, inspect.Metadata):
        said = (kind.extra_json_schema or {}).get("description", description)
        return _compile(kind.type, str(said))
    if isinstance(kind, inspect.StrType):
        return text_decoder(kind, description)
    if isinstance(kind, inspect.BoolType):
        return take_boolean
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return number_decoder(kind, isinstance(kind, inspect.IntType))
    if isinstance(kind, inspect.LiteralType):
        return choice_decoder(kind.values)
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return _sequence(_compile(kind.item_type), kind.min_length)
    if isinstance(kind, inspect.DictType):
        return _dictionary(_compile(kind.key_type), _compile(kind.value_type))
    if isinstance(kind, inspect.StructType):
        _seen[kind.cls] = kind
        return _struct(kind.cls)
    if isinstance(kind, inspect.UnionType):
        return _union(kind.types)
    raise TypeError(f"the runbook format has no {kind}")
