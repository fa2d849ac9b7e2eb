"""What a foreign migration may not have a scratch server, or this machine, do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.preflight.ports import Answer
from runbook_tui.preflight.sql.planning import Step
from runbook_tui.preflight.sql.rehearsal import rehearse
from runbook_tui.preflight.sql.scratch import PsqlScratch, Server
from runbook_tui.preflight.sql.statements import split


class Recording:
    """A scratch server on which everything succeeds and does nothing."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def run(self, commands: Sequence[str], limit: float = 60.0) -> Answer:
        self.commands += commands
        said = [c.removeprefix("\\echo ").replace(":ERROR", "false") for c in commands if "@" in c]
        return Answer(0, "\n".join(said).encode())


@pytest.mark.parametrize(
    "text",
    [
        "COPY t FROM PROGRAM 'id';",
        "COPY (SELECT 1) TO /* x */ PROGRAM 'id';",
        "DO $$ BEGIN EXECUTE 'copy t from program ''id'''; END $$;",
        "ALTER SYSTEM SET archive_command = 'id';",
        "DROP ROLE admin;",
    ],
)
def test_what_runs_programs_is_run_neither_up_nor_down_nor_up_again(text: str) -> None:
    where = Recording()
    up = [Step(each) for each in split(f"CREATE TABLE u (a int); {text}", "postgresql")]
    result = rehearse(where, up, split(f"DROP TABLE u; {text}", "postgresql"))
    assert result.went_back
    ran = "\n".join(where.commands)
    assert "CREATE TABLE u" in ran
    assert "DROP TABLE u" in ran
    for word in ("PROGRAM", "program", "SYSTEM", "ROLE admin"):
        assert word not in ran
    assert result.not_run


def test_no_command_to_psql_leaves_here() -> None:
    where = PsqlScratch(LocalTools(), "/bin/false", Server((("host", "x"),)), "db")
    answer = where.run(["SELECT 1", "\\! id"])
    assert answer.exit is None
    assert "not obeyed" in answer.trouble
