"""Messages in words: their events as sentences, and how deliveries stand."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.domain.messages import events as ev
from runbook_tui.domain.messages.kinds import Audience, Kind
from runbook_tui.domain.messages.state import Delivering, Delivery, MessagesState, Update
from runbook_tui.domain.moment import hour_text

Sentence = tuple[str, str, str, str]
"""Verb, the rest of the sentence, mark, and what was said, whole; see `narrative.Told`."""

KINDS: dict[Kind, str] = {
    "announce": "announcement",
    "start": "start",
    "progress": "progress",
    "delay": "delay",
    "rollback": "rollback",
    "done": "end",
    "post-watch": "last word",
}
"""What each kind of update is called, in a list."""
STATUS: dict[Delivering, tuple[str, str, str]] = {
    "waiting": ("○", "waiting", "plain"),
    "under-way": ("▶", "under way", "plain"),
    "delivered": ("✓", "delivered", "good"),
    "refused": ("✗", "refused", "bad"),
    "failed": ("!", "failed", "warn"),
    "unknown": ("?", "unknown, check the channel", "bad"),
    "by-hand": ("✓", "sent by hand", "good"),
    "given-up": ("–", "given up", "warn"),
}
"""Glyph, words and mark of a delivery."""


def delivery_words(delivery: Delivery) -> str:
    """``delivered: HTTP 201, attempt 2``."""
    words = STATUS[delivery.status][1]
    if delivery.words:
        words += f": {delivery.words}"
    if delivery.attempts > 1:
        words += f", attempt {delivery.attempts}"
    if delivery.doubtful and delivery.status == "delivered" and delivery.attempts > 1:
        words += "; an earlier attempt may have arrived, too: look whether it is there twice"
    return words


def owed_words(messages: MessagesState) -> str:
    """What somebody has to look at, in one line; "" where nothing is:
    ``nobody knows whether update 1 is at page, team``."""
    parts = []
    for update in messages.sent:
        for status, words in _OWED.items():
            names = [n for n, each in update.deliveries.items() if each.status == status]
            if names:
                parts.append(words.format(update=update.number, names=", ".join(names)))
    return "; ".join(parts)


_OWED: dict[Delivering, str] = {
    "unknown": "nobody knows whether update {update} is at {names}",
    "refused": "update {update} was refused by {names}",
    "failed": "update {update} is not at {names}",
}


def by_audience(texts: Mapping[Audience, str]) -> str:
    """All texts, each under its audience."""
    return "\n\n".join(f"to {audience}:\n{text}" for audience, text in texts.items())


def counted(update: Update) -> str:
    """``3 of 4 channels``; ``no channel``."""
    known = update.deliveries.values()
    if not known:
        return "no channel"
    there = sum(each.status in ("delivered", "by-hand") for each in known)
    return f"{there} of {len(known)} channel{'' if len(known) == 1 else 's'}"


def tell_message(event: ev.MessageEvent) -> Sentence:
    """An event of messages as a sentence."""
    match event:
        case ev.UpdateDrafted(update=number, kind=kind, texts=texts):
            fixes = f", correcting {event.corrects}" if event.corrects else ""
            return "drafts", f"update {number} ({KINDS[kind]}{fixes})", "plain", by_audience(texts)
        case ev.UpdateWithdrawn(update=number, reason=reason):
            return "withdraws", f"the draft of update {number}", "plain", reason
        case ev.RemarkOverruled(update=number, rule=rule, audience=audience):
            what = f"{rule} in update {number} to {audience}"
            said = f"“{event.said}”: " if event.said else ""
            return "overrules", what, "warn", said + event.reason
        case ev.UpdateApproved(update=number, digest=digest, note=note):
            return "approves", f"update {number} (text {digest[:8]})", "good", note
        case ev.UpdateSent():
            return _sent(event)
        case ev.DeliveryBegun(update=number, channel=channel, attempt=attempt):
            again = f", attempt {attempt}" if attempt > 1 else ""
            return "hands", f"update {number} to {channel}{again}", "plain", ""
        case ev.DeliveryEnded(update=number, channel=channel):
            asked = "looked for" if event.looked else "sent"
            verb, mark = _ENDED[event.outcome]
            doubt = "; it may be there all the same" if event.doubtful else ""
            what = f"update {number} {verb} {channel}"
            return "sees", what, mark, f"{asked}: {event.words}{doubt}"
        case ev.DeliverySettled(update=number, channel=channel, became=became, reason=reason):
            return "settles", f"update {number} on {channel}: {_BECAME[became]}", "warn", reason
        case ev.UpdateOverdue(due=due):
            return "notices", f"that an update was due at {hour_text(due)}", "warn", ""


_ENDED = {
    "delivered": ("arrive at", "good"),
    "refused": ("refused by", "bad"),
    "failed": ("not taken by", "warn"),
    "unknown": ("go to where nobody knows:", "bad"),
}
_BECAME: dict[ev.Became, str] = {
    "arrived": "it is there",
    "by-hand": "sent by hand",
    "again": "it is not there, and is sent again",
    "given-up": "given up",
}


def _sent(event: ev.UpdateSent) -> Sentence:
    names = ", ".join(to.channel for to in event.channels)
    where = f" to {names}" if names else ""
    fixes = f", correcting {event.corrects}" if event.corrects else ""
    agreed = f", approved by {', '.join(event.approved_by)}" if event.approved_by else ""
    lacking = ", without the approval that it needs" if event.unapproved else ""
    what = f"update {event.update} ({KINDS[event.kind]}{fixes}){where}{agreed}{lacking}"
    why = f"not approved: {event.unapproved}\n\n" if event.unapproved else ""
    return "sends", what, "warn" if event.unapproved else "good", why + by_audience(event.texts)
