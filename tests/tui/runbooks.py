"""Runbooks that the interface is tried with."""

from __future__ import annotations

SMALL = """\
format: 1
id: orders-upgrade
title: Upgrade the order service to 5.0
version: 1.2.0
owner: platform
parameters:
  target: {type: string, default: "5.0", description: Version to install}
window: {start: "18:00Z", end: "22:00Z"}
phases:
  - id: prepare
    title: Prepare
    steps:
      - id: read-ticket
        kind: checklist
        title: Read the ticket and the plan
        estimate: 5m
        instruction: |
          Before anything else:

          - read the **ticket** to its end
          - look at `dashboards` and note what is normal
        items:
          - The ticket names {{target}}
          - The window is agreed
          - The pair is on the line
      - id: snapshot
        kind: command
        title: Take a snapshot
        estimate: {best: 1s, likely: 3s, worst: 10s}
        mutates: true
        run: {shell: 'echo "snapshot of $RB_TARGET"; echo 4.2 GiB'}
        verify: {argv: [echo, "snapshot ok"], expect: {contains: ok}}
        observe: {label: Size of the snapshot, type: number, unit: GiB, min: 1}
        compensation: {text: Delete the snapshot.}
      - id: go
        kind: gate
        title: Go or no-go
        estimate: 2m
        criteria:
          - Snapshot verified
          - Nobody objects
  - id: upgrade
    title: Upgrade
    steps:
      - id: how
        kind: decision
        title: Choose how to migrate
        estimate: 2m
        question: Migrate online or offline?
        options:
          - {id: online, title: Online, consequence: slower but no downtime}
          - {id: offline, title: Offline, consequence: two minutes of downtime}
      - id: stop-writers
        kind: command
        title: Stop the writers
        when: {decision: how, is: offline}
        estimate: 1m
        run: {argv: [echo, stopping]}
      - id: migrate
        kind: command
        title: Migrate the schema
        needs: [snapshot]
        estimate: 6m
        mutates: true
        run: {argv: [echo, migrated]}
        verify: {argv: [echo, "50"], expect: {equals: "50"}}
        compensation: {text: Restore the snapshot.}
      - id: tell
        kind: message
        title: Tell the customers
        estimate: 3m
        audience: customers
        draft: The upgrade is done.
"""


def steps(*bodies: str, title: str = "A try", head: str = "") -> str:
    """A runbook of one phase; each body is the YAML of a step, as one flow mapping."""
    lines = ["format: 1", "id: small", f"title: {title}", "version: 1.0.0", "owner: ops"]
    if head:
        lines.append(head)
    lines += ["phases:", "  - id: all", "    title: All", "    steps:"]
    lines += [f"      - {body}" for body in bodies]
    return "\n".join(lines) + "\n"


def check(name: str, extra: str = "") -> str:
    """A checklist step of one item."""
    return f"{{id: {name}, kind: checklist, title: Step {name}, items: [one]{extra}}}"


def command(name: str, shell: str, extra: str = "") -> str:
    """A command step that runs a line of shell."""
    return f"{{id: {name}, kind: command, title: Step {name}, run: {{shell: '{shell}'}}{extra}}}"
