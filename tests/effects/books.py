"""Random runbooks whose steps change a simulated world: declared or not, seen or not."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from runbook_tui.domain.runbook import ChecklistStep, CommandStep, Phase, Runbook, Step
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Command, Expect, Verify
from runbook_tui.domain.systems.files import Files

THINGS = ("t0", "t1", "t2", "t3", "t4")
KINDS = ("file", "flag", "webhook")
ALL = Files(paths=("world",))


@dataclass(frozen=True, repr=False)
class Book:
    """A runbook, what its steps change, and the world before."""

    runbook: Runbook
    writes: dict[str, tuple[tuple[str, str | None], ...]]
    before: dict[str, str]

    def __repr__(self) -> str:
        """Short: it stands in every failing example."""
        steps = [
            f"{step.id} {step.kind} {[_told(e) for e in step.effects]}: {self.writes[step.id]}"
            for phase in self.runbook.phases
            for step in phase.steps
        ]
        return f"<before {self.before}; {'; '.join(steps)}>"


def _told(effect: Effect) -> str:
    how = [name for name in ("at", "probe", "compensation", "snapshot") if getattr(effect, name)]
    return f"{effect.kind} {effect.target} by {'+'.join(how)} {effect.reversibility}"


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Two phases of one to three steps; most of them change two or three things."""
    before = {thing: f"{thing}-0" for thing in THINGS if draw(st.booleans())}
    snapshot = draw(st.booleans())
    writes: dict[str, tuple[tuple[str, str | None], ...]] = {}
    phases: list[list[Step]] = [[], []]
    covered: set[str] = set()
    count = draw(st.integers(2, 5))
    for number in range(count):
        id_ = f"s{number}"
        changed = draw(st.lists(st.sampled_from(THINGS), min_size=1, max_size=3, unique=True))
        writes[id_] = tuple((t, draw(st.sampled_from((None, f"{t}-{id_}")))) for t in changed)
        effects = []
        for thing in changed:
            if draw(st.integers(0, 3)) == 0:
                continue  # nobody declares it: the survey finds it
            effects.append(_effect(draw, id_, thing, snapshot=snapshot))
            if effects[-1].snapshot:
                covered.add(thing)
        phases[0 if number < count / 2 else 1].append(_step(draw, id_, tuple(effects)))
    snapshots = {}
    if snapshot:
        things = tuple(sorted(covered))
        take = Command(argv=("world", "snapshot", "s", *things))
        phases[0].insert(0, CommandStep(id="take", title="Take it", run=take))
        writes["take"] = ()
        snapshots["s"] = Snapshot(
            step="take", restore=Command(argv=("world", "restore", "s", *things))
        )
    runbook = Runbook(
        format=1,
        id="model",
        title="A model",
        version="1.0.0",
        owner="ops",
        snapshots=snapshots,
        surveys={"all": ALL},
        phases=tuple(
            Phase(id=f"p{n}", title=f"P{n}", steps=tuple(s)) for n, s in enumerate(phases)
        ),
    )
    return Book(runbook, writes, before)


def _step(draw: st.DrawFn, id_: str, effects: tuple[Effect, ...]) -> Step:
    if draw(st.integers(0, 3)) == 0:
        return ChecklistStep(id=id_, title=id_, mutates=True, effects=effects)
    return CommandStep(
        id=id_, title=id_, mutates=True, effects=effects, run=Command(argv=("world", "do", id_))
    )


def _effect(draw: st.DrawFn, step: str, thing: str, *, snapshot: bool) -> Effect:
    how = draw(st.sampled_from(("system", "system", "probe", "by-hand", "blind", "for-ever")))
    probe = Verify(argv=("world", "probe", thing), expect=Expect(contains=step))
    undo = Command(argv=("world", "undo", step, thing))
    common = {
        "kind": draw(st.sampled_from(KINDS)),
        "target": thing,
        "snapshot": "s" if snapshot and draw(st.booleans()) else None,
    }
    at = Files(paths=("world",), only=(thing,))
    match how:
        case "system":
            return Effect(**common, at=at)  # type: ignore[arg-type]
        case "probe":
            return Effect(**common, probe=probe, compensation=Compensation(text="undo", run=undo))  # type: ignore[arg-type]
        case "by-hand":
            return Effect(**common, probe=probe, compensation=Compensation(text="undo it"))  # type: ignore[arg-type]
        case "blind":
            return Effect(**common, compensation=Compensation(text="undo", run=undo))  # type: ignore[arg-type]
        case _:
            return Effect(**common, at=at, reversibility="irreversible")  # type: ignore[arg-type]
