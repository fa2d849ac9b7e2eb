"""Whether a message should be said so: conservative, because it cannot be taken back.

Blocking and warning rules follow the practice in `phrases`. Every remark names its rule and why;
one that blocks is overruled by a decision with a reason, never silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from runbook_tui.domain.messages.names import internal_names
from runbook_tui.domain.messages.phrases import DATA as ABOUT_DATA
from runbook_tui.domain.messages.phrases import (
    HEDGED,
    IMPACT,
    NEXT_UPDATE,
    PHRASES,
    PROMISED,
    SPAN,
    Phrase,
    jargon,
)
from runbook_tui.domain.messages.remarks import CLOSING, LAST, Facts, Remark
from runbook_tui.domain.messages.times import Named, named_times, sentences
from runbook_tui.domain.redact import Redactor

LONGEST = 20_000
"""Characters that are looked at; what is longer is no message."""
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\{%[^%\n]{0,80}%\}|\$\{[^{}\n]{1,80}\}"
    r"|\b(?:TODO|TBD|TBC|FIXME|XXX+)\b|(?i:lorem ipsum)|_{3,}"
    r"|<[A-Za-z][A-Za-z _-]{1,40}>(?!\()|\{[A-Za-z][A-Za-z0-9_ -]{1,40}\}"
    r"|(?i:\[(?:[a-z][a-z/-]{0,20} ){0,4}"
    r"(?:date|time|time ?zone|duration|name|service|component|system"
    r"|impact|status|link|url|number|e-?mail|reason|description|minutes|hours)\])(?!\()"
    r"|\[(?:[A-Z][A-Z _/-]{2,40}|(?i:insert|your|name of|time of|e\.g\.)[^\]\n]{0,60})\](?!\()"
)
_NO_MORE = re.compile(r"(?i)\b(?:no|without) (?:further|more) updates?\b|\bthe last update\b")


def lint(text: str, facts: Facts) -> tuple[Remark, ...]:
    """All there is to say about a text, what blocks first, then by place. Pure: fit for every key
    press."""
    if len(text) > LONGEST:
        why = f"{len(text):,} characters: only {LONGEST:,} can be looked at"
        return (Remark("unreadable", "block", why, LONGEST, len(text)),)
    times = _times(text, facts)
    remarks = [
        *_secrets(text, facts),
        *_stand_ins(text),
        *_placeholders(text),
        *internal_names(text, facts),
        *_zones(times),
        *_next_update(text, times, facts),
        *_phrases(text, facts),
        *_unhedged(text, times, facts),
        *_outside_window(text, times, facts),
        *_jargon(text, facts),
        *_missing(text, facts),
        *_length(text, facts),
    ]
    return tuple(sorted(remarks, key=lambda each: (each.level != "block", each.start, each.rule)))


def _times(text: str, facts: Facts) -> tuple[Named, ...]:
    """The run's own name is none, whatever its letters say."""
    name = facts.run
    return named_times(text.replace(name, "_" * len(name)) if name else text, facts.now)


_REDACTED = re.compile(r"‹redacted(?::[^‹›\n]{1,80})?›")
# What stands for a character that a terminal obeys or nobody sees; see `runbook_tui.domain.text`.
_STAND_IN = re.compile("[\u2400-\u2421\ufffd]+")


def _stand_ins(text: str) -> Iterator[Remark]:
    for found in _REDACTED.finditer(text):
        why = "Something secret stood here and was taken out: write it anew without it"
        yield Remark("secret", "block", why, *found.span())
    for found in _STAND_IN.finditer(text):
        why = "A character that cannot be shown stood here: write it anew"
        yield _at(found, "control-sign", "block", why)


def _secrets(text: str, facts: Facts) -> Iterator[Remark]:
    redactor = Redactor(facts.secrets)
    if redactor.text(text) == text:
        return
    why = "It has something secret in it: a message cannot be called back"
    start, told = 0, False
    lines = Redactor(facts.secrets)
    for line in text.split("\n"):
        if lines.line(line) != line:
            told = True
            # The text itself stays out of the remark: remarks are logged.
            yield Remark("secret", "block", why, start, start + len(line))
        start += len(line) + 1
    if not told:
        yield Remark("secret", "block", why, 0, len(text))


def _placeholders(text: str) -> Iterator[Remark]:
    for found in _PLACEHOLDER.finditer(text):
        yield _at(found, "placeholder", "block", "This still has to be filled in")


