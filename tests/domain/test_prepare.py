"""A command made ready: nothing a parameter says is ever parsed, here or on another host."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from runbook_tui.domain.every_command import every_command
from runbook_tui.domain.evidence import attached_path, attached_text, output_text
from runbook_tui.domain.job import Ended
from runbook_tui.domain.output import OutputStore
from runbook_tui.domain.prepare import Prepared, over_ssh, prepare, secrets_of
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Poll, WaitStep
from runbook_tui.domain.runbook_effects import Compensation, Effect, Snapshot
from runbook_tui.domain.runbook_model import Command, Verify
from runbook_tui.domain.systems.packages import Dpkg
from runbook_tui.domain.systems.unleash import Unleash

from .play import check, command, plan_of

NASTY = ("$(touch owned)", "`id`", "; rm -rf /", "a b", "'", '"', "\\", "-rf", "{{pw}}", "é\n", "*")


def prepared(what: Command, parameters: dict[str, str] | None = None, **secrets: str) -> Prepared:
    return prepare(what, parameters or {}, frozenset({"pw", "key"}), secrets)


@pytest.mark.parametrize("value", NASTY)
def test_a_parameter_is_one_argument_whatever_it_says(value: str) -> None:
    ready = prepared(Command(argv=("echo", "x={{name}}", "{{name}}")), {"name": value})
    assert ready.argv == ("echo", f"x={value}", value)
    assert ready.env == {"RB_NAME": value}


def test_shell_text_is_never_touched_and_gets_parameters_by_environment() -> None:
    ready = prepared(Command(shell='echo "$RB_NAME" {{name}}\n'), {"name": "; rm -rf /"})
    assert ready.argv == ("/bin/sh", "-c", 'echo "$RB_NAME" {{name}}\n')
    assert ready.line == 'echo "$RB_NAME" {{name}}'
    done = subprocess.run(
        ready.argv, env={**ready.env}, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "; rm -rf / {{name}}\n"


def test_a_secret_goes_only_to_commands_that_name_it_and_only_into_the_environment() -> None:
    both = {"pw": "hunter22", "key": "abcd1234"}
    assert prepared(Command(argv=("true",)), **both).env == {}
    by_env = prepared(Command(argv=("true",), env={"PGPASSWORD": "{{pw}}"}), **both)
    assert by_env.env == {"RB_PW": "hunter22", "PGPASSWORD": "hunter22"}
    by_shell = prepared(Command(shell='login "$RB_KEY"'), **both)
    assert by_shell.env == {"RB_KEY": "abcd1234"}
    for ready in (by_env, by_shell):
        assert not any(secret in " ".join((*ready.argv, ready.line)) for secret in both.values())
    assert secrets_of(Command(shell="$RB_PW_FILE $MY_RB_PW"), frozenset({"pw"})) == frozenset()


def test_a_secret_that_was_not_given_is_named() -> None:
    ready = prepared(Command(shell='a "$RB_PW"', env={"K": "<{{key}}>"}))
    assert ready.missing_secrets == ("key", "pw")
    assert ready.env == {"K": "<>"}


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
)
NAMES = st.from_regex(r"[A-Z_]{1,6}", fullmatch=True)


@given(st.lists(WORDS, max_size=4), st.dictionaries(NAMES, WORDS, max_size=3))
@settings(max_examples=30)
def test_another_host_gets_exactly_the_arguments_and_environment(
    args: list[str], env: dict[str, str]
) -> None:
    ready = Prepared(
        argv=("printf", r"%s\0", *args), env=env, cwd="/", timeout=1, host="db1", line=""
    )
    *ssh, remote = over_ssh(ready)
    assert ssh[-2:] == ["--", "db1"]
    done = subprocess.run(
        ["/bin/sh", "-c", remote], capture_output=True, check=True, timeout=30, env={"PATH": PATH}
    )
    assert done.stdout == b"".join(a.encode() + b"\0" for a in args) or not args
    shown = Prepared(argv=("env", "-0"), env=env, cwd="", timeout=1, host="db1", line="")
    done = subprocess.run(
        ["/bin/sh", "-c", over_ssh(shown)[-1]],
        capture_output=True,
        check=True,
        timeout=30,
        env={"PATH": PATH},
    )
    seen = dict(pair.split(b"=", 1) for pair in done.stdout.split(b"\0") if pair)
    for name, value in env.items():
        assert seen[name.encode()] == value.encode()


PATH = "/usr/local/bin:/usr/bin:/bin"


@pytest.mark.parametrize("folder", ["-", "-P", "a b", "$HOME", "x;y", "'"])
def test_the_folder_on_another_host_is_a_folder_whatever_it_is_called(
    folder: str, tmp_path: Path
) -> None:
    (tmp_path / folder).mkdir()
    ready = Prepared(argv=("pwd",), env={}, cwd=folder, timeout=1, host="db1", line="")
    done = subprocess.run(
        ["/bin/sh", "-c", over_ssh(ready)[-1]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={"PATH": PATH},
    )
    assert done.stdout == f"{tmp_path / folder}\n"


def test_a_variable_name_is_no_way_into_the_shell_of_another_host(tmp_path: Path) -> None:
    ready = Prepared(
        argv=("true",), env={"X;touch owned;Y": "1"}, cwd="", timeout=1, host="h", line=""
    )
    subprocess.run(["/bin/sh", "-c", over_ssh(ready)[-1]], cwd=tmp_path, check=False, timeout=30)
    assert list(tmp_path.iterdir()) == []


# --- what must be seen before a runbook is trusted


def test_every_command_a_runbook_could_run_is_listed() -> None:
    def argv(name: str) -> Command:
        return Command(argv=(name,))

    undo = Compensation(text="back", run=argv("undo"))
    step = command(
        "c",
        verify=Verify(argv=("verify",)),
        compensation=undo,
        effects=(
            Effect(kind="flag", target="x", probe=Verify(argv=("probe",)), compensation=undo),
            Effect(kind="data", target="y"),
        ),
    )
    wait = WaitStep(id="w", title="W", condition=Poll(shell="poll | grep x\n"))
    plan = plan_of(check("a"), step, wait)
    assert [(c.step, c.purpose, c.text) for c in every_command(plan.runbook)] == [
        ("c", "run", "true"),
        ("c", "verify", "verify"),
        ("c", "undo", "undo"),
        ("c", "probe", "probe"),
        ("c", "undo", "undo"),
        ("w", "poll", "poll | grep x"),
    ]


def test_what_restores_a_snapshot_is_listed_as_well() -> None:
    plan = plan_of(check("a"))
    snapshot = Snapshot(restore=Command(argv=("restore",)), verify=Verify(argv=("is-it",)))
    book = structs.replace(plan.runbook, snapshots={"db": snapshot})
    assert [(c.step, c.purpose, c.text) for c in every_command(book)] == [
        ("db", "restore", "restore"),
        ("db", "verify", "is-it"),
    ]


def test_what_the_program_looks_at_and_puts_back_by_itself_is_listed() -> None:
    flags = Unleash(url="https://f.example.com", token="{{pw}}", only=("events",))
    step = check("a", effects=(Effect(kind="flag", target="events", at=flags),))
    book = structs.replace(plan_of(step).runbook, surveys={"packages": Dpkg()})
    told = "unleash: events; url https://f.example.com; token {{pw}}"
    assert [(c.step, c.purpose, c.text) for c in every_command(book)] == [
        ("a", "probe", f"looks at {told}"),
        ("a", "undo", "puts back what was changed in unleash"),
        ("packages", "survey", "looks at dpkg"),
    ]


# --- evidence


def ended(store: OutputStore, trouble: str = "") -> Ended:
    store.finish(lambda stream, lines: None)
    return Ended("exited", 0, 1.25, store, trouble)


def test_stored_output_is_redacted_and_safe_and_says_how_it_ended() -> None:
    store = OutputStore()
    store.feed("out", b"\x1b[32mok\x1b[0m hunter22\n")
    store.feed("err", b"warn\n")
    text = output_text("login", ended(store), Redactor({"pw": "hunter22"})).decode()
    assert text == ("$ login\n␛[32mok␛[0m ‹redacted:pw›\n[stderr] warn\n[exit 0 after 1.2 s]\n")


def test_a_key_across_the_cut_between_head_and_tail_is_not_stored() -> None:
    store = OutputStore()
    body = b"\n".join(b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC%04d" % n for n in range(400_000))
    store.feed("out", b"-----BEGIN PRIVATE KEY-----\n" + body)
    store.feed("out", b"\n-----END PRIVATE KEY-----\nafter\n")
    assert store.cut
    text = output_text("cat", ended(store), Redactor()).decode()
    assert "MIIE" not in text
    assert "\nafter\n" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\x7fELF\0\0", "no text"), (b"\xff\xfe" * 99, "no text"), (b"x" * 4_194_305, "the most")],
)
def test_what_no_secret_can_be_taken_out_of_is_refused(content: bytes, says: str) -> None:
    answer = attached_text("dump", content, Redactor())
    assert isinstance(answer, Refusal)
    assert says in answer.reason


def test_an_attached_text_is_redacted_and_safe() -> None:
    answer = attached_text("log", b"\xef\xbb\xbfpw hunter22\x1b[2J\n", Redactor({"pw": "hunter22"}))
    assert answer == "pw ‹redacted:pw›␛[2J\n".encode()


@given(st.text(), st.integers(1, 999))
def test_the_path_of_evidence_is_plain_whatever_it_is_called(name: str, number: int) -> None:
    path = attached_path("a", name, number)
    assert path.startswith("evidence/a/")
    assert path.count("/") == 2
    assert path.isascii()
    assert not set(path) & set(' \n\0\\:*?"<>|')
    assert ".." not in path
