"""Checks of a team's own: commands, and packages with an entry point."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.checks.extension import ExtensionCheck
from runbook_tui.domain.findings import CheckResult
from runbook_tui.domain.runbook_model import Command
from runbook_tui.preflight.checks.custom import CHECK
from runbook_tui.preflight.checks.extension import CHECK as EXTENSION
from runbook_tui.preflight.command.judging import Ending, judge

from .targets import by_key, result


def run(folder: Path, shell: str, *, secrets: Any = None, **more: Any) -> CheckResult:
    timeout = more.pop("timeout", "1m")
    config = CommandCheck(run=Command(shell=shell, **more), timeout=timeout)
    return result(CHECK, config, folder, secrets=secrets or {})


@pytest.mark.parametrize(
    ("code", "severity"),
    [(0, "pass"), (1, "warning"), (2, "inhibitor"), (3, "unknown"), (127, "unknown")],
)
def test_the_exit_is_the_verdict(tmp_path: Path, code: int, severity: str) -> None:
    [found] = run(tmp_path, f"echo one; echo two; echo bad >&2; exit {code}").findings
    assert (found.key, found.severity) == ("exit", severity)
    assert found.title.endswith(": two")
    assert [str(each) for each in found.evidence] == [
        "stdout:1: one", "stdout:2: two", "stderr:1: bad",
    ]  # fmt: skip


def test_what_does_not_end_by_itself_is_unknown(tmp_path: Path) -> None:
    [signalled] = run(tmp_path, "kill -9 $$").findings
    assert signalled.severity == "unknown"
    assert "signal 9" in signalled.title
    began = time.monotonic()
    [late] = run(tmp_path, "echo begun; sleep 60", timeout="1s").findings
    assert time.monotonic() - began < 20
    assert (late.key, late.severity) == ("not-run", "unknown")
    assert "took longer than 1 s" in late.title
    assert late.evidence[0].text == "begun"
    for command in (Command(argv=("/no/such",)), Command(), Command(argv=("true",), host="far")):
        [gone] = result(CHECK, CommandCheck(run=command), tmp_path).findings
        assert (gone.key, gone.severity) == ("not-run", "unknown")
    [fleet] = result(
        CHECK, CommandCheck(run=Command(argv=("true",), hosts=("a",))), tmp_path
    ).findings
    assert fleet.severity == "unknown"


def test_the_shorter_limit_counts_and_where_it_runs(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    [found] = run(tmp_path, 'echo "$PWD $WORD"', cwd="sub", env={"WORD": "hello"}).findings
    assert found.evidence[0].text == f"{tmp_path}/sub hello"
    config = CommandCheck(run=Command(argv=("pwd",)))
    assert result(CHECK, config, tmp_path).findings[0].evidence[0].text == str(tmp_path)
    config = CommandCheck(run=Command(argv=("echo", "$HOME"), timeout="5s"), title="Look")
    [found] = result(CHECK, config, tmp_path).findings
    assert found.title == "Look: passed: $HOME"


def test_only_the_last_lines_are_kept_without_secrets(tmp_path: Path) -> None:
    script = "seq 100; echo key is hunter22; printf 'a\\033]0;x\\007b\\n'; exit 1"
    [found] = run(tmp_path, script, secrets={"it": "hunter22"}).findings
    assert len(found.evidence) == 20
    assert [each.line for each in found.evidence] == list(range(83, 103))
    assert "hunter22" not in repr(found)
    assert "\\x1b" not in repr(found)


def test_a_key_whose_beginning_is_lost_is_taken_out(tmp_path: Path) -> None:
    body = "MIIsecretsecret\n" * 5
    text = "x\n" * 600_000 + body + "-----END RSA PRIVATE KEY-----\nend\n"
    [found] = judge("command", "it", Ending(1, text[-1_048_576:], cut=True))
    assert "MIIsecret" not in repr(found)
    assert found.evidence[-1].text == "end"
    for ending in ("", "\n-----END PRIVATE KEY-----\nend\n"):
        long = "-----BEGIN PRIVATE KEY-----\n" + "k" * 300_000 + ending
        [found] = judge("command", "it", Ending(1, long))
        assert "kkkk" not in repr(found)


ONE = {
    "key": "disk-full", "severity": "high", "title": "The disk is full", "subject": "/var",
    "evidence": [{"place": "/var", "line": 3, "text": "99 %"}], "remediation": "Make room.",
}  # fmt: skip


def answered(folder: Path, document: object, code: int = 0) -> CheckResult:
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "out.json").write_text(text)
    return run(folder, f"cat out.json; exit {code}")


def test_findings_come_as_json(tmp_path: Path) -> None:
    found = answered(tmp_path, {"findings": [ONE, {**ONE, "subject": "/tmp", "severity": "info"}]})
    first, second = found.findings
    assert (first.check, first.key, first.severity) == ("command", "disk-full", "high")
    assert (first.subject, first.remediation) == ("/var", "Make room.")
    assert str(first.evidence[0]) == "/var:3: 99 %"
    assert second.fingerprint != first.fingerprint
    [nothing] = answered(tmp_path, {"findings": []}).findings
    assert nothing.severity == "pass"


def test_json_never_makes_it_better_than_the_exit(tmp_path: Path) -> None:
    info = {**ONE, "severity": "info"}
    assert [f.severity for f in answered(tmp_path, {"findings": [info]}, 2).findings] == [
        "info", "inhibitor",
    ]  # fmt: skip
    assert answered(tmp_path, {"findings": [info]}, 1).worst == "warning"
    assert answered(tmp_path, {"findings": []}, 2).worst == "inhibitor"
    assert answered(tmp_path, {"findings": [info]}, 9).worst == "unknown"
    assert len(answered(tmp_path, {"findings": [ONE]}, 1).findings) == 1


@pytest.mark.parametrize(
    "document",
    [
        {"findings": [{**ONE, "severity": "bad"}]},
        {"findings": [{**ONE, "more": 1}]},
        {"findings": [{"key": "a"}]},
        {"findings": [{**ONE, "key": "Not A Key"}]},
        {"findings": [{**ONE, "evidence": [{"place": "x", "line": -1}]}]},
        {"findings": {}},
        {"findings": [], "more": 1},
        '{"findings": [',
        '{"findings": ' + "[" * 100_000,
        {"findings": [{**ONE, "title": ""}]},
        "looking...\n" + json.dumps({"findings": [ONE]}),
        "x" * 300_000 + json.dumps({"findings": [ONE]}),
        json.dumps([{"findings": [ONE]}]),
    ],
)
def test_what_is_malformed_is_unknown_with_its_reason(tmp_path: Path, document: object) -> None:
    found = answered(tmp_path, document).findings[-1]
    assert (found.key, found.severity) == ("malformed", "unknown")
    assert "its JSON: " in found.title


def test_the_same_twice_is_malformed_and_kept_once(tmp_path: Path) -> None:
    found = answered(tmp_path, {"findings": [ONE, ONE]}).findings
    assert [(each.key, each.severity) for each in found] == [
        ("disk-full", "high"), ("malformed", "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("document", ['{"items": []}', "{not json", "[1, 2]", '"findings"'])
def test_other_output_is_only_output(tmp_path: Path, document: str) -> None:
    [found] = answered(tmp_path, document).findings
    assert (found.key, found.severity) == ("exit", "pass")


def test_words_of_a_command_are_foreign(tmp_path: Path) -> None:
    bad = "a\x1b[2J\u202eb password=hunter22x"
    one = {**ONE, "title": bad, "subject": bad, "evidence": [{"place": bad, "text": bad}]}
    text = repr(answered(tmp_path, {"findings": [one]}))
    for each in ("\\x1b", "\\u202e", "hunter22x"):
        assert each not in text


def test_a_host_is_told_from_another() -> None:
    prints = set()
    for host in ("a", "b"):
        for out in ("", json.dumps({"findings": [ONE]})):
            [found] = judge("command", "it", Ending(0, out, subject=host))
            assert host in found.subject
            prints.add(found.fingerprint)
    assert len(prints) == 4
    [lost] = judge("command", "it", Ending(None, trouble="no route", subject="a"))
    assert (lost.severity, lost.title) == ("unknown", "it on a: could not be run: no route")


@given(st.text(max_size=300), st.integers(-20, 300))
def test_no_output_makes_it_fail(text: str, code: int) -> None:
    for out in (text, '{"findings":' + text):
        found = list(judge("command", "it", Ending(code, out, text)))
        assert found
        assert (found[-1].severity == "pass") <= (code == 0)


EXTENSION_SOURCE = """
from runbook_tui.domain.findings import Evidence, Finding

