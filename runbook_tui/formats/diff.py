"""What changed in meaning between two runbooks: parts added, removed, moved and changed in a field.

Steps are told apart by their id, as the log does; a step that only got another id is told as
renamed. Values are cut short around the place where they differ.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import fields, replace

from runbook_tui.domain.plan import MEANING
from runbook_tui.domain.runbook import Phase, Runbook, Step, StepBase
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.text import safe_line

LONGEST = 60
"""Characters of a value that are shown."""
_BEFORE = 15
"""Characters shown before the first difference."""

Part = Literal["runbook", "parameter", "role", "check", "snapshot", "survey", "phase", "step"]
What = Literal["added", "removed", "moved", "renamed", "changed"]


class Change(Struct, frozen=True, kw_only=True):
    """One change. `before` and `after` are short, printable and on one line."""

    part: Part
    id: str
    """The id or name of the part; for a renamed step the new one."""
    what: What
    field: str = ""
    """For `changed`: the key as YAML has it, with dots where it is inside another: ``run.argv``."""
    before: str = ""
    after: str = ""
    alters: bool = True
    """Whether it changes what is done or asked for, and not only how it is put."""


def diff(a: Runbook, b: Runbook) -> tuple[Change, ...]:
    """The changes from `a` to `b`; none where they mean and say the same."""
    return (
        *_of_runbook(a, b),
        *_of_named("parameter", a.parameters, b.parameters),
        *_of_named("role", a.roles, b.roles),
        *_of_named("check", a.checks, b.checks),
        *_of_named("snapshot", a.snapshots, b.snapshots),
        *_of_named("survey", a.surveys, b.surveys),
        *_of_phases(a, b),
        *_of_steps(a, b),
    )


def altered_fields(before: StepBase, after: StepBase) -> tuple[str, ...]:
    """The fields by which a step no longer does and asks for the same (see `plan.MEANING`)."""
    return tuple(
        name for name in MEANING if getattr(before, name, None) != getattr(after, name, None)
    )


def in_words(change: Change) -> str:
    """The change in one line, such as ``step migrate: run.timeout 5m → 10m``."""
    name = change.part if change.part == "runbook" else f"{change.part} {change.id}"
    if change.what == "changed":
        return f"{name}: {change.field} {change.before} → {change.after}"
    if change.what == "moved":
        return f"{name}: moved; was {change.before}, is {change.after}"
    if change.what == "renamed":
        return f"{name}: renamed, was {change.before}"
    about = change.after or change.before
    return f"{name}: {change.what}" + (f" ({about})" if about else "")


_WORDS_ONLY = frozenset({"title", "description", "summary", "instruction", "links", "owner"})
_PARTS = frozenset({"parameters", "roles", "checks", "snapshots", "surveys", "phases"})


def _of_runbook(a: Runbook, b: Runbook) -> Iterator[Change]:
    for key, before, after in _fields(a, b, _PARTS):
        words = key == "buffer.reason" or key.partition(".")[0] in _WORDS_ONLY | {"version"}
        yield _changed("runbook", b.id, key, before, after, not words)


def _of_named(part: Part, a: Mapping[str, Struct], b: Mapping[str, Struct]) -> Iterator[Change]:
    for name in a:
        if name not in b:
            yield Change(part=part, id=name, what="removed")
    for name, new in b.items():
        if name not in a:
            yield Change(part=part, id=name, what="added", after=_short(new))
        else:
            for key, before, after in _fields(a[name], new):
                yield _changed(part, name, key, before, after, key not in _WORDS_ONLY)


def _of_phases(a: Runbook, b: Runbook) -> Iterator[Change]:
    old, new = ({phase.id: phase for phase in runbook.phases} for runbook in (a, b))
    for name, phase in old.items():
        if name not in new:
            yield Change(part="phase", id=name, what="removed", before=_short(phase.title))
    still = _in_place([name for name in old if name in new], [name for name in new if name in old])
    for name, phase in new.items():
        if name not in old:
            yield Change(part="phase", id=name, what="added", after=_short(phase.title))
            continue
        if name not in still:
            places = (_place(list(old), name), _place(list(new), name))
            yield Change(part="phase", id=name, what="moved", before=places[0], after=places[1])
        for key, before, after in _fields(old[name], phase, frozenset({"steps"})):
            yield _changed("phase", name, key, before, after, False)


def _of_steps(a: Runbook, b: Runbook) -> Iterator[Change]:
    old, new = _steps(a), _steps(b)
    renamed = _renamed(old, new)
    was = {after: before for before, after in renamed.items()}
    phases = [[phase.id for phase in runbook.phases] for runbook in (a, b)]
    phases_moved = [p for p in phases[0] if p in phases[1]] != [
        p for p in phases[1] if p in phases[0]
    ]
    for name, (phase, step) in old.items():
        if name not in new and name not in renamed:
            about = f"{safe_line(step.title, LONGEST)}, in phase `{phase.id}`"
            yield Change(part="step", id=name, what="removed", before=about)
    order_old = [renamed.get(name, name) for name in old]
    both = {name for name in new if name in old or name in was}
    still = _in_place([n for n in order_old if n in both], [n for n in new if n in both])
    for name, (phase, step) in new.items():
        if name not in both:
            about = f"{safe_line(step.title, LONGEST)}, {_place_in(phase, name, {})}"
            yield Change(part="step", id=name, what="added", after=about)
            continue
        if name in was:
            yield Change(part="step", id=name, what="renamed", before=was[name])
        old_phase, old_step = old[was.get(name, name)]
        if name not in still or old_phase.id != phase.id:
            places = (_place_in(old_phase, name, renamed), _place_in(phase, name, {}))
            # Where whole phases moved, that is what is told.
            if places[0] != places[1] or not phases_moved:
                yield Change(part="step", id=name, what="moved", before=places[0], after=places[1])
        yield from _of_step(name, old_step, step)


def _of_step(name: str, before: Step, after: Step) -> Iterator[Change]:
    if before.kind != after.kind:
        yield _changed("step", name, "kind", before.kind, after.kind, True)
    altered = set(altered_fields(before, after))
    for key, old, new in _fields(before, after, frozenset({"id"})):
        alters = key.partition(".")[0].replace("-", "_") in altered
        yield _changed("step", name, key, old, new, alters)


def _steps(runbook: Runbook) -> dict[str, tuple[Phase, Step]]:
    return {step.id: (phase, step) for phase in runbook.phases for step in phase.steps}


def _renamed(
    old: Mapping[str, tuple[Phase, Step]], new: Mapping[str, tuple[Phase, Step]]
) -> dict[str, str]:
    """Old to new id of steps that are the same in all else, ids of other steps aside."""
    gone = {name: step for name, (_, step) in old.items() if name not in new}
    come = {name: step for name, (_, step) in new.items() if name not in old}
    found: dict[str, str] = {}
    for name, step in gone.items():
        for other, candidate in come.items():
            same = type(step) is type(candidate) and replace(step, id=other) == candidate
            if same and other not in found.values():
                found[name] = other
                break
    return found


def _in_place(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The largest set of names that kept their order (longest increasing subsequence)."""
    position = {name: index for index, name in enumerate(before)}
    tails: list[str] = []
    previous: dict[str, str | None] = {}
    for name in after:
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if position[tails[middle]] < position[name]:
                low = middle + 1
            else:
                high = middle
        previous[name] = tails[low - 1] if low else None
        tails[low : low + 1] = [name]
    kept: set[str] = set()
    last = tails[-1] if tails else None
    while last is not None:
        kept.add(last)
        last = previous[last]
    return kept


