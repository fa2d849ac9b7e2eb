"""Makes the pictures of the README from the real program.

`python screenshots/make.py`

Builds a practice lab, opens its runbook with a real log and really upgrades it; at the moments
worth showing it writes what is on the screen as SVG into this folder.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from runbook_tui.adapters.gitlog import Repository  # noqa: E402
from runbook_tui.cli.begin import NewRun, opening_of  # noqa: E402
from runbook_tui.cli.reading import load_named  # noqa: E402
from runbook_tui.cli.wiring import person  # noqa: E402
from runbook_tui.domain import commands as cmd  # noqa: E402
from runbook_tui.domain.advance import next_act  # noqa: E402
from runbook_tui.domain.preflight import standing  # noqa: E402
from runbook_tui.domain.rules import Refusal  # noqa: E402
from runbook_tui.domain.runbook import DecisionStep, MessageStep, Step  # noqa: E402
from runbook_tui.domain.state import current  # noqa: E402
from runbook_tui.opening import Driving, Settings  # noqa: E402
from runbook_tui.practice.lab import build  # noqa: E402
from runbook_tui.tui.app import RunbookApp  # noqa: E402

WIDE, NARROW = (120, 36), (80, 24)
SEEN = {
    "verify-package": r"\b[0-9a-f]{8}",
    "inventory": r"(\d+) orders",
    "snapshot": r"(\d+) orders",
    "register-webhook": r"wh_\d{4}",
    "migrate-schema": r"(\d+) rows in",
}


def seen(step: Step, said: str) -> str:
    """The value that a person would write down from what the command said."""
    found = re.search(SEEN.get(step.id, r"\d+"), said)
    return found.group(found.lastindex or 0) if found else "9"


def must(answer: object) -> None:
    """Stops where the run says no: a picture of that is not what was wanted."""
    if isinstance(answer, Refusal):
        raise SystemExit(f"refused: {answer}")


async def forward(driving: Driving, until: str) -> None:
    """Goes on, really running everything, until the step `until` is the current one."""
    session, executor = driving.session, driving.executor
    said: dict[str, str] = {}
    while (step := current(session.state)) is not None and step.id != until:
        act = next_act(session.state, step)
        now = session.state.of(step.id)

        def show(_: str, lines: object, step_id: str = step.id) -> None:
            said[step_id] = " ".join([said.get(step_id, ""), *lines])  # type: ignore[misc]

        match act:
            case "start":
                must(session.submit(cmd.StartStep(step.id)))
            case "tick":
                item = next(i for i in step.checklist if i.key not in now.ticked)
                must(session.submit(cmd.Tick(step.id, item.key)))
            case "run" | "verify":
                must(await executor.run(step.id, "run" if act == "run" else "verify", show))
            case "wait":
                must(await executor.wait(step.id, show))
            case "observe":
                must(session.submit(cmd.ObserveValue(step.id, seen(step, said.get(step.id, "")))))
            case "choose" if isinstance(step, DecisionStep):
                must(
                    session.submit(
                        cmd.ChooseOption(step.id, step.options[0].id, "agreed on the call")
                    )
                )
            case "check":
                must(await driving.checking.run(step.id))
            case "findings":
                await answer(driving, step)
            case "message" if isinstance(step, MessageStep):
                tell(driving, step)
            case "gate":
                must(session.submit(cmd.DecideGate(step.id, go=True, reason="all criteria met")))
            case "done":
                must(session.submit(cmd.FinishStep(step.id, "done by hand, agreed on the call")))
            case other:
                raise RuntimeError(f"{step.id}: {other}")


def tell(driving: Driving, step: MessageStep) -> None:
    """Sends the message of a step as its template has it."""
    session, messaging = driving.session, driving.messaging
    if session.state.messages.of_step(step.id) is None:
        proposed = messaging.propose(step.update, step=step.id)
        must(proposed)
        must(session.submit(proposed))
    update = session.state.messages.of_step(step.id)
    assert update is not None
    must(messaging.send(messaging.ready(update)))


async def answer(driving: Driving, step: Step) -> None:
    """Has the program do what it can about findings, and waives the rest."""
    session = driving.session
    for each in standing(session.state, step, session.clock.now()):
        fingerprint = each.found.fingerprint
        if not each.is_open:
            continue
        if each.found.remedy:
            must(await driving.checking.remedy(step.id, each.check, fingerprint))
            must(await driving.checking.run(step.id, (each.check,)))
        else:
            why = "our own bundle has it; the partner was told"
            must(session.submit(cmd.WaiveFinding(step.id, fingerprint, "7d", "bob", why)))


def opening(folder: Path):  # type: ignore[no-untyped-def]
    """A lab that runs, and its runbook ready to be opened."""
    lab = build(folder)
    lab.start()
    repo = Repository.create(lab.root / "log.git")
    source, loaded = load_named(str(lab.runbook))
    who = person(repo, "alice")
    run = NewRun(log=lambda: (repo, who), loaded=loaded, source=source, mode="live")
    return lab, opening_of(run, lab.parameters, who.name)


class Camera:
    """Takes pictures of an application under a pilot."""

    def __init__(self, app: RunbookApp, pilot) -> None:  # type: ignore[no-untyped-def]
        self.app, self.pilot = app, pilot

    async def take(self, name: str) -> None:
        """Writes the screen as it is."""
        await self.pilot.pause()
        svg = self.app.export_screenshot(title="runbook-tui")
        # The random part of class names would make every picture differ from the last.
        svg = re.sub(r"terminal-\d+", f"t-{name}", svg)
        # Some viewers drop blanks at the ends of a text; they keep these.
        svg = re.sub(r"(<text [^>]*>)([^<]*)", lambda m: m[1] + m[2].replace(" ", "\u00a0"), svg)
        (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"{name}.svg", file=sys.stderr)

    async def until(self, holds, what: str) -> None:  # type: ignore[no-untyped-def]
        """Waits for a condition."""
        for _ in range(2_400):
            if holds():
                return
            await self.pilot.pause(0.05)
        raise RuntimeError(f"never: {what}")

    async def press(self, key: str, holds, what: str) -> None:  # type: ignore[no-untyped-def]
        """Presses a key until it has done what it should: the program rests after surprises."""
        for _ in range(10):
            await self.pilot.pause(0.4)
            await self.pilot.press(key)
            for _ in range(20):
                if holds():
                    return
                await self.pilot.pause(0.05)
        raise RuntimeError(f"never: {what}")


async def record(theme: str, size: tuple[int, int], folder: Path, script) -> None:  # type: ignore[no-untyped-def]
    """Opens a lab under a pilot and runs `script` with the camera."""
    lab, opened = opening(folder)
    try:
        app = RunbookApp(opened, Settings(theme=theme, mouse=False))
        async with app.run_test(size=size) as pilot:
            await script(Camera(app, pilot))
    finally:
        opened.close()
        lab.stop()


async def opened(camera: Camera, picture: str = "") -> Driving:
    """Past the trust screen, to the run."""
    app = camera.app
    # Each lab asks: its window begins at a second of its own.
    await camera.until(lambda: type(app.screen).__name__ == "Trust", "the trust screen")
    if picture:
        await camera.take(picture)
    await camera.pilot.pause(0.5)  # what shows for a frame only counts as unread
    await camera.pilot.press("end")
    await camera.press("t", lambda: type(app.screen).__name__ != "Trust", "trust")
    await camera.until(lambda: app.run_screen.driving_or_none is not None, "the run")
    driving: Driving = app.run_screen.driving
    return driving


async def wide(camera: Camera) -> None:
    """The story in the wide layout."""
    driving = await opened(camera, "trust")
    await forward(driving, "preflight-checks")
    checks = lambda: driving.session.state.of("preflight-checks")  # noqa: E731
    await camera.press("enter", lambda: checks().started is not None, "the start")
    await camera.press(
        "enter", lambda: type(camera.app.screen).__name__ == "Findings", "the findings"
    )
    await camera.until(lambda: len(checks().checks) == 4, "all results")
    await camera.until(lambda: not driving.executor.running, "the end of the checks")
    await camera.pilot.pause(0.5)
    await camera.take("findings")
    await camera.pilot.press("escape")
    await forward(
        driving, "go-no-go" if "go-no-go" in driving.session.state.plan.by_id else "snapshot"
    )
    await camera.pilot.pause(0.3)
    await camera.take("gate")
    await forward(driving, "announce-start")
    started = lambda: driving.session.state.of("announce-start").started  # noqa: E731
    await camera.press("enter", lambda: started() is not None, "the start")
    await camera.press(
        "enter", lambda: type(camera.app.screen).__name__ == "Messages", "the messages"
    )
    await camera.press("e", lambda: camera.app.screen.has_class("-editing"), "the text")
    area = camera.app.screen.query_one("#m-draft")
    before = area.text
    area.text = before.replace("We expect", "We guarantee no data loss. We expect")
    await camera.pilot.pause(0.5)
    await camera.take("messages")
    area.text = before
    await camera.pilot.pause(0.5)
    await camera.press("escape", lambda: not camera.app.screen.has_class("-editing"), "the end")
    await camera.press("s", lambda: type(camera.app.screen).__name__ == "Confirm", "the question")
    await camera.take("sending")
    await camera.press("escape", lambda: type(camera.app.screen).__name__ == "Messages", "no")
    await camera.press("escape", lambda: type(camera.app.screen).__name__ == "RunScreen", "the run")
    await forward(driving, "migrate-schema")
    state = lambda: driving.session.state.of("migrate-schema")  # noqa: E731
    await camera.press("enter", lambda: state().started is not None, "the start")
    await camera.press(
        "enter", lambda: type(camera.app.screen).__name__ == "Confirm", "the question"
    )
    await camera.take("confirm")
    lines = camera.app.run_screen.output_lines
    await camera.press("y", lambda: len(lines("migrate-schema")) >= 2, "output")
    await camera.until(lambda: len(lines("migrate-schema")) >= 30, "an overrun")
    await camera.take("run")
    await camera.until(lambda: not driving.executor.running, "the end of the migration")


async def back(camera: Camera) -> None:
    """What the upgrade has changed, and the way back from there."""
    driving = await opened(camera)
    await forward(driving, "healthy")
    seeing = camera.app.run_screen.performer.seeing
    await camera.until(lambda: not seeing.busy, "the looks")
    await camera.press("l", lambda: type(camera.app.screen).__name__ == "Ledger", "the ledger")
    await camera.pilot.press("end")
    await camera.pilot.pause(0.5)
    await camera.take("ledger")
    await camera.press("escape", lambda: type(camera.app.screen).__name__ == "RunScreen", "the run")
    await camera.pilot.pause(0.5)
    run = camera.app.run_screen
    run.run_worker(run.performer.effects.rollbacks.plan())
    await camera.until(lambda: type(camera.app.screen).__name__ == "Rollback", "the plan")
    await camera.pilot.pause(0.5)
    await camera.until(lambda: not seeing.busy, "the looks")
    await camera.pilot.pause(0.5)
    await camera.take("rollback")


async def narrow(camera: Camera) -> None:
    """One pane at a time."""
    driving = await opened(camera)
    await forward(driving, "migrate-schema")
    await camera.pilot.pause(0.3)
    await camera.take("narrow")


async def light(camera: Camera) -> None:
    """On a light background."""
    driving = await opened(camera)
    await forward(driving, "snapshot")
    await camera.pilot.pause(0.3)
    await camera.take("light")


def main() -> None:
    """Makes every picture."""
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
        for theme, size, script in (
            ("dark", WIDE, wide),
            ("dark", WIDE, back),
            ("dark", NARROW, narrow),
            ("light", WIDE, light),
        ):
            asyncio.run(record(theme, size, folder / script.__name__, script))


if __name__ == "__main__":
    main()
