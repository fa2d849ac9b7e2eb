"""What checks found, as rows and lines: grouped by check, worst first, each with how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from runbook_tui.domain.findings import ASK_SOMEBODY, SEVERITIES, Severity
from runbook_tui.domain.kept_findings import KeptFinding, remedy_lines
from runbook_tui.domain.moment import Moment, clock_text, date_text
from runbook_tui.domain.preflight import Open, checks_of, standing, too_old
from runbook_tui.domain.preflight_state import CheckState
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.tui.folding import Line, Verbatim
from runbook_tui.tui.present.marks import Mark
from runbook_tui.tui.widgets.rows import Row

MARKS: dict[Severity, Mark] = {
    "inhibitor": Mark("✗", "INHIBITOR", "bold $error"),
    "unknown": Mark("?", "UNKNOWN", "bold $error"),
    "high": Mark("!", "high", "bold $warning"),
    "warning": Mark("△", "warning", "$warning"),
    "info": Mark("·", "info", "$quiet"),
    "pass": Mark("✓", "pass", "$success"),
}
NOT_LOOKED = Mark("○", "not looked at", "$quiet")
LOOKING = Mark("◐", "looking", "bold $accent")
TOO_OLD = Mark("?", "too old", "bold $warning")
CHECK = "check "
"""How the key of a check's row begins; that of a finding is ``NAME fingerprint``."""
_WORD = 10
"""Columns of a severity."""
PLACE = 32
"""Columns of a place in a row; it is whole where the finding is opened."""


def age_text(seconds: float) -> str:
    """``just now``, ``12 min ago``, ``3 h ago``, ``2 d ago``."""
    if seconds < 60:
        return "just now"
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


def finding_rows(
    state: RunState,
    step: PreflightStep,
    now: Moment,
    progress: Mapping[str, str],
    *,
    words: str = "",
    only_open: bool = False,
    also: Mapping[str, Sequence[KeptFinding]] | None = None,
) -> list[Row]:
    """A row a check with its state and age, below it its findings. `progress`: of the checks under
    way; `words`: what a row must have; `also`: findings that only inform or pass, by check.
    """
    kept = state.of(step.id)
    stands = standing(state, step, now)
    rows: list[Row] = []
    for name in checks_of(state, step):
        result = kept.checks.get(name)
        mine = [each for each in stands if each.check == name]
        below = [_row(state, each) for each in mine if each.is_open or not only_open]
        if not only_open:
            below += _cured_rows(state, step, name, {row.key for row in below})
            below += [_quiet_row(name, each) for each in (also or {}).get(name, ())]
        title = result.title if result is not None else name
        if words:
            below = [row for row in below if words in row.content.plain.lower()]
            if not below and words not in f"{name} {title}".lower():
                continue
        rows.append(_head(state, step, name, result, mine, now, progress.get(name)))
        rows += below
    return rows


def _head(
    state: RunState,
    step: PreflightStep,
    name: str,
    result: CheckState | None,
    mine: Sequence[Open],
    now: Moment,
    progress: str | None,
) -> Row:
    mark, right = NOT_LOOKED, ""
    if result is not None:
        found: list[Severity] = [each.found.severity for each in mine]
        worst: Severity = min(found, key=SEVERITIES.index, default="pass")
        mark = MARKS[worst]
        left = sum(each.is_open for each in mine)
        if mine and not left:
            mark = Mark("✓", "answered", "$success")
        right = age_text(state.between(result.at, now))
        if left:
            right = f"{left} {_unanswered(step)} · {right}"
        if result.dry:
            mark, right = NOT_LOOKED, "dry run: only shown"
        elif too_old(state, name, result, now):
            mark = TOO_OLD
    if progress is not None:
        mark, right = LOOKING, safe_line(progress, 30)
    title = result.title if result is not None else ""
    about = f"  {safe_line(title)}" if title and title != name else ""
    return Row(
        Content.assemble(
            (f"{mark.glyph} ", mark.style),
            (name, "bold"),
            (about, "$quiet"),
            (f"  {mark.word}", mark.style),
        ),
        Content.styled(f"{right} ", "$quiet"),
        CHECK + name,
    )


def _row(state: RunState, each: Open) -> Row:
    found = each.found
    mark = MARKS[found.severity]
    style = mark.style if each.is_open else "$quiet"
    more = f" +{found.places - 1}" if found.places > 1 else ""
    where = f"  {_tail(found.place)}{more}" if found.place else ""
    return Row(
        Content.assemble(
            "  ",
            (f"{mark.glyph} {mark.word:<{_WORD}}", style),
            (safe_line(found.title), "" if each.is_open else "$quiet"),
            (where, "$quiet"),
        ),
        Content.assemble(_stands(state, each), " "),
        f"{each.check} {found.fingerprint}",
    )


def _tail(place: str) -> str:
    """The end of a place, which says more than where everything lies."""
    parts = safe_line(place).replace("!", "/").split("/")
    tail = "/".join(parts[-2:])
    return tail if len(tail) <= PLACE else "…" + tail[1 - PLACE :]


