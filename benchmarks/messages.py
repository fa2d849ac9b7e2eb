"""A key press while channels fail in every way, and the rules of messages at every key press.

`python -m benchmarks.messages [--keys N] [--json]`

The real program in a real pseudo-terminal of 120×36, a step of 300 under way, presses of `down` at
any moment, timed until the step moved to is shown whole. Before each block of presses another
update is sent from elsewhere, in both; one of the two programs has five channels for it: one that
hangs, one that drips a byte a second, one that answers 500, one that answers 429 and one that
breaks every connection, so that attempts begin, fail and are tried again all the while. The
yardstick is the same program without any channel.

The rules: what it takes to hold a usual update for three readers against the state of a run of 300
steps, as after each key press in a draft, against a loop that adds 600,000 numbers.

Exit code 1 where a target is missed: presses (95th percentile) at most 1.25 times the yardstick's,
the rules (median) at most twice the loop.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.screen import clocked_key_times, first_screen, percentile, runbook_text, tell
from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.cli.pinning import load_pinned
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.messages.held import held
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.record import Identity
from runbook_tui.domain.rules import Refusal
from runbook_tui.formats.load import load
from runbook_tui.session import Session, Who
from tests.adapters.channels.servers import Behaviour, Connection, Server, answers
from tests.e2e.terminal import Terminal

KEY_TARGET = 1.25
RULES_TARGET = 2.0
BLOCK = 20
TEXT = (
    "We are moving the order service to new software. Placing an order may fail for some seconds; "
    "trying again works.\n\nWe expect it to be over between 23:30 and 23:55 UTC. "
    "Next update in 30 minutes, or earlier if something changes."
)
AUDIENCES: tuple[Audience, ...] = ("customers", "executives", "internal")


def drips(connection: Connection) -> None:
    """An answer that would take a minute."""
    connection.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" * 3)


CHANNELS: Mapping[str, Behaviour] = {
    "hangs": Connection.hang,
    "drips": drips,
    "fails": answers(500),
    "limits": answers(429, headers={"Retry-After": "1"}),
    "breaks": lambda _connection: None,
}


def configuration(servers: Mapping[str, Server]) -> dict[str, str]:
    """Variables that make a channel of each server, half of them of each kind."""
    found = {}
    for number, (name, server) in enumerate(servers.items()):
        kind = "statuspage" if number % 2 else "apprise"
        place = f"http://127.0.0.1:{server.port}/v1" if number % 2 else f"json://127.0.0.1:{server.port}"  # fmt: skip # noqa: E501
        values = {"kind": kind, "audience": "customers", "url": place}
        if kind == "statuspage":
            values |= {"page": "abcd1234", "token": "sp-token-1122334455"}
        for key, value in values.items():
            found[f"RUNBOOK_TUI_CHANNELS_{name.upper()}_{key.upper()}"] = value
    return found


def of_run(log: Path) -> Session:
    """Another terminal on the only run of a log."""
    names = subprocess.run(
        ["git", "-C", str(log), "for-each-ref", "--format=%(refname:lstrip=3)", "refs/heads/runs"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    who = Who("bench", Identity("bench", "bench@example.org"))
    return Session(Repository.create(log).run(names[0]), SystemClock(), who, load_pinned)


def send(session: Session, channels: Sequence[str]) -> None:
    """One update more, for whoever drives the run."""
    session.catch_up()
    number = len(session.state.messages.updates) + 1
    draft = mcmd.DraftUpdate(kind="progress", texts={"customers": f"{TEXT} ({number})"})
    assert not isinstance(session.submit(draft), Refusal)
    update = session.state.messages.updates[number]
    to = tuple(SentTo(channel=name, kind="apprise", audience="customers") for name in channels)
    sent = session.submit(
        mcmd.SendUpdate(update=number, digest=update.digest, title="Orders", channels=to)
    )
    assert not isinstance(sent, Refusal), sent


def presses(folder: Path, keys: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of presses without channels and with them, and how many attempts were begun."""
    program = (sys.executable, "-m", "runbook_tui")
    terminals: list[Terminal] = []
    sessions: list[Session] = []
    times: tuple[list[float], list[float]] = ([], [])
    with contextlib.ExitStack() as stack:
        servers = {name: Server(behaviour) for name, behaviour in CHANNELS.items()}
        for server in servers.values():
            stack.callback(server.close)
        for channels in ({}, servers):
            place = folder / ("with" if channels else "without")
            place.mkdir()
            (place / "runbook.yaml").write_text(runbook_text(), encoding="utf-8")
            log = place / "log.git"
            subprocess.run(["git", "init", "-q", "--bare", str(log)], check=True)
            env = {
                "XDG_STATE_HOME": str(place / "state"),
                "XDG_CONFIG_HOME": str(place / "config"),
                "RUNBOOK_TUI_LOG": str(log),
                "NO_PROXY": "*",
                "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
                **configuration(channels),
            }
            digest = load(place / "runbook.yaml").digest
            tell(program, env, "trust", str(place), "--digest", digest)
            run = [*program, "run", str(place), "--as", "bench"]
            terminal = stack.enter_context(first_screen(run, env, "of a list"))
            terminal.wait_for("enter start", 30)
            tell(program, env, "decide", "@last", "step-0-0", "start", "--as", "bench")
            terminal.wait_for("now since", 30)
            terminals.append(terminal)
            sessions.append(of_run(log))
        for _ in range(max(1, min(keys, 280) // BLOCK)):
            for terminal, session, channels, taken in zip(
                terminals, sessions, ((), tuple(servers)), times, strict=True
            ):
                send(session, channels)
                taken += clocked_key_times(terminal, BLOCK)
        sessions[1].catch_up()
        attempts = sum(
            each.attempts
            for update in sessions[1].state.messages.sent
            for each in update.deliveries.values()
        )
    return (*times, attempts)


def rules(rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of processor time of the rules and of the loop."""
    from runbook_tui.domain.messages.state import Update
    from runbook_tui.domain.plan import Plan
    from runbook_tui.domain.state import RunState

    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "runbook.yaml"
        book.write_text(runbook_text(), encoding="utf-8")
        loaded = load(book)
    state = RunState(plan=Plan(loaded.runbook, loaded.digest))
    update = Update(1, "progress", dict.fromkeys(AUDIENCES, TEXT))
    now = SystemClock().now().utc
    source = random.Random(3)
    floats = [source.random() for _ in range(600_000)]
    ours, loop = [], []
    for _ in range(rounds):
        ours.append(spent(lambda: held(state, update, now, secrets={"token": "Tr0ub4dor-9"})))
        loop.append(spent(lambda: sum(floats)))
    return ours, loop


def spent(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def main() -> int:
    """Measures, prints, and says whether the targets hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ours, loop = rules(200)
    with tempfile.TemporaryDirectory() as folder:
        without, beside, attempts = presses(Path(folder), options.keys)
    assert attempts > len(CHANNELS), "the channels were not tried: nothing was measured"
    result = {
        "press without p50": median(without),
        "press without p95": percentile(without, 0.95),
        "press with p50": median(beside),
        "press with p95": percentile(beside, 0.95),
        "press ratio p95": percentile(beside, 0.95) / percentile(without, 0.95),
        "press ratio p50": median(beside) / median(without),
        "attempts": attempts,
        "rules p50": median(ours),
        "rules p95": percentile(ours, 0.95),
        "loop p50": median(loop),
        "rules ratio": median(ours) / median(loop),
    }
    met = result["press ratio p95"] <= KEY_TARGET and result["rules ratio"] <= RULES_TARGET
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:18} {value:8.2f}")
        print(f"targets: press ratio p95 {KEY_TARGET}, rules ratio {RULES_TARGET}: ", end="")
        print("met" if met else "missed")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
