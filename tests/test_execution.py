"""What a run's log says of its commands, and that it is true: intent first, then the command,
then how it ended; nothing is run twice, nothing secret is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

from live_run import CHANGE, RUN, live, until

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.narrative import DRY_RUN, sentence
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Result, Status


async def test_a_command_that_works_and_its_verification_are_in_the_log(tmp_path: Path) -> None:
    here = live(tmp_path, CHANGE)
    result = await here.run()
    assert isinstance(result, Result)
    assert (result.purpose, result.outcome, result.exit) == ("verify", "ok", 0)
    assert here.kinds[1:] == [
        "StepStarted", "CommandStarted", "CommandFinished", "CommandStarted", "CommandFinished",
    ]  # fmt: skip
    assert ("out", "changed") in here.shown
    assert ("err", "to be sure") in here.shown
    ran = here.session.state.of("it").run
    assert ran is not None
    text = here.evidence(ran)
    assert text.startswith("$ echo changed; echo 'to be sure' >&2\n")
    assert "changed\n" in text
    assert "[stderr] to be sure\n" in text
    assert text.rstrip().endswith("s]")


async def test_the_intent_is_in_the_log_before_the_command_runs(tmp_path: Path) -> None:
    """The command itself looks at the log: it finds itself there."""
    look = f"git -C {tmp_path}/log.git log -1 --format=%s runs/{RUN}"
    here = live(tmp_path, f"- {{id: it, kind: command, title: It, run: {{shell: {look}}}}}")
    await here.run()
    assert here.shown == [("out", "alice runs it")]


async def test_a_failure_says_how_and_is_not_verified(tmp_path: Path) -> None:
    here = live(tmp_path, CHANGE.replace("echo changed;", "echo no space left; exit 4;"))
    result = await here.run()
    assert isinstance(result, Result)
    assert (result.purpose, result.outcome, result.exit) == ("run", "failed", 4)
    assert result.summary == "no space left"
    assert here.session.state.of("it").status is Status.FAILED


async def test_a_wrong_answer_is_not_verified(tmp_path: Path) -> None:
    here = live(tmp_path, CHANGE.replace("hello w", "good bye"))
    result = await here.run()
    assert isinstance(result, Result)
    assert result.outcome == "failed"
    assert result.summary == "expected 'good bye' in the output, got 'hello world'"


async def test_what_is_expected_may_name_a_parameter(tmp_path: Path) -> None:
    here = live(tmp_path, CHANGE.replace('contains: "hello w"', 'equals: "{{word}} world"'))
    result = await here.run()
    assert isinstance(result, Result)
    assert result.outcome == "ok"


async def test_what_never_started_changed_nothing(tmp_path: Path) -> None:
    here = live(tmp_path, CHANGE.replace('{shell: "echo changed; echo \'to be sure\' >&2"}', "{argv: [no-such-program]}"))  # fmt: skip # noqa: E501
    result = await here.run()
    assert isinstance(result, Result)
    assert result.outcome == "not-started"
    assert "no-such-program" in result.summary
    assert here.session.state.of("it").status is Status.FAILED


async def test_parameters_reach_a_shell_as_environment_and_are_never_parsed(tmp_path: Path) -> None:
    nasty = "$(touch bad); `touch bad` && touch 'bad' \"x\""
    here = live(
        tmp_path,
        """
        - {id: it, kind: command, title: It, run: {shell: 'printf "%s\\n" "$RB_WORD"'}}
        - {id: two, kind: command, title: It, run: {argv: [printf, "%s\\n", "<{{word}}>"]}}
        """,
        given={"word": nasty},
    )
    await here.run("it")
    done = here.session.submit(cmd.FinishStep("it"))
    assert not isinstance(done, Refusal)
    await here.run("two")
    assert here.shown == [("out", nasty), ("out", f"<{nasty}>")]
    assert not (tmp_path / "book" / "bad").exists()


async def test_a_dry_run_runs_nothing(tmp_path: Path) -> None:
    steps = (
        "- {id: it, kind: command, title: It, run: {shell: touch ran}, verify: {argv: ['false']}}"
    )
    here = live(tmp_path, steps, mode="dry-run")
    result = await here.run()
    assert isinstance(result, Result)
    assert (result.outcome, result.summary) == ("ok", DRY_RUN)
    assert not (tmp_path / "book" / "ran").exists()
    assert here.shown == []
    told = [sentence(one.entry) for one in here.session.entries[-4:]]
    assert told == [
        "alice shows the command of it (dry run)",
        "alice shows the command of it; nothing ran (dry run)",
        "alice shows the verification of it (dry run)",
        "alice shows the verification of it; nothing ran (dry run)",
    ]


async def test_what_ran_is_never_told_as_a_dry_run(tmp_path: Path) -> None:
    steps = f"- {{id: it, kind: command, title: It, run: {{shell: '(dry run) ; echo {DRY_RUN}'}}}}"
    here = live(tmp_path, steps)
    await here.run()
    for one in here.session.entries:
        assert "shows" not in sentence(one.entry)


async def test_a_cancelled_change_is_unknown_and_not_run_again(tmp_path: Path) -> None:
    steps = "- {id: it, kind: command, title: It, mutates: true, run: {shell: 'echo $$ > pid; sleep 60'}}"  # noqa: E501
    here = live(tmp_path, steps)
    task = asyncio.create_task(here.run())
    await until((tmp_path / "book" / "pid").exists, "the command")
    assert here.executor.running == ("it",)
    assert here.executor.cancel("it")
    result = await task
    assert isinstance(result, Result)
    assert result.outcome == "cancelled"
    assert here.session.state.of("it").status is Status.UNKNOWN
    assert isinstance(await here.run(), Refusal)
    assert not here.executor.cancel("it")


async def test_a_time_out_of_a_change_is_unknown(tmp_path: Path) -> None:
    steps = "- {id: it, kind: command, title: It, mutates: true, run: {shell: 'echo begun; sleep 60', timeout: 300ms}}"  # noqa: E501
    here = live(tmp_path, steps)
    result = await here.run()
    assert isinstance(result, Result)
    assert (result.outcome, result.summary) == ("timed-out", "begun")
    assert here.session.state.of("it").status is Status.UNKNOWN
