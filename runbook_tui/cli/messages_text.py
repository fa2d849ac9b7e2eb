"""Messages as lines of text, the same for `message`, `status` and line mode.

What people wrote and what channels answered is foreign: texts stand behind a mark on each line,
so that none of them can pass for something that the program says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from runbook_tui.cli import say
from runbook_tui.cli.lines import time_text
from runbook_tui.domain.messages.cadence import Due
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.decide import approval_of
from runbook_tui.domain.messages.held import NEVER_OVERRULED, Held
from runbook_tui.domain.messages.state import Delivery, Update
from runbook_tui.domain.messages.words import KINDS, STATUS, counted, delivery_words
from runbook_tui.domain.moment import Moment, clock_text, hour_text, length_text
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line, safe_text

if TYPE_CHECKING:
    from runbook_tui.messaging import Ready, Renewed

SHOWN_DIGITS = 12
"""Digits of a text's digest that people see."""
LONGEST_SAID = 40
FIRST, FURTHER = "  | ", "  + "
"""Marks before a line of a text, and before what of it has no room in the row above."""
INTERRUPTED = "unknown, check the channel: the program ended while it was handed over"


def status_of(each: Delivery, *, driven: bool) -> str:
    """How a delivery stands: what is under way and has no program any more is unknown."""
    return "unknown" if each.status == "under-way" and not driven else each.status


def is_interrupted(each: Delivery, *, driven: bool) -> bool:
    """Whether its program ended while it was handed over, and nobody has taken that down yet."""
    return each.status == "under-way" and not driven


def due_text(due: Due | None, now: Moment) -> str:
    """When the next update is due."""
    if due is None:
        return "no update is due"
    left, at = due.left(now), hour_text(due.at)
    promised = "promised for" if due.promised else "due"
    if left < 0:
        return f"update overdue by {length_text(-left)}: it was {promised} {at}"
    return f"next update {promised} {at}, in {length_text(left)}"


def text_lines(text: str) -> Iterator[str]:
    """A text behind a mark on each row. A line that is longer than the terminal goes on behind
    another one: where a terminal breaks it, it could pass for a line of the program."""
    columns = say.terminal_columns()
    for line in safe_text(text).split("\n"):
        first, *rest = _rows(line, max(20, columns - len(FIRST))) if columns else (line,)
        yield f"{FIRST}{first}" if first else FIRST.rstrip()
        yield from (f"{FURTHER}{row}" for row in rest)


def _rows(line: str, room: int) -> list[str]:
    rows, start, taken = [], 0, 0
    for n, letter in enumerate(line):
        cells = 8 if letter == "\t" else 2 if east_asian_width(letter) in "WF" else 1
        if taken + cells > room:
            rows.append(line[start:n])
            start, taken = n, 0
        taken += cells
    return [*rows, line[start:]]


def list_lines(
    state: RunState, stale: frozenset[int] = frozenset(), *, driven: bool
) -> Iterator[str]:
    """All updates, oldest first, a line each."""
    for update in state.messages.updates.values():
        yield _list_line(state, update, update.number in stale, driven=driven)


def _list_line(state: RunState, update: Update, stale: bool, *, driven: bool) -> str:
    parts = [f"{update.number}", head_words(update)]
    if update.withdrawn is not None:
        parts.append(f"withdrawn {time_text(update.withdrawn)}")
    elif update.is_draft:
        parts.append(f"draft of {time_text(update.drafted)} by {_names(update.hands)}")
        parts += ["STALE"] if stale else []
        parts += [_approval(state, update)] if approval_of(state, update) is not None else []
    else:
        parts.append(f"sent {time_text(update.sent)} by {safe_line(update.sent_by)}")
        parts.append(counted(update))
        parts += [
            f"{name}: {_word(state, each, driven=driven)}"
            for name, each in update.deliveries.items()
            if status_of(each, driven=driven) not in ("delivered", "by-hand")
        ]
        parts += [f"corrected by {update.corrected_by}"] if update.corrected_by else []
    return "  ".join(safe_line(part) for part in parts)


