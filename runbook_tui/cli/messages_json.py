"""Messages as documents for programs; docs/cli.md describes their shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runbook_tui.cli.lines import time_json
from runbook_tui.domain.messages.cadence import Due
from runbook_tui.domain.messages.decide import approval_of
from runbook_tui.domain.messages.held import Held, said_of
from runbook_tui.domain.messages.state import Delivery, Update
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.state import RunState

if TYPE_CHECKING:
    from runbook_tui.messaging import Ready, Renewed


def messages_json(state: RunState, due: Due | None, now: Moment, *, driven: bool) -> dict[str, Any]:
    """All messages of a run, for `status` and for the list of `message`."""
    return {
        "due": due_json(due, now),
        "updates": [
            summary_json(state, update, driven=driven) for update in state.messages.updates.values()
        ],
    }


def due_json(due: Due | None, now: Moment) -> dict[str, Any] | None:
    """When the next update is due; None where nobody waits for one."""
    if due is None:
        return None
    left = round(due.left(now))
    return {"at": _time(due.at), "left": left, "promised": due.promised, "overdue": left < 0}


def summary_json(state: RunState, update: Update, *, driven: bool) -> dict[str, Any]:
    """An update without its texts."""
    needs = approval_of(state, update)
    sent = update.sent is not None
    return {
        "update": update.number,
        "kind": update.kind,
        "status": "sent" if sent else "draft" if update.is_draft else "withdrawn",
        "step": update.step,
        "audiences": list(update.texts),
        "digest": update.digest,
        "corrects": update.corrects or None,
        "corrected_by": update.corrected_by or None,
        "drafted": time_json(update.drafted),
        "written_by": sorted(update.hands),
        "approval": {
            "needed": needs is not None,
            "role": needs.role if needs is not None else None,
            "void": update.lapsed and not update.approvals,
            "given": [{"by": a.by, "at": time_json(a.at)} for a in update.approvals],
        },
        "withdrawn": time_json(update.withdrawn),
        "sent": time_json(update.sent),
        "sent_by": update.sent_by or None,
        "title": update.title or None,
        "approved_by": list(update.approved_by),
        "unapproved": update.unapproved or None,
        "next_due": _time(update.next_due),
        "deliveries": [delivery_json(each, driven=driven) for each in update.deliveries.values()],
    }


def delivery_json(each: Delivery, *, driven: bool) -> dict[str, Any]:
    """An update on one channel."""
    interrupted = each.status == "under-way" and not driven
    return {
        "channel": each.to.channel,
        "kind": each.to.kind,
        "audience": each.to.audience,
        "recipients": each.to.recipients,
        "status": "unknown" if interrupted else each.status,
        "interrupted": interrupted,
        "attempts": each.attempts,
        "words": each.words,
        "at": time_json(each.at),
        "reference": each.reference or None,
        "doubtful": each.doubtful,
    }


def update_json(
    state: RunState,
    update: Update,
    ready: Ready | None,
    renewed: Renewed | None,
    *,
    driven: bool,
) -> dict[str, Any]:
    """An update, whole; of a draft what stands against it and where it would go."""
    return {
        "run": state.run,
        **summary_json(state, update, driven=driven),
        "texts": dict(update.texts),
        "stale": [
            {"fact": name, "was": old.words, "now": new.words}
            for name, (old, new) in (renewed.changed if renewed is not None else {}).items()
        ],
        "remarks": remarks_json(ready.held if ready is not None else ()),
        "goes_to": [
            {"channel": to.channel, "kind": to.kind, "audience": to.audience,
             "recipients": to.recipients}
            for to in (ready.to if ready is not None else ())
        ],
        "why_nobody": (ready.why_nobody if ready is not None else "") or None,
    }  # fmt: skip


def remarks_json(held: Sequence[Held]) -> list[dict[str, Any]]:
    """What the rules say of a draft."""
    return [
        {
            "audience": each.audience,
            "rule": each.remark.rule,
            "level": each.remark.level,
            "why": each.remark.why,
            "said": said_of(each.remark),
            "start": each.remark.start,
            "end": each.remark.end,
            "blocks": each.blocks,
            "overruled": each.overruled,
        }
        for each in held
    ]


def _time(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else None
