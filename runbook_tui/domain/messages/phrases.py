"""The words a message should do without, as data: rule, why, and what triggers it.

Practice behind the rules: PagerDuty's and Atlassian's guides for incident communication (no
promise, no guess, no estimate of the end to customers, no names of machines) and the post-mortem
culture of the Google SRE book (no blame; the cause belongs into the review).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from runbook_tui.domain.messages.remarks import Level

When = Literal["always", "outside", "going-on", "unreviewed"]


@dataclass(frozen=True)
class Phrase:
    """A rule that single expressions trigger. `when`: for whom, or in which state, it holds."""

    rule: str
    level: Level
    why: str
    pattern: re.Pattern[str]
    when: When = "always"


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(expressions)})(?![\w-])")


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "absolute-promise",
        "warn",
        "Nobody can promise that: say what you expect, and from what",
        _any(
            r"guarante(?:e[sd]?|eing)", r"definite(?:ly)?", r"absolutely", r"certainly", r"fully",
            r"completely", r"entirely", r"100\s?(?:%|percent)", r"zero[- ](?:downtime|risk|impact)",
            r"(?:no|without(?: any)?) (?:customer |user )?(?:impact|downtime|risk|interruption)",
            r"never again", r"will never", r"promised?", r"rest assured", r"should be fine",
            r"impossible", r"nothing (?:can|will) go wrong", r"seamless(?:ly)?",
        ),
    ),
    Phrase(
        "vague-time",
        "warn",
        "Everybody reads another time into it: name one, with its zone, or leave it out",
        _any(
            r"shortly", r"(?:very )?soon", r"asap", r"as soon as (?:possible|we can)",
            r"momentarily",
            r"in (?:a few|some|a couple of) (?:minutes|moments|hours)",
            r"any (?:minute|moment) now",
            r"in no time", r"right away", r"later (?:on|today|tonight)",
        ),
    ),
    Phrase(
        "blame",
        "warn",
        "A message says what happened, not whose fault it is; the review looks at why",
        _any(
            r"(?:\w+['’]s|their|his|her|your) (?:fault|mistake|error|negligence)",
            r"human error", r"(?:operator|engineer|developer|admin|vendor|user) error",
            r"to blame", r"blam(?:e[sd]?|ing)", r"careless(?:ly|ness)?", r"negligen(?:t|ce)",
            r"incompeten(?:t|ce)", r"forgot(?:ten)?", r"(?:somebody|someone|he|she|they) failed to",
            r"(?:by|of|from) (?:our|the|a) (?:vendor|partner|provider|supplier"
            r"|contractor) fail(?:ed|ing|ure)",
            r"(?:our|the) (?:vendor|partner|provider|supplier|contractor) "
            r"(?:failed|broke|messed|caused|did not)",
            r"messed up", r"screwed up",
        ),
    ),
    Phrase(
        "cause-guessed",
        "warn",
        "A guessed cause is quoted for years: say what is seen, and what is being done",
        _any(
            r"root[- ]causes?",
            r"(?:we|i) (?:think|believe|suspect|guess|assume)",
            r"(?:probably|possibly|presumably|apparently|likely|perhaps|maybe) "
            r"(?:(?:was|is|were|are) )?(?:caused|due|because|related|the result)",
            r"(?:seems?|appears?) to (?:be|have been) (?:caused|due|because|related)",
            r"(?:may|might|could) (?:be|have been) (?:caused|due|because|related)",
            r"(?:was|is|were) caused by", r"the (?:cause|culprit|reason) (?:is|was)",
        ),
        "unreviewed",
    ),
    Phrase(
        "over-too-early",
        "warn",
        "Steps or watches are still open: say what is done, and that you go on watching",
        _any(
            r"resolved", r"(?:is|are|been|was|now) fixed", r"all[- ]clear", r"back to normal",
            r"fully (?:restored|recovered|operational)",
            r"(?:is|are|been|was|now) (?:completed?|over(?! \d))",
            r"(?:has|have) (?:finished|ended|concluded)",
            r"everything (?:works|is working|is fine)",
        ),
        "going-on",
    ),
)  # fmt: skip

JARGON: dict[str, str] = {
    r"fail(?:ed|ing|s)?[- ]?over": "switch to the spare system",
    r"roll(?:ed|ing|s)?[- ]?back": "go back to the version before",
    r"schemas?": "",
    r"(?:database |db |schema )?migrations?": "change of the data",
    r"dbs?": "database",
    r"postgres(?:ql)?|mysql|redis|kafka|nginx|systemd|kubernetes|k8s|docker": "the system",
    r"cron(?:tab|[- ]?jobs?)?": "planned task",
    r"(?:tls|ssl)(?: (?:handshake|certificate|chain))?s?": "secure connection",
    r"p(?:50|90|95|99|999)|tail latenc(?:y|ies)|percentiles?": "how long most requests take",
    r"latenc(?:y|ies)": "delay",
    r"throughput": "how much it handles",
    r"[45]xx|http [45]\d\d|[45]\d\d errors?": "errors",
    r"stack ?traces?|core ?dumps?|segfault(?:s|ed)?|oom(?:[- ]killed)?": "",
    r"pods?|replicas?|shards?|clusters?|nodes?": "the servers",
    r"wal|mutex(?:es)?|deadlocks?|race conditions?": "",
    r"dns|cdn|vpn|ssh": "",
    r"endpoints?|webhooks?|payloads?": "",
    r"deploy(?:s|ed|ing|ments?)?|hotfix(?:es)?|canar(?:y|ies)": "update",
    r"cache (?:invalidation|flush|miss(?:es)?)|flush(?:ed|ing)? the cache": "",
    r"feature[- ]flags?": "setting",
    r"rca|mttr|slos?|slas?|sev-?\d": "",
    r"reboot(?:s|ed|ing)?|restart(?:ed|ing)? the (?:daemon|process|unit)": "restart",
    r"preflights?|runbooks?|residue|inhibitors?|go/no-go": "",
}
"""What only people of the trade know, and what to say for it where there is a word."""


def jargon() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The expressions of `JARGON` with what to say for each."""
    return tuple((_any(pattern), instead) for pattern, instead in JARGON.items())