def _word(state: RunState, each: Delivery, *, driven: bool) -> str:
    if state.is_over and each.to.kind != BY_HAND and each.status in ("failed", "waiting"):
        return f"{each.status}, and nobody drives the run any more: settle it"
    return _STATUS_WORDS[status_of(each, driven=driven)]


_STATUS_WORDS: dict[str, str] = {status: words for status, (_, words, _) in STATUS.items()}


def head_words(update: Update) -> str:
    """``start, for tell-start``; ``progress, corrects 2``."""
    step = f", for {update.step}" if update.step else ""
    fixes = f", corrects {update.corrects}" if update.corrects else ""
    return safe_line(f"{KINDS[update.kind]}{fixes}{step}")


def _names(names: frozenset[str]) -> str:
    return safe_line(", ".join(sorted(names)))


def _approval(state: RunState, update: Update) -> str:
    if update.approvals:
        return "approved by " + ", ".join(each.by for each in update.approvals)
    return "approval void, things have changed" if update.lapsed else "not approved yet"


def update_lines(
    state: RunState,
    update: Update,
    ready: Ready | None,
    renewed: Renewed | None,
    *,
    driven: bool,
    plain: bool = False,
) -> Iterator[str]:
    """One update, whole. `ready` and `renewed` are what a draft would be sent as, and its facts
    of now. `plain`: in line mode, which has words of its own."""
    yield f"update {update.number} ({head_words(update)}): {_stands(update)}"
    yield f"text {update.digest[:SHOWN_DIGITS]}"
    if update.corrected_by:
        yield f"corrected by update {update.corrected_by}"
    if renewed is not None:
        yield from stale_lines(renewed)
    for audience, text in update.texts.items():
        yield f"to {audience}, {len(text)} characters:"
        yield from text_lines(text)
    if update.is_draft:
        if ready is not None:
            yield from remark_lines(ready.held)
            yield from recipient_lines(ready)
        yield from approval_lines(state, update)
    elif update.sent is not None:
        yield from _sent_lines(state, update, driven=driven, plain=plain)


def _stands(update: Update) -> str:
    if update.withdrawn is not None:
        return f"withdrawn {time_text(update.withdrawn)}"
    if update.sent is not None:
        return f"sent {time_text(update.sent)} by {safe_line(update.sent_by)}"
    return f"draft of {time_text(update.drafted)} by {_names(update.hands)}"


def _sent_lines(state: RunState, update: Update, *, driven: bool, plain: bool) -> Iterator[str]:
    yield f"title: {safe_line(update.title)}"
    if update.approved_by:
        yield f"approved by {safe_line(', '.join(update.approved_by))}"
    if update.unapproved:
        yield f"sent without the approval that it needs: {safe_line(update.unapproved)}"
    if update.next_due is not None:
        yield f"it promises the next update for {hour_text(update.next_due)}"
    if not update.deliveries:
        yield "it went to no channel"
    for each in update.deliveries.values():
        yield delivery_line(state.run, update, each, driven=driven, plain=plain)


def delivery_line(
    run: str, update: Update, each: Delivery, *, driven: bool, plain: bool = False
) -> str:
    """``status-page (customers): delivered: HTTP 201  19:31:02Z``."""
    if each.to.kind == BY_HAND and each.status == "waiting":
        how = f"runbook-tui message {run} {update.number} text {each.to.audience}"
        settles = f"settle {each.to.channel} --by-hand"
        if plain:
            how, settles = f"copy {each.to.audience}", f"by-hand {each.to.channel}"
        words = f"yours to send: `{how}` prints it, `{settles}` says that it is out"
    elif is_interrupted(each, driven=driven):
        words = INTERRUPTED
    else:
        words = delivery_words(each)
    at = f"  {clock_text(each.at)}" if each.at is not None else ""
    who = f", {each.to.recipients}" if each.to.recipients else ""
    return f"{safe_line(each.to.channel)} ({safe_line(each.to.audience + who)}): " + (
        f"{safe_line(words)}{at}"
    )