def _place(order: Sequence[str], name: str) -> str:
    index = order.index(name)
    return "first" if index == 0 else f"after `{order[index - 1]}`"


def _place_in(phase: Phase, name: str, renamed: Mapping[str, str]) -> str:
    """Where the step that is called `name` now stands in its phase."""
    order = [renamed.get(step.id, step.id) for step in phase.steps]
    return f"in phase `{phase.id}`: {_place(order, name)}"


def _changed(part: Part, name: str, key: str, before: Any, after: Any, alters: bool) -> Change:
    short = _around(_text(before), _text(after))
    return Change(
        part=part,
        id=name,
        what="changed",
        field=key,
        before=short[0],
        after=short[1],
        alters=alters,
    )


def _fields(
    a: Struct, b: Struct, without: frozenset[str] = frozenset(), prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two structs differ, as dotted keys with both values."""
    if isinstance(a, SystemBase) and isinstance(b, SystemBase) and a.tag != b.tag:
        yield f"{prefix}system", a.tag, b.tag
    names = {field.name: field.encode_name for kind in (type(a), type(b)) for field in fields(kind)}
    for name, key in names.items():
        before, after = getattr(a, name, None), getattr(b, name, None)
        if name in without or before == after:
            continue
        if isinstance(before, Struct) and isinstance(after, Struct) and type(before) is type(after):
            yield from _fields(before, after, prefix=f"{prefix}{key}.")
        elif isinstance(before, dict) and isinstance(after, dict):
            for inner in dict.fromkeys([*before, *after]):
                if before.get(inner) != after.get(inner):
                    yield f"{prefix}{key}.{inner}", before.get(inner), after.get(inner)
        else:
            yield prefix + key, before, after


def _text(value: Any) -> str:
    """A value as one line of text, in full."""
    if value in (None, "", (), {}):
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Command) and value.argv:
        return shlex.join(value.argv)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, Struct):
        given = {
            field.encode_name: getattr(value, field.name)
            for field in fields(value)
            if getattr(value, field.name) != field.default and getattr(value, field.name)
        }
        kind = {"system": value.tag} if isinstance(value, SystemBase) else {}
        return _text(kind | given)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def _short(value: Any) -> str:
    return safe_line(_text(value), LONGEST)


def _around(before: str, after: str) -> tuple[str, str]:
    """Both texts cut to the neighbourhood of their first difference."""
    before, after = safe_line(before), safe_line(after)
    same = next(
        (i for i, (x, y) in enumerate(zip(before, after, strict=False)) if x != y),
        min(len(before), len(after)),
    )
    start = max(0, same - _BEFORE)
    if start and max(len(before), len(after)) > LONGEST:
        before, after = "…" + before[start:], "…" + after[start:]
    return safe_line(before, LONGEST), safe_line(after, LONGEST)
