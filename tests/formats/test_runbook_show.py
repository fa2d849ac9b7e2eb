"""The plan as a person reads it, and the runbook to start from."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runbook_tui.domain.runbook import CommandStep
from runbook_tui.formats.new import new_runbook
from runbook_tui.formats.show import show

from .runbook_texts import loaded, runbook_text
from .test_runbook_schema import EVERYTHING, accepts


def test_everything_a_person_must_know_is_on_the_page() -> None:
    page = show(loaded(EVERYTHING).runbook)
    for words in [
        "A test · 1.0.0",
        "test · owner: operations",
        "Window: 22:00 to 02:00, Europe/Berlin, the last 10m kept free",
        "Warnings: 20m, 1m before a deadline",
        "Buffer: 30 % of the plan – as always",
        "- ticket: https://example.org/1",
        "- env: choice, a or b, default a, in a rehearsal b",
        "- dba: alice",
        "- a [endpoints]: Hosts that scripts, configuration, units and SQL talk to",
        "paths: etc, {{env}}.zip",
        "redirect: old.example → new",
        "- b [command]: Ours",
        "valid-for: 2h\n      $ ours check",
        "installed: pattern ([0-9.]+)\n      $ postgres --version",
        "checks: a, b, c",
        "━━ 1 Work ━━",
        "1/11  By hand [checklist: hand]",
        "by dba · another person agrees (dba) · 2m (1m to 5m)",
        "DO-CONFIRM:\n       [ ] one\n       [ ] Two\n",
        "write down: replicas (integer, at least 0, at most 3, replicas)",
        "attach: screenshot",
        "2/11  A command [command: run]",
        "needs: hand",
        "changes something · 5m · timer 10m",
        "$ sleep 5 true 1.10\n       (in work, on db1, with A=1, at most 1m)",
        "verify:\n       $ true\n         (at most 10m)\n       → exit 0, the output contains `x`",
        "leaves behind: flag t (compensable)",
        "to take it back:\n       back\n       $ x",
        "○ b: B → c",
        "only when the decision choose is a or b",
        "go only if:\n       [ ] x",
        "wait 5m",
        "wait until 22:00Z",
        "→ exit 0; asked after 1s, then each time 1.5 × as long up to 20s, for 1m at most",
        "POINT OF NO RETURN: it cannot be undone, and nothing before it can",
    ]:
        assert words in page, words
    assert page.count("not built yet: do this by hand") == 1


def test_pages_are_100_columns_wide_but_shell_text_stays_as_it_is() -> None:
    shell = "echo " + "x" * 150 + " \\\n  | sort"
    argv = [f"--option-{n}=value" for n in range(20)]
    text = runbook_text(
        f"- id: a\n  kind: command\n  title: {'t ' * 50}x\n  instruction: {'word ' * 100}\n"
        f"  run: {{argv: [run, {', '.join(argv)}, 'two words']}}\n"
        f"  verify:\n    shell: |\n      " + shell.replace("\n", "\n      ")
    )
    lines = show(loaded(text).runbook).split("\n")
    assert [line for line in lines if len(line) > 100] == ["       $ echo " + "x" * 150 + " \\"]
    start = next(n for n, line in enumerate(lines) if line.startswith("     $ run"))
    joined = ""
    for line in lines[start:]:
        joined += line.strip().removesuffix("\\")
        if not line.endswith("\\"):
            break
    assert joined == "$ run " + " ".join(argv) + " 'two words'"


def test_code_in_instructions_is_not_reflowed() -> None:
    code = "```\n" + "  x" * 60 + "\n```"
    text = runbook_text(
        "- id: a\n  kind: checklist\n  title: A\n  instruction: |\n    "
        + code.replace("\n", "\n    ")
    )
    assert "     " + "  x" * 60 in show(loaded(text).runbook)


def test_nothing_a_terminal_would_obey_comes_out() -> None:
    """The reader refuses such text already; a runbook may also come from elsewhere."""
    runbook = loaded(runbook_text("- {id: a, kind: command, title: A, run: {argv: [x]}}")).runbook
    step = runbook.phases[0].steps[0]
    assert isinstance(step, CommandStep)
    evil = replace(step, title="\x1b]52;c;aGk=\x07", run=replace(step.run, argv=("a\x9bb\u202e",)))
    page = show(replace(runbook, phases=(replace(runbook.phases[0], steps=(evil,)),)))
    assert all(line.isprintable() for line in page.split("\n"))


@pytest.mark.parametrize(
    "name", ["postgres-17", "Full upgrade", "17", "null", "", "..", "x" * 200, "Ü/ä\x1b", "a: b #c"]
)
def test_the_runbook_to_start_from_has_no_problems(name: str) -> None:
    text = new_runbook(name)
    assert loaded(text).problems == ()
    assert accepts(text)
    assert text.startswith("# yaml-language-server: $schema=runbook.schema.json\n")


def test_its_id_and_title_come_from_the_folder() -> None:
    runbook = loaded(new_runbook("Postgres 17 upgrade")).runbook
    assert (runbook.id, runbook.title) == ("postgres-17-upgrade", "Postgres 17 upgrade")


def test_effects_snapshots_and_surveys_are_on_the_page() -> None:
    text = runbook_text(
        """
        - id: a
          kind: checklist
          title: A
          items: [x]
          mutates: true
          effects:
            - {kind: flag, target: events, before: "off", after: "on", temporary: true, owner: ann,
               snapshot: disk, at: {system: flagd, file: flags.json, only: [events]}}
            - {kind: webhook, target: hook, probe: {argv: [is-there], expect: {exit: 1}},
               compensation: {text: ask them, options: [
                 {id: a, title: Remove it}, {id: b, title: Mute it, consequence: late}]}}
        """,
        """\
        parameters: {pw: {type: secret}}
        surveys: {all: {system: unleash, url: 'https://f.example.com', token: '{{pw}}'}}
        snapshots:
          disk: {step: a, text: Copied, loses: orders since, estimate: 5m,
                 restore: {argv: [back]}, verify: {argv: [is-back]}}
        """,
    )
    page = show(loaded(text).runbook)
    for words in [
        "leaves behind: flag events: off → on (reversible, snapshot disk, for the time",
        "is seen at flagd: events; file flags.json",
        "the program puts it back as it was",
        "is it there?\n         $ is-there\n",
        "→ exit 1",
        "( ) Remove it",
        "( ) Mute it: late",
        "Snapshots\n  - disk (taken by a, restored in about 5m)\n    Copied\n"
        "    it takes with it: orders since\n    $ back\n",
        "Looked at round each step that changes something",
        "- all: unleash: url https://f.example.com; token {{pw}}",
    ]:
        assert words in page, words