def remark_lines(held: Sequence[Held]) -> Iterator[str]:
    """What the rules say, what blocks first."""
    for each in held:
        level = "blocks" if each.blocks else "warns"
        said = f" “{safe_line(each.remark.said, LONGEST_SAID)}”" if each.key[2] else ""
        if each.overruled is not None:
            level, why = "overruled", safe_line(each.overruled)
        else:
            why = safe_line(each.remark.why)
            why += "; it is never overruled" if each.remark.rule in NEVER_OVERRULED else ""
        yield f"{level}: {each.remark.rule} in the text to {each.audience}{said}: {why}"
    if not held:
        yield "the rules have nothing to say"


def stale_lines(renewed: Renewed) -> Iterator[str]:
    """What has changed since a draft was filled in."""
    for name, (old, new) in renewed.changed.items():
        was, now = (safe_line(fact.words) or "nothing" for fact in (old, new))
        yield f"STALE: {name} was “{was}”, and is “{now}” now"
    if renewed.by_hand:
        yield f"  not found in a text, look for yourself: {safe_line(', '.join(renewed.by_hand))}"


def recipient_lines(ready: Ready) -> Iterator[str]:
    """Who would get it, by which channel."""
    if not ready.to:
        yield f"it goes to nobody: {ready.why_nobody}"
    for to in ready.to:
        who = safe_line(to.recipients) or f"{to.audience}, as the channel has them"
        hand = "; you copy it there" if to.kind == BY_HAND else ""
        yield f"goes to {safe_line(to.channel)} ({to.audience}): {who}{hand}"


def approval_lines(state: RunState, update: Update) -> Iterator[str]:
    """Who has agreed, or has to."""
    needs = approval_of(state, update)
    if needs is None:
        return
    if update.approvals:
        for each in update.approvals:
            yield f"approved by {safe_line(each.by)} {time_text(each.at)}"
        return
    who = f" ({safe_line(needs.role)})" if needs.role else ""
    void = "the approval is void, things have changed; " if update.lapsed else ""
    how = f"runbook-tui message {state.run} {update.number} approve --as NAME"
    yield f"{void}another person{who} must agree: {how}"


def sending_lines(
    state: RunState, ready: Ready, renewed: Renewed | None, unapproved: str = ""
) -> Iterator[str]:
    """All that is seen before an update goes out: exactly what, to whom, who agreed."""
    update = ready.update
    yield f"{state.mode.upper()}: update {update.number} ({head_words(update)})"
    yield f"text {update.digest[:SHOWN_DIGITS]}"
    yield f"title: {safe_line(ready.title)}"
    for audience, text in update.texts.items():
        yield f"to {audience}, {len(text)} characters:"
        yield from text_lines(text)
    yield from recipient_lines(ready)
    if unapproved:
        yield f"WITHOUT APPROVAL: {safe_line(unapproved)}"
    else:
        yield from approval_lines(state, update)
    yield from remark_lines(ready.held)
    if renewed is not None:
        yield from stale_lines(renewed)


def short_lines(state: RunState, due: Due | None, now: Moment, *, driven: bool) -> Iterator[str]:
    """For `status`: drafts, what of the sent ones is not there, when the next one is due."""
    messages = state.messages
    for update in messages.drafts:
        approved = f", {_approved(update)}" if update.approvals or update.lapsed else ""
        yield f"update {update.number} ({head_words(update)}) is a draft{safe_line(approved)}"
    for update in messages.sent:
        left = [f"{each.to.channel} {_word(state, each, driven=driven)}" for each in update.left()]
        if left:
            words = f"update {update.number} ({head_words(update)}) is sent; {'; '.join(left)}"
            yield safe_line(words)
    if due is not None:
        yield due_text(due, now)


def _approved(update: Update) -> str:
    if update.approvals:
        return "approved by " + ", ".join(each.by for each in update.approvals)
    return "its approval is void"
