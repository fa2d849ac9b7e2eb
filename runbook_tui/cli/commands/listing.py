"""`runs` and `status`: what there is, and where it stands. They read, and never write."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples, json_option, log_option, run_argument


@click.command(epilog=examples("runs", "runs --json --log ./upgrade.git"))
@log_option
@json_option
def runs(log: str | None, as_json: bool) -> int:
    """List the runs.

    Newest first: id, runbook, version, mode, state, start, driver. Under a run, the decision
    records that are due for revisiting.
    """
    from runbook_tui.adapters.clock import SystemClock
    from runbook_tui.cli import exits, say, wiring
    from runbook_tui.cli.lines import time_json, time_text
    from runbook_tui.cli.records_text import revisits_json, short_records
    from runbook_tui.cli.runs import summaries
    from runbook_tui.domain.text import safe_line

    repo = wiring.existing_repository(log)
    found = list(summaries(repo)) if repo is not None else []
    now = SystemClock().now().utc
    if as_json:
        say.json_out(
            [
                {
                    "run": s.id,
                    "runbook": s.runbook,
                    "title": s.title,
                    "version": s.version,
                    "mode": s.mode,
                    "status": s.status,
                    "rollback": s.rollback or None,
                    "started": time_json(s.started),
                    "ended": time_json(s.ended),
                    "driver": s.driver,
                    "events": s.events,
                    "trouble": s.trouble,
                    "revisit": revisits_json(s.records, now),
                }
                for s in found
            ]
        )
        return exits.FINE
    if not found:
        say.err("no runs yet; runbook-tui run RUNBOOK starts one")
    for s in found:
        facts = (s.id, s.runbook, s.version, s.mode, s.word, time_text(s.started), s.driver)
        say.out("  ".join(safe_line(fact) or "-" for fact in facts))
        for line in short_records(s.records, now):
            say.out(f"  {safe_line(line)}")
        if s.trouble:
            say.err(f"{s.id}: {s.trouble}")
    return exits.FINE


@click.command(epilog=examples("status", "status 20260501-full --json"))
@run_argument()
@log_option
@json_option
def status(run: str, log: str | None, as_json: bool) -> int:
    """Say where a run stands.

    Without RUN the newest one: the current step and what it still asks for, what is unknown,
    failed or deferred, and who drives. Works while the run is open in another terminal.
    """
    from runbook_tui.cli import exits, say, wiring
    from runbook_tui.cli.clocks import clocks_json, clocks_text
    from runbook_tui.cli.effects_json import effects_json, residue_json, rollback_json
    from runbook_tui.cli.effects_text import short_effects
    from runbook_tui.cli.messages_json import messages_json
    from runbook_tui.cli.messages_text import short_lines
    from runbook_tui.cli.records_text import records_json, short_records
    from runbook_tui.cli.runs import find_run
    from runbook_tui.cli.standing import doubtful, status_json, status_text
    from runbook_tui.cli.standing_checks import (
        checks_json,
        findings_json,
        gates_json,
        ledger_json,
    )
    from runbook_tui.domain.messages.cadence import due

    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    session = wiring.open_session(repo, found)
    holder = wiring.driver_here(found)
    state = session.state
    left = wiring.left_running(state, doubtful(state, holder))
    now = session.clock.now()
    reading = session.reading(now)
    owed, driven = due(state, reading), holder is not None
    if as_json:
        document = status_json(state, session.head or "", holder, left)
        say.json_out(
            {
                **document,
                "clocks": clocks_json(state, reading),
                "messages": messages_json(state, owed, now, driven=driven),
                "findings": findings_json(state, now),
                "checks": checks_json(state),
                "gates": gates_json(state, now),
                "ledger": ledger_json(state),
                "effects": effects_json(state),
                "residue": residue_json(state),
                "rollback": rollback_json(state),
                "records": records_json(state.records, now.utc),
            }
        )
    else:
        told = [*short_effects(state), *short_lines(state, owed, now, driven=driven)]
        told += short_records(state.records, now.utc)
        lines = [status_text(state, holder, left), *told, *clocks_text(state, reading)]
        say.out("\n".join(lines))
    return exits.FINE
