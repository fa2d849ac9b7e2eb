"""Messages as the screen shows them: the list, a text with its facts and remarks, deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.messages.state import Delivery, MessagesState, Update
from runbook_tui.domain.messages.words import KINDS, STATUS, counted, delivery_words
from runbook_tui.domain.moment import Moment, hour_text, length_text
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.widgets.rows import Row

# What they are made with is loaded where a message is written; here it is only shown.
if TYPE_CHECKING:
    from runbook_tui.domain.messages.cadence import Due
    from runbook_tui.domain.messages.held import Held
    from runbook_tui.domain.messages.remarks import Audience, Remark

SHORTEST_FACT = 3
"""Letters below which the words of a fact are not looked for in a text: they are everywhere."""
FACT, BLOCKS, WARNS = "italic $accent", "bold $error underline", "$warning underline"
KIND_OF = {FACT: "fact", BLOCKS: "block", WARNS: "warn"}
"""What a mark is, by its style."""
_COLOUR = {"good": "$success", "bad": "bold $error", "warn": "$warning", "plain": ""}
Span = tuple[int, int, str]
"""Characters of a text, from and to, and their style."""


def list_rows(
    messages: MessagesState, stale: frozenset[int], to_answer: dict[int, int]
) -> list[Row]:
    """All updates, the newest first. `to_answer`: how many remarks block each draft."""
    updates = [u for u in messages.updates.values() if u.withdrawn is None]
    return [_row(update, stale, to_answer) for update in reversed(updates)]


def _row(update: Update, stale: frozenset[int], to_answer: dict[int, int]) -> Row:
    step = f" {update.step}" if update.step else ""
    fixes = f" corrects {update.corrects}" if update.corrects else ""
    kind = f"{update.number} {KINDS[update.kind]}{fixes}"
    if update.is_draft:
        left = to_answer.get(update.number, 0)
        parts = [" · draft"]
        if update.number in stale:
            parts.append(" · STALE")
        if left:
            parts.append(f" · {left} to answer")
        if update.approvals:
            parts.append(f" · approved by {', '.join(a.by for a in update.approvals)}")
        elif update.lapsed:
            parts.append(" · approval void")
        text = Content.assemble(
            ("✎ ", "$accent"), (safe_line(kind), "bold"), ("".join(parts), "$warning")
        )
        return Row(text, Content.styled(safe_line(step), "$quiet"), str(update.number))
    worst = worst_of(update)
    others = sum(d.status in _WORST for d in update.deliveries.values()) - 1
    glyph, style = ("✓", "$success")
    words = counted(update)
    if worst is not None:
        glyph, text_, mark = STATUS[worst.status]
        style = _COLOUR[mark]
        words = f"{worst.to.channel}: {text_}" + (f", {others} more" if others > 0 else "")
    at = hour_text(update.sent.utc) if update.sent is not None else ""
    gone = f" · corrected by {update.corrected_by}" if update.corrected_by else ""
    text = Content.assemble(
        (f"{glyph} ", style),
        safe_line(kind),
        (f" · {words}", style if worst is not None else "$quiet"),
        (f" · sent {at} by {safe_line(update.sent_by)}{gone}", "$quiet"),
    )
    return Row(text, None, str(update.number))


_WORST = ("unknown", "refused", "failed", "waiting", "under-way", "given-up")


def worst_of(update: Update) -> Delivery | None:
    """The delivery that needs a look most; None where all is well."""
    open_ones = [d for d in update.deliveries.values() if d.status in _WORST]
    return min(open_ones, key=lambda d: _WORST.index(d.status), default=None)


Outlook = Callable[[Update, str], str]
"""What the program does next by itself about a delivery, by the name of its channel."""


def delivery_lines(update: Update, outlook: Outlook = lambda _update, _name: "") -> list[Content]:
    """How each channel stands, what needs a look first."""
    lines = []
    order = sorted(
        update.deliveries.items(),
        key=lambda item: _WORST.index(item[1].status) if item[1].status in _WORST else len(_WORST),
    )
    for name, each in order:
        glyph, _, mark = STATUS[each.status]
        words = delivery_words(each)
        if then := outlook(update, name):
            words += f" · {then}"
        if each.to.kind == "by-hand" and each.status == "waiting":
            words = "yours to send: y copies the text, a says that it is out"
        at = f" {hour_text(each.at.utc)}" if each.at is not None else ""
        lines.append(
            Content.assemble(
                (f"{glyph} ", _COLOUR[mark]),
                (safe_line(name), "bold"),
                (f" → {safe_line(each.to.recipients)}" if each.to.recipients else "", ""),
                (f"  {safe_line(words)}{at}", _COLOUR[mark] or "$quiet"),
            )
        )
    return lines or [Content.styled("It went to no channel.", "$quiet")]


def remark_lines(held: Sequence[Held], audience: Audience) -> list[Content]:
    """What the rules say about a text, what blocks first; a word on the other texts."""
    lines = []
    for each in held:
        if each.audience != audience:
            continue
        glyph, style = ("✗", "bold $error") if each.blocks else ("!", "$warning")
        said = f"“{safe_line(each.remark.said, 30)}” " if each.key[2] else ""
        words = Content.assemble(
            (f"{glyph} ", style), (f"{each.remark.rule} ", style), (said, "bold"), each.remark.why
        )
        if each.overruled is not None:
            words = Content.assemble(
                ("~ ", "$quiet"),
                (f"{each.remark.rule} {said}overruled: {safe_line(each.overruled)}", "$quiet"),
            )
        lines.append(words)
    others = sum(e.blocks for e in held if e.audience != audience)
    if others:
        words_ = f"✗ {others} more in the texts for others: tab"
        lines.append(Content.styled(words_, "bold $error"))
    return lines or [Content.styled("✓ The rules have nothing to say.", "$success")]


def spans(text: str, facts: Iterable[UsedFact], remarks: Iterable[Remark]) -> list[Span]:
    """What is marked in a text: words that came from the state, and what rules are about."""
    found: list[Span] = []
    for fact in facts:
        start = text.find(fact.words) if len(fact.words) >= SHORTEST_FACT else -1
        while start >= 0:
            found.append((start, start + len(fact.words), FACT))
            start = text.find(fact.words, start + len(fact.words))
    found += [(r.start, r.end, BLOCKS if r.level == "block" else WARNS) for r in remarks]
    return [span for span in found if span[0] < span[1]]


def marked(text: str, marks: Iterable[Span]) -> Content:
    """The text with its marks."""
    content = Content(safe_text(text))
    for start, end, style in marks:
        content = content.stylize(style, start, end)
    return content


def due_words(due: Due | None, now: Moment) -> tuple[str, str]:
    """When the next update is due, and its style."""
    if due is None:
        return "no update is due", "$quiet"
    left = due.left(now)
    what = "promised" if due.promised else "due"
    if left < 0:
        return f"update overdue by {length_text(-left)}", "bold $error"
    style = "bold $warning" if left <= due.warn else ""
    return f"next update {what} {hour_text(due.at)} in {length_text(left)}", style


def side_by_side(old: str, new: str, width: int) -> list[Content]:
    """Two texts beside each other, what differs coloured; below each other where it is narrow."""
    from difflib import SequenceMatcher
    from textwrap import wrap

    half = (width - 3) // 2
    left = [part for line in old.split("\n") for part in (wrap(line, half) or [""])]
    right = [part for line in new.split("\n") for part in (wrap(line, half) or [""])]
    rows: list[Content] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        same = tag == "equal"
        for n in range(max(b - a, d - c)):
            was = left[a + n] if a + n < b else ""
            is_ = right[c + n] if c + n < d else ""
            rows.append(
                Content.assemble(
                    (safe_line(was).ljust(half), "" if same else "$error"),
                    (" │ ", "$quiet"),
                    (safe_line(is_), "" if same else "$success"),
                )
            )
    return rows