def _stands(state: RunState, each: Open) -> tuple[str, str]:
    remedy = state.of(each.step).remedies.get((each.check, each.found.fingerprint))
    if not each.is_open and each.waiver is not None:
        return f"waived to {each.waiver.until:%m-%d %H:%MZ}", "$success"
    if remedy is not None and remedy.outcome in (None, "unknown"):
        return "remedy UNKNOWN", "bold $error"
    if each.waiver is not None:
        return "waiver lapsed", "bold $warning"
    plain = _unanswered(state.plan.by_id[each.step])
    return ("f fixes it" if each.found.remedy else plain), "bold $warning"


def _unanswered(step: Step) -> str:
    return "to read" if isinstance(step, PreflightStep) and step.advisory else "open"


def _cured_rows(state: RunState, step: PreflightStep, name: str, shown: set[str]) -> list[Row]:
    """What is not found any more since the program did something about it: to be taken back."""
    mark = MARKS["pass"]
    return [
        Row(
            Content.assemble(
                "  ", (f"{mark.glyph} {'fixed':<{_WORD}}", mark.style),
                (safe_line(done.label), "$quiet"),
            ),
            Content.styled("u takes it back ", "$quiet"),
            key,
        )
        for (check, fingerprint), done in state.of(step.id).remedies.items()
        if check == name and done.outcome == "done" and not done.undone
        and (key := f"{check} {fingerprint}") not in shown
    ]  # fmt: skip


def _quiet_row(name: str, each: KeptFinding) -> Row:
    mark = MARKS[each.finding.severity]
    return Row(
        Content.assemble(
            "  ", (f"{mark.glyph} {mark.word:<{_WORD}}", mark.style), safe_line(each.finding.title)
        ),
        None,
        f"{name} {each.fingerprint}",
    )


def quiet_ones(findings: Sequence[KeptFinding]) -> list[KeptFinding]:
    """Those that ask nobody."""
    return [each for each in findings if each.finding.severity not in ASK_SOMEBODY]


def evidence_lines(
    state: RunState, step: PreflightStep, check: str, kept: KeptFinding, now: Moment
) -> list[Line]:
    """All about one finding: what was seen and where, what to do, how it stands."""
    finding = kept.finding
    mark = MARKS[finding.severity]
    lines: list[Line] = [
        Content.assemble(
            (f"{mark.glyph} {mark.word}  ", mark.style), (safe_text(finding.title), "bold")
        ),
    ]
    result = state.of(step.id).checks.get(check)
    if result is not None:
        age = age_text(state.between(result.at, now))
        lines.append(
            Content.styled(
                f"{check} · looked at {clock_text(result.at)} by {safe_line(result.by)}, {age} · "
                f"target {result.digest[:12] or '–'}",
                "$quiet",
            )
        )
    lines.append(
        Content.styled(f"finding {kept.fingerprint} · key {safe_line(finding.key)}", "$quiet")
    )
    each = next(
        (o for o in standing(state, step, now) if o.found.fingerprint == kept.fingerprint), None
    )
    if each is not None and not step.advisory:
        lines += _answer_lines(each)
    if finding.evidence:
        count = kept.places
        lines += [Content(""), Content.styled(f"Seen in {count} place{'s' * (count != 1)}", "bold")]
        for seen in finding.evidence:
            lines.append(
                Content.styled(safe_text(f"{seen.place}:{seen.line}".removesuffix(":0")), "$accent")
            )
            if seen.text:
                lines += [
                    Verbatim(Content(f"    {line}")) for line in safe_text(seen.text).split("\n")
                ]
    if finding.remediation:
        lines += [
            Content(""),
            Content.styled("What to do", "bold"),
            Content(safe_text(finding.remediation)),
        ]
    for remedy in finding.remedies:
        lines += [
            Content(""),
            Content.styled(f"The program can: {safe_text(remedy.label)}", "bold"),
        ]
        lines += [Verbatim(Content(f"    {line}")) for line in remedy_lines(remedy)]
    done = state.of(step.id).remedies.get((check, kept.fingerprint))
    if done is not None:
        how = "taken back" if done.undone else done.outcome or "UNKNOWN: run the check again"
        lines += [
            Content(""),
            Content.styled(f"Remedy {how}: {safe_line(done.label)}", "bold"),
            Content.styled(f"{clock_text(done.at)} by {safe_line(done.by)}", "$quiet"),
        ]
        if done.compensation and not done.undone:
            lines += [Content.styled("taken back by (u):", "$quiet")]
            lines += [Verbatim(Content(f"    {line}")) for line in done.compensation.split("\n")]
    return lines


def _answer_lines(each: Open) -> list[Line]:
    lines: list[Line] = []
    if each.waiver is not None:
        waiver = each.waiver
        lines.append(
            Content.styled(
                f"waived by {safe_line(waiver.by)} {clock_text(waiver.at)} until "
                f"{date_text(waiver.until)}; {safe_line(waiver.owner)} sees to it",
                "$success" if not each.is_open else "$quiet",
            )
        )
        lines.append(Content(f"“{safe_line(waiver.reason)}”"))
    if each.is_open:
        lines.append(Content.styled(f"open: {each.why}", "bold $warning"))
    return lines
