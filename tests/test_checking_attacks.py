"""What checks find is foreign, and so is a log that others can write: neither makes the program do
or believe what nobody decided.
"""

from __future__ import annotations

import asyncio
import subprocess
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from test_checking import BOOK, OURS, Make, held, look
from test_checking import make as make

from runbook_tui.adapters import places
from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.cli.begin import driving
from runbook_tui.cli.inspection import KEY_BYTES, hash_key
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.kept_findings import (
    KeptFinding,
    as_evidence,
    from_evidence,
    remedy_lines,
    sealed,
)
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.preflight import standing
from runbook_tui.domain.record import CommitDraft
from runbook_tui.domain.rules import Refusal
from runbook_tui.formats.load import load
from runbook_tui.opening import Driving
from runbook_tui.session import Session

SECRET = "Tr0ub4dor-horse-9"
JOBS = "  jobs: {kind: scheduled-tasks, paths: ['{{root}}/etc']}\n"


@pytest.fixture
def cron(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "cron.d" / "export"
    path.parent.mkdir(parents=True)
    path.write_text("0 3 * * * root /opt/push\n")
    return path


def job(run: Driving) -> str:
    step = run.session.state.plan.by_id["look"]
    return next(o.found.fingerprint for o in standing(run.session.state, step, None))


def other_terminal(run: Driving) -> Driving:
    """Another program on the same log."""
    session = run.session
    folder = Path(session.state.folder)
    repo = Repository.open(folder / "log.git")
    return driving(Session(repo.run("r1"), SystemClock(), session.who, load_pinned))


def forge(run: Driving, marker: Path) -> None:
    """Puts a remedy of its own into the evidence, as somebody who can write to the log can."""
    log, path = run.session.log, run.session.state.of("look").checks["jobs"].evidence
    lines = []
    for line in log.file(path).splitlines():
        kept = msgspec.json.decode(line, type=KeptFinding)
        remedies = tuple(
            structs.replace(each, edits=(), argv=("touch", str(marker)))
            for each in kept.finding.remedies
        )
        kept = structs.replace(kept, finding=structs.replace(kept.finding, remedies=remedies))
        lines.append(msgspec.json.encode(kept))
    stored = list(log.read())[-1]
    # The commit of a harmless note, with the other evidence in its tree.
    assert not isinstance(run.session.submit(cmd.AddNote("hello")), Refusal)
    last = list(log.read())[-1]
    draft = CommitDraft(
        message=last.message, author=stored.author, committer=stored.committer,
        when=run.session.clock.now().utc, files={path: b"\n".join(lines) + b"\n"},
    )  # fmt: skip
    folder = Path(run.session.state.folder) / "log.git"
    subprocess.run(
        ["git", "--git-dir", folder, "update-ref", "refs/heads/runs/r1", last.parents[0]],
        check=True,
    )
    other = Repository.open(folder).run("r1")
    other.append([draft], other.head)


async def test_a_remedy_that_was_put_into_the_log_is_not_applied(
    make: Make, tmp_path: Path, cron: Path
) -> None:
    run = make(JOBS)
    await look(run)
    marker = tmp_path / "forged"
    forge(run, marker)
    victim = other_terminal(run)
    assert victim.checking.findings("look", "jobs") == ()
    applied = await victim.checking.remedy("look", "jobs", job(victim))
    assert isinstance(applied, Refusal)
    assert not marker.exists()
    assert cron.read_text().startswith("0 3")


async def test_what_another_program_found_is_looked_at_here_before_anything_is_done(
    make: Make, tmp_path: Path, cron: Path
) -> None:
    run = make(JOBS)
    await look(run)
    other = other_terminal(run)
    results = sum(
        r.entry.event.__class__.__name__ == "CheckReported" for r in other.session.entries
    )
    cron.write_text("5 5 * * * root /opt/push\n")  # it is another line by now
    applied = await other.checking.remedy("look", "jobs", job(other))
    again = sum(r.entry.event.__class__.__name__ == "CheckReported" for r in other.session.entries)
    assert (results, again) == (1, 2)
    assert isinstance(applied, Refusal)
    assert cron.read_text().startswith("5 5")
    applied = await other.checking.remedy("look", "jobs", job(other))
    assert not isinstance(applied, Refusal)
    assert applied.outcome == "done"
    assert cron.read_text().startswith("# 5 5")
    # A third terminal takes it back, by what was written down.
    third = other_terminal(run)
    undone = await third.checking.remedy("look", "jobs", job(third), undo=True)
    assert not isinstance(undone, Refusal)
    assert cron.read_text().startswith("5 5")


@pytest.mark.parametrize(
    ("undo", "by_hand"),
    [
        (("systemctl", "enable", "--now", "mail.timer"), False),
        (("chmod", "ug+x", "--", "/etc/cron.daily/mail"), False),
        (("touch", "{marker}"), True),
        (("chmod", "ug+xs", "--", "/etc/cron.daily/mail"), True),
        (("chmod", "u+x", "--", "/etc/mail", "/etc/other"), True),
        (("systemctl", "enable", "--now", "--root=/mnt"), True),
    ],
)
async def test_a_command_that_takes_back_is_done_for_a_log_only_where_it_can_do_no_more(
    make: Make, tmp_path: Path, cron: Path, undo: tuple[str, ...], by_hand: bool
) -> None:
    run = make(JOBS)
    await look(run)
    marker = tmp_path / "forged"
    argv = tuple(each.format(marker=marker) for each in undo)
    # The whole log is somebody else's: evidence, seal and the remedy that is said to be done.
    forger = other_terminal(run)
    state = forger.session.state.of("look").checks["jobs"]
    [kept] = from_evidence(run.session.log.file(state.evidence))
    remedy = structs.replace(kept.finding.remedies[0], edits=(), argv=("true",), undo=argv)
    finding = structs.replace(kept.finding, remedies=(remedy,))
    content = as_evidence([structs.replace(kept, finding=finding)])
    path = "evidence/look/jobs-forged.json"
    report = cmd.ReportCheck(
        "look", "jobs", "jobs", "d", 0.1, True, state.found, 0, path, seal=sealed(content)
    )
    back = "\n".join(remedy_lines(remedy, undo=True))
    key, fingerprint = ("look", "jobs"), kept.fingerprint
    assert not isinstance(forger.session.submit(report, files={path: content}), Refusal)
    begin = cmd.BeginRemedy(*key, fingerprint, remedy.label, "cron", "x", "$ true", back, False)
    assert not isinstance(forger.session.submit(begin), Refusal)
    end = cmd.EndRemedy(*key, fingerprint, "done", "", False)
    assert not isinstance(forger.session.submit(end), Refusal)
    chosen = other_terminal(run).checking.remedy_of(*key, fingerprint, undo=True)
    assert isinstance(chosen, Refusal) == by_hand
    if isinstance(chosen, Refusal):
        assert back in str(chosen)
        refused = await other_terminal(run).checking.remedy(*key, fingerprint, undo=True)
        assert isinstance(refused, Refusal)
        assert not marker.exists()


async def test_only_the_remedy_that_was_agreed_to_is_applied(make: Make, cron: Path) -> None:
    run = make(JOBS)
    await look(run)
    found = job(run)
    shown = run.checking.remedy_of("look", "jobs", found)
    assert not isinstance(shown, Refusal)
    cron.write_text("0 4 * * * root /opt/push\n")
    await look(run, "jobs")
    applied = await run.checking.remedy("look", "jobs", job(run), shown=shown)
    assert isinstance(applied, Refusal)
    assert cron.read_text().startswith("0 4")


async def test_two_terminals_do_the_same_thing_once(make: Make, cron: Path) -> None:
    run = make(JOBS)
    await look(run)
    other = other_terminal(run)
    both = await asyncio.gather(
        run.checking.remedy("look", "jobs", job(run)),
        other.checking.remedy("look", "jobs", job(other)),
    )
    assert cron.read_text() == "# 0 3 * * * root /opt/push\n", both


async def test_no_hash_of_a_secret_reaches_the_log(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "cron.d"
    folder.mkdir(parents=True)
    line = f"0 3 * * * root /opt/push --key {SECRET}"
    (folder / SECRET).write_text(line + "\n")
    (folder / "plain").write_text(line + "\n")
    run = make(JOBS, secrets={"token": SECRET})
    await look(run)
    kept = run.session.state.of("look").checks["jobs"]
    findings = from_evidence(run.session.log.file(kept.evidence))
    assert len(findings) == 2
    for each in findings:
        # Whoever knows all but the secret could try likely ones against an unkeyed hash.
        assert each.fingerprint == each.finding.fingerprint
        assert each.digest == each.finding.evidence_digest
    git = [
        "git",
        "--git-dir",
        str(tmp_path / "log.git"),
        "cat-file",
        "--batch-all-objects",
        "--batch",
    ]
    everything = subprocess.run(git, check=True, capture_output=True).stdout
    assert SECRET.encode() not in everything
    assert sha256(line.encode()).hexdigest()[:16].encode() not in everything


async def test_a_result_of_another_check_does_not_count_after_an_amendment(
    make: Make, tmp_path: Path
) -> None:
    run = make(OURS % "exit 0")
    await look(run)
    assert held(run) == ()
    book = tmp_path / "runbook.yaml"

    def amend(checks: str) -> None:
        book.write_text(BOOK % checks)
        loaded = load(book)
        pin = pin_of(loaded, book)
        command = cmd.AmendRunbook(pin, Plan(loaded.runbook, loaded.digest), (), "because")
        answer = run.session.submit(command, files=pinned_files(loaded, pin))
        assert not isinstance(answer, Refusal), answer

    amend((OURS % "exit 0").replace("title: Ours", "title: Theirs, timeout: 5s"))
    assert held(run) == ()
    amend(OURS % "exit 2")
    assert "another check now" in held(run)[0]
    await look(run)
    assert held(run)[0].startswith("inhibitor ours")
    # Taken out of the runbook, it cannot be run again: what it found stays to be answered.
    amend(OURS.replace("ours", "others") % "exit 0")
    await look(run)
    assert [reason.split(":")[0] for reason in held(run)] == ["inhibitor ours"]


async def test_json_behind_a_byte_order_mark_is_read(make: Make, tmp_path: Path) -> None:
    said = tmp_path / "said"
    finding = '{"findings":[{"key":"a","severity":"inhibitor","title":"x"}]}'
    said.write_text(f"\ufeff{finding}", encoding="utf-8")
    run = make(OURS % f"cat {said}")
    await look(run)
    found = run.session.state.of("look").checks["ours"].found
    assert "inhibitor" in [each.severity for each in found]


async def test_names_and_texts_of_others_are_only_text(make: Make, tmp_path: Path) -> None:
    said = tmp_path / "said"
    title = r"[@click=app.quit]x[/] \u001b]8;;http://e\u0007 \u202eevil \u0000"
    said.write_text(
        '{"findings":[{"key":"a","severity":"warning","title":"TITLE","subject":"\\u001b[2J",'
        '"evidence":[{"place":"-rf\\n\\u001b[2J","line":3,"text":"\\u202e"}]}]}'.replace(
            "TITLE", title
        )
    )
    run = make(OURS % f"cat {said}; exit 1")
    await look(run)
    assert "[@click=app.quit]x[/]" in run.session.state.of("look").checks["ours"].found[0].title
    git = ["git", "--git-dir", str(tmp_path / "log.git"), "log", "-p", "--format=%B", "runs/r1"]
    shown = subprocess.run(git, check=True, capture_output=True).stdout.decode()
    # The runbook's own bytes are pinned as they are; it has none of these.
    assert not {"\x1b", "\u202e", "\0", "\a"} & set(shown)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 100])
def test_a_key_that_is_none_is_made_anew_and_nobody_else_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = places.state_folder() / "hash-key"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    key = hash_key()
    assert len(key) == KEY_BYTES
    path.chmod(0o644)
    assert hash_key() == key
    assert path.stat().st_mode & 0o077 == 0


async def test_findings_that_only_a_secret_told_apart_can_each_be_waived(
    make: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "etc" / "cron.d"
    folder.mkdir(parents=True)
    for name in ("Tr0ub4dor-horse-9", "Other-battery-7"):
        (folder / name).write_text("0 3 * * * root /opt/push\n")
    run = make(JOBS, secrets={"a": "Tr0ub4dor-horse-9", "b": "Other-battery-7"})
    await look(run)
    found = run.session.state.of("look").checks["jobs"].found
    assert len({each.fingerprint for each in found}) == len(found) == 2
