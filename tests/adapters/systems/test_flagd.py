"""Flags as flagd has them in a file: seen whole, put back alone; and what evaluates them agrees."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from runbook_tui.domain.systems.asking import FAILED, FOREIGN, NOT_ASKED, RESTORED
from runbook_tui.domain.systems.flag_files import Flagd
from runbook_tui.domain.systems.seen import changes
from tests.adapters.systems.conftest import Child

CONFIG = Flagd(file="flags.json")
TEXT = """{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "metadata": {"flagSetId": "shop"},
  "flags": {
      "new-checkout" : {
      "state": "ENABLED",
      "variants": { "on": true, "off": false },
      "defaultVariant": "off",
      "targeting": { "if": [ { "$ref": "staff" }, "on", null ] }
    },
    "retries": {"defaultVariant": "few", "state": "ENABLED", "variants": {"few": 3, "many": 9}},
    "ghost": {"state": "DISABLED", "variants": {"a": "ä\\u00e4"}, "defaultVariant": "a"}
  },
  "$evaluators": {"staff": {"ends_with": [{"var": "email"}, "@example.org"]}}
}
"""


@pytest.fixture
def file(child: Child) -> Path:
    """A file with flags."""
    path = child.cwd / "flags.json"
    path.write_text(TEXT)
    return path


def other(text: str, key: str) -> str:
    document = json.loads(text)
    document["flags"][key]["defaultVariant"] = "on"
    return json.dumps(document)


def without(text: str, key: str) -> str:
    begin = text.index(f'"{key}"')
    following = {"new-checkout": '"retries"', "retries": '"ghost"'}.get(key)
    if following:
        return text[:begin] + text[text.index(following) :]
    begin = text.rindex(",", 0, begin)
    return text[:begin] + text[text.index("\n  },") :]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_all_of_a_flag_is_seen(child: Child, file: Path) -> None:
    before = child.look(CONFIG)

    assert before.lines == {
        "new-checkout": "ENABLED, default off (false), with targeting",
        "retries": "ENABLED, default few (3)",
        "ghost": 'DISABLED, default a ("ää")',
        "$evaluators": '{"staff": {"ends_with": [{"var": "email"}, "@example.org"]}}',
        "$metadata": '{"flagSetId": "shop"}',
    }
    file.write_text(json.dumps(json.loads(TEXT), indent=1, sort_keys=True))
    assert child.look(CONFIG).objects == before.objects  # the same flags in another dress


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"defaultVariant": "off"', '"defaultVariant": "on"'),
        ('"few": 3', '"few": 4'),
        ('"state": "DISABLED"', '"state": "ENABLED"'),
        ('"on", null', '"on", "off"'),
        ("@example.org", "@example.com"),
        ('"flagSetId": "shop"', '"flagSetId": "shop2"'),
        ('"few": 3, ', ""),
        ('  "metadata": {"flagSetId": "shop"},\n', ""),
    ],
)
def test_a_flag_is_put_back_byte_for_byte(child: Child, file: Path, old: str, new: str) -> None:
    before = child.look(CONFIG)
    change(file, old, new)
    ours = child.look(CONFIG)
    assert len(changes(before, ours)) == 1

    said = child.restore(CONFIG, before, ours)

    assert said.code == RESTORED, said.out
    assert file.read_text() == TEXT


@pytest.mark.parametrize("key", ["new-checkout", "retries", "ghost"])
def test_flags_that_came_or_went_are_put_back(child: Child, file: Path, key: str) -> None:
    whole = child.look(CONFIG)
    file.write_text(without(TEXT, key))
    less = child.look(CONFIG)
    assert key not in less.objects

    assert child.restore(CONFIG, whole, less).code == RESTORED
    assert file.read_text() == TEXT
    assert child.restore(CONFIG, less, whole).code == RESTORED
    assert file.read_text() == without(TEXT, key)


def test_the_last_flag_goes_and_comes_back(child: Child, file: Path) -> None:
    file.write_text('{"flags": {\n  "a": {"state": "ENABLED"}\n}}')
    one = child.look(CONFIG)
    file.write_text('{"flags": {}}')
    none = child.look(CONFIG)

    assert child.restore(CONFIG, one, none).code == RESTORED
    assert file.read_text() == '{"flags": {\n  "a": {"state": "ENABLED"}\n}}'
    assert child.restore(CONFIG, none, one).code == RESTORED
    assert json.loads(file.read_text()) == {"flags": {}}


def test_a_flag_that_somebody_else_changed_is_left(child: Child, file: Path) -> None:
    before = child.look(CONFIG)
    change(file, '"defaultVariant": "off"', '"defaultVariant": "on"')
    change(file, '"few": 3', '"few": 4')
    ours = child.look(CONFIG)
    change(file, '"few": 4', '"few": 5')

    said = child.restore(CONFIG, before, ours)

    assert said.code == FOREIGN
    assert "left retries: somebody else has changed it since" in said.out
    assert file.read_text() == TEXT.replace('"few": 3', '"few": 5')


def test_a_file_that_is_as_before_is_not_written(child: Child, file: Path) -> None:
    before = child.look(CONFIG)
    change(file, '"few": 3', '"few": 4')
    ours = child.look(CONFIG)
    change(file, '"few": 4', '"few": 3')
    number = file.stat().st_ino

    assert child.restore(CONFIG, before, ours).code == RESTORED
    assert file.stat().st_ino == number


def test_a_file_behind_a_link_is_replaced_there(child: Child, file: Path) -> None:
    real = child.cwd / "..data"
    file.rename(real)
    real.chmod(0o640)
    file.symlink_to("..data")
    before = child.look(CONFIG)
    change(real, '"few": 3', '"few": 4')

    assert child.restore(CONFIG, before, child.look(CONFIG)).code == RESTORED
    assert file.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == (TEXT, 0o640)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file or directory"),
        ("flags: {}", "flags.json:1: no JSON"),
        ('{"flag": {}}', "it has no `flags`"),
        ('{"flags": []}', "lists are not read here"),
        ('{"flags": {"a": {}, "a": {}}}', "the key 'a' is there twice"),
        ('{"flags": {"a": ' + "[" * 200_000, "flags.json"),
    ],
)
def test_it_says_why_it_cannot_look(child: Child, file: Path, text: str | None, why: str) -> None:
    file.unlink() if text is None else file.write_text(text)
    assert why in child.refused(CONFIG)


def test_nothing_is_put_back_into_a_file_that_cannot_be_read(child: Child, file: Path) -> None:
    before = child.look(CONFIG)
    change(file, '"few": 3', '"few": 4')
    ours = child.look(CONFIG)
    file.write_text("{")

    assert child.restore(CONFIG, before, ours).code == NOT_ASKED
    assert file.read_text() == "{"
    assert FAILED != NOT_ASKED


EVALUATE = """
import sys
from openfeature import api
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.evaluation_context import EvaluationContext
provider = FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=sys.argv[1])
api.set_provider_and_wait(provider)
client = api.get_client()
for mail in ("a@example.org", "a@example.net"):
    context = EvaluationContext("t", {"email": mail})
    details = client.get_boolean_details("new-checkout", False, context)
    assert details.error_code is None, details
    print(details.variant)
api.shutdown()
"""


def test_what_evaluates_the_flags_agrees(child: Child, file: Path) -> None:
    python = os.environ.get("RUNBOOK_TUI_TEST_OPENFEATURE")
    if python is None:
        pytest.skip(
            "RUNBOOK_TUI_TEST_OPENFEATURE names no Python with OpenFeature's flagd provider"
        )

    def evaluated() -> list[str]:
        argv = [python, "-c", EVALUATE, str(file)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    before = child.look(CONFIG)
    assert evaluated() == ["on", "off"]
    change(file, '"defaultVariant": "off"', '"defaultVariant": "on"')
    change(file, "@example.org", "@example.com")
    ours = child.look(CONFIG)
    assert evaluated() == ["on", "on"]

    assert child.restore(CONFIG, before, ours).code == RESTORED
    assert evaluated() == ["on", "off"]
