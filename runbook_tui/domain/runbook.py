"""The runbook: what was planned. One frozen model gives loading, JSON Schema and lint.

Everything here is plain data. The keys in YAML are the field names with ``_`` written ``-``.
Text fields may name a parameter as ``{{name}}``; shell text may not (parameters reach a shell
through the environment as ``RB_NAME``, so that they are never parsed as shell).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.messages.kinds import Kind
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Approval, Command, Expect, Model, Option, Verify
from runbook_tui.domain.systems.every import SystemConfig
from runbook_tui.domain.units import (
    Duration,
    Semver,
    Slug,
    Title,
    WindowTime,
    Zone,
    ZonedTime,
)

ParameterType = Literal["string", "integer", "choice", "path", "duration", "secret"]


class Parameter(Model, frozen=True, kw_only=True):
    """A value asked for when a run starts. A secret is typed hidden and never logged."""

    type: ParameterType = "string"
    description: str = ""
    required: bool = True
    default: str | None = None
    pattern: str | None = None
    """A regular expression the whole value must match (string, path, secret)."""
    choices: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    rehearsal: str | None = None
    """The value in a rehearsal where none is given; `default` stands in where it is missing."""


class Role(Model, frozen=True, kw_only=True):
    """Who may do what. With no people named, anyone may claim the role."""

    description: str = ""
    people: tuple[str, ...] = ()


class Window(Model, frozen=True, kw_only=True):
    """The maintenance window. Without dates it is the one that is open, else the next to open."""

    start: WindowTime
    end: WindowTime
    zone: Zone | None = None
    """The IANA zone of times that have no offset of their own; it knows summer and winter."""
    reserve: Duration | None = None
    """Kept free at the end for what nobody thought of."""
    warn: Annotated[tuple[Duration, ...], Meta(max_length=5)] = ("15m", "5m")
    """How long before a deadline (latest safe rollback, point of no return, end) to warn."""


class Buffer(Model, frozen=True, kw_only=True):
    """Time kept for the unexpected, on top of the estimates: exactly one way to size it."""

    percent: Annotated[float, Meta(ge=0, le=1000)] | None = None
    """Of the plan's mean length."""
    duration: Duration | None = None
    root_of_squares: bool = False
    """The square root of the sum of (worst - likely)² over the plan's steps."""
    reason: str = ""
    """Why this much."""


class Rehearsal(Model, frozen=True, kw_only=True):
    """What rehearsals are held under."""

    load: str = ""
    """The load that stands in for the live one, in words: `150 requests/s, recorded in May`."""


class Observe(Model, frozen=True, kw_only=True):
    """A value that must be written down, as seen: "replicas 3/3", not "checked"."""

    label: Title
    type: Literal["string", "integer", "number", "choice"] = "string"
    unit: str = ""
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()


class ThreePoint(Model, frozen=True, kw_only=True):
    """A three-point estimate, as in PERT."""

    best: Duration
    likely: Duration
    worst: Duration


class Item(Model, frozen=True, kw_only=True):
    """One line of a checklist, or one criterion of a gate."""

    text: Title
    id: Slug | None = None
    """A stable name; without it the text itself is the name."""

    @property
    def key(self) -> str:
        """What the log calls this item."""
        return self.id or self.text


class Condition(Model, frozen=True, kw_only=True):
    """When a step applies: by a parameter's value or by an option chosen before."""

    parameter: str | None = None
    decision: Slug | None = None
    is_: str | None = field(default=None, name="is")
    any_of: tuple[str, ...] = ()
    not_: str | None = field(default=None, name="not")

    def holds(self, value: str) -> bool:
        """Whether `value` meets the condition."""
        if self.is_ is not None and value != self.is_:
            return False
        if self.any_of and value not in self.any_of:
            return False
        return self.not_ is None or value != self.not_


Style = Literal["READ-DO", "DO-CONFIRM"]


class StepBase(Model, frozen=True, kw_only=True):
    """What every kind of step can carry."""

    id: Slug
    title: Title
    instruction: str = ""
    """Markdown."""
    style: Style = "READ-DO"
    """READ-DO: read an item, do it. DO-CONFIRM: do it from memory, then confirm."""
    items: tuple[str | Item, ...] = ()
    verify: Verify | None = None
    observe: Observe | None = None
    estimate: Duration | ThreePoint | None = None
    needs: tuple[Slug, ...] = ()
    role: Slug | None = None
    approval: Approval | None = None
    evidence: tuple[Title, ...] = ()
    """Names of pieces of evidence that must be attached."""
    mutates: bool = False
    """It changes something: after an interruption it is UNKNOWN and never run again blindly."""
    effects: tuple[Effect, ...] = ()
    compensation: Compensation | None = None
    when: Condition | None = None
    point_of_no_return: bool = False
    """It cannot be undone, and what came before it cannot either: a gate has to stand before it."""
    timer: Duration | None = None
    """A countdown that starts with the step and warns when it is over."""

    @property
    def checklist(self) -> tuple[Item, ...]:
        """The items to tick, each with its key."""
        return tuple(Item(text=i) if isinstance(i, str) else i for i in self.items)

    @property
    def kind(self) -> str:
        """The kind, as the runbook writes it."""
        return str(self.__struct_config__.tag)


class ChecklistStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="checklist"):
    """Work done by hand."""


class CommandStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="command"):
    """A command the program runs when told to."""

    run: Command


class DecisionStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="decision"):
    """A choice between options."""

    question: Title
    options: Annotated[tuple[Option, ...], Meta(min_length=2)]


class GateStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="gate"):
    """Go or no-go, by named criteria. What follows stays locked until it is go."""

    criteria: Annotated[tuple[str | Item, ...], Meta(min_length=1)]

    @property
    def checklist(self) -> tuple[Item, ...]:
        """The items, then the criteria."""
        criteria = tuple(Item(text=c) if isinstance(c, str) else c for c in self.criteria)
        return super().checklist + criteria


class Poll(Command, frozen=True, kw_only=True):
    """A condition asked for again and again until it holds."""

    expect: Expect = Expect()
    interval: Duration = "5s"
    limit: Duration = "10m"
    """The longest to go on asking."""
    backoff: Annotated[float, Meta(ge=1, le=100)] = 1.0
    """Each interval is the one before times this."""
    longest: Duration | None = None
    """The longest that an interval grows to; the limit where it is not given."""


class WaitStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="wait"):
    """Wait for a length of time, a time of day or a condition: exactly one of them."""

    duration: Duration | None = None
    until: ZonedTime | None = None
    condition: Poll | None = None


class MessageStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="message"):
    """A message to people, sent by an explicit act."""

    audience: str
    """Who reads it, in words: `customers, support` is for customers and for colleagues."""
    update: Kind = "progress"
    """What it tells, which picks its template and the rules it is held against."""
    draft: str = ""
    """The text to begin with, for the first of its audiences. Parameters and facts of the run stand
    in it as `{{next_update}}`; where there is none, the template for what it tells is taken."""


class PreflightStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="preflight"):
    """Checks of package and target before anything is changed."""

    checks: tuple[Slug, ...] = ()
    """Names from the runbook's `checks`; all of them where none is named."""
    advisory: bool = False
    """What it finds is for a decision that follows, and closes no gate: what is taken of it is
    looked at again by another one."""


class WatchStep(StepBase, frozen=True, kw_only=True, tag_field="kind", tag="watch"):
    """A look at telemetry after the change, for a soak time."""

    metrics: tuple[str, ...] = ()
    soak: Duration | None = None


Step = (
    ChecklistStep
    | CommandStep
    | DecisionStep
    | GateStep
    | WaitStep
    | MessageStep
    | PreflightStep
    | WatchStep
)

NOT_BUILT_YET = frozenset({"watch"})
"""Kinds that load, lint and show, and that a person does by hand for now."""


class Phase(Model, frozen=True, kw_only=True):
    """A part of the work with a name."""

    id: Slug
    title: Title
    summary: str = ""
    outside_window: bool = False
    """Done before the window opens or after it closed: it does not have to fit into it."""
    told: str = ""
    """What people outside are told that is being done: `We are updating the order service.`"""
    update_every: Duration | None = None
    """How often people are told how it goes, while this phase is under way."""
    steps: tuple[Step, ...]


class Runbook(Model, frozen=True, kw_only=True):
    """A whole runbook, fragments included."""

    format: Literal[1]
    id: Slug
    title: Title
    version: Semver
    owner: str
    description: str = ""
    links: dict[str, str] = {}
    parameters: dict[str, Parameter] = {}
    roles: dict[str, Role] = {}
    window: Window | None = None
    buffer: Buffer | None = None
    rehearsal: Rehearsal | None = None
    messages: Messages | None = None
    """What messages say and how often they come."""
    checks: dict[Slug, CheckConfig] = {}
    """What preflight steps look at, by name."""
    snapshots: dict[Slug, Snapshot] = {}
    """What restores many effects at once, by the name that effects say they are covered by."""
    surveys: dict[Slug, SystemConfig] = {}
    """What is compared before and after every mutating step, so that effects nobody declared are
    found."""
    phases: Annotated[tuple[Phase, ...], Meta(min_length=1)]


def defined_checks(runbook: Runbook, step: PreflightStep) -> tuple[str, ...]:
    """The checks that a preflight step runs, in order.

    A name that stands for none is left to people: older runbooks named what was done by hand.
    """
    return tuple(name for name in step.checks or runbook.checks if name in runbook.checks)
