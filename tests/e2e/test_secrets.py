"""A secret is typed hidden and stays with the commands that were given it."""

from __future__ import annotations

import pytest

from tests.e2e.person import Person
from tests.e2e.site import Site, until
from tests.e2e.terminal import CTRL_Q

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SECRET = "hunter2-Zw9qLx7"
RUNBOOK = """\
format: 1
id: secret
title: With a secret
version: 1.0.0
owner: ops
parameters:
  token: {type: secret, description: The partner's token.}
phases:
  - id: one
    title: One
    steps:
      - id: use
        kind: command
        title: Use it
        estimate: 1m
        run:
          shell: 'echo "the token is $TOKEN"; echo "$TOKEN" > used; echo ${#TOKEN} letters'
          env: {TOKEN: "{{token}}"}
"""


def test_a_secret_is_on_no_screen_in_no_object_and_in_no_file(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open() as terminal:
        person = Person(terminal, secret=SECRET)
        until(person, f"{len(SECRET)} letters")
        terminal.kill()
        raw = bytes(terminal.raw)
    used = site.book.parent / "used"
    assert used.read_text() == f"{SECRET}\n", "the command was given it"
    used.unlink()

    # A fresh program knows no secrets: it asks, when the command is about to run again.
    with site.open("resume", "--as", "alice") as terminal:
        person = Person(terminal, {"use": "again"}, secret=SECRET)
        terminal.wait_for("all acts", 60)
        person.press("x")
        terminal.wait_for("enter choose")
        person.press("\x1b")
        terminal.wait_gone("enter choose")
        person.drive(60)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        raw += bytes(terminal.raw)

    assert b"the token is" in raw
    assert SECRET.encode() not in raw
    objects = site.git("cat-file", "--batch-all-objects", "--batch")
    assert b"the token is" in objects, "the output is there, without the secret"
    assert SECRET.encode() not in objects
    for path in site.home.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