def replicas(options, target):
    wanted = int(options["replicas"])
    yield None
    if wanted > 2:
        yield Finding(check="any", key="replicas", severity="high", title="Too few replicas",
                      subject=target.name, evidence=(Evidence(place=str(target.folder)),))
        yield {"key": "as-mapping", "severity": "info", "title": "So can mappings"}

def nothing(options, target):
    return []

def malformed(options, target):
    return [Finding(check="x", key="Bad Key", severity="info", title="x"), 7,
            {"key": "fine", "severity": "warning", "title": "fine"}]

def raising(options, target):
    yield {"key": "first", "severity": "warning", "title": "seen before"}
    raise RuntimeError("token=abcdef123456 broke")

def exiting(options, target):
    raise SystemExit(0)

def text(options, target):
    return "hello"

number = 5
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip puts it: a module, and metadata with its entry points."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "acme_checks.py").write_text(textwrap.dedent(EXTENSION_SOURCE))
    info = site / "acme_checks-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.2\n")
    names = ("replicas", "nothing", "malformed", "raising", "exiting", "text", "number", "missing")
    rows = "".join(f"{name} = acme_checks:{name}\n" for name in names)
    (info / "entry_points.txt").write_text(
        f"[runbook_tui.checks]\n{rows}gone = acme_gone:check\n[console_scripts]\nx = acme:x\n"
    )
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("acme_checks", None)


