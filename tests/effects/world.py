"""A simulated world: things with a value each, and the commands that change and look at them.

Its processes answer as the real ones do: the runbook's own probes by their exit code, the systems'
process with JSON and by its exit codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runbook_tui.domain.job import Ended, Job, OnOutput
from runbook_tui.domain.output import OutputStore
from runbook_tui.domain.systems.asking import BEFORE, FAILED, FOREIGN, OURS
from runbook_tui.domain.systems.seen import Seen, digest_of


class KilledError(BaseException):
    """The program dies here: nothing of it goes on."""


@dataclass
class World:
    """Things by name; what is not there has no value."""

    things: dict[str, str] = field(default_factory=dict)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    """What looks saw, by digest."""
    snapshots: dict[str, dict[str, str]] = field(default_factory=dict)
    undo: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """By step and thing: how it stood before the step first changed it."""
    writes: dict[str, tuple[tuple[str, str | None], ...]] = field(default_factory=dict)
    """By step: what its command changes."""
    fate: Callable[[str], str] = lambda _what: "ok"
    """What becomes of a command: ok, fail, half, cut, half-cut, all-cut, kill, half-kill,
    all-kill; of a look: ok, unasked."""

    def set(self, thing: str, value: str | None) -> None:
        if value is None:
            self.things.pop(thing, None)
        else:
            self.things[thing] = value

    def did_something(self, step: str) -> bool:
        """Whether anything is otherwise because of a step."""
        return any(
            self.things.get(thing) != was for (by, thing), was in self.undo.items() if by == step
        )

    def seen(self, only: str) -> Seen:
        """A look at one thing, or at all of them."""
        objects = {k: v for k, v in self.things.items() if not only or k == only}
        seen = Seen({k: digest_of({"value": v}) for k, v in objects.items()}, dict(objects))
        self.kept[seen.digest] = objects
        return seen

    def run(self, argv: tuple[str, ...], env: dict[str, str]) -> tuple[str, int | None, str]:
        """How it ended, its exit code, its output."""
        if argv[0] != "world":
            verb = argv[-1]
            if verb == "look":
                if env.get("RBS_ONLY") and self.fate("look") != "ok":
                    return "exited", 3, ""
                seen = self.seen(env.get("RBS_ONLY", ""))
                return "exited", 0, json.dumps({"objects": seen.objects, "lines": seen.lines})
            return self._acts("restore", lambda: self._restore(env), lambda: None)
        what, *rest = argv[1:]
        match what:
            case "probe":
                if self.fate("look") != "ok":
                    return "exited", 2, ""
                value = self.things.get(rest[0])
                return "exited", int(value is None), f"{value or 'absent'}\n"
            case "do":
                return self._do(rest[0])
            case "undo":
                return self._acts("undo", lambda: self._undo(*rest), lambda: None)
            case "snapshot":
                self.snapshots[rest[0]] = {t: self.things[t] for t in rest[1:] if t in self.things}
                return "exited", 0, "taken\n"
            case _:
                return self._acts("restore", lambda: self._snapshot(*rest), lambda: None)

    def _do(self, step: str) -> tuple[str, int | None, str]:
        writes = self.writes[step]
        half = writes[: len(writes) // 2]

        def write(some: tuple[tuple[str, str | None], ...]) -> int:
            for thing, value in some:
                self.undo.setdefault((step, thing), self.things.get(thing))
                self.set(thing, value)
            return 0

        return self._acts("do", lambda: write(writes), lambda: write(half))

    def _acts(
        self, what: str, all_: Callable[[], int], half: Callable[[], object]
    ) -> tuple[str, int | None, str]:
        fate = self.fate(what)
        code = 0
        if fate in ("ok", "all-cut", "all-kill"):
            code = all_()
        elif fate.startswith("half"):
            half()
        if fate.endswith("kill"):
            raise KilledError
        if fate.endswith("cut"):
            return "timed-out", None, ""
        return "exited", code if fate == "ok" else 1, "done\n"

    def _undo(self, step: str, thing: str) -> int:
        if (step, thing) in self.undo:
            self.set(thing, self.undo.pop((step, thing)))
        return 0

    def _snapshot(self, name: str, *things: str) -> int:
        for thing in things:
            self.set(thing, self.snapshots[name].get(thing))
        return 0

    def _restore(self, env: dict[str, str]) -> int:
        only = env.get("RBS_ONLY", "")
        before = {k: v for k, v in self.kept[env[BEFORE]].items() if not only or k == only}
        ours = {k: v for k, v in self.kept[env[OURS]].items() if not only or k == only}
        now = {k: v for k, v in self.things.items() if not only or k == only}
        code = 0
        for thing in sorted({*before, *ours, *now}):
            if now.get(thing) == before.get(thing):
                continue
            if now.get(thing) != ours.get(thing):
                code = max(code, FOREIGN)
                continue
            self.set(thing, before.get(thing))
        assert code != FAILED
        return code


@dataclass
class Handle:
    """A command of the world under way."""

    world: World

    async def run(self, job: Job, on_output: OnOutput) -> Ended:
        how, code, out = self.world.run(job.argv, dict(job.env))
        store = OutputStore()
        store.feed("out", out.encode())
        store.finish(on_output)
        return Ended(how, code, 0.1, store)  # type: ignore[arg-type]

    def cancel(self) -> None:
        raise AssertionError("nothing of the world takes time")


class WorldProcesses:
    """Where the world's commands are started."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self) -> Any:
        return Handle(self._world)

    def marked(self, mark: str) -> tuple[int, ...]:
        return ()
