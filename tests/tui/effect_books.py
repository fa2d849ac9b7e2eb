"""A runbook whose steps change real files, for the ledger and for ways back."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.state import Status

from .desk import Hand

BOOK = """\
format: 1
id: flagged
title: A flag and a webhook
version: 1.0.0
owner: ops
window: {{start: "18:00Z", end: "22:00Z"}}
{surveys}
phases:
  - id: prepare
    title: Prepare
    steps:
      - {{id: look, kind: checklist, title: Look at it, items: [all is green]}}
  - id: change
    title: Change
    steps:
      - id: flip
        kind: command
        title: Flip the flag, register the webhook
        estimate: 1m
        mutates: true
        run: {{shell: "echo on > {world}/flag; echo hook > {world}/hook{more}"}}
        effects:
          - kind: flag
            target: order-events
            before: "off"
            after: "on"
            owner: bob
            at: {{system: files, paths: ["{world}/flag"]}}
          - kind: webhook
            target: partner/hooks [/] [b]bold
            after: registered
            reversibility: compensable
            probe: {{shell: "{wait}test -e {world}/hook"}}
            compensation:
              text: Unregister it at the partner.
              run: {{shell: "rm -f {world}/hook"}}
              estimate: 2m
          {third}
      - {{id: quiet, kind: command, title: Restart it, mutates: true, run: {{argv: [echo, hi]}}}}
"""
MAIL = "- {kind: message, target: mail to the partner, after: sent, reversibility: irreversible}"


def book(
    folder: Path, *, surveyed: bool = False, wait: str = "", mail: bool = False, more: str = ""
) -> str:
    """The runbook, over a world of its own in `folder`. `more`: what flip does besides."""
    world = folder / "world"
    world.mkdir()
    (world / "etc").mkdir()
    (world / "flag").write_text("off\n")
    surveys = f"surveys:\n  etc: {{system: files, paths: ['{world}/etc']}}" if surveyed else ""
    third = MAIL if mail else ""
    return BOOK.format(world=world, surveys=surveys, wait=wait, third=third, more=more)


def effect(hand: Hand, number: int) -> EffectState:
    """One line of the ledger."""
    return hand.state.effects.ledger[number]


def still(hand: Hand) -> bool:
    """Whether nothing is looked at, and nothing runs."""
    screen = hand.app.run_screen
    return not screen.performer.seeing.busy and not screen.driving.executor.running


async def flipped(hand: Hand) -> None:
    """Walks until flip is done and what it left was seen."""
    await hand.press("enter")
    await hand.stands("look", Status.ACTIVE)
    await hand.press("1")
    await hand.until(lambda: hand.of("look").ticked)
    await hand.press("d")
    await hand.stands("look", Status.DONE)
    await hand.sees("enter start")
    await hand.press("enter")
    await hand.stands("flip", Status.ACTIVE)
    await hand.says("r", "Run · flip")
    await hand.agrees()
    await hand.until(lambda: 2 in hand.state.effects.ledger and effect(hand, 2).after, "the looks")
    await hand.until(lambda: still(hand), "the end of the looks")
    await hand.press("d")
    await hand.stands("flip", Status.DONE)
    await hand.sees("l ledger")


async def back(hand: Hand) -> None:
    """Leaves the screen over the run screen, and waits until that one takes keys."""
    await hand.press("escape")
    run = hand.app.run_screen
    await hand.until(lambda: hand.app.screen is run and not run._acting, "the run")