def extension(folder: Path, uses: str, **options: str) -> CheckResult:
    return result(EXTENSION, ExtensionCheck(uses=uses, options=options), folder)


def test_an_extension_finds(tmp_path: Path, installed: Path) -> None:
    found = by_key(extension(tmp_path, "replicas", replicas="3"))
    assert found["replicas"][0].check == "extension"
    assert found["replicas"][0].subject == "it"
    assert found["as-mapping"][0].severity == "info"
    [fine] = extension(tmp_path, "nothing").findings
    assert (fine.severity, fine.evidence[0].place) == ("pass", "acme-checks 1.2")


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ("absent", "No installed package"), ("x", "No installed package"),
        ("gone", "ModuleNotFoundError"), ("missing", "AttributeError"),
        ("number", "TypeError"), ("text", "it gave str"), ("exiting", "SystemExit"),
        ("replicas", "KeyError"),
    ],
)  # fmt: skip
def test_what_an_extension_cannot_do_is_unknown(
    tmp_path: Path, installed: Path, uses: str, words: str
) -> None:
    [found] = extension(tmp_path, uses).findings
    assert found.severity == "unknown"
    assert words in found.title


def test_what_it_found_before_it_broke_stays(tmp_path: Path, installed: Path) -> None:
    found = extension(tmp_path, "raising").findings
    assert [each.key for each in found] == ["first", "could-not-run"]
    assert "abcdef123456" not in found[1].title
    found = extension(tmp_path, "malformed").findings
    assert [each.key for each in found] == ["malformed", "malformed", "fine"]


def test_two_packages_with_one_name_are_ambiguous(tmp_path: Path, installed: Path) -> None:
    info = installed / "other-3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 3\n")
    (info / "entry_points.txt").write_text("[runbook_tui.checks]\nnothing = other:check\n")
    [found] = extension(tmp_path, "nothing").findings
    assert (found.key, found.severity) == ("ambiguous", "unknown")
    assert "acme-checks 1.2, other 3" in found.title