def _zones(times: tuple[Named, ...]) -> Iterator[Remark]:
    for each in times:
        if not each.zone:
            why = "A time without its zone: readers are elsewhere. Write 14:30 UTC"
            yield Remark("time-without-zone", "block", why, each.start, each.end, each.said)
        elif each.ambiguous:
            why = f"{each.zone} can mean more than one time ({each.ambiguous}): UTC means one"
            yield Remark("zone-ambiguous", "warn", why, each.start, each.end, each.said)


def _next_update(text: str, times: tuple[Named, ...], facts: Facts) -> Iterator[Remark]:
    if facts.kind in LAST or _NO_MORE.search(text):
        return
    named = [
        (start, end)
        for start, end in sentences(text)
        if NEXT_UPDATE.search(text, start, end) is not None
    ]
    known = False
    for start, end in named:
        inside = [each for each in times if start <= each.start < end]
        known = known or bool(inside) or SPAN.search(text, start, end) is not None
        for each in inside:
            if each.at is not None and each.at <= facts.now:
                why = "The next update is promised for a time that is past"
                yield Remark("next-update-past", "block", why, each.start, each.end, each.said)
    if not known:
        why = "It does not say when the next update comes: people ask where they do not know"
        where = named[0] if named else (0, 0)
        yield Remark("next-update-missing", "block", why, *where, text[slice(*where)])


def _holds(phrase: Phrase, facts: Facts) -> bool:
    return {
        "always": True,
        "outside": facts.outside,
        "going-on": facts.going_on,
        "unreviewed": not facts.reviewed,
    }[phrase.when]


def _phrases(text: str, facts: Facts) -> Iterator[Remark]:
    for phrase in PHRASES:
        if _holds(phrase, facts):
            for found in phrase.pattern.finditer(text):
                yield _at(found, phrase.rule, phrase.level, phrase.why)


def _unhedged(text: str, times: tuple[Named, ...], facts: Facts) -> Iterator[Remark]:
    """An end that is named as if it were certain."""
    why = "This reads as a promise of the end: say what is expected, as a range, or nothing"
    for start, end in sentences(text):
        said = PROMISED.search(text, start, end)
        if said is None or HEDGED.search(text, start, end) or NEXT_UPDATE.search(text, start, end):
            continue
        if any(start <= each.start < end for each in times) or SPAN.search(text, start, end):
            yield _at(said, "unhedged-time", "warn", why)


def _outside_window(text: str, times: tuple[Named, ...], facts: Facts) -> Iterator[Remark]:
    if facts.window is None or facts.kind in ("delay", "rollback"):  # it is what they tell
        return
    opens, ends = facts.window
    updates = [span for span in sentences(text) if NEXT_UPDATE.search(text, *span)]
    for each in times:
        if each.at is None or opens <= each.at <= ends:
            continue
        if not any(start <= each.start < end for start, end in updates):
            why = "This time is not in the window that was approved and announced"
            yield Remark("outside-window", "warn", why, each.start, each.end, each.said)


@cache
def _words() -> tuple[tuple[re.Pattern[str], str], ...]:
    return jargon()


def _jargon(text: str, facts: Facts) -> Iterator[Remark]:
    if not facts.outside:
        return
    for pattern, instead in _words():
        for found in pattern.finditer(text):
            say = f": say “{instead}”" if instead else ""
            why = f"Only people of the trade know this word{say}"
            yield _at(found, "jargon", "warn", why)


def _missing(text: str, facts: Facts) -> Iterator[Remark]:
    if not text.strip():
        yield Remark("empty", "block", "There is nothing in it")
        return
    if not IMPACT.search(text):
        why = "It does not say what it means for the reader: what works, what does not, what to do"
        yield Remark("impact-missing", "warn", why)
    if facts.kind in CLOSING and not ABOUT_DATA.search(text):
        why = "The end is told without a word about data: say whether any was lost"
        yield Remark("data-missing", "warn", why)


def _length(text: str, facts: Facts) -> Iterator[Remark]:
    if facts.longest is not None and len(text) > facts.longest:
        why = f"{len(text)} characters, and the channel takes {facts.longest}: the rest is cut off"
        yield Remark("too-long", "warn", why, facts.longest, len(text))


def _at(found: re.Match[str], rule: str, level: str, why: str) -> Remark:
    blocks = level == "block"
    return Remark(rule, "block" if blocks else "warn", why, *found.span(), found.group())
