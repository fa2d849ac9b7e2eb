"""What `runbook-tui new DIR` writes: a small, sound runbook whose comments teach the format."""

from __future__ import annotations

import re

from runbook_tui.domain.text import safe_line

_TEXT = """\
# yaml-language-server: $schema=runbook.schema.json
#
# The line above makes editors complete and check this file while you type. The schema comes from:
#   runbook-tui schema > runbook.schema.json
# Look at the plan as a person reads it, find what is wrong with it, and try it without harm:
#   runbook-tui show runbook.yaml
#   runbook-tui lint runbook.yaml
#   runbook-tui run runbook.yaml --mode dry-run
format: 1
id: @id@
title: @title@
version: 0.1.0 # raise it with every change; a run pins the exact file it began with
owner: operations
description: |
  What is changed, why now, and what users notice of it.
links:
  ticket: https://tickets.example.org/1234

# Asked for when a run starts. Text names one as {{name}}; shell text as "$RB_NAME", because what
# an operator types must never be read as shell. Secrets (type: secret) go by environment only.
parameters:
  service:
    description: The systemd unit to restart
    pattern: '[a-z0-9@._-]+'
    default: example.service

# With no people named, anyone may take a role: runbook-tui run ... --as NAME
roles:
  operator:
    description: Has the shell open and runs the commands

# Without dates it is the window that is open, or the next one; with an end before the start it runs
# past midnight. With `zone: Europe/Berlin`, times without Z are local, in summer and in winter.
window:
  start: 22:00Z
  end: 23:30Z
  reserve: 15m # kept free at the end, for what nobody thought of
  warn: [15m, 5m] # before a deadline, such as the latest safe rollback

# Time for the unexpected, on top of the estimates and never hidden in them. lint says when plan,
# buffer, rollback and reserve together do not fit the window.
buffer:
  percent: 50 # of the plan's length; or duration: 20m, or root-of-squares: true
  reason: Nobody has done this before

phases:
  - id: prepare
    title: Prepare
    steps:
      - id: look-around
        kind: checklist # done by hand, item by item; keep to 5 to 9 items
        title: Look before you touch anything
        style: READ-DO # read one, do it. DO-CONFIRM: do them from memory, then confirm
        role: operator
        items:
          - Nobody else is working on this service
          - Its dashboard is green
          - Last night's backup is there
        observe: # a value as seen, not a tick
          label: Size of last night's backup
          type: number
          unit: GiB
          min: 0.1
        estimate: {best: 2m, likely: 5m, worst: 10m}

      - id: go-no-go
        kind: gate # what follows stays locked until it is go
        title: Go or no-go
        criteria:
          - Everything on the list above was as it should be
          - There is time left in the window for a rollback
        needs: [look-around]
        estimate: 1m

  - id: change
    title: Change
    steps:
      - id: restart
        kind: command
        title: Restart {{service}}
        instruction: |
          Users see up to ten seconds of errors. Watch the dashboard meanwhile.
        run: # a program and its arguments; `shell: text` only for pipes and the like
          argv: [systemctl, restart, '{{service}}']
          timeout: 2m
        # After a crash nobody knows whether a step that changes something was done: it comes back
        # as UNKNOWN and is never run again by itself. `verify` is what is asked then.
        mutates: true
        verify:
          argv: [systemctl, is-active, '{{service}}']
          expect: {equals: active}
        compensation:
          text: |
            Start it by hand and read why it did not come up:
            `journalctl -u {{service}} -n 50`.
        needs: [go-no-go]
        estimate: {best: 5s, likely: 10s, worst: 2m}

      - id: start-at-boot
        kind: command
        title: Have {{service}} start at boot
        run:
          argv: [systemctl, enable, '{{service}}']
          timeout: 1m
        mutates: true
        verify:
          argv: [systemctl, is-enabled, '{{service}}']
          expect: {equals: enabled}
        # What it leaves behind. `probe` tells whether it is there (exit 0: there, 1: not there,
        # 2 or more: nobody knows). A rollback takes back what is there, and looks again.
        effects:
          - kind: unit
            target: '{{service}} at boot'
            before: disabled
            after: enabled
            owner: operations
            probe: {argv: [systemctl, is-enabled, --quiet, '{{service}}'], timeout: 10s}
            compensation:
              text: Only where it was not enabled before; the ledger says how it was.
              run: {argv: [systemctl, disable, '{{service}}']}
        needs: [restart]
        estimate: {best: 2s, likely: 5s, worst: 30s}

      - id: settle
        kind: wait # for a duration, until a time, or until a command answers as expected
        title: Let it settle
        duration: 2m

      - id: keep-or-revert
        kind: decision
        title: Keep it or go back
        question: Is the error rate back to where it was before?
        options:
          - id: keep
            title: Keep
            consequence: The work is done.
          - id: revert
            title: Revert
            consequence: The version before is installed again; ten more seconds of errors.
        estimate: 2m

      - id: revert
        kind: checklist
        title: Install the version before
        when: {decision: keep-or-revert, is: revert} # this step only then
        items:
          - The package of the version before is installed
          - The service is restarted
        mutates: true
        observe:
          label: Version that the service answers with now
        compensation:
          text: Nothing to take back; begin this runbook again when the cause is known.
        estimate: {best: 3m, likely: 5m, worst: 15m}
"""


def new_runbook(name: str) -> str:
    """The text of a runbook to start from; `name` (a folder's, say) gives its id and title."""
    words = re.sub(r"[^a-z0-9]+", "-", safe_line(name, 60).lower()).strip("-")
    slug = words[:64].strip("-") or "new-runbook"
    title = slug.replace("-", " ")
    title = title[0].upper() + title[1:]
    # Digits and words such as `null` would not stay text for every YAML reader.
    quoted = title if re.fullmatch(r"[A-Z][a-z]+( [a-z0-9]+)+", title) else f"'{title}'"
    plain = slug if re.search(r"[a-z]-[a-z]", slug) else f"'{slug}'"
    return _TEXT.replace("@id@", plain).replace("@title@", quoted)
