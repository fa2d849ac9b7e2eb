"""What commands say is kept without secrets, and so is what people attach."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from live_run import LEAKY, SECRET, live

from runbook_tui.domain.output import LONGEST_LINE
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Result


async def test_a_secret_reaches_the_command_and_nothing_else(tmp_path: Path) -> None:
    here = live(tmp_path, LEAKY, given={"token": SECRET})
    result = await here.run()
    assert isinstance(result, Result)
    assert result.outcome == "ok"
    shown = "\n".join(line for _, line in here.shown)
    assert "plain ‹redacted:token›" in shown
    for text in (shown, here.git(), here.evidence(result)):
        assert SECRET not in text
        assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in text


async def test_a_secret_of_the_environment_is_not_inherited_by_others(tmp_path: Path) -> None:
    here = live(
        tmp_path,
        "- {id: it, kind: command, title: It, run: {shell: 'env; true'}}",
        given={"token": SECRET},
    )
    await here.run()
    assert all(SECRET not in line and "redacted:token" not in line for _, line in here.shown)


@pytest.mark.parametrize("before", [LONGEST_LINE - 5, LONGEST_LINE + 4_090, LONGEST_LINE + 4_094])
async def test_a_secret_across_the_cut_of_a_long_line_leaves_no_half_behind(
    tmp_path: Path, before: int
) -> None:
    steps = f"""
        - id: it
          kind: command
          title: It
          run:
            env: {{TOKEN: "{{{{token}}}}"}}
            shell: head -c {before} /dev/zero | tr '\\0' x; printf '%s' "$TOKEN"; head -c 60000 /dev/zero
    """  # noqa: E501
    here = live(tmp_path, steps, given={"token": SECRET})
    result = await here.run()
    assert isinstance(result, Result)
    for text in (here.evidence(result), "".join(line for _, line in here.shown)):
        assert "xxxx" in text
        assert "corr" not in text
        assert "staple" not in text


async def test_a_private_key_in_a_flood_is_never_shown(tmp_path: Path) -> None:
    """It begins among lines that are skipped on the screen, and ends among those that are not."""
    here = live(
        tmp_path,
        """
        - id: it
          kind: command
          title: It
          run:
            shell: |
              echo "-----BEGIN PRIVATE KEY-----"
              i=0; while [ $i -lt 700 ]; do echo MIIE$i; i=$((i+1)); done
              echo "-----END PRIVATE KEY-----"
              echo after
        """,
    )
    result = await here.run()
    assert isinstance(result, Result)
    shown = "\n".join(line for _, line in here.shown)
    assert "MIIE" not in shown
    assert "after" in shown
    assert "MIIE" not in here.evidence(result)


async def test_the_end_of_a_key_whose_beginning_was_dropped_is_not_kept(tmp_path: Path) -> None:
    here = live(
        tmp_path,
        """
        - id: it
          kind: command
          title: It
          run:
            shell: |
              yes 'a line before, to fill what is kept of the beginning' | head -c 3000000
              echo "-----BEGIN RSA PRIVATE KEY-----"
              yes 'MIIEowIBAAKCAQEAx0' | head -n 60000
              echo "-----END RSA PRIVATE KEY-----"
              echo after
        """,
    )
    result = await here.run()
    assert isinstance(result, Result)
    assert result.cut > 0
    text = here.evidence(result)
    assert "MIIE" not in text
    assert "after" in text


async def test_a_missing_secret_is_asked_for_before_anything_is_recorded(tmp_path: Path) -> None:
    here = live(tmp_path, LEAKY)
    answer = await here.run()
    assert isinstance(answer, Refusal)
    assert answer.reason == "needs the secret token"
    assert "RB_TOKEN" in answer.hint
    assert here.kinds == ["RunStarted"]
    here.session.give_secrets({"token": SECRET})
    assert isinstance(await here.run(), Result)


async def test_output_is_safe_for_a_terminal(tmp_path: Path) -> None:
    here = live(
        tmp_path,
        r"""
        - {id: it, kind: command, title: It, run: {shell: 'printf "\033]52;c;eHg=\007 \033[2J\n"'}}
        """,
    )
    result = await here.run()
    assert isinstance(result, Result)
    assert here.shown == [("out", "␛]52;c;eHg=␇ ␛[2J")]
    assert "\x1b" not in here.evidence(result)
    assert "\x1b" not in here.git()


# Evidence


def test_attached_text_is_committed_without_secrets(tmp_path: Path) -> None:
    here = live(tmp_path, "- {id: it, kind: checklist, title: It}", given={"token": SECRET})
    done = here.executor.attach("it", "Query plan", f"token {SECRET}\r\nrows 3\n".encode())
    assert not isinstance(done, Refusal)
    path = here.session.state.of("it").evidence["Query plan"]
    assert path.startswith("evidence/it/query-plan-")
    assert here.session.log.file(path) == "token ‹redacted:token›\nrows 3\n".encode()
    assert SECRET not in here.git()


def test_two_pieces_of_one_name_are_both_kept(tmp_path: Path) -> None:
    here = live(tmp_path, "- {id: it, kind: checklist, title: It}")
    paths = set()
    for text in (b"first", b"second"):
        assert not isinstance(here.executor.attach("it", "same", text), Refusal)
        paths.add(here.session.state.of("it").evidence["same"])
    assert {here.session.log.file(path) for path in paths} == {b"first", b"second"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\0\0", "is no text"),
        (bytes(range(128, 256)) * 10, "is no text"),
        (b"x" * (4 * 1024 * 1024 + 1), "is the most"),
    ],
)
def test_what_cannot_be_cleaned_is_not_committed(
    tmp_path: Path, content: bytes, words: str
) -> None:
    here = live(tmp_path, "- {id: it, kind: checklist, title: It}")
    answer = here.executor.attach("it", "thing", content)
    assert isinstance(answer, Refusal)
    assert words in answer.reason
    assert here.kinds == ["RunStarted"]


def test_a_log_with_a_few_broken_bytes_is_text(tmp_path: Path) -> None:
    here = live(tmp_path, "- {id: it, kind: checklist, title: It}")
    assert not isinstance(here.executor.attach("it", "log", b"line\n" * 50 + b"\xff\n"), Refusal)
