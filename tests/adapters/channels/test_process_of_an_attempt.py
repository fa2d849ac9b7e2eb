"""An attempt is a process apart: it ends in time and with its caller, shows no secret to the
machine, and costs the interface nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from runbook_tui.adapters.channels.carrier import Channels
from runbook_tui.adapters.process.asking import ask, own_module

from .conftest import TOKEN, Serve, channel, outgoing, page
from .servers import Connection, answers

PATIENCE = 20.0
HOOK = "hook-4711-AbCdEfGh"


def children() -> list[int]:
    """Processes of attempts that this one has started and that live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes()
            state, parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        ours = b"adapters.channels.deliver" in arguments and int(parent) == os.getpid()
        if ours and state != b"Z":
            found.append(int(folder.name))
    return found


async def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(0.02)


async def test_a_cancelled_attempt_leaves_no_process(serve: Serve) -> None:
    server = serve(Connection.hang)
    task = asyncio.create_task(page(server).deliver("it", outgoing()))
    await until(server.received.is_set, "the request")
    [pid] = children()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert not Path(f"/proc/{pid}").exists()


async def test_cancelled_before_it_has_begun_it_leaves_no_process(serve: Serve) -> None:
    server = serve(answers(201))
    for _ in range(5):
        task = asyncio.create_task(page(server).deliver("it", outgoing()))
        await until(children, "a process")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert children() == []


async def test_no_secret_is_where_others_can_read_it(serve: Serve) -> None:
    server = serve(Connection.hang)
    secrets = {
        "RUNBOOK_TUI_CHANNELS_A_TOKEN": TOKEN,
        "RUNBOOK_TUI_CHANNELS_B_URL": f"json://x/{HOOK}",
    }
    channels = Channels(
        [
            channel("statuspage", name="a", url=server.url, page="abcd1234", token=TOKEN),
            channel("apprise", name="b", url=server.url.replace("http", "json") + f"/{HOOK}"),
        ],
        {**os.environ, **secrets},
    )
    for name in ("a", "b"):
        server.received.clear()
        task = asyncio.create_task(channels.deliver(name, outgoing()))
        await until(server.received.is_set, "the request")
        [pid] = children()
        for file in ("cmdline", "environ"):
            content = Path(f"/proc/{pid}/{file}").read_bytes()
            assert content
            assert TOKEN.encode() not in content
            assert HOOK.encode() not in content
            assert outgoing().text.encode() not in content
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_has_no_terminal_and_hears_no_ctrl_c(serve: Serve) -> None:
    go = asyncio.Event()

    def behaviour(connection: Connection) -> None:
        deadline = time.monotonic() + PATIENCE
        while not go.is_set() and time.monotonic() < deadline:
            if connection.closing.wait(0.02):
                return
        connection.answer(201)

    server = serve(behaviour)
    task = asyncio.create_task(page(server).deliver("it", outgoing()))
    await until(server.received.is_set, "the request")
    [pid] = children()
    assert os.getsid(pid) == pid != os.getsid(0)
    for number in (1, 2):
        assert str(Path(f"/proc/{pid}/fd/{number}").readlink()) == "/dev/null"
    assert str(Path(f"/proc/{pid}/fd/0").readlink()).startswith(("pipe:", "socket:"))
    assert str(Path(f"/proc/{pid}/cwd").readlink()) == "/"
    os.kill(pid, signal.SIGINT)
    go.set()
    assert (await task).outcome == "delivered"


async def test_killed_by_somebody_it_says_how_far_it_came(serve: Serve) -> None:
    server = serve(Connection.hang)
    task = asyncio.create_task(page(server).deliver("it", outgoing()))
    await until(server.received.is_set, "the request")
    os.kill(children()[0], signal.SIGKILL)
    answered = await task
    assert answered.outcome == "unknown"
    assert answered.words == "its process ended without an answer (code -9)"

    task = asyncio.create_task(page(server).deliver("it", outgoing(2)))
    await until(lambda: len(server.requests) == 2, "the question")
    os.kill(children()[0], signal.SIGKILL)
    assert (await task).outcome == "failed"  # it had only asked


async def test_the_interface_goes_on_meanwhile(serve: Serve) -> None:
    server = serve(Connection.hang)
    quick = serve(answers(201))
    settings = {"page": "abcd1234", "token": TOKEN}
    hanging = [
        channel("statuspage", name=f"h{n}", url=server.url, timeout=2.0, **settings)
        for n in range(3)
    ]
    working = channel("apprise", name="w", url=quick.url.replace("http", "json"))
    channels = Channels([*hanging, working])

    async def largest_gap(stop: asyncio.Event) -> float:
        gaps = []
        last = time.monotonic()
        while not stop.is_set():
            await asyncio.sleep(0.005)
            now = time.monotonic()
            gaps.append(now - last)
            last = now
        return max(gaps)

    async def during(work: list[asyncio.Task[object]]) -> float:
        stop = asyncio.Event()
        watching = asyncio.create_task(largest_gap(stop))
        await asyncio.wait(work)
        stop.set()
        return await watching

    idle = await during([asyncio.create_task(asyncio.sleep(2.0))])
    names = [each.name for each in channels.channels]
    busy = await during([asyncio.create_task(channels.deliver(name, outgoing())) for name in names])
    assert len(server.requests) == 3
    assert busy < 25 * max(idle, 0.006), (busy, idle)


async def test_the_same_id_goes_to_every_channel(serve: Serve) -> None:
    server = serve(answers(201))
    channels = Channels(
        [
            channel("statuspage", url=server.url, page="abcd1234", token=TOKEN),
            channel("cachet", url=server.url, token=TOKEN),
            channel("apprise", url=server.url.replace("http", "json")),
        ]
    )
    for each in channels.channels:
        assert (await channels.deliver(each.name, outgoing())).outcome == "delivered"
    bodies = [request.json for request in server.requests]
    texts = [bodies[0]["incident"]["body"], bodies[1]["message"], bodies[2]["message"]]
    assert {text.rpartition("\n")[2] for text in texts} == {f"Ref {outgoing().entry}"}


async def test_by_hand_is_not_sent_by_the_program() -> None:
    channels = Channels([channel("by-hand", name="boss")])
    answered = await channels.deliver("boss", outgoing())
    assert (answered.outcome, "copy the text" in answered.words) == ("refused", True)
    assert await channels.look("boss", outgoing()) is None
    assert (await channels.deliver("nobody", outgoing())).outcome == "refused"
    assert await channels.look("nobody", outgoing()) is None


async def test_a_program_that_is_not_there_is_no_crash() -> None:
    said = await ask(["/nowhere/at-all"], b"", limit=5, env={})
    assert "No such file" in said.trouble


async def test_a_job_that_makes_no_sense_ends_without_an_answer() -> None:
    argv = own_module("runbook_tui.adapters.channels.deliver")
    said = await ask(argv, b"{}", limit=20, env=dict(os.environ))
    assert (said.line, said.code, said.overdue) == (b"", 1, False)