IMPACT = _any(
    r"affect(?:s|ed|ing)?", r"impact(?:s|ed|ing)?", r"unaffected", r"(?:un)?available", r"unable",
    r"cannot", r"can(?:'|’)t", r"can (?:be|go on|continue|use|still)", r"interrupt(?:s|ed|ions?)?",
    r"slow(?:er|ly|ness)?", r"degraded", r"downtime", r"outages?", r"offline", r"read-only",
    r"(?:may|might|will|could) (?:see|notice|experience|have|fail|stop|take longer"
    r"|be (?:slow|delayed|rejected|refused))", r"fail(?:s|ed)?",
    r"delay(?:s|ed)?", r"no action", r"nothing (?:for you )?to do", r"errors?",
    r"works? as (?:before|usual)",
)  # fmt: skip
"""What tells a reader what it means for them."""

DATA = re.compile(r"(?i)\b(?:data|orders?|messages?|records?|payments?|files?|entries)\b")
"""What a message about the end has to speak of: whether something was lost."""
HEDGED = _any(
    r"expect(?:s|ed|ing)?", r"about", r"around", r"approximately", r"roughly", r"between",
    r"estimat(?:e[sd]?|ing|ion)", r"no (?:earlier|later|sooner) than", r"at the earliest",
    r"plan(?:s|ned|ning)?",
    r"aim(?:s|ing)?", r"if all goes (?:well|to plan)", r"likely", r"up to", r"could", r"may",
    r"might",
    r"should", r"from .{1,30} to", r"window",
)  # fmt: skip
"""What makes a time no promise."""
PROMISED = _any(
    r"(?:will|shall|is going to|are going to|we['’]ll|it['’]ll) (?:all )?(?:be )?"
    r"(?:\w+ ){0,2}?(?:done|complete[d]?|finish(?:ed)?|back|resolved?|restored?|available|up|over"
    r"|online|ready|fixed|end)",
    r"eta",
    r"(?:done|finished|completed?|back|ready|over|online|restored|up again) (?:by|at|before|in)",
)  # fmt: skip
"""What says when it will be over."""

NEXT_UPDATE = re.compile(
    r"(?i)\b(?:next|another|further) (?:status |regular )?updates?\b"
    r"|\b(?:write|report|post|update you|inform you) again\b"
)
"""What speaks of the next update."""
SPAN = re.compile(
    r"(?i)\b(?:in|within|every|after)\s+(?:the next\s+|about\s+|at most\s+)?"
    r"(?P<many>\d{1,3}|one|two|an|a|half an|thirty|fifteen|twenty|sixty)\s?"
    r"(?P<unit>min(?:ute)?s?|hours?|h)\b"
)
"""A length of time from now."""
NUMBERS = {
    "one": 1.0, "a": 1.0, "an": 1.0, "two": 2.0, "half an": 0.5, "fifteen": 15.0, "twenty": 20.0,
    "thirty": 30.0, "sixty": 60.0,
}  # fmt: skip
